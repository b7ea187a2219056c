import type { Expression, SqlBool } from 'kysely';
import type { Vector } from '../domain/embedding.ts';

/** What differs between databases. All other statements are the same for each of them. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  /** Rows are locked by selects; false where every write transaction is alone anyway. */
  readonly locksRows: boolean;
  /** Writes, and changes nothing: what a database that can't be written refuses. */
  readonly writeProbe: string;
  /** True for rows whose JSON `column` contains `filter`, which is JSON too: see containsJson. */
  jsonContains(column: Expression<string>, filter: string): Expression<SqlBool>;
  /** Vectors as their column holds them: 32-bit floats. */
  readonly vectors: {
    readonly encode: (vector: Vector) => unknown;
    readonly decode: (stored: unknown) => Vector;
  };
}

/**
 * Runs statements, with `?` for parameters: numbers, strings, bytes, null. Those of a transaction's are its
 * own until it ends.
 */
export interface Sql {
  /** The rows, with the column names as keys. */
  all<R = Record<string, unknown>>(query: string, params?: readonly unknown[]): Promise<R[]>;
  /** The number of rows inserted, changed or removed. */
  run(query: string, params?: readonly unknown[]): Promise<number>;
  /** The database's clock: of a transaction, when it began; otherwise now. */
  readonly now: Date;
  readonly dialect: Dialect;
}

/**
 * One kind of database behind `Database`: an open connection, or pool of them, with its migrations applied.
 */
export interface DatabaseEngine {
  readonly kind: 'sqlite' | 'postgres';
  /** As Database's. */
  readonly read: Sql;
  /** As Database's. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** As Database's. */
  snapshot<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** The names of the migrations that are applied, oldest first. Rejects when the database doesn't answer. */
  appliedMigrations(): Promise<string[]>;
  /** As Database's. */
  reclaimSpace(): Promise<boolean>;
  /** As Database's. */
  settle(withinMs: number): Promise<void>;
  /** Waits for what is under way and closes the connections. */
  close(): Promise<void>;
}

/** Rows of one statement at most: SQLite takes 32,766 parameters, PostgreSQL 65,535. */
const MAX_ROWS = 256;

/**
 * Splits `rows` into chunks whose sizes are powers of two, so that statements over them come in a handful of
 * texts, each prepared once.
 */
export function* chunked<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; ) {
    const left = rows.length - start;
    const size = left >= MAX_ROWS ? MAX_ROWS : 2 ** (31 - Math.clz32(left));
    yield rows.slice(start, start + size);
    start += size;
  }
}

/** Reads for many values, a chunk at a time. */
export async function inChunks<T, R>(
  values: readonly T[],
  read: (chunk: readonly T[]) => Promise<R[]>,
): Promise<R[]> {
  const results: R[] = [];
  for (const chunk of chunked(values)) results.push(...(await read(chunk)));
  return results;
}
