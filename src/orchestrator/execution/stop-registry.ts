import { LRUCache } from 'lru-cache';
import type { RunId } from '../../domain/ids.ts';

/** Stop signals may come between a run's claim and its registration here: so many of them are remembered. */
const MAX_REMEMBERED = 1_000;

/**
 * Brings stop signals to the executions of this process, also those that come just before the execution
 * begins.
 */
export class StopRegistry {
  readonly #running = new Map<RunId, () => void>();
  readonly #early = new LRUCache<RunId, true>({ max: MAX_REMEMBERED });

  /** A stop request for the run was committed. */
  stop(runId: RunId): void {
    const stop = this.#running.get(runId);
    if (stop === undefined) this.#early.set(runId, true);
    else stop();
  }

  /** Calls `stop` at the run's stop signal, at once if it has come already, until disposed. */
  register(runId: RunId, stop: () => void): Disposable {
    this.#running.set(runId, stop);
    if (this.#early.delete(runId)) stop();
    return { [Symbol.dispose]: () => this.#running.delete(runId) };
  }
}
