import type { Owner } from '../../domain/ids.ts';
import { matchesFilter } from '../../domain/store-filter.ts';
import type { ItemView, SearchItems } from '../../orchestrator/ports/item-store.ts';
import type { Sql } from '../database.ts';
import type { Condition } from '../dialect.ts';
import { allOf, ITEM_COLUMNS, ITEM_TABLES, type ItemRecord, type ItemRow, isAlive, isBelow, ORDERS, toItemRow } from './rows.ts';

/** Rows that are read at a time where a filter decides how many it takes. */
export const PAGE_ROWS = 256;

export type CandidateQuery = Pick<SearchItems, 'prefix' | 'filter'> & { readonly owner: Owner; readonly view: ItemView };

export const passesFilter = ({ filter, view }: CandidateQuery, { item }: ItemRow): boolean =>
  filter === null || matchesFilter(item.value, filter, view === 'GRAPH' ? 'SCALARS' : 'DEEP');

/** What a search is about, in the view's order: page after page, each with the items of it that pass the filter. */
export async function* candidates(sql: Sql, query: CandidateQuery, extra: readonly Condition[] = []): AsyncGenerator<ItemRow[]> {
  const { owner, view, prefix } = query;
  const { columns, direction } = ORDERS[view];
  const order = columns.map((column) => `${column} ${direction}`).join(', ');
  const beyond = `(${columns.join(', ')}) ${direction === 'asc' ? '>' : '<'} (${columns.map(() => '?').join(', ')})`;
  const common = [isBelow(owner, prefix), isAlive(sql.now), ...extra];
  let last: ItemRow | undefined;
  do {
    const { text, params } = allOf(last === undefined ? common : [...common, { text: beyond, params: last.place }]);
    const records = await sql.all<ItemRecord>(
      `select ${ITEM_COLUMNS} from ${ITEM_TABLES} where ${text} order by ${order} limit ${PAGE_ROWS}`,
      params,
    );
    const rows = records.map((record) => toItemRow(record, view));
    yield rows.filter((row) => passesFilter(query, row));
    last = rows.length === PAGE_ROWS ? rows.at(-1) : undefined;
  } while (last !== undefined);
}

/** Items `offset` to `offset + limit` of those that pass; without a filter no others are read. */
export async function candidatePage(
  sql: Sql,
  query: CandidateQuery,
  { limit, offset }: { readonly limit: number; readonly offset: number },
  extra: readonly Condition[] = [],
): Promise<ItemRow[]> {
  if (limit === 0) return [];
  if (query.filter === null) return unfilteredPage(sql, query, limit, offset, extra);
  const found: ItemRow[] = [];
  for await (const page of candidates(sql, query, extra)) {
    found.push(...page);
    if (found.length >= offset + limit) break;
  }
  return found.slice(offset, offset + limit);
}

async function unfilteredPage(
  sql: Sql,
  { owner, view, prefix }: CandidateQuery,
  limit: number,
  offset: number,
  extra: readonly Condition[],
): Promise<ItemRow[]> {
  const { columns, direction } = ORDERS[view];
  const { text, params } = allOf([isBelow(owner, prefix), isAlive(sql.now), ...extra]);
  const order = columns.map((column) => `${column} ${direction}`).join(', ');
  const records = await sql.all<ItemRecord>(`select ${ITEM_COLUMNS} from ${ITEM_TABLES} where ${text} order by ${order} limit ? offset ?`, [
    ...params,
    limit,
    offset,
  ]);
  return records.map((record) => toItemRow(record, view));
}
