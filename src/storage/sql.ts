import type { Dialect } from './dialect.ts';

/** Runs statements, with `?` for parameters: numbers, strings, bytes, null. Those of a transaction's are its own until it ends. */
export interface Sql {
  /** The rows, with the column names as keys. */
  all<R = Record<string, unknown>>(query: string, params?: readonly unknown[]): Promise<R[]>;
  /** The number of rows inserted, changed or removed. */
  run(query: string, params?: readonly unknown[]): Promise<number>;
  /** The database's clock: of a transaction, when it began; otherwise now. */
  readonly now: Date;
  readonly dialect: Dialect;
}

/** One kind of database behind `Database`: an open connection, or pool of them, with its migrations applied. */
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
  giveBackSpace(): Promise<boolean>;
  /** As Database's. */
  settle(withinMs: number): Promise<void>;
  /** Waits for what is under way and closes the connections. */
  close(): Promise<void>;
}
