import { backoffMs } from '../../domain/backoff.ts';
import type { Context } from '../context.ts';
import { databaseTroubleBehind } from '../ports/database-unavailable.ts';

/**
 * The time that a graph's code has to come to rest, from the moment of its abort. One period for all that has
 * to: the stream, and the functions that it has called.
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

  /** The result of the graph's code; null when the period ends first. Code that continues is fenced off. */
  async for<T>(working: Promise<T>): Promise<T | null> {
    const first = await Promise.race([working, this.#over.promise]);
    if (first === null)
      working.catch((error: unknown) =>
        this.#context.logger.debug({ err: error }, 'Graph that outlived its run failed'),
      );
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

/** Between tries to write what a database in trouble does not take. */
const BACKOFF = { firstMs: 50, longestMs: 2_000 };

/**
 * Does `write` anew for as long as the database is in trouble, and resolves with what it resolves with.
 * Rejects with everything else that it rejects with (the fence's ClaimLostError above all), and with the
 * database's trouble once `giveUp` aborts.
 */
export async function retryWhileUnavailable<T>(
  { clock, logger }: Pick<Context, 'clock' | 'logger'>,
  what: string,
  write: () => Promise<T>,
  giveUp: AbortSignal,
): Promise<T> {
  for (let failures = 0; ; ) {
    try {
      const result = await write();
      if (failures > 0) logger.info({ what }, 'Write succeeded after retries');
      return result;
    } catch (error) {
      if (databaseTroubleBehind(error) === null || giveUp.aborted) throw error;
      failures += 1;
      if (failures === 1) logger.warn({ err: error, what }, 'Database unavailable; retrying');
      await clock.sleep(backoffMs(BACKOFF, failures), giveUp).catch(() => {}); // then it is tried once more
    }
  }
}
