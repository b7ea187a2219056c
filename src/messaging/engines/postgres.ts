import { Client } from 'pg';
import type { Clock } from '../../orchestrator/ports/clock.ts';
import { addressOf, type Engine, type EngineOptions, type Link, type LinkEvents } from '../engine.ts';
import { clientConfig, closeClient } from './postgres-client.ts';

/** NOTIFY takes less than 8000 bytes. */
const MAX_PAYLOAD_BYTES = 7_900;

/**
 * LISTEN and NOTIFY on a connection of their own. NOTIFY is a statement by itself, never part of a transaction that writes: all committing
 * transactions that notify wait for one lock of the whole server (source: `PreCommit_Notify` in src/backend/commands/async.c).
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
      if (parsed === NO_JSON) onGarbage('a notification that is no JSON');
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
        await client.query('select pg_notify($1, payload) from unnest($2::text[]) as payload', [this.#channel, payloads]);
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
