import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import type { Pool, PoolClient } from 'pg';
import type { PostgresLocation } from '../database-url.ts';
import { entities } from '../schema.ts';
import { migrations } from './migrations.ts';

export type ConnectOptions = {
  readonly poolSize: number;
  /** An idle connection, or one between two statements of its transaction, was lost. What was under way on it rejects by itself. */
  readonly onConnectionLost: (error: Error) => void;
};

/** Times in ms. Nothing may wait for ever on a server that doesn't answer, or hold locks for a process that stands still. */
export const TIMEOUTS = {
  /** For a connection: a new one, or one of the pool's that is free. */
  connect: 10_000,
  /** For a statement, on the server; waiting for locks included. */
  statement: 30_000,
  /** For a statement's answer, when even the server's own timeout doesn't come back. */
  answer: 40_000,
  /** Of a transaction between two statements: then the server rolls it back, so that a paused process doesn't hold a thread's lock. */
  idleInTransaction: 10_000,
} as const;

export type PostgresConnections = { readonly orm: MikroORM; readonly pool: Pool };

/** MikroORM over a pool of connections whose sessions see `schema` and keep our timeouts. Connects at first use. */
export async function connect(location: PostgresLocation, { poolSize, onConnectionLost }: ConnectOptions): Promise<PostgresConnections> {
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
    migrations: { migrationsList: migrations, snapshot: false, disableForeignKeys: false, allOrNothing: true, silent: true },
    logger: () => {}, // what it would tell of lost connections is told by `onConnectionLost`
  });
  return { orm, pool: await orm.driver.getConnection().getNativeClient() };
}
