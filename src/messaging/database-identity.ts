import { Client } from 'pg';
import type { Clock } from '../orchestrator/ports/clock.ts';
import { clientConfig, closeClient } from './engines/postgres-client.ts';

/**
 * Asks a PostgreSQL database which one it is: its cluster's identifier, its own id in it, and our schema. Names of hosts say nothing: one
 * server has many. A physical copy has the same identifier as the original; two of them on one messaging engine need different prefixes.
 */
export async function databaseIdentity(url: string, clock: Clock): Promise<string> {
  const client = new Client(clientConfig(url));
  client.on('error', () => {}); // what fails is told by the call that is under way
  try {
    await client.connect();
    const { rows } = await client.query<{ oid: string; may_ask: boolean }>(
      `select oid::text, has_function_privilege('pg_control_system()', 'execute') as may_ask
       from pg_database where datname = current_database()`,
    );
    const cluster = rows[0]?.may_ask
      ? await client.query<{ id: string }>('select system_identifier::text as id from pg_control_system()')
      : null;
    return JSON.stringify([cluster?.rows[0]?.id ?? null, rows[0]?.oid, schemaOf(url)]);
  } finally {
    await closeClient(client, clock);
  }
}

const schemaOf = (url: string): string => new URL(url).searchParams.get('schema') ?? 'public';
