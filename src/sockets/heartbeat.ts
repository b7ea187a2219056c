import type { WebSocket } from 'ws';
import type { Clock } from '../orchestrator/ports/clock.ts';

/** Below the 15 to 60 seconds after which proxies give up on a silent connection; also how long a client may take to answer. */
const BEAT_MS = 12_000;

/** Pings the sockets and cuts those that did not answer the ping before: their network is gone and TCP would take minutes to notice. */
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
    this.#timer ??= this.#clock.timer(BEAT_MS, () => this.#beat());
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
    this.#timer = this.#sockets.size > 0 ? this.#clock.timer(BEAT_MS, () => this.#beat()) : null;
  }
}
