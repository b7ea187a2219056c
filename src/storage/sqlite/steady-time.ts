import type { Clock } from '../../orchestrator/ports/clock.ts';

/**
 * SQLite's clock, made of this process's: it never goes back while the process lives. When the machine's date is set back, due times that were
 * written before would lie in the future, and runs that only wait for their turn would wait for hours; so the time goes on from where it was, at the
 * pace of the monotonic clock, until the date has caught up. A date that is put forward is followed.
 */
export class SteadyTime {
  readonly #clock: Clock;
  #lastMs = Number.NEGATIVE_INFINITY;
  #lastMonotonicMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): Date {
    const monotonicMs = this.#clock.monotonicMs();
    const elapsedMs = monotonicMs - this.#lastMonotonicMs;
    this.#lastMs = Math.max(this.#clock.now().getTime(), this.#lastMs + elapsedMs);
    this.#lastMonotonicMs = monotonicMs;
    return new Date(this.#lastMs);
  }
}
