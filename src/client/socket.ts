import { createClient, type Client as Socket } from 'graphql-ws';
import { schedule } from './retry.ts';

export type { Socket };

/** A WebSocket class: the global one, or the one of the package `ws`. */
export type WebSocketClass = new (url: string, protocols?: string) => object;

const PING_EVERY_MS = 10_000;
/** The time without a pong after which the connection is considered dead. */
const PONG_WITHIN_MS = 10_000;
const ACK_WITHIN_MS = 10_000;

/**
 * One WebSocket for all subscriptions: opened by the first, closed after the last. Pings detect dead
 * connections, which are closed. It does not reconnect by itself: each stream resubscribes from its own
 * cursor.
 */
export function openSocket(url: string, webSocket: WebSocketClass | undefined): Socket {
  let awaitedPong = () => {};
  const socket = createClient({
    url,
    ...(webSocket === undefined ? {} : { webSocketImpl: webSocket }),
    lazy: true,
    retryAttempts: 0,
    keepAlive: PING_EVERY_MS,
    connectionAckWaitTimeout: ACK_WITHIN_MS,
    on: {
      ping: (received) => {
        if (!received) awaitedPong = schedule(PONG_WITHIN_MS, () => socket.terminate());
      },
      pong: (received) => {
        if (received) awaitedPong();
      },
      closed: () => awaitedPong(),
    },
  });
  return socket;
}
