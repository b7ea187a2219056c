import { RedisPubSub } from '@graphql-hive/pubsub/redis';
import { Redis } from 'ioredis';
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

const TOPIC = 'signals';

/** Publish/subscribe of one Redis server, on two connections: one that subscribes can do nothing else. */
export class RedisEngine implements Engine {
  readonly #url: string;
  readonly #channel: string;
  readonly #clock: Clock;
  readonly name: string;
  readonly maxMessageBytes = 64 * 1024;

  constructor({ url, channel, clock }: EngineOptions) {
    this.#url = url;
    this.#channel = channel;
    this.#clock = clock;
    this.name = `Redis at ${addressOf(url)}`;
  }

  async connect({ onMessage, onGarbage, onDown }: LinkEvents): Promise<Link> {
    const pub = new Redis(this.#url, OPTIONS);
    const sub = new Redis(this.#url, OPTIONS);
    ignoreGarbage(sub, onGarbage);
    const disconnect = () => {
      pub.disconnect();
      sub.disconnect();
    };
    try {
      await Promise.all([pub, sub].map((client) => connected(client, onDown)));
      const pubsub = new RedisPubSub<{ [TOPIC]: object }>(
        { pub, sub },
        { channelPrefix: this.#channel, noQuitOnDispose: true },
      );
      await pubsub.subscribe(TOPIC, onMessage);
      return {
        publish: async (messages) => {
          await Promise.all(messages.map((message) => pubsub.publish(TOPIC, message)));
        },
        close: async () => {
          // what waits for an answer then rejects
          using _cut = this.#clock.timer(CLOSE_TIMEOUT_MS, disconnect);
          // it takes two commands, which a lost connection can't take any more
          await pubsub.dispose().catch(() => {});
          disconnect();
        },
      };
    } catch (error) {
      disconnect();
      throw error;
    }
  }
}

/**
 * The link's user replaces a lost connection and its subscriptions: ioredis neither reconnects nor retries.
 */
const OPTIONS = {
  lazyConnect: true,
  retryStrategy: () => null,
  autoResubscribe: false,
  enableOfflineQueue: false,
  connectTimeout: CONNECT_TIMEOUT_MS,
  commandTimeout: ANSWER_TIMEOUT_MS,
  keepAlive: 10_000,
} as const;

async function connected(client: Redis, onDown: (reason: Error) => void): Promise<void> {
  let failure: Error | undefined;
  client.on('error', (error) => {
    failure = error;
  });
  client.on('end', () => onDown(failure ?? new Error('the connection was closed')));
  try {
    await client.connect();
  } catch (error) {
    throw failure ?? error; // the event says what was wrong, the rejection only that it is closed
  }
}

/**
 * The pubsub's own handler throws on invalid JSON; inside the driver nothing would catch that, and the
 * process would end.
 */
function ignoreGarbage(sub: Redis, onGarbage: (reason: string) => void): void {
  const emit = sub.emit.bind(sub);
  sub.emit = (event, ...args) => {
    if (event !== 'message') return emit(event, ...args);
    try {
      return emit(event, ...args);
    } catch {
      onGarbage('a message that is not JSON');
      return true;
    }
  };
}
