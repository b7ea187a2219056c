import BetterSqlite3 from 'better-sqlite3';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { LRUCache } from 'lru-cache';
import { containsJson, type Json, type JsonObject } from '../../domain/json.ts';
import type { Clock } from '../../orchestrator/ports/environment.ts';

/** `containsJson` over JSON texts, as SQLite calls it for row after row with the same filter. */
function jsonContainsFunction(): (value: unknown, filter: unknown) => number {
  let lastText = '{}';
  let last: JsonObject = {};
  return (value, filter) => {
    const filterText = String(filter);
    if (filterText !== lastText) {
      last = JSON.parse(filterText) as JsonObject;
      lastText = filterText;
    }
    return containsJson(JSON.parse(String(value)) as Json, last) ? 1 : 0;
  };
}

/**
 * SQLite's clock, made of this process's: it never goes back while the process lives. When the machine's date
 * is set back, due times that were written before would lie in the future, and runs that only wait for their
 * turn would wait for hours; so the time continues from where it was, at the pace of the monotonic clock,
 * until the date has caught up. A date that is put forward is followed.
 */
export class SteadyTime {
  readonly #clock: Clock;
  #lastMs = Number.NEGATIVE_INFINITY;
  #lastMonotonicMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): Date {
    const monotonicMs = this.#clock.monotonicMs();
    const elapsedMs = monotonicMs - this.#lastMonotonicMs;
    this.#lastMs = Math.max(this.#clock.now().getTime(), this.#lastMs + elapsedMs);
    this.#lastMonotonicMs = monotonicMs;
    return new Date(this.#lastMs);
  }
}

/**
 * Prepared statements kept; multi-row inserts come in power-of-two sizes, so that this many hold them all.
 */
const MAX_STATEMENTS = 500;

export type SqliteDriverOptions = {
  readonly file: string;
  /** Run once on the fresh connection. */
  readonly pragmas: readonly string[];
  /** How long SQLite itself blocks the event loop on a lock before it reports SQLITE_BUSY. */
  readonly busyTimeoutMs: number;
  readonly monotonicMs: () => number;
  /** Looks at the fresh connection before anything is written; what it throws closes it. */
  readonly check: (connection: BetterSqlite3) => void;
  /**
   * Runs `attempt`, once at least, until it doesn't throw SQLITE_BUSY or has been asked for too long, since
   * `sinceMs` of `monotonicMs`.
   */
  readonly retryBusy: (attempt: () => void, sinceMs: number) => Promise<void>;
};

/**
 * Kysely's SQLite dialect as MikroORM gets it from us: transactions begin IMMEDIATE (a plain one that reads
 * first can't always become a writer), and a parametrised statement is prepared once.
 */
export function sqliteDialect(driver: SqliteDriver): Dialect {
  return {
    createDriver: () => driver,
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new QueueingAdapter(),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
  };
}

export function isBusy(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('SQLITE_BUSY')
  );
}

/**
 * Leaves it to our driver to give its one connection to one at a time: Kysely wakes all who wait whenever it
 * is free, which is quadratic.
 */
class QueueingAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): true {
    return true;
  }
}

/** The one connection to a file, for one at a time. */
export class SqliteDriver implements Driver {
  readonly #options: SqliteDriverOptions;
  #session: SqliteSession | null = null;
  #isTaken = false;
  /** Those who wait for the connection, in the order in which they get it. */
  readonly #waiting: (() => void)[] = [];

  constructor(options: SqliteDriverOptions) {
    this.#options = options;
  }

  async init(): Promise<void> {
    const { file, busyTimeoutMs, pragmas, monotonicMs, retryBusy, check } = this.#options;
    const database = new BetterSqlite3(file, { timeout: busyTimeoutMs });
    database.function('json_contains', { deterministic: true }, jsonContainsFunction());
    try {
      await retryBusy(() => check(database), monotonicMs());
      for (const pragma of pragmas) await retryBusy(() => database.exec(pragma), monotonicMs());
    } catch (error) {
      database.close();
      throw error;
    }
    this.#session = new SqliteSession(database);
  }

