import {
  type Compilable,
  DummyDriver,
  Kysely,
  type RawBuilder,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Tables } from './entities.ts';
import type { Dialect, Sql } from './sql.ts';

/** Stands for a value that comes with each execution: a `?` of the text. */
class Place {
  readonly key: PropertyKey;
  /** In the list that is the value; null: it is not a list. */
  readonly index: number | null;

  constructor(key: PropertyKey, index: number | null) {
    this.key = key;
    this.index = index;
  }
}

/** The places of a statement's parameters. */
export interface Params<P> {
  <K extends keyof P>(key: K): Exclude<P[K], undefined>;
  /** The places of `size` values, for `in (…)`. */
  list<K extends keyof P>(key: K, size: number): Exclude<P[K], undefined>;
}

const placeOf = Object.assign((key: PropertyKey) => new Place(key, null), {
  list: (key: PropertyKey, size: number) => Array.from({ length: size }, (_, index) => new Place(key, index)),
});

/**
 * Writes text for both databases. Values that are known already are part of it: for literals alone do partial
 * indexes serve.
 */
class TextCompiler extends SqliteQueryCompiler {
  protected override appendValue(value: unknown): void {
    if (value instanceof Place) super.appendValue(value);
    else this.appendImmediateValue(value);
  }
}

/** Builds statements, and runs none. */
export const db = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (kysely: Kysely<unknown>) => new SqliteIntrospector(kysely),
    createQueryCompiler: () => new TextCompiler(),
  },
});

type Build<P, R> = (params: Params<P>, dialect: Dialect) => Compilable<R> | RawBuilder<R>;
type Compiled = {
  readonly text: string;
  readonly places: readonly Place[];
  /** The parameters are a list, in the order of their places. */
  readonly isList: boolean;
};

/**
 * A statement with its parameters' names and its rows' type; compiled when it runs first, once for each kind
 * of database.
 */
export class Statement<P, R> {
  readonly #build: Build<P, R>;
  #sqlite: Compiled | null = null;
  #postgres: Compiled | null = null;

  constructor(build: Build<P, R>) {
    this.#build = build;
  }

  /** As Sql.all. */
  all(sql: Sql, params: P): Promise<R[]> {
    const compiled = this.#compiled(sql.dialect);
    return sql.all<R>(compiled.text, valuesOf(compiled, params));
  }

  /** As Sql.run. */
  run(sql: Sql, params: P): Promise<number> {
    const compiled = this.#compiled(sql.dialect);
    return sql.run(compiled.text, valuesOf(compiled, params));
  }

  #compiled(dialect: Dialect): Compiled {
    if (dialect.name === 'sqlite') {
      this.#sqlite ??= this.#compile(dialect);
      return this.#sqlite;
    }
    this.#postgres ??= this.#compile(dialect);
    return this.#postgres;
  }

  #compile(dialect: Dialect): Compiled {
    const { sql: text, parameters } = this.#build(placeOf as unknown as Params<P>, dialect).compile(db);
    const places = parameters as readonly Place[];
    const isList =
      places.length > 0 && places.every(({ key, index }, place) => key === place && index === null);
    return { text, places, isList };
  }
}

/**
 * For every statement that runs, hence the plain loop: with `map` or `entries` the smallest statements take 3
 * % longer.
 */
function valuesOf<P>({ places, isList }: Compiled, params: P): readonly unknown[] {
  if (isList) return params as readonly unknown[];
  const values = new Array<unknown>(places.length);
  for (let place = 0; place < places.length; place++) {
    const { key, index } = places[place] as Place;
    const value = params[key as keyof P];
    values[place] = index === null ? value : (value as readonly unknown[])[index];
  }
  return values;
}

export const statement = <P, R>(build: Build<P, R>): Statement<P, R> => new Statement(build);

/** Shapes of one kind of statement that are kept: callers decide how long some lists are. */
export const MAX_SHAPES = 500;

/** What `make` makes of a shape (how many values, which columns, …), made once for each. */
export function byShape<S extends string | number | readonly string[], T extends object>(
  make: (shape: S) => T,
): (shape: S) => T {
  const made = new LRUCache<string | number, T>({ max: MAX_SHAPES });
  return (shape) => {
    const key: string | number = typeof shape === 'object' ? shape.join() : shape;
    let found = made.get(key);
    if (found === undefined) {
      found = make(shape);
      made.set(key, found);
    }
    return found;
  };
}

/** Locks the rows that a select reads, where others may write meanwhile. */
export const locking =
  (dialect: Dialect) =>
  <Q extends Lockable<Q>>(select: Q): Q =>
    dialect.locksRows ? select.forUpdate() : select;
/** The same, leaving out rows that are locked elsewhere. */
export const skippingLocked =
  (dialect: Dialect) =>
  <Q extends Lockable<Q>>(select: Q): Q =>
    dialect.locksRows ? select.forUpdate().skipLocked() : select;
type Lockable<Q> = { forUpdate(): Q; skipLocked(): Q };

/** Parameters without names: values in the order of the columns that they are for. */
export type Values = readonly unknown[];

/** A place for each column, to insert or set; the first is the one of the value number `start`. */
export const inColumns = <const C extends string>(
  columns: readonly C[],
  p: Params<Values>,
  start = 0,
): Record<C, never> =>
  Object.fromEntries(columns.map((column, index) => [column, p(start + index)])) as Record<C, never>;
