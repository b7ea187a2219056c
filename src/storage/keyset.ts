import { type Expression, type SelectQueryBuilder, type SqlBool, type StringReference, sql } from 'kysely';
import type { Window } from '../orchestrator/ports/paging.ts';
import type { Tables } from './schema.ts';
import type { Condition } from './sql.ts';
import type { Params } from './statement.ts';

export type Direction = 'ASC' | 'DESC';
/** What of a window its statement's text depends on. */
export type WindowShape = { readonly after: boolean; readonly before: boolean; readonly inverted: boolean };
/** The rest of it: keys as the values of the order's columns. */
export type WindowParams = { readonly after: readonly unknown[]; readonly before: readonly unknown[]; readonly limit: number };

export const windowShape = ({ after, before, inverted }: Window<unknown>): WindowShape => ({
  after: after !== undefined,
  before: before !== undefined,
  inverted,
});

/** @param values a key's values, in the order of the order's columns */
export const windowParams = <K>({ after, before, limit }: Window<K>, values: (key: K) => readonly unknown[]): WindowParams => ({
  after: after === undefined ? [] : values(after),
  before: before === undefined ? [] : values(before),
  limit,
});

export type Order<TB extends keyof Tables> = {
  /** Together they are unique. */
  readonly columns: readonly StringReference<Tables, TB>[];
  readonly direction: Direction;
};

/** Paging by key: the window starts behind (or ends before) a key, so that it costs the same wherever it is and nothing shifts under it. */
export function paged<TB extends keyof Tables, O>(
  select: SelectQueryBuilder<Tables, TB, O>,
  { columns, direction }: Order<TB>,
  { after, before, inverted }: WindowShape,
  p: Params<WindowParams>,
): SelectQueryBuilder<Tables, TB, O> {
  const isAscending = direction === 'ASC';
  const beyond = (key: 'after' | 'before', operator: '<' | '>'): Expression<SqlBool> =>
    sql`(${sql.join(columns.map((column) => sql.ref(column)))}) ${sql.raw(operator)} (${sql.join(p.list(key, columns.length))})`;
  let page = select;
  if (after) page = page.where(beyond('after', isAscending ? '>' : '<'));
  if (before) page = page.where(beyond('before', isAscending ? '<' : '>'));
  return ordered(page, columns, isAscending !== inverted ? 'ASC' : 'DESC').limit(p('limit'));
}

/** In this order, each column in this direction. */
export const ordered = <TB extends keyof Tables, O>(
  select: SelectQueryBuilder<Tables, TB, O>,
  columns: readonly StringReference<Tables, TB>[],
  direction: Direction,
): SelectQueryBuilder<Tables, TB, O> =>
  columns.reduce((query, column) => query.orderBy(sql.ref(column), direction === 'ASC' ? 'asc' : 'desc'), select);

export type Keyset<K> = {
  /** The columns of the list's order; together they are unique. */
  readonly columns: readonly string[];
  readonly direction: 'ASC' | 'DESC';
  /** A key's values, in the order of `columns`. */
  readonly values: (key: K) => readonly unknown[];
};

/** What selects one window of an ordered list: conditions to join with `and`, and the clause that ends the select. */
export type KeysetPage = { readonly conditions: readonly Condition[]; readonly tail: Condition };

/** Paging by key: the window starts behind (or ends before) a key, so that it costs the same wherever it is and nothing shifts under it. */
export function keysetPage<K>({ columns, direction, values }: Keyset<K>, window: Window<K>): KeysetPage {
  const beyond = (key: K | undefined, operator: '<' | '>'): Condition[] => {
    if (key === undefined) return [];
    const params = values(key);
    return [{ text: `(${columns.join(', ')}) ${operator} (${columns.map(() => '?').join(', ')})`, params }];
  };
  const ascending = direction === 'ASC';
  const order = ascending !== window.inverted ? 'asc' : 'desc';
  return {
    conditions: [...beyond(window.after, ascending ? '>' : '<'), ...beyond(window.before, ascending ? '<' : '>')],
    tail: { text: `order by ${columns.map((column) => `${column} ${order}`).join(', ')} limit ?`, params: [window.limit] },
  };
}

/** `text` and its parameters of a select's end: where clause, order, limit. */
export function pageClause(filters: readonly Condition[], { conditions, tail }: KeysetPage): Condition {
  const all = [...filters, ...conditions];
  return {
    text: `where ${all.map((condition) => condition.text).join(' and ')} ${tail.text}`,
    params: [...all, tail].flatMap((condition) => condition.params),
  };
}
