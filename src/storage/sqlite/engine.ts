import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/sqlite';
import type BetterSqlite3 from 'better-sqlite3';
import { backoffMs } from '../../domain/backoff.ts';
import { DatabaseUnavailableError } from '../../orchestrator/ports/database-unavailable.ts';
import type { Clock, Logger } from '../../orchestrator/ports/environment.ts';
import { asStoreError } from '../database-error.ts';
import type { SqliteLocation } from '../database-url.ts';
import { entities } from '../entities.ts';
import { toMikroOrm } from '../migration.ts';
import { migrations } from '../migrations.ts';
import type { DatabaseEngine, Sql } from '../sql.ts';
import { db, statement } from '../statement.ts';
import { FileGuard } from './file-guard.ts';
import { FileLock } from './file-lock.ts';
import { isBusy, SqliteDriver, SteadyTime, sqliteDialect } from './session.ts';
import { ReadingSql, TransactionSql } from './session-sql.ts';

export type SqliteOptions = {
  readonly busyTimeoutMs?: number;
  readonly synchronous?: 'NORMAL' | 'FULL';
  readonly clock: Clock;
  readonly logger?: Pick<Logger, 'warn'> | undefined;
};

const MAX_BUSY_TIMEOUT_MS = 50;
/**
 * How long another process (a backup, a person with a shell) may keep the database locked before a
 * transaction fails, from when it was asked for.
 */
const MAX_BUSY_WAIT_MS = 10_000;
const BUSY_BACKOFF = { firstMs: 2, longestMs: 100 };

/** How often a commit is recorded beside the file. */
const MARK_EVERY_MS = 5_000;
const raiseMark = statement(() =>
  db
    .updateTable('instance')
    .set((eb) => ({ marks: eb('marks', '+', 1) }))
    .returning('marks'),
);

/** Fewer free pages than this, or than one in four, are left for what comes. */
const SPARE_PAGES = 1_000;
/** Pages that are given back in one transaction. */
const PAGES_PER_STEP = 500;

/**
 * An SQLite file, or memory, that this process has for itself. Its one connection runs one transaction at a
 * time.
 */
export class SqliteEngine implements DatabaseEngine {
  readonly kind = 'sqlite';
  readonly #orm: MikroORM;
  readonly #driver: SqliteDriver;
  readonly #time: SteadyTime;
  readonly #lock: FileLock | null;
  readonly #guard: FileGuard | null;
  readonly #clock: Clock;
  readonly #logger: Pick<Logger, 'warn'> | null;
  #markAtMs = 0;
  /** Records that are being written. */
  readonly #recording = new Set<Promise<boolean>>();
  readonly read: Sql;

