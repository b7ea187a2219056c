import {
  type Compilable,
  type Expression,
  type FunctionModule,
  type SelectQueryBuilder,
  type SqlBool,
  type StringReference,
  sql,
} from 'kysely';
import { LRUCache } from 'lru-cache';
import type { JsonObject } from '../domain/json.ts';
import type { Window } from '../orchestrator/ports/paging.ts';
import type { Tables } from './entities.ts';
import type { Dialect, Sql } from './sql.ts';
import { MAX_SHAPES, type Params, type Statement, statement } from './statement.ts';

/** For each parameter: the length of its list, 1 if it is not a list, 0 if it is absent. */
export type Given<P> = { readonly [K in keyof P]-?: number };

const countOf = (value: unknown): number =>
  Array.isArray(value) ? value.length : Number(value !== undefined);

/** Searches: statements whose text depends on which parameters are given, and on options, which are few. */
export function search<P extends object, O, R>(
  build: (params: Params<P>, given: Given<P>, options: O, dialect: Dialect) => Compilable<R>,
): (sql: Sql, params: P, options: O) => Promise<R[]> {
  const made = new LRUCache<string, Statement<P, R>>({ max: MAX_SHAPES });
  return (sql, params, options) => {
    let shape = JSON.stringify(options);
    for (const [key, value] of Object.entries(params)) shape += ` ${key} ${countOf(value)}`;
    let found = made.get(shape);
    if (found === undefined) {
      const given = Object.fromEntries(
        Object.entries(params).map(([key, value]) => [key, countOf(value)]),
      ) as Given<P>;
      found = statement((p: Params<P>, dialect) => build(p, given, options, dialect));
      made.set(shape, found);
    }
    return found.all(sql, params);
  };
}

/** The JSON that a row has to contain; undefined: any will do. */
export const jsonFilter = (filter: JsonObject | undefined): string | undefined =>
  filter === undefined || Object.keys(filter).length === 0 ? undefined : JSON.stringify(filter);

/** How many rows there are, as the column `total`. */
export const total = ({ fn }: { readonly fn: FunctionModule<Tables, keyof Tables> }) =>
  fn.countAll<number | string>().as('total');
export const totalOf = ([row]: readonly { readonly total: number | string }[]): number =>
  Number(row?.total ?? 0);

export type Direction = 'ASC' | 'DESC';

export type Order<DB, TB extends keyof DB> = {
  /** Together they are unique. */
  readonly columns: readonly StringReference<DB, TB>[];
  readonly direction: Direction;
  /** See Window. */
  readonly inverted: boolean;
};

/** A window's parameters: its keys as the values of the order's columns. */
export type WindowParams = {
  readonly after: readonly unknown[] | undefined;
  readonly before: readonly unknown[] | undefined;
  readonly limit: number;
};

/** A page by its offset. */
export type Slice = { readonly limit: number; readonly offset: number };

/** @param values a key's values, in the order of the order's columns */
export const windowParams = <K>(
  { after, before, limit }: Window<K>,
  values: (key: K) => readonly unknown[],
): WindowParams => ({
  after: after === undefined ? undefined : values(after),
  before: before === undefined ? undefined : values(before),
  limit,
});

/**
 * Paging by key: the window starts behind (or ends before) a key, so that it costs the same wherever it is
 * and nothing shifts under it.
 */
export function paged<DB, TB extends keyof DB, O>(
  select: SelectQueryBuilder<DB, TB, O>,
  { columns, direction, inverted }: Order<DB, TB>,
  p: Params<WindowParams>,
  given: Given<WindowParams>,
): SelectQueryBuilder<DB, TB, O> {
  const isAscending = direction === 'ASC';
  const beyond = (key: 'after' | 'before', operator: '<' | '>'): Expression<SqlBool> =>
    sql`(${sql.join(columns.map((column) => sql.ref(column)))}) ${sql.raw(operator)} (${sql.join(p.list(key, columns.length))})`;
  let page = select;
  if (given.after > 0) page = page.where(beyond('after', isAscending ? '>' : '<'));
  if (given.before > 0) page = page.where(beyond('before', isAscending ? '<' : '>'));
  return ordered(page, columns, isAscending !== inverted ? 'ASC' : 'DESC').limit(p('limit'));
}

/** In this order, each column in this direction. */
export const ordered = <DB, TB extends keyof DB, O>(
  select: SelectQueryBuilder<DB, TB, O>,
  columns: readonly StringReference<DB, TB>[],
  direction: Direction,
): SelectQueryBuilder<DB, TB, O> =>
  columns.reduce(
    (query, column) => query.orderBy(sql.ref(column), direction === 'ASC' ? 'asc' : 'desc'),
    select,
  );
