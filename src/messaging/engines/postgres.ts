import { Client, type ClientConfig } from 'pg';
import type { Clock } from '../../orchestrator/ports/environment.ts';
import {
  ANSWER_TIMEOUT_MS,
  addressOf,
  CLOSE_TIMEOUT_MS,
  CONNECT_TIMEOUT_MS,
  type Engine,
  type EngineOptions,
  type Link,
  type LinkEvents,
} from '../signal-engine.ts';

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

/**
 * Asks a PostgreSQL database which one it is: its cluster's identifier, its own id in it, and our schema.
 * Names of hosts say nothing: one server has many. A physical copy has the same identifier as the original;
 * two of them on one messaging engine need different prefixes.
 */
export async function databaseIdentity(url: string, clock: Clock): Promise<string> {
  const client = new Client(clientConfig(url));
  client.on('error', () => {}); // the pending call reports the failure
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

/** NOTIFY takes less than 8000 bytes. */
const MAX_PAYLOAD_BYTES = 7_900;

/**
 * LISTEN and NOTIFY on a connection of their own. NOTIFY is a statement by itself, never part of a
 * transaction that writes: all committing transactions that notify wait for one lock of the whole server
 * (source: `PreCommit_Notify` in src/backend/commands/async.c).
 */
export class ListenNotifyEngine implements Engine {
  readonly #url: string;
  readonly #channel: string;
  readonly #clock: Clock;
  readonly name: string;
  readonly maxMessageBytes = MAX_PAYLOAD_BYTES;

  constructor({ url, channel, clock }: EngineOptions) {
    this.#url = url;
    this.#channel = channel;
    this.#clock = clock;
    this.name = `PostgreSQL at ${addressOf(url)}`;
  }

  async connect({ onMessage, onGarbage, onDown }: LinkEvents): Promise<Link> {
    const client = new Client(clientConfig(this.#url));
    client.on('error', onDown);
    client.on('end', () => onDown(new Error('the connection was closed')));
    client.on('notification', ({ channel, payload = '' }) => {
      if (channel !== this.#channel) return;
      const parsed = parseJson(payload);
      if (parsed === NO_JSON) onGarbage('a notification that is not JSON');
      else onMessage(parsed);
    });
    try {
      await client.connect();
      await client.query(`listen "${this.#channel}"`);
    } catch (error) {
      await closeClient(client, this.#clock);
      throw error;
    }
    return {
      publish: async (messages) => {
        const payloads = messages.map((message) => JSON.stringify(message));
        await client.query('select pg_notify($1, payload) from unnest($2::text[]) as payload', [
          this.#channel,
          payloads,
        ]);
      },
      close: () => closeClient(client, this.#clock),
    };
  }
}

const NO_JSON = Symbol('no JSON');

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NO_JSON;
  }
}
