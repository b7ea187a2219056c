import type { Clock, Logger, Signal, Signals } from '../ports/environment.ts';

/** How many pieces one process works on at once: one that hangs must not hold up the others. */
const CONCURRENCY = 16;
/**
 * How long a claim on a piece holds: longer than any piece takes. One whose process died is due again after
 * it.
 */
export const CLAIM_MS = 60_000;
/** A signal may get lost: how often it is looked for what is due all the same. */
const SWEEP_MS = 5_000;
/**
 * What is due and not to be had, because another process is claiming it, is looked at again after this time.
 */
const LOCKED_MS = 20;

export type DueQueueOptions<T> = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signals: Signals;
  /** The signal after which there may be something new to do. */
  readonly signal: Signal['kind'];
  /** Claims up to `limit` pieces that are due, for this process alone, for CLAIM_MS. */
  readonly claimDue: (limit: number) => Promise<readonly T[]>;
  /** In how many ms the next piece is due, 0 for one that is; null: there is none. */
  readonly dueInMs: () => Promise<number | null>;
  /**
   * Does a claimed piece; `stop` aborts when the process stops, which waits for it. What it rejects with is
   * logged: the piece is due again when its claim is over.
   */
  readonly work: (piece: T, stop: AbortSignal) => Promise<void>;
  /** Done now and then while nothing is due. */
  readonly tidy?: () => Promise<void>;
  /** What the log says when looking, and when a piece, has failed, and what it says of a piece. */
  readonly log: { readonly looking: string; readonly piece: string; readonly of: (piece: T) => object };
};

/**
 * Does pieces of work that many processes share through the database as they become due. It looks when a
 * signal says that there is something new, when the next piece is due, when a piece is done, and now and
 * then; of many processes the one that claims a piece does it.
 */
export class DueQueue<T> implements AsyncDisposable {
  readonly #options: DueQueueOptions<T>;
  readonly #stop = new AbortController();
  readonly #working = new Set<Promise<void>>();
  readonly #listening: Disposable;
  #looking: Promise<void> | null = null;
  /** Something happened while it looked: look again. */
  #again = false;
  #timer: Disposable | null = null;

  constructor(options: DueQueueOptions<T>) {
    this.#options = options;
    this.#listening = options.signals.listen(({ kind }) => {
      if (kind === options.signal || kind === 'resync') this.#look();
    });
    this.#look();
  }

  /** Claims no more; resolves when what is being done has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#listening[Symbol.dispose]();
    this.#disarm();
    await this.#looking;
    await Promise.all(this.#working);
  }

  #look(): void {
    if (this.#stop.signal.aborted) return;
    if (this.#looking !== null) {
      this.#again = true;
      return;
    }
    this.#looking = this.#claim()
      .catch((error: unknown) => {
        this.#options.logger.error({ err: error }, this.#options.log.looking);
        return SWEEP_MS;
      })
      .then((pauseMs) => {
        this.#looking = null;
        if (this.#again) {
          this.#again = false;
          this.#look();
        } else this.#arm(pauseMs);
      });
  }

  /**
   * Claims what is due, as far as there are places, and begins with it. Resolves with when to look again, in
   * ms.
   */
  async #claim(): Promise<number> {
    const { claimDue, dueInMs, tidy } = this.#options;
    while (!this.#stop.signal.aborted) {
      const free = CONCURRENCY - this.#working.size;
      if (free <= 0) return SWEEP_MS; // whichever is done first looks again
      const nextMs = (await dueInMs()) ?? SWEEP_MS; // a read: claiming would write each time
      if (nextMs > 0) {
        await tidy?.();
        return Math.min(nextMs, SWEEP_MS);
      }
      const claimed = await claimDue(free);
      for (const piece of claimed) this.#begin(piece);
      if (claimed.length === 0) return LOCKED_MS;
    }
    return SWEEP_MS;
  }

  #begin(piece: T): void {
    const { work, logger, log } = this.#options;
    const working = work(piece, this.#stop.signal)
      .catch((error: unknown) => logger.error({ err: error, ...log.of(piece) }, log.piece))
      .finally(() => {
        this.#working.delete(working);
        this.#look();
      });
    this.#working.add(working);
  }

  #arm(ms: number): void {
    this.#disarm();
    if (this.#stop.signal.aborted) return;
    this.#timer = this.#options.clock.timer(ms, () => {
      this.#timer = null;
      this.#look();
    });
  }

  #disarm(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
  }
}
