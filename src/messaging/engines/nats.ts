import { NATSPubSub } from '@graphql-hive/pubsub/nats';
import {
  type ConnectionOptions,
  connect,
  type NatsConnection,
  type Subscription,
} from '@nats-io/transport-node';
import type { Clock } from '../../orchestrator/ports/environment.ts';
import {
  addressOf,
  CLOSE_TIMEOUT_MS,
  CONNECT_TIMEOUT_MS,
  type Engine,
  type EngineOptions,
  type Link,
  type LinkEvents,
} from '../signal-engine.ts';

const TOPIC = 'signals';

/** Core NATS, without JetStream: nothing is stored there. */
export class NatsEngine implements Engine {
  readonly #url: string;
  readonly #channel: string;
  readonly #clock: Clock;
  readonly name: string;
  readonly maxMessageBytes = 64 * 1024; // the server's default limit is 1 MiB

  constructor({ url, channel, clock }: EngineOptions) {
    this.#url = url;
    this.#channel = channel;
    this.#clock = clock;
    this.name = `NATS at ${addressOf(url)}`;
  }

  async connect({ onMessage, onGarbage, onDown }: LinkEvents): Promise<Link> {
    const connection = await connect({
      ...serverOf(this.#url),
      reconnect: false,
      timeout: CONNECT_TIMEOUT_MS,
      name: 'interject',
    });
    connection.closed().then((error) => onDown(error ?? new Error('the connection was closed')));
    ignoreGarbage(connection, { onGarbage, onDown });
    const pubsub = new NATSPubSub<{ [TOPIC]: object }>(connection, {
      subjectPrefix: this.#channel,
      noCloseOnDispose: true,
    });
    await pubsub.subscribe(TOPIC, onMessage);
    return {
      publish: async (messages) => {
        for (const message of messages) pubsub.publish(TOPIC, message);
        // waits for the server's answer: a lost connection could otherwise drop messages unnoticed
        await connection.flush();
      },
      close: async () => {
        await Promise.race([pubsub.dispose().catch(() => {}), this.#clock.sleep(CLOSE_TIMEOUT_MS)]);
        await connection.close();
      },
    };
  }
}

/** The client doesn't take a user out of a URL. A name without a password is a token, as NATS writes it. */
function serverOf(text: string): ConnectionOptions {
  const url = new URL(text);
  const [user, pass] = [url.username, url.password].map(decodeURIComponent);
  const servers = url.host;
  if (!user) return { servers };
  return pass ? { servers, user, pass } : { servers, token: user };
}

/**
 * The pubsub's own callback throws on invalid JSON, which would end the client's reader: the connection would
 * silently receive nothing more.
 */
function ignoreGarbage(
  connection: NatsConnection,
  { onGarbage, onDown }: Pick<LinkEvents, 'onGarbage' | 'onDown'>,
): void {
  const subscribe = connection.subscribe.bind(connection);
  connection.subscribe = (subject, options): Subscription =>
    subscribe(subject, {
      ...options,
      callback: (error, message) => {
        if (error) return onDown(error); // the subscription was refused
        try {
          options?.callback?.(error, message);
        } catch {
          onGarbage('a message that is not JSON');
        }
      },
    });
}
