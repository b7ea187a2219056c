import { type GraphQLErrorJson, InterjectError, isTransient, toInterjectError } from './errors.ts';
import type { RetryWait } from './retry.ts';
import type { Socket } from './socket.ts';

/** One result of a subscription, whose one field is aliased to `event`. */
type Result<Event> = {
  readonly data?: { readonly event: Event } | null | undefined;
  readonly errors?: readonly GraphQLErrorJson[] | undefined;
};

type Variables = {
  readonly after?: string | undefined;
  readonly fromStart?: boolean | undefined;
  readonly [name: string]: unknown;
};

export type EventStreamOptions = {
  readonly socket: Socket;
  readonly query: string;
  /** Variables of the subscription; events overwrite `after` and `fromStart`. */
  readonly variables: Variables;
  /**
   * A subscription whose first event only contains the start position of the stream, used while `after` is
   * unknown. Without it, a stream "from now" that loses its connection before its first event would restart
   * at a later position.
   */
  readonly position?: { readonly query: string; readonly variables: Variables } | undefined;
  readonly wait: RetryWait;
  /** The number of consecutive failed connections before it gives up. Infinity: never. */
  readonly retries: number;
  readonly onRetry: (error: InterjectError) => void;
  /** Aborting it ends the stream as `return()` does. */
  readonly signal?: AbortSignal | undefined;
};

/**
 * The maximum number of buffered events. Beyond it the stream unsubscribes and continues from its cursor
 * after they have been read.
 */
const MAX_WAITING = 1_000;
/** A server fault may be temporary; after this many in a row it is considered permanent. */
const FAULTS_TO_BEAR = 5;
/**
 * Close codes after which the same subscription would be refused again: bad request, unauthorized, forbidden,
 * wrong protocol, …, message too big.
 */
const FATAL_CLOSE_CODES = new Set([1009, 4400, 4401, 4403, 4406, 4409, 4429]);

/**
 * The events of one subscription, across any number of connections.
 *
 * IDLE: no event has been requested yet. SUBSCRIBED: a subscription is open or being opened. WAITING: the
 * connection was lost and the next retry is scheduled. FULL: unsubscribed until the consumer has caught up.
 * ENDED: completed, failed or returned; buffered events are still delivered, then the failure or the end.
 * `#variables.after` is always the cursor of the last received event, so every new subscription continues
 * after it.
 */
