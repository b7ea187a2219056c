import type { Clock } from '../../src/orchestrator/ports/environment.ts';
import type { Life, World } from './world.ts';

/** Time as one simulated process sees it: its date is off by `skewMs`. */
export class VirtualClock implements Clock {
  readonly #world: World;
  readonly #life: Life;
  readonly #skewMs: number;

  constructor(world: World, life: Life, skewMs: number) {
    this.#world = world;
    this.#life = life;
    this.#skewMs = skewMs;
  }

  now(): Date {
    return new Date(this.#world.nowMs + this.#skewMs);
  }

  monotonicMs(): number {
    return this.#world.nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        timer[Symbol.dispose]();
        reject(signal?.reason);
      };
      const timer = this.#world.after(ms, this.#life, 'sleep over', () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** One that is Infinity away never fires. */
  timer(ms: number, fire: () => void): Disposable {
    if (ms === Number.POSITIVE_INFINITY) return { [Symbol.dispose]: () => {} };
    return this.#world.after(ms, this.#life, 'timer', fire);
  }

  nextTurn(): Promise<void> {
    return new Promise((resolve) => this.#world.step(this.#life, 'next turn', resolve));
  }
}
