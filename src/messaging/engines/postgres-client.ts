import type { Client, ClientConfig } from 'pg';
import type { Clock } from '../../orchestrator/ports/clock.ts';
import { ANSWER_TIMEOUT_MS, CLOSE_TIMEOUT_MS, CONNECT_TIMEOUT_MS } from '../engine.ts';

/** A client's settings for a database URL of ours: what only storage understands is left out. */
export function clientConfig(databaseUrl: string): ClientConfig {
  const url = new URL(databaseUrl);
  url.searchParams.delete('schema');
  return {
    connectionString: url.href,
    application_name: 'interject-signals',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    keepAlive: true,
  };
}

/** Says goodbye, and cuts the connection if that takes long. Never rejects. */
export async function closeClient(client: Client, clock: Clock): Promise<void> {
  const { stream } = client.connection;
  using _cut = clock.timer(CLOSE_TIMEOUT_MS, () => stream.destroy());
  try {
    await client.end();
  } catch {
    stream.destroy(); // it is of no use any more, whatever was wrong with it
  }
}
