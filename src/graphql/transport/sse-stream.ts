import { Readable } from 'node:stream';
import { type ExecutionResult, GraphQLError } from 'graphql';
import { UNREAD_STREAM_CLOSED } from '../../http/limits.ts';
import type { Outgoing } from '../../http/sockets.ts';
import type { Clock, Logger } from '../../orchestrator/ports/environment.ts';

/** Below the 15 to 60 seconds after which proxies give up on a silent connection. */
const PING_MS = 12_000;
const PING = ':\n\n';
const COMPLETE = 'event: complete\ndata:\n\n';

/** One result as an SSE frame. Source: GraphQL over Server-Sent Events, "distinct connections mode". */
const nextFrame = (result: unknown): string => `event: next\ndata: ${JSON.stringify(result)}\n\n`;

type SseLimits = { readonly maxUnsentBytes: number; readonly logger: Logger };
export type SseStreamOptions = SseLimits & { readonly clock: Clock; readonly outgoing: Outgoing };

/**
 * The results of one subscription as an event stream, one read ahead. Destroying it (the client has gone) releases the subscription.
 * A client that leaves more than `maxUnsentBytes` unread loses its connection. Ends with `complete` only when the subscription did: a stream that
 * just breaks off tells the client to come back.
 */
export class SseStream extends Readable {
  readonly #results: AsyncGenerator<ExecutionResult, undefined, undefined>;
  readonly #clock: Clock;
  #ping: Disposable;
  readonly #outgoing: Outgoing;
  readonly #limits: SseLimits;
  #pulling = false;

  constructor(results: AsyncGenerator<ExecutionResult, undefined, undefined>, { clock, outgoing, ...limits }: SseStreamOptions) {
    super({ encoding: 'utf8' });
    this.#results = results;
    this.#clock = clock;
    this.#outgoing = outgoing;
    this.#limits = limits;
    this.push(PING); // some clients hold back the response until its first byte
    this.#ping = this.#armPing();
  }

  override _read(): void {
    if (this.#pulling) return;
    this.#pulling = true;
    this.#results.next().then(
      ({ done, value }) => this.#push(done ? null : nextFrame(value)),
      (error: unknown) => {
        this.push(nextFrame({ errors: [error instanceof GraphQLError ? error : new GraphQLError('Internal server error')] }));
        this.#push(null);
      },
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#ping[Symbol.dispose]();
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
    this.#ping[Symbol.dispose]();
    this.push(COMPLETE);
    this.push(null);
  }

  #armPing(): Disposable {
    return this.#clock.timer(PING_MS, () => {
      const unsentBytes = this.readableLength + this.#outgoing.unsentBytes();
      if (unsentBytes > this.#limits.maxUnsentBytes) {
        this.#limits.logger.warn({ unsentBytes }, UNREAD_STREAM_CLOSED);
        this.#outgoing.breakOff(); // which destroys this stream too
        return;
      }
      if (unsentBytes === 0) this.push(PING);
      this.#ping = this.#armPing();
    });
  }
}
