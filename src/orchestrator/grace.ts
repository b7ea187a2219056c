import type { Context } from './context.ts';

/**
 * The time that a graph's code has to come to rest, from the moment when it is told to end. One period for all that has to: the stream, and the
 * functions that it has called.
 */
export class Grace implements Disposable {
  readonly #context: Pick<Context, 'clock' | 'options' | 'logger'>;
  readonly #signal: AbortSignal;
  readonly #over = Promise.withResolvers<null>();
  readonly #onAbort = () => this.begin();
  #timer: Disposable | null = null;

  /** @param signal begins it when it aborts */
  constructor(context: Pick<Context, 'clock' | 'options' | 'logger'>, signal: AbortSignal) {
    this.#context = context;
    this.#signal = signal;
    if (signal.aborted) this.begin();
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Begins it, unless it has begun. */
  begin(): void {
    this.#timer ??= this.#context.clock.timer(this.#context.options.graceMs, () => this.#over.resolve(null));
  }

  /** What the graph's code comes to; null when the period ends first. Code that goes on is fenced off. */
  async for<T>(working: Promise<T>): Promise<T | null> {
    const first = await Promise.race([working, this.#over.promise]);
    if (first === null)
      working.catch((error: unknown) => this.#context.logger.debug({ err: error }, 'A graph that outlived its run ended with an error'));
    return first;
  }

  /** Whether it has ended: nothing is waited for any more. */
  async settles(working: Promise<void>): Promise<boolean> {
    return (await this.for(working.then(() => true))) ?? false;
  }

  [Symbol.dispose](): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#timer?.[Symbol.dispose]();
  }
}
