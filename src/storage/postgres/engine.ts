import type { Pool, PoolClient, QueryResult } from 'pg';
import type { Clock } from '../../orchestrator/ports/environment.ts';
import type { PostgresLocation } from '../database-url.ts';
import type { DatabaseEngine, Sql } from '../sql.ts';
import {
  type ConnectOptions,
  connect,
  migrate,
  type PostgresConnections,
  postgres,
  Statements,
} from './connection.ts';

export type PostgresOptions = Partial<ConnectOptions> & { readonly clock: Clock };

/** Default maximum of one process's connections. */
const DEFAULT_POOL_SIZE = 10;

/** Begins a transaction and reads the server's clock, in one round trip. */
const BEGIN = { write: 'begin', snapshot: 'begin isolation level repeatable read read only' } as const;
const CLOCK = 'select now_ms()';

/**
 * PostgreSQL, shared with any number of other processes. Transactions run at once, each on a connection of
 * its own, at READ COMMITTED: what they decide on is read under the locks that they take.
 */
export class PostgresEngine implements DatabaseEngine {
  readonly kind = 'postgres';
  readonly #connections: PostgresConnections;
  readonly #clock: Clock;
  readonly #statements = new Statements();
  /** How far the server's clock is ahead of this process's, as last seen. */
  #aheadMs = 0;
  readonly read: Sql;

  private constructor(connections: PostgresConnections, clock: Clock) {
    this.#connections = connections;
    this.#clock = clock;
    this.read = new PostgresSql(
      connections.pool,
      this.#statements,
      () => new Date(clock.now().getTime() + this.#aheadMs),
    );
  }

  static async open(
    location: PostgresLocation,
    { clock, poolSize, onConnectionLost }: PostgresOptions,
  ): Promise<PostgresEngine> {
    const connections = await connect(location, {
      poolSize: poolSize ?? DEFAULT_POOL_SIZE,
      onConnectionLost: onConnectionLost ?? (() => {}),
    });
    try {
      await migrate(connections, location.schema);
      return new PostgresEngine(connections, clock);
    } catch (error) {
      await connections.orm.close();
      throw error;
    }
  }

  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#within('write', work);
  }

  snapshot<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#within('snapshot', work);
  }

  async appliedMigrations(): Promise<string[]> {
    const rows = await this.read.all<{ name: string }>('select name from mikro_orm_migrations order by id');
    return rows.map(({ name }) => name);
  }

  async reclaimSpace(): Promise<boolean> {
    return false;
  }

  /** Nothing: its server keeps its files. */
  async settle(): Promise<void> {}

  async close(): Promise<void> {
    await this.#connections.orm.close();
  }

  async #within<T>(kind: keyof typeof BEGIN, work: (sql: Sql) => Promise<T>): Promise<T> {
    const client = await this.#connections.pool.connect();
    // A connection that could not even roll back is not used again, and one whose answer never came is still
    // busy with it.
    let broken = false;
    try {
      const now = await this.#begin(client, kind);
      const sql = new PostgresSql(client, this.#statements, () => now);
      try {
        const result = await work(sql);
        sql.end();
        await client.query('commit');
        return result;
      } finally {
        sql.end();
      }
    } catch (error) {
      broken = !(await rolledBack(client));
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async #begin(client: PoolClient, kind: keyof typeof BEGIN): Promise<Date> {
    const results = (await client.query(`${BEGIN[kind]}; ${CLOCK}`)) as unknown as readonly QueryResult<{
      now_ms: string;
    }>[];
    const now = new Date(Number(results[1]?.rows[0]?.now_ms));
    this.#aheadMs = now.getTime() - this.#clock.now().getTime();
    return now;
  }
}

async function rolledBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query('rollback');
    return true;
  } catch {
    // the transaction's own error says what happened; the server rolls back what it lost the connection of
    return false;
  }
}

class PostgresSql implements Sql {
  readonly #target: Pool | PoolClient;
  readonly #statements: Statements;
  readonly #now: () => Date;
  readonly dialect = postgres;
  #ended = false;

  constructor(target: Pool | PoolClient, statements: Statements, now: () => Date) {
    this.#target = target;
    this.#statements = statements;
    this.#now = now;
  }

  get now(): Date {
    return this.#now();
  }

  async all<R>(query: string, params: readonly unknown[] = []): Promise<R[]> {
    return (await this.#query(query, params)).rows as R[];
  }

  async run(query: string, params: readonly unknown[] = []): Promise<number> {
    return (await this.#query(query, params)).rowCount ?? 0;
  }

  /** The transaction is over: its connection is somebody else's. */
  end(): void {
    this.#ended = true;
  }

  #query(query: string, params: readonly unknown[]): Promise<QueryResult> {
    if (this.#ended) throw new Error('The transaction has ended');
    return this.#target.query({ ...this.#statements.of(query), values: [...params] });
  }
}
