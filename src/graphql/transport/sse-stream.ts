import { Readable } from 'node:stream';
import { type ExecutionResult, GraphQLError } from 'graphql';
import { keepAlive, PING_MS } from '../../http/heartbeats.ts';
import type { Outgoing } from '../../http/sockets.ts';
import type { Clock, Logger } from '../../orchestrator/ports/environment.ts';

const PING = ':\n\n';
const COMPLETE = 'event: complete\ndata:\n\n';

/** One result as an SSE frame. Source: GraphQL over Server-Sent Events, "distinct connections mode". */
const nextFrame = (result: unknown): string => `event: next\ndata: ${JSON.stringify(result)}\n\n`;

export type SseStreamOptions = {
  readonly maxUnsentBytes: number;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly outgoing: Outgoing;
};

/**
 * The results of one subscription as an event stream, one read ahead. Destroying it (the client has gone)
 * releases the subscription. A client that leaves more than `maxUnsentBytes` unread loses its connection.
 * Ends with `complete` only when the subscription did: a stream that just breaks off tells the client to come
 * back.
 */
export class SseStream extends Readable {
  readonly #results: AsyncGenerator<ExecutionResult, undefined, undefined>;
  readonly #pings: Disposable;
  #pulling = false;

  constructor(
    results: AsyncGenerator<ExecutionResult, undefined, undefined>,
    { clock, outgoing, maxUnsentBytes, logger }: SseStreamOptions,
  ) {
    super({ encoding: 'utf8' });
    this.#results = results;
    this.push(PING); // some clients hold back the response until its first byte
    this.#pings = keepAlive({
      clock,
      everyMs: PING_MS,
      unsentBytes: () => this.readableLength + outgoing.unsentBytes(),
      beat: () => this.push(PING),
      // which destroys this stream too
      limit: { maxUnsentBytes, logger, breakOff: () => outgoing.breakOff() },
    });
  }

  override _read(): void {
    if (this.#pulling) return;
    this.#pulling = true;
    this.#results.next().then(
      ({ done, value }) => this.#push(done ? null : nextFrame(value)),
      (error: unknown) => {
        this.push(
          nextFrame({
            errors: [error instanceof GraphQLError ? error : new GraphQLError('Internal server error')],
          }),
        );
        this.#push(null);
      },
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#pings[Symbol.dispose]();
    this.#results.return(undefined).then(
      () => done(error),
      (failure: Error) => done(error ?? failure),
    );
  }

  #push(frame: string | null): void {
    this.#pulling = false;
    if (this.destroyed) return;
    if (frame !== null) {
      this.push(frame);
      return;
    }
    this.#pings[Symbol.dispose]();
    this.push(COMPLETE);
    this.push(null);
  }
}
