import type { Json } from '../../domain/json.ts';
import { KEEP_ALIVE_MS, keepAlive } from '../../http/heartbeats.ts';
import type { Outgoing } from '../../http/sockets.ts';
import type { RestDeps } from '../deps.ts';

/** One server-sent event. */
export type SseFrame = {
  /** Opaque to clients, who give it back as Last-Event-ID. */
  readonly id: string;
  /** Not empty. */
  readonly event: string;
  readonly data: Json;
};

/**
 * Keeps an idle stream alive. One line feed only: behind a blank line one of the clients takes the comment
 * for an event as soon as it has seen an id (protocol.md §3.1).
 */
export const HEARTBEAT = ': heartbeat\n';

/**
 * Formats one event with the blank line behind it. The data are one line of JSON: the clients join several
 * `data:` lines without what was between them. Characters that would end a line or the id are taken out of id
 * and name.
 *
 * Source: WHATWG HTML, "Server-sent events"; protocol.md §3.1.
 */
export const formatFrame = ({ id, event, data }: SseFrame): string =>
  `id: ${oneLine(id)}\nevent: ${oneLine(event)}\ndata: ${JSON.stringify(data)}\n\n`;

const oneLine = (text: string): string => text.replaceAll(/[\r\n\0]/g, '');

export type SseOptions = {
  readonly outgoing: Outgoing;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is to happen when the client goes before the stream has ended. */
  readonly onGone?: () => Promise<unknown>;
};

/**
 * Sends frames as server-sent events, with heartbeats from the beginning to the end. A client that goes
 * aborts the signal that `framesUntil` got; frames are made as fast as the client takes them. A client that
 * leaves more than `maxUnsentBytes` unread loses its connection, and comes back with its Last-Event-ID. A
 * server that closes breaks the stream off, for its client to come back elsewhere: a body that ended would
 * tell it that the run has.
 */
export function sseResponse(
  deps: Pick<RestDeps, 'clock' | 'closing' | 'logger' | 'limits'>,
  framesUntil: (signal: AbortSignal) => AsyncIterator<SseFrame>,
  { headers = {}, onGone, outgoing }: SseOptions,
): Response {
  const stream = new SseBody(deps, framesUntil, { onGone, outgoing });
  return new Response(
    new ReadableStream<Uint8Array>(
      {
        start: (controller) => stream.start(controller),
        pull: () => stream.pull(),
        cancel: () => stream.cancelled(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_BYTES }),
    ),
    {
      status: 200,
      headers: {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
        ...headers,
      },
    },
  );
}

/** One frame is read ahead: the next one is made when the body is empty. */
const HIGH_WATER_BYTES = 1;

/**
 * OPEN from its start until it has ended, its client has gone or it was broken off; the heartbeats' timer
 * lives as long.
 */
class SseBody {
  readonly #deps: Parameters<typeof sseResponse>[0];
  readonly #gone = new AbortController();
  readonly #frames: AsyncIterator<SseFrame>;
  readonly #options: Pick<SseOptions, 'outgoing'> & { readonly onGone: SseOptions['onGone'] | undefined };
  readonly #onClosing = (): void => this.#breakOff();
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #heartbeats: Disposable | null = null;

  constructor(
    deps: Parameters<typeof sseResponse>[0],
    framesUntil: (signal: AbortSignal) => AsyncIterator<SseFrame>,
    options: Pick<SseOptions, 'outgoing'> & { readonly onGone: SseOptions['onGone'] | undefined },
  ) {
    this.#deps = deps;
    this.#frames = framesUntil(this.#gone.signal);
    this.#options = options;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    if (this.#unsentBytes() === 0) this.#send(HEARTBEAT);
    const { clock, logger, limits } = this.#deps;
    this.#heartbeats = keepAlive({
      clock,
      everyMs: KEEP_ALIVE_MS,
      unsentBytes: () => this.#unsentBytes(),
      beat: () => this.#send(HEARTBEAT),
      limit: { maxUnsentBytes: limits.maxUnsentBytes, logger, breakOff: () => this.#breakOff() },
    });
    if (this.#deps.closing.aborted) this.#onClosing();
    else this.#deps.closing.addEventListener('abort', this.#onClosing, { once: true });
  }

  async pull(): Promise<void> {
    try {
      const { done, value } = await this.#frames.next();
      if (this.#controller === null) return;
      if (!done) this.#send(formatFrame(value));
      else this.#release()?.close();
    } catch (error) {
      if (this.#controller === null) return;
      this.#deps.logger.error({ err: error }, 'Event stream failed');
      this.#breakOff();
    }
  }

  async cancelled(): Promise<void> {
    if (this.#release() === null) return; // it was broken off here
    await this.#options.onGone?.();
  }

  /** In the body and in the connection. */
  #unsentBytes(): number {
    const queued = this.#controller === null ? 0 : HIGH_WATER_BYTES - (this.#controller.desiredSize ?? 0);
    return queued + this.#options.outgoing.unsentBytes();
  }

  #send(text: string): void {
    this.#controller?.enqueue(Buffer.from(text));
  }

  /** Not by an error of the body: the listener would print it, and send it. */
  #breakOff(): void {
    this.#release();
    this.#options.outgoing.breakOff();
  }

  /** Ends it, once; returns what is then to be closed. */
  #release(): ReadableStreamDefaultController<Uint8Array> | null {
    const controller = this.#controller;
    this.#controller = null;
    this.#heartbeats?.[Symbol.dispose]();
    this.#deps.closing.removeEventListener('abort', this.#onClosing);
    this.#gone.abort();
    return controller;
  }
}
