import { systemClock } from '../../src/clock.ts';
import type { Clock } from '../../src/orchestrator/ports/environment.ts';

type Timer = { dueAtMs: number; readonly fire: () => void; real: Disposable };

/**
 * The machine's clock, which a test can put forward: what has become due by that fires at once. `monotonicMs`
 * is not touched.
 */
export class AdvancingClock implements Clock {
  readonly #timers = new Set<Timer>();
  #aheadMs = 0;
  /** Puts another clock forward too, to as many ms ahead of the machine's. */
  onAdvance: (aheadMs: number) => Promise<void> = async () => {};

  now(): Date {
    return new Date(systemClock.now().getTime() + this.#aheadMs);
  }

  monotonicMs(): number {
    return systemClock.monotonicMs();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }

  nextTurn(): Promise<void> {
    return systemClock.nextTurn();
  }

  timer(ms: number, fire: () => void): Disposable {
    const timer: Timer = {
      dueAtMs: this.now().getTime() + ms,
      fire: () => {
        this.#timers.delete(timer);
        fire();
      },
      real: { [Symbol.dispose]: () => {} },
    };
    this.#timers.add(timer);
    this.#arm(timer);
    return {
      [Symbol.dispose]: () => {
        this.#timers.delete(timer);
        timer.real[Symbol.dispose]();
      },
    };
  }

  async advance(ms: number): Promise<void> {
    await this.onAdvance(this.#aheadMs + ms);
    this.#aheadMs += ms;
    for (const timer of this.#timers) {
      timer.real[Symbol.dispose]();
      this.#arm(timer);
    }
  }

  #arm(timer: Timer): void {
    timer.real = systemClock.timer(timer.dueAtMs - this.now().getTime(), timer.fire);
  }
}
