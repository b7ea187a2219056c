import type { ThreadFilter, ThreadSearch, ThreadSortField } from '../orchestrator/ports/store.ts';
import type { Condition, Dialect } from './dialect.ts';
import { placeholders } from './multi-row.ts';

export const sortColumns: Record<ThreadSortField, string> = {
  THREAD_ID: 'id',
  STATUS: 'status',
  CREATED_AT: 'created_at',
  UPDATED_AT: 'updated_at',
  STATE_UPDATED_AT: 'state_updated_at',
};

/** Not to be discarded. */
export const isKeptSql = 'discard_at is null';

/** The conditions of a search, one at least. */
export function threadFilters(dialect: Dialect, { owner, ids, status, metadata }: ThreadFilter): Condition[] {
  const filters: Condition[] = [{ text: `owner = ? and ${isKeptSql}`, params: [owner] }];
  if (ids !== undefined) filters.push(oneOf('id', ids));
  if (status !== undefined) filters.push(oneOf('status', status));
  if (metadata !== undefined && Object.keys(metadata).length > 0) filters.push(dialect.contains('metadata', metadata));
  return filters;
}

/** Where clause, order and page of a search. */
export function searchClause(dialect: Dialect, search: ThreadSearch): Condition {
  const { sortBy, direction, limit, offset } = search;
  const filters = threadFilters(dialect, search);
  const order = direction === 'ASC' ? 'asc' : 'desc';
  return {
    text: `where ${filters.map(({ text }) => text).join(' and ')} order by ${sortColumns[sortBy]} ${order}, id ${order} limit ? offset ?`,
    params: [...filters.flatMap(({ params }) => params), limit, offset],
  };
}

/** None is one of no values. */
export const oneOf = (column: string, values: readonly string[]): Condition =>
  values.length === 0 ? { text: 'false', params: [] } : { text: `${column} in (${placeholders(values.length)})`, params: values };
