import { Client, type Pool, type PoolClient } from 'pg';
import { DatabaseError } from '../database-error.ts';
import type { PostgresConnections } from './connection.ts';

/** How long another process may take to migrate the database before this one gives up. */
const MAX_WAIT_MS = 60_000;

/**
 * Makes the schema and applies the migrations that it lacks. Of several processes at once the first does it, the others wait for it.
 *
 * @throws DatabaseError when the server can't hold our text
 * @throws Error when a connection is lost meanwhile
 */
export async function migrate({ orm, pool }: PostgresConnections, schema: string): Promise<void> {
  const client = new Client(pool.options); // of its own: the pool may be of one, which the migrations need
  // A connection that ends while nothing is asked of it tells so by an event alone. The next statement fails, but can't say why.
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
    await client.query(`set local idle_in_transaction_session_timeout = 0; set local statement_timeout = ${MAX_WAIT_MS}`);
    // Freed with this transaction, that is also when the process dies.
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`interject migrations ${schema}`]);
    await ensureSchema(pool, schema);
    await giveBack(pool, () => orm.migrator.up());
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
 * What the migrations have borrowed of the pool is given back if they fail. They keep a connection that was lost in the middle of their
 * transaction, since its rollback fails too, and the end of the pool would wait for it for ever.
 */
async function giveBack(pool: Pool, migrations: () => Promise<unknown>): Promise<void> {
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
