import { sql } from 'kysely';
import type { Dialect, Sql } from '../sql.ts';
import { APPLICATION_ID } from './file-guard.ts';
import type { SqliteDriver, SqliteSession, SteadyTime } from './session.ts';

/**
 * JSON is compared by a function of ours (json_contains): a condition for each leaf would be held up by
 * SQLite's limit on the depth of expressions, and would compare arrays as text.
 */
const sqlite: Dialect = {
  name: 'sqlite',
  locksRows: false,
  // written even where it is that already, as an update of a row is not
  writeProbe: `pragma application_id = ${APPLICATION_ID}`,
  jsonContains: (column, filter) => sql`json_contains(${column}, ${filter}) = 1`,
  vectors: {
    encode: (vector) => Buffer.from(Float32Array.from(vector).buffer),
    // Copied: a Float32Array has to begin at a multiple of four, where a Buffer needn't.
    decode: (stored) => [...new Float32Array(Uint8Array.from(stored as Uint8Array).buffer)],
  },
};

/**
 * The statements of a transaction that MikroORM has begun, straight to the connection that it holds: not
 * through its execute(), which writes the values into the text, so that nothing could be prepared once, nor
 * through Kysely, whose way to a driver that answers at once is a chain of promises per statement.
 */
export class TransactionSql implements Sql {
  readonly #session: SqliteSession;
  readonly now: Date;
  readonly dialect = sqlite;
  #isOver = false;

  constructor(session: SqliteSession, now: Date) {
    this.#session = session;
    this.now = now;
  }

  async all<R>(query: string, params: readonly unknown[] = []): Promise<R[]> {
    this.#assertOpen();
    return this.#session.all(query, params) as R[];
  }

  async run(query: string, params: readonly unknown[] = []): Promise<number> {
    this.#assertOpen();
    return this.#session.run(query, params);
  }

  /** Refuses all further statements: they would belong to another transaction or to none. */
  end(): void {
    this.#isOver = true;
  }

  #assertOpen(): void {
    if (this.#isOver) throw new Error('The transaction of this statement has ended');
  }
}

/** Statements outside of transactions: each waits for the transaction that holds the connection, if any. */
export class ReadingSql implements Sql {
  readonly #driver: SqliteDriver;
  readonly #time: SteadyTime;
  readonly #look: () => void;
  readonly dialect = sqlite;

  /** @param look throws when the file can't be used */
  constructor(driver: SqliteDriver, time: SteadyTime, look: () => void) {
    this.#look = look;
    this.#driver = driver;
    this.#time = time;
  }

  get now(): Date {
    return this.#time.now();
  }

  async all<R>(query: string, params: readonly unknown[] = []): Promise<R[]> {
    this.#look();
    return this.#driver.whenFree((session) => session.all(query, params) as R[]);
  }

  async run(query: string, params: readonly unknown[] = []): Promise<number> {
    this.#look();
    return this.#driver.whenFree((session) => session.run(query, params));
  }
}