export class EventStream<Event extends { readonly cursor: string }>
  implements AsyncIterableIterator<Event, undefined>
{
  readonly #options: EventStreamOptions;
  /**
   * graphql-ws serializes it for each subscription it sends, so it must be changed in place: after a close
   * with code 1000 graphql-ws resubscribes itself.
   */
  readonly #variables: Record<string, unknown>;
  readonly #received: Event[] = [];
  readonly #readers: PromiseWithResolvers<IteratorResult<Event, undefined>>[] = [];
  readonly #ended = new AbortController();
  readonly #onAbort = () => {
    this.#received.length = 0;
    this.#finish();
  };
  #state: 'IDLE' | 'SUBSCRIBED' | 'WAITING' | 'FULL' | 'ENDED' = 'IDLE';
  #unsubscribe = () => {};
  #failure: unknown = null;
  #failures = 0;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#variables = { ...options.variables };
    if (options.signal?.aborted) this.#state = 'ENDED';
    else options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Subscribes with the first call. Several calls at once get their events in the order of the calls. */
  next(): Promise<IteratorResult<Event, undefined>> {
    const event = this.#received.shift();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.#state === 'ENDED') return this.#end();
    if (this.#state === 'IDLE' || this.#state === 'FULL') this.#subscribe();
    const reader = Promise.withResolvers<IteratorResult<Event, undefined>>();
    this.#readers.push(reader);
    return reader.promise;
  }

  /** Ends the stream immediately and releases its subscription; buffered events are dropped. */
  return(): Promise<IteratorResult<Event, undefined>> {
    this.#onAbort();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #subscribe(): void {
    this.#state = 'SUBSCRIBED';
    const { query, position } = this.#options;
    const positioning = position !== undefined && this.#variables['after'] === undefined;
    const payload = positioning ? position : { query, variables: this.#variables };
    // A subscription that was left may still report: only the newest one counts.
    let current = true;
    const dispose = this.#options.socket.subscribe<{ readonly event: Event }, unknown>(payload, {
      next: (result) => {
        if (current) this.#take(result, positioning);
      },
      error: (error) => {
        if (current) this.#lose(toStreamError(error));
      },
      complete: () => {
        if (current) this.#finish();
      },
    });
    this.#unsubscribe = () => {
      current = false;
      // Not while a message is being handled: the subscription's end may be the next one in the same packet,
      // graphql-ws would count it as released twice, and then close the socket under the other streams, or
      // end them.
      queueMicrotask(dispose);
    };
  }

  #take({ data, errors }: Result<Event>, positioning: boolean): void {
    if (errors !== undefined) {
      this.#lose(toInterjectError(errors));
    } else if (data === undefined || data === null) {
      this.#fail(new InterjectError('BAD_RESPONSE', 'Received an event without data'));
    } else {
      this.#failures = 0;
      this.#variables['after'] = data.event.cursor;
      if ('fromStart' in this.#variables) this.#variables['fromStart'] = false;
      if (positioning) {
        this.#unsubscribe();
        this.#subscribe();
      } else this.#hand(data.event);
    }
  }

  #hand(event: Event): void {
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.resolve({ done: false, value: event });
      return;
    }
    this.#received.push(event);
    if (this.#received.length < MAX_WAITING) return;
    this.#state = 'FULL';
    this.#unsubscribe();
  }

  #lose(error: InterjectError): void {
    this.#unsubscribe();
    this.#failures += 1;
    if (this.#failures > retriesAfter(error, this.#options.retries)) {
      this.#fail(error);
      return;
    }
    this.#state = 'WAITING';
    this.#options.onRetry(error);
    this.#options.wait(this.#failures, this.#ended.signal).then(
      () => {
        if (this.#state === 'WAITING') this.#subscribe();
      },
      (cause: unknown) => this.#fail(cause),
    );
  }

  #fail(error: unknown): void {
    if (this.#state !== 'ENDED') this.#failure = error;
    this.#finish();
  }

  #finish(): void {
    if (this.#state === 'ENDED') return;
    this.#state = 'ENDED';
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#unsubscribe();
    this.#ended.abort();
    for (const reader of this.#readers.splice(0)) this.#end().then(reader.resolve, reader.reject);
  }

  /** Reports a failure once, then the end. */
  async #end(): Promise<IteratorResult<Event, undefined>> {
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure;
    return { done: true, value: undefined };
  }
}

/**
 * The end of a subscription as graphql-ws reports it: GraphQL errors, a close event, an error event or an
 * Error.
 */
function toStreamError(error: unknown): InterjectError {
  if (Array.isArray(error)) return toInterjectError(error);
  const { code, reason } = error as { readonly code?: unknown; readonly reason?: unknown };
  if (typeof code !== 'number')
    return new InterjectError('CONNECTION_LOST', 'The WebSocket connection failed', { cause: error });
  const detail = reason === '' ? code : `${code} ${String(reason)}`;
  return new InterjectError(
    FATAL_CLOSE_CODES.has(code) ? 'CONNECTION_REFUSED' : 'CONNECTION_LOST',
    `The WebSocket was closed (${detail})`,
    {
      cause: error,
    },
  );
}

function retriesAfter(error: InterjectError, retries: number): number {
  if (isTransient(error)) return retries;
  return error.code === 'INTERNAL_SERVER_ERROR' ? Math.min(FAULTS_TO_BEAR, retries) : 0;
}
