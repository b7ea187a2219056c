import type { Cron } from '../../domain/cron.ts';
import type { RunDeps } from '../create-run.ts';
import type { CronStore } from '../ports/crons.ts';
import { startOccurrence } from './start-occurrence.ts';

export type CronDeps = RunDeps & { readonly crons: CronStore };

/** Occurrences that one process starts at once; each runs code of its graph (checks of the input) before it is stored. */
const CONCURRENCY = 16;
/** Longer than any start: one whose process died is due again after it. */
export const CLAIM_MS = 60_000;
/** A signal may get lost: how often it is looked for what is due all the same. */
const SWEEP_MS = 5_000;
/** What is due and not to be had, because another process is claiming it, is looked at again after this time. */
const LOCKED_MS = 20;

/**
 * Starts the runs of crons as they become due. It looks when a signal says that times have changed, when the next one is due, and now and then;
 * of many processes the one that claims a cron starts its run.
 */
export class CronStarts implements AsyncDisposable {
  readonly #deps: CronDeps;
  readonly #starting = new Set<Promise<void>>();
  readonly #listening: Disposable;
  #stopped = false;
  #looking: Promise<void> | null = null;
  /** Something happened while it looked: look again. */
  #again = false;
  #timer: Disposable | null = null;

  constructor(deps: CronDeps) {
    this.#deps = deps;
    this.#listening = deps.signals.listen(({ kind }) => {
      if (kind === 'cron' || kind === 'resync') this.#look();
    });
    this.#look();
  }

  /** Lets what is being started be stored. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    this.#listening[Symbol.dispose]();
    this.#disarm();
    await this.#looking;
    await Promise.all(this.#starting);
  }

  #look(): void {
    if (this.#stopped) return;
    if (this.#looking !== null) {
      this.#again = true;
      return;
    }
    this.#looking = this.#claim()
      .catch((error: unknown) => {
        this.#deps.logger.error({ err: error }, 'Could not look for crons that are due; the next sweep tries again');
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

  /** Claims what is due, and begins to start it. Resolves with when to look again, in ms. */
  async #claim(): Promise<number> {
    const free = CONCURRENCY - this.#starting.size;
    if (free <= 0) return SWEEP_MS; // whichever is started first looks again
    const claimed = await this.#deps.crons.claimDue(free, CLAIM_MS);
    for (const cron of claimed) this.#start(cron);
    if (claimed.length > 0) return SWEEP_MS;
    const dueInMs = await this.#deps.crons.dueInMs();
    if (dueInMs === 0) return LOCKED_MS;
    return Math.min(dueInMs ?? SWEEP_MS, SWEEP_MS);
  }

  #start(claimed: Cron): void {
    const started: Promise<void> = startOccurrence(this.#deps, claimed)
      .then(() => {})
      .catch((error: unknown) =>
        this.#deps.logger.error(
          { err: error, cronId: claimed.id },
          'A scheduled run could not be started; it is due again when its claim is over',
        ),
      )
      .finally(() => {
        this.#starting.delete(started);
        this.#look();
      });
    this.#starting.add(started);
  }

  #arm(ms: number): void {
    this.#disarm();
    if (this.#stopped) return;
    this.#timer = this.#deps.clock.timer(ms, () => {
      this.#timer = null;
      this.#look();
    });
  }

  #disarm(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
  }
}
