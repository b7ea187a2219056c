import type { WebSocket } from 'ws';
import type { Clock, Logger } from '../orchestrator/ports/environment.ts';
import { UNREAD_STREAM_CLOSED } from './limits.ts';

/**
 * Below the 15 to 60 seconds after which proxies give up on a silent connection; of a WebSocket also how long
 * its client may take to answer.
 */
export const PING_MS = 12_000;
/** The same for answers of the LangGraph protocol, in its own measure. */
export const KEEP_ALIVE_MS = 5_000;

export type KeepAlive = {
  readonly clock: Clock;
  readonly everyMs: number;
  /** What waits for the client, in the body and in the connection. */
  readonly unsentBytes: () => number;
  /** Sends something that means nothing. */
  readonly beat: () => void;
  /** Beyond so much for a client that does not read, the answer is broken off. Absent: it is short. */
  readonly limit?: {
    readonly maxUnsentBytes: number;
    readonly logger: Logger;
    readonly breakOff: () => void;
  };
};

/**
 * Keeps an idle answer alive until it is disposed. Where the client reads nothing, no beat is needed, and
 * none may pile up.
 */
export function keepAlive({ clock, everyMs, unsentBytes, beat, limit }: KeepAlive): Disposable {
  let isOver = false;
  let timer: Disposable | null = null;
  const onTime = (): void => {
    const unsent = unsentBytes();
    if (limit !== undefined && unsent > limit.maxUnsentBytes) {
      limit.logger.warn({ unsentBytes: unsent }, UNREAD_STREAM_CLOSED);
      limit.breakOff();
      return;
    }
    if (unsent === 0) beat();
    if (!isOver) timer = clock.timer(everyMs, onTime);
  };
  timer = clock.timer(everyMs, onTime);
  return {
    [Symbol.dispose]: () => {
      isOver = true;
      timer?.[Symbol.dispose]();
    },
  };
}

/**
 * Pings the sockets and cuts those that did not answer the ping before: their network is gone and TCP would
 * take minutes to notice.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #sockets: ReadonlySet<WebSocket>;
  /** Sockets that have been pinged and have not answered yet. */
  readonly #unanswered = new WeakSet<WebSocket>();
  #timer: Disposable | null = null;

  constructor(clock: Clock, sockets: ReadonlySet<WebSocket>) {
    this.#clock = clock;
    this.#sockets = sockets;
  }

  watch(socket: WebSocket): void {
    socket.on('pong', () => this.#unanswered.delete(socket));
    this.#timer ??= this.#clock.timer(PING_MS, () => this.#beat());
  }

  stop(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
  }

  #beat(): void {
    for (const socket of this.#sockets) {
      if (this.#unanswered.has(socket)) {
        socket.terminate();
        continue;
      }
      this.#unanswered.add(socket);
      socket.ping();
    }
    this.#timer = this.#sockets.size > 0 ? this.#clock.timer(PING_MS, () => this.#beat()) : null;
  }
}
