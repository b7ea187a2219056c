import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/sqlite';
import type { Clock } from '../../orchestrator/ports/clock.ts';
import type { SqliteLocation } from '../database-url.ts';
import { entities, migrations } from '../schema.ts';
import type { DatabaseEngine, Sql } from '../sql.ts';
import { lockFile } from './file-lock.ts';
import { isBusy, SqliteDriver, sqliteDialect } from './session.ts';
import { ReadingSql, TransactionSql } from './session-sql.ts';
import { SteadyTime } from './steady-time.ts';

export type SqliteOptions = {
  readonly busyTimeoutMs?: number;
  readonly synchronous?: 'NORMAL' | 'FULL';
  readonly clock: Clock;
};

const MAX_BUSY_TIMEOUT_MS = 50;
/** How long another process (a backup, a person with a shell) may keep the database locked before a transaction fails, from when it was asked for. */
const MAX_BUSY_WAIT_MS = 10_000;
const BUSY_BACKOFF_MS = { first: 2, longest: 100 };

/** Fewer free pages than this, or than one in four, are left for what comes. */
const SPARE_PAGES = 1_000;
/** Pages that are given back in one transaction. */
const PAGES_PER_STEP = 500;

/** An SQLite file, or memory, that this process has for itself. Its one connection runs one transaction at a time. */
export class SqliteEngine implements DatabaseEngine {
  readonly kind = 'sqlite';
  readonly #orm: MikroORM;
  readonly #driver: SqliteDriver;
  readonly #time: SteadyTime;
  readonly #lock: Disposable | null;
  readonly read: Sql;

  private constructor(orm: MikroORM, driver: SqliteDriver, clock: Clock, lock: Disposable | null) {
    this.#orm = orm;
    this.#driver = driver;
    this.#time = new SteadyTime(clock);
    this.#lock = lock;
    this.read = new ReadingSql(driver, this.#time);
  }

  static async open(location: SqliteLocation, options: SqliteOptions): Promise<SqliteEngine> {
    let orm: MikroORM | null = null;
    const lock = location.inMemory ? null : lockFile(location.file);
    try {
      const driver = sqliteDriver(location.file, options);
      orm = await connect(location.file, driver);
      await orm.migrator.up();
      return new SqliteEngine(orm, driver, options.clock, lock);
    } catch (error) {
      await orm?.close();
      lock?.[Symbol.dispose]();
      throw error;
    }
  }

  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#orm.em.getConnection().transactional(async () => {
      const sql = new TransactionSql(this.#driver.session, this.#time.now());
      try {
        return await work(sql);
      } finally {
        sql.end();
      }
    });
  }

  /** Nobody else writes meanwhile. */
  snapshot<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.transaction(work);
  }

  async appliedMigrations(): Promise<string[]> {
    return (await this.#orm.migrator.getExecuted()).map(({ name }) => name);
  }

  async giveBackSpace(): Promise<boolean> {
    return this.transaction(async (sql) => {
      const [pages] = await sql.all<{ free: number; total: number }>(
        'select freelist_count as free, page_count as total from pragma_freelist_count, pragma_page_count',
      );
      const spare = Math.max(SPARE_PAGES, (pages?.total ?? 0) / 4);
      const free = pages?.free ?? 0;
      if (free <= spare) return false;
      // Not as a prepared statement: that would step once, and free one page.
      this.#driver.session.exec(`pragma incremental_vacuum(${PAGES_PER_STEP})`);
      return free - PAGES_PER_STEP > spare;
    });
  }

  async close(): Promise<void> {
    await this.#orm.close();
    this.#lock?.[Symbol.dispose]();
  }
}

function sqliteDriver(file: string, { busyTimeoutMs, synchronous, clock }: SqliteOptions): SqliteDriver {
  const timeout = Math.min(busyTimeoutMs ?? 20, MAX_BUSY_TIMEOUT_MS);
  return new SqliteDriver({
    file,
    busyTimeoutMs: timeout,
    pragmas: [
      'pragma auto_vacuum = incremental', // counts for a new file only, before its first table
      'pragma journal_mode = wal',
      'pragma foreign_keys = on',
      `pragma synchronous = ${synchronous ?? 'NORMAL'}`,
      'pragma wal_autocheckpoint = 4000', // pages: a checkpoint waits for the disk, and busy pages are written once for many commits
      'pragma cache_size = -32000', // KiB
    ],
    monotonicMs: () => clock.monotonicMs(),
    retryBusy: (attempt, sinceMs) => retryBusy(attempt, sinceMs + MAX_BUSY_WAIT_MS, clock),
  });
}

function connect(file: string, driver: SqliteDriver): Promise<MikroORM> {
  return MikroORM.init({
    dbName: file,
    driverOptions: sqliteDialect(driver),
    entities,
    extensions: [Migrator],
    migrations: { migrationsList: migrations, snapshot: false, disableForeignKeys: false, allOrNothing: true, silent: true },
  });
}

/** SQLite's own waiting would hold up the event loop, so it is short, and what is longer is waited for here. */
async function retryBusy(attempt: () => void, giveUpAtMs: number, clock: Clock): Promise<void> {
  for (let delayMs = BUSY_BACKOFF_MS.first; ; delayMs = Math.min(delayMs * 2, BUSY_BACKOFF_MS.longest)) {
    try {
      attempt();
      return;
    } catch (error) {
      if (!isBusy(error) || clock.monotonicMs() >= giveUpAtMs) throw error;
    }
    await clock.sleep(delayMs);
  }
}
