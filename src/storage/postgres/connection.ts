import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { Client, type Pool, type PoolClient } from 'pg';
import type { Vector } from '../../domain/embedding.ts';
import { DatabaseError } from '../database-error.ts';
import type { PostgresLocation } from '../database-url.ts';
import { entities } from '../entities.ts';
import { toMikroOrm } from '../migration.ts';
import { migrations } from '../migrations.ts';
import type { Dialect } from '../sql.ts';

/**
 * JSON is compared as jsonb, after a function of the migrations' has written what jsonb has no place for in
 * another way (json_comparable).
 */
export const postgres: Dialect = {
  name: 'postgres',
  locksRows: true,
  // refused where transactions only read, a standby included
  writeProbe: 'update thread set id = id where false',
  jsonContains: (column, filter) => sql`json_comparable(${column}) @> json_comparable(${filter})`,
  vectors: { encode: (vector) => [...vector], decode: (stored) => stored as Vector },
};

/**
 * Texts that are prepared at most; each connection keeps those it was used for, and the server's memory with
 * them.
 */
const MAX_PREPARED = 500;

/** A statement as the driver takes it. With a name it is prepared once per connection. */
export type Statement = { readonly text: string; readonly name?: string };

/** Makes PostgreSQL's statements of ours, each text once. */
export class Statements {
  readonly #prepared = new Map<string, Statement>();

  /**
   * `query` with `$1`, `$2`, … for its `?`. Beyond the first texts, which are nearly all there are, none is
   * kept or prepared.
   */
  of(query: string): Statement {
    const known = this.#prepared.get(query);
    if (known !== undefined) return known;
    const text = numbered(query);
    if (this.#prepared.size >= MAX_PREPARED) return { text };
    const statement = { text, name: `s${this.#prepared.size}` };
    this.#prepared.set(query, statement);
    return statement;
  }
}

/** Question marks in literals and quoted names stay as they are. */
export function numbered(query: string): string {
  let count = 0;
  return query.replace(/'[^']*'|"[^"]*"|\?/g, (found) => (found === '?' ? `$${++count}` : found));
}

export type ConnectOptions = {
  readonly poolSize: number;
  /**
   * An idle connection, or one between two statements of its transaction, was lost. What was under way on it
   * rejects by itself.
   */
  readonly onConnectionLost: (error: Error) => void;
};

/**
 * Times in ms. Nothing may wait for ever on a server that doesn't answer, or hold locks for a process that
 * stands still.
 */
const TIMEOUTS = {
  /** For a connection: a new one, or one of the pool's that is free. */
  connect: 10_000,
  /** For a statement, on the server; waiting for locks included. */
  statement: 30_000,
  /** For a statement's answer, when even the server's own timeout doesn't come back. */
  answer: 40_000,
  /**
   * Of a transaction between two statements: then the server rolls it back, so that a paused process doesn't
   * hold a thread's lock.
   */
  idleInTransaction: 10_000,
} as const;

export type PostgresConnections = { readonly orm: MikroORM; readonly pool: Pool };

/**
 * MikroORM over a pool of connections whose sessions see `schema` and keep our timeouts. Connects at first
 * use.
 */
export async function connect(
  location: PostgresLocation,
  { poolSize, onConnectionLost }: ConnectOptions,
): Promise<PostgresConnections> {
  const { connectionString, database, schema, options } = location;
  const orm = await MikroORM.init({
    dbName: database,
    schema,
    driverOptions: {
      connectionString,
      max: poolSize,
      min: 0,
      application_name: 'interject',
      options: `${options} -c search_path="${schema}" -c client_encoding=UTF8`.trim(),
      connectionTimeoutMillis: TIMEOUTS.connect,
      statement_timeout: TIMEOUTS.statement,
      query_timeout: TIMEOUTS.answer,
      idle_in_transaction_session_timeout: TIMEOUTS.idleInTransaction,
      keepAlive: true,
      onPoolCreated: (pool: Pool) => {
        pool.on('connect', (client: PoolClient) => client.on('error', onConnectionLost));
        pool.on('error', onConnectionLost);
      },
    },
    entities,
    extensions: [Migrator],
    migrations: {
      migrationsList: toMikroOrm(migrations, 'postgres'),
      snapshot: false,
      disableForeignKeys: false,
      allOrNothing: true,
      silent: true,
    },
    logger: () => {}, // `onConnectionLost` reports lost connections
  });
  return { orm, pool: await orm.driver.getConnection().getNativeClient() };
}

/** How long another process may take to migrate the database before this one gives up. */
const MAX_WAIT_MS = 60_000;

/**
 * Makes the schema and applies the migrations that it lacks. Of several processes at once the first does it,
 * the others wait for it.
 *
 * @throws DatabaseError when the server can't hold our text
 * @throws Error when a connection is lost meanwhile
 */
export async function migrate({ orm, pool }: PostgresConnections, schema: string): Promise<void> {
  const client = new Client(pool.options); // of its own: the pool may be of one, which the migrations need
  // A connection that ends while idle reports it by an event only. The next statement fails without the
  // reason.
  let lost: Error | undefined;
  client.on('error', (error) => {
    lost ??= error;
  });
  await client.connect();
  try {
    const { rows } = await client.query<{ server_encoding: string }>('show server_encoding');
    const encoding = rows[0]?.server_encoding;
    if (encoding !== 'UTF8') throw new DatabaseError(`its encoding is ${encoding}; it must be UTF8`);
    await client.query('begin');
    await client.query(
      `set local idle_in_transaction_session_timeout = 0; set local statement_timeout = ${MAX_WAIT_MS}`,
    );
    // Freed with this transaction, that is also when the process dies.
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `interject migrations ${schema}`,
    ]);
    await ensureSchema(pool, schema);
    await release(pool, () => orm.migrator.up());
    await client.query('commit');
  } catch (error) {
    throw lost ?? error;
  } finally {
    await client.end();
  }
}

/** Looks first: a user who may not create schemas may use one that was made for them. */
async function ensureSchema(pool: Pool, schema: string): Promise<void> {
  const { rowCount } = await pool.query('select 1 from pg_namespace where nspname = $1', [schema]);
  if (rowCount === 0) await pool.query(`create schema "${schema}"`);
}

/**
 * What the migrations have borrowed of the pool is given back if they fail. They keep a connection that was
 * lost in the middle of their transaction, since its rollback fails too, and the end of the pool would wait
 * for it for ever.
 */
async function release(pool: Pool, migrations: () => Promise<unknown>): Promise<void> {
  const borrowed = new Set<PoolClient>();
  const onAcquire = (client: PoolClient) => borrowed.add(client);
  const onRelease = (_: unknown, client: PoolClient) => borrowed.delete(client);
  pool.on('acquire', onAcquire).on('release', onRelease);
  try {
    await migrations();
  } catch (error) {
    for (const client of borrowed) client.release(true);
    throw error;
  } finally {
    pool.off('acquire', onAcquire).off('release', onRelease);
  }
}
