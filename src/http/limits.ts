import { DEFAULT_OPTIONS, type MetadataLimits } from '../orchestrator/context.ts';

/** How much clients may ask of one process. Each is a setting. */
export type Limits = MetadataLimits & {
  /** Longest HTTP body and longest WebSocket message, of every protocol. */
  readonly maxRequestBytes: number;
  /** Requests that wait for the end of a run at once: joins and waits of both protocols. */
  readonly maxJoins: number;
  /** Event streams over HTTP (server-sent events) of all protocols that are open at once. */
  readonly maxStreams: number;
  /** WebSockets of all protocols that are open at once. */
  readonly maxSockets: number;
  /** Operations (GraphQL) or subscriptions (event streaming) that one WebSocket carries at once. */
  readonly maxSocketOperations: number;
  /** Commands of one event streaming WebSocket that wait for their turn, with the one that is carried out. */
  readonly maxSocketCommands: number;
  /** Bytes that one WebSocket or event stream may hold for a client that does not read them. */
  readonly maxUnsentBytes: number;
};

export const DEFAULT_LIMITS: Limits = {
  ...DEFAULT_OPTIONS.limits,
  maxRequestBytes: 32 * 1024 * 1024,
  maxJoins: 10_000,
  maxStreams: 10_000,
  maxSockets: 10_000,
  maxSocketOperations: 500,
  maxSocketCommands: 100,
  maxUnsentBytes: 64 * 1024 * 1024,
};

/** After which time a client whom this process is too busy for may try again. */
export const RETRY_AFTER_SECONDS = 5;

/** Why a request may not wait for a run, for an error. */
export const tooManyJoins = ({ maxJoins }: Limits): string =>
  `This process has reached its limit of ${maxJoins} requests waiting for runs (INTERJECT_MAX_JOINS). Try again later.`;

/** Why no event stream is opened, for an error. */
export const tooManyStreams = ({ maxStreams }: Limits): string =>
  `This process has reached its limit of ${maxStreams} open event streams (INTERJECT_MAX_STREAMS). Try again later.`;

/** What the log says of an event stream beyond maxUnsentBytes. */
export const UNREAD_STREAM_CLOSED =
  'Closed an event stream with too many unsent bytes (INTERJECT_MAX_UNSENT_BYTES)';

/** Why a WebSocket is not opened, for an error. */
export const tooManySockets = (max: number): string =>
  `This process has reached its limit of ${max} open WebSockets (INTERJECT_MAX_SOCKETS). Try again later.`;

/** Why a WebSocket takes no more operations, for an error. */
export const tooManyOperations = ({ maxSocketOperations, maxRequestBytes }: Limits): string =>
  `Too many operations on this WebSocket: limit ${maxSocketOperations} (INTERJECT_MAX_SOCKET_OPERATIONS), with ${maxRequestBytes} bytes in total (INTERJECT_MAX_REQUEST_BYTES).`;

/** Why a WebSocket takes no more subscriptions, for an error. */
export const tooManySubscriptions = ({ maxSocketOperations }: Limits): string =>
  `This WebSocket has reached its limit of ${maxSocketOperations} subscriptions (INTERJECT_MAX_SOCKET_OPERATIONS). Unsubscribe from one first.`;

/** Why a WebSocket takes no more commands, for an error. */
export const tooManyCommands = ({ maxSocketCommands, maxRequestBytes }: Limits): string =>
  `Too many pending commands on this WebSocket: limit ${maxSocketCommands} (INTERJECT_MAX_SOCKET_COMMANDS), with ${maxRequestBytes} bytes in total (INTERJECT_MAX_REQUEST_BYTES). Wait for a response first.`;

/** Why a request's body is refused, for an error. */
export const bodyTooLarge = (maxBytes: number): string =>
  `The request body exceeds the limit of ${maxBytes} bytes (INTERJECT_MAX_REQUEST_BYTES).`;

/** What an HTTP answer is written to, as far as it matters here. */
type Answering = { readonly destroyed: boolean; once(event: 'close', listener: () => void): unknown };

/** So many places for something that this process does for clients at once. */
export class Capacity {
  readonly #max: number;
  /** The reason for an error while all places are taken. */
  readonly refusal: string;
  #taken = 0;

  constructor(max: number, refusal: string) {
    this.#max = max;
    this.refusal = refusal;
  }

  /** Takes a place for an answer, until it has been sent or its client has gone; false: all are taken. */
  hold(outgoing: Answering): boolean {
    const place = this.take();
    if (place === null) return false;
    if (outgoing.destroyed)
      place[Symbol.dispose](); // it won't say so once more
    else outgoing.once('close', () => place[Symbol.dispose]());
    return true;
  }

  /** A place, until it is disposed of; null: all are taken. */
  take(): Disposable | null {
    if (this.#taken >= this.#max) return null;
    this.#taken += 1;
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#taken -= 1;
        isHeld = false;
      },
    };
  }
}
