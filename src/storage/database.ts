import { DatabaseUnavailableError } from '../orchestrator/ports/database-unavailable.ts';
import type { Clock, Logger } from '../orchestrator/ports/environment.ts';
import { asStoreError, DatabaseError } from './database-error.ts';
import { type DatabaseLocation, parseDatabaseUrl, shownDatabaseUrl } from './database-url.ts';
import { migrations } from './migrations.ts';
import type { DatabaseEngine, Dialect, Sql } from './sql.ts';
import { SqliteEngine } from './sqlite/engine.ts';
import { db, statement } from './statement.ts';

const instance = statement(() => db.selectFrom('instance').select('id'));

/** @throws DatabaseError unless `applied` are exactly those that this version knows */
export function checkMigrations(
  known: readonly { readonly name: string }[],
  applied: readonly string[],
): void {
  const missing = known.find(({ name }) => !applied.includes(name));
  if (missing !== undefined) throw new DatabaseError(`The migration ${missing.name} is not applied`);
  const unknown = applied.find((name) => !known.some((migration) => migration.name === name));
  if (unknown !== undefined)
    throw new DatabaseError(`It was created by a newer version (migration ${unknown})`);
}

export type DatabaseOptions = {
  /** A file's path, a `sqlite:` URL, `:memory:`, or a `postgres:` URL (see parseDatabaseUrl). */
  readonly url: string;
  /**
   * SQLite: how long a lock of another process's may block the event loop before it is waited for
   * asynchronously; at most 50. Default 20.
   */
  readonly busyTimeoutMs?: number;
  /** SQLite. NORMAL (default): commits survive the process's death. FULL: they survive a power failure. */
  readonly synchronous?: 'NORMAL' | 'FULL';
  /** PostgreSQL: connections at once, at most. Default 10. */
  readonly poolSize?: number;
  /**
   * PostgreSQL: called for each connection that was lost while nothing was asked of it. The pool makes new
   * ones. Default: nothing.
   */
  readonly onConnectionLost?: (error: Error) => void;
  readonly clock: Clock;
  /**
   * SQLite: gets a warning when the lock file can't be written or the -wal can't be emptied. Default:
   * nothing.
   */
  readonly logger?: Pick<Logger, 'warn'>;
};

/**
 * The database of a server, opened with its migrations applied. On SQLite it is the only one that has the
 * file, and holds its lock. Whatever it is asked rejects with DatabaseUnavailableError while the database is
 * in trouble.
 */
export class Database implements AsyncDisposable {
  readonly #engine: DatabaseEngine;
  /** The database that was opened; another one behind the same address is not written on. */
  #instance: string | null = null;
  /** Why a part of the database can't be read. It stays so until a backup is restored. */
  #damage: DatabaseUnavailableError | null = null;
  /**
   * Outside of transactions; each statement sees what was committed when it ran. On SQLite it waits for the
   * transaction that runs, if any.
   */
  readonly read: Sql;

  private constructor(engine: DatabaseEngine) {
    this.#engine = engine;
    this.read = new TranslatingSql(engine.read, (asked) => this.#translated(asked));
  }

  /**
   * @throws DatabaseError when it can't be opened: it doesn't exist and can't be made, doesn't answer or
   * refuses access, is not a database, is too new, or (SQLite) another server uses it
   */
  static async open(options: DatabaseOptions): Promise<Database> {
    const location = parseDatabaseUrl(options.url);
    const shown = shownDatabaseUrl(options.url);
    if (location === null) {
      throw new DatabaseError(
        `Cannot open the database ${shown}: it must be a file path, a sqlite: URL, :memory:, or a URL such as postgres://user@host/database?schema=name`,
      );
    }
    let database: Database | null = null;
    try {
      database = new Database(await openEngine(location, options));
      await database.check();
      return database;
    } catch (cause) {
      await database?.close();
      throw DatabaseError.cannotOpen(location.kind === 'sqlite' ? location.file : shown, cause);
    }
  }

  get kind(): 'sqlite' | 'postgres' {
    return this.#engine.kind;
  }

  /**
   * Runs `work` in one write transaction; resolves after the commit. If `work` rejects, nothing is stored and
   * the rejection is passed on. `work` may await nothing of the database but `sql`: on SQLite anything else
   * waits for this very transaction.
   */
  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#translated(this.#engine.transaction(work));
  }

  /** The same for `work` that only reads: all its statements see the database as it was at one moment. */
  async snapshot<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#translated(this.#engine.snapshot(work));
  }

  /**
   * @throws Error unless the database answers, can be written and has exactly the migrations that this
   * version knows
   */
  async check(): Promise<void> {
    checkMigrations(migrations, await this.#translated(this.#engine.appliedMigrations()));
    if (this.#damage !== null) throw this.#damage;
    await this.transaction((sql) => sql.run(sql.dialect.writeProbe));
    const [found] = await instance.all(this.read, {});
    this.#instance ??= found?.id ?? null;
    if (found === undefined || found.id !== this.#instance)
      throw new DatabaseError(
        'The database was replaced while the server was running; restart the server if this is intended',
      );
  }

  /**
   * Gives the file system some of the pages that deletions left free, when they are many; true: there are
   * more of them. PostgreSQL's autovacuum sees to it by itself.
   */
  reclaimSpace(): Promise<boolean> {
    return this.#translated(this.#engine.reclaimSpace());
  }

  /**
   * Before `close`, once nothing writes any more: makes the SQLite file whole without its -wal. Retries for
   * `withinMs` while another program reads it; `close` tries once more.
   */
  settle(withinMs: number): Promise<void> {
    return this.#translated(this.#engine.settle(withinMs));
  }

  /** Waits for what is under way, closes the connections and lets go of the lock. */
  async close(): Promise<void> {
    await this.#engine.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #translated<T>(asked: Promise<T>): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      const failure = asStoreError(error);
      if (failure instanceof DatabaseUnavailableError && failure.trouble === 'DAMAGED')
        this.#damage = failure;
      throw failure;
    }
  }
}

async function openEngine(location: DatabaseLocation, options: DatabaseOptions): Promise<DatabaseEngine> {
  if (location.kind === 'sqlite') return SqliteEngine.open(location, options);
  // with its driver, which a server on SQLite need not hold in memory
  const { PostgresEngine } = await import('./postgres/engine.ts');
  return PostgresEngine.open(location, options);
}

class TranslatingSql implements Sql {
  readonly #sql: Sql;
  readonly #translated: <T>(asked: Promise<T>) => Promise<T>;

  constructor(sql: Sql, translated: <T>(asked: Promise<T>) => Promise<T>) {
    this.#sql = sql;
    this.#translated = translated;
  }

  get now(): Date {
    return this.#sql.now;
  }

  get dialect(): Dialect {
    return this.#sql.dialect;
  }

  all<R>(query: string, params?: readonly unknown[]): Promise<R[]> {
    return this.#translated(this.#sql.all<R>(query, params));
  }

  run(query: string, params?: readonly unknown[]): Promise<number> {
    return this.#translated(this.#sql.run(query, params));
  }
}