  /** Of the transaction that holds the connection. */
  get session(): SqliteSession {
    if (this.#session === null) throw new Error('The SQLite driver is not initialised, or closed');
    return this.#session;
  }

  /** Runs `work` as soon as no transaction holds the connection: at once if none does. */
  async whenFree<T>(work: (session: SqliteSession) => T): Promise<T> {
    if (!this.#isTaken) return work(this.session);
    const session = await this.acquireConnection();
    try {
      return work(session);
    } finally {
      await this.releaseConnection();
    }
  }

  async acquireConnection(): Promise<SqliteSession> {
    const askedAtMs = this.#options.monotonicMs();
    if (this.#isTaken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#isTaken = true;
    if (this.#session !== null) {
      this.#session.askedAtMs = askedAtMs;
      return this.#session;
    }
    await this.releaseConnection();
    throw new Error('The SQLite driver is not initialised, or closed');
  }

  async beginTransaction(session: SqliteSession): Promise<void> {
    try {
      // The time in the queue counts, or behind a lock that stays each would wait its ten seconds after the
      // one before.
      await this.#options.retryBusy(() => session.exec('begin immediate'), session.askedAtMs);
    } catch (error) {
      // Kysely never lets go of the connection of a transaction that fails to begin: so this one begins, and
      // then fails at its first statement.
      session.notBegun = { cause: error };
    }
  }

  async commitTransaction(session: SqliteSession): Promise<void> {
    session.assertBegun();
    session.exec('commit');
  }

  async rollbackTransaction(session: SqliteSession): Promise<void> {
    session.notBegun = null;
    // Not begun, or already rolled back by SQLite itself (a full disk, say); a rollback that fails would keep
    // the connection, too.
    if (session.inTransaction) session.exec('rollback');
  }

  async savepoint(session: SqliteSession, name: string): Promise<void> {
    session.exec(`savepoint "${name}"`);
  }

  async rollbackToSavepoint(session: SqliteSession, name: string): Promise<void> {
    session.exec(`rollback to "${name}"`);
  }

  async releaseSavepoint(session: SqliteSession, name: string): Promise<void> {
    session.exec(`release "${name}"`);
  }

  async releaseConnection(): Promise<void> {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isTaken = false;
    else next();
  }

  async destroy(): Promise<void> {
    this.#session?.close();
    this.#session = null;
  }
}

export class SqliteSession implements DatabaseConnection {
  readonly #database: BetterSqlite3;
  readonly #statements = new LRUCache<string, BetterSqlite3.Statement>({ max: MAX_STATEMENTS });
  /** When the one that holds this connection asked for it. */
  askedAtMs = 0;
  /** Why the transaction that holds this connection could not begin. */
  notBegun: { readonly cause: unknown } | null = null;

  constructor(database: BetterSqlite3) {
    this.#database = database;
  }

  get connection(): BetterSqlite3 {
    return this.#database;
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction;
  }

  assertBegun(): void {
    if (this.notBegun !== null) throw this.notBegun.cause;
  }

  exec(script: string): void {
    this.#database.exec(script);
  }

  all(sql: string, parameters: readonly unknown[]): unknown[] {
    this.assertBegun();
    return this.#statement(sql, parameters).all(parameters);
  }

  /** How many rows it inserted, changed or removed. */
  run(sql: string, parameters: readonly unknown[]): number {
    this.assertBegun();
    return this.#statement(sql, parameters).run(parameters).changes;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    this.assertBegun();
    const statement = this.#statement(sql, parameters);
    if (statement.reader) return { rows: statement.all(parameters) as R[] };
    const { changes, lastInsertRowid } = statement.run(parameters);
    return { insertId: BigInt(lastInsertRowid), numAffectedRows: BigInt(changes), rows: [] };
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    for (const row of this.#database.prepare(query.sql).iterate(query.parameters)) yield { rows: [row as R] };
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  /**
   * Texts without parameters aren't kept: MikroORM writes its values into the text, so they rarely repeat,
   * and DDL is among them.
   */
  #statement(sql: string, parameters: readonly unknown[]): BetterSqlite3.Statement {
    if (parameters.length === 0) return this.#database.prepare(sql);
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
