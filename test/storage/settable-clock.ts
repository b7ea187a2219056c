import { systemClock } from '../../src/clock.ts';
import type { Clock } from '../../src/orchestrator/ports/environment.ts';

/** A clock that stands still until it is told; sleeping passes the time at once. */
export class SettableClock implements Clock {
  #ms = Date.UTC(2026, 0, 1);
  /** Called by each sleep, before it is over. */
  onSleep: (ms: number) => void = () => {};

  now(): Date {
    return new Date(this.#ms);
  }

  monotonicMs(): number {
    return this.#ms;
  }

  advance(ms: number): void {
    this.#ms += ms;
  }

  async sleep(ms: number): Promise<void> {
    this.onSleep(ms);
    this.advance(ms);
  }

  nextTurn(): Promise<void> {
    return systemClock.nextTurn();
  }

  timer(): Disposable {
    throw new Error('Storage sets no timers');
  }
}