  private constructor(
    orm: MikroORM,
    driver: SqliteDriver,
    { clock, logger }: SqliteOptions,
    file: GuardedFile | null,
  ) {
    this.#orm = orm;
    this.#driver = driver;
    this.#time = new SteadyTime(clock);
    this.#lock = file?.lock ?? null;
    this.#guard = file?.guard ?? null;
    this.#clock = clock;
    this.#logger = logger ?? null;
    this.read = new ReadingSql(driver, this.#time, () => this.#guard?.look());
  }

  static async open(location: SqliteLocation, options: SqliteOptions): Promise<SqliteEngine> {
    let orm: MikroORM | null = null;
    let guard: FileGuard | null = null;
    const { clock, logger = null } = options;
    const lock = location.inMemory ? null : new FileLock(location.file);
    try {
      guard = lock === null ? null : new FileGuard({ lock, logger, monotonicMs: () => clock.monotonicMs() });
      // The path without links: SQLite names the -wal after it.
      const driver = sqliteDriver(lock?.file ?? location.file, options, (connection) =>
        guard?.checkContent(connection),
      );
      orm = await connect(lock?.file ?? location.file, driver);
      await orm.migrator.up();
      if (lock === null || guard === null) return new SqliteEngine(orm, driver, options, null);
      const { stamp } = guard;
      await retryBusy(() => driver.session.exec(stamp), clock.monotonicMs() + MAX_BUSY_WAIT_MS, clock);
      guard.opened(driver.session.connection);
      return new SqliteEngine(orm, driver, options, { lock, guard });
    } catch (error) {
      await orm?.close();
      guard?.[Symbol.dispose]();
      lock?.[Symbol.dispose]();
      throw error;
    }
  }

  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    this.#guard?.look();
    const isMarked = this.#guard !== null && this.#clock.monotonicMs() >= this.#markAtMs;
    if (isMarked) this.#markAtMs = this.#clock.monotonicMs() + MARK_EVERY_MS;
    let mark: number | null = null;
    let isRecorded = !isMarked;
    try {
      const result = await this.#orm.em.getConnection().transactional(async () => {
        const sql = new TransactionSql(this.#driver.session, this.#time.now());
        try {
          const done = await work(sql);
          if (isMarked) mark = (await raiseMark.all(sql, {})).map(({ marks }) => Number(marks))[0] ?? null;
          return done;
        } finally {
          sql.end();
        }
      });
      if (mark !== null) isRecorded = await this.#record(mark);
      return result;
    } finally {
      if (!isRecorded) this.#markAtMs = 0;
    }
  }

  /** False: not this time; the transaction is committed all the same. */
  async #record(mark: number): Promise<boolean> {
    const recording = this.#guard?.remember(mark) ?? Promise.resolve(true);
    this.#recording.add(recording);
    try {
      return await recording;
    } finally {
      this.#recording.delete(recording);
    }
  }

  /** No other writer runs meanwhile. */
  snapshot<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.transaction(work);
  }

  async appliedMigrations(): Promise<string[]> {
    return (await this.#orm.migrator.getExecuted()).map(({ name }) => name);
  }

  async reclaimSpace(): Promise<boolean> {
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

  async settle(withinMs: number): Promise<void> {
    const untilMs = this.#clock.monotonicMs() + withinMs;
    for (let failures = 1; this.#guard !== null; failures += 1) {
      const leftMs = untilMs - this.#clock.monotonicMs();
      if ((await this.#emptyWal()) === null || leftMs <= 0) return;
      await this.#clock.sleep(Math.min(backoffMs(BUSY_BACKOFF, failures), leftMs));
    }
  }

  async close(): Promise<void> {
    try {
      await Promise.allSettled(this.#recording);
      if (this.#guard !== null) await this.#leave(this.#guard);
    } finally {
      await this.#orm.close();
      this.#guard?.[Symbol.dispose]();
      this.#lock?.[Symbol.dispose]();
    }
  }

  /**
   * Records that nothing is missing from the file, if so. A file that was replaced is left as it is, and what
   * is remembered of the one before, too.
   */
  async #leave(guard: FileGuard): Promise<void> {
    const reason = guard.problem();
    if (reason !== null) {
      this.#logger?.warn({ reason }, 'Database file changed while in use; left as it is');
      return;
    }
    const obstacle = await this.#emptyWal();
    if (obstacle !== null)
      this.#logger?.warn(
        obstacle,
        'Could not empty the -wal file on shutdown; copy it together with the database',
      );
    await guard.rememberClosed(this.#driver.session.connection, obstacle === null);
  }

  /** All commits into the file itself, for it to be copied alone. Null: done; otherwise what keeps it. */
  async #emptyWal(): Promise<object | null> {
    try {
      const [row] = await this.#driver.whenFree(
        (session) => session.all('pragma wal_checkpoint(truncate)', []) as { readonly busy: number }[],
      );
      return row?.busy === 0 ? null : { reason: 'another program is reading the database' };
    } catch (error) {
      const failure = asStoreError(error);
      if (failure instanceof DatabaseUnavailableError) return { err: error };
      throw error;
    }
  }
}

type GuardedFile = { readonly lock: FileLock; readonly guard: FileGuard };

function sqliteDriver(
  file: string,
  { busyTimeoutMs, synchronous, clock }: SqliteOptions,
  check: (connection: BetterSqlite3) => void,
): SqliteDriver {
  const timeout = Math.min(busyTimeoutMs ?? 20, MAX_BUSY_TIMEOUT_MS);
  return new SqliteDriver({
    file,
    busyTimeoutMs: timeout,
    check,
    pragmas: [
      'pragma auto_vacuum = incremental', // counts for a new file only, before its first table
      'pragma journal_mode = wal',
      'pragma foreign_keys = on',
      `pragma synchronous = ${synchronous ?? 'NORMAL'}`,
      // pages: a checkpoint waits for the disk, and busy pages are written once for many commits
      'pragma wal_autocheckpoint = 4000',
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
    migrations: {
      migrationsList: toMikroOrm(migrations, 'sqlite'),
      snapshot: false,
      disableForeignKeys: false,
      allOrNothing: true,
      silent: true,
    },
  });
}

/**
 * SQLite's own waiting would hold up the event loop, so it is short, and what is longer is waited for here.
 */
async function retryBusy(attempt: () => void, giveUpAtMs: number, clock: Clock): Promise<void> {
  for (let failures = 1; ; failures += 1) {
    try {
      attempt();
      return;
    } catch (error) {
      if (!isBusy(error) || clock.monotonicMs() >= giveUpAtMs) throw error;
    }
    await clock.sleep(backoffMs(BUSY_BACKOFF, failures));
  }
}
