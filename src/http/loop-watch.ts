import type { Clock } from '../orchestrator/ports/environment.ts';
import type { ReadinessCheck } from './health.ts';

/**
 * One thing that can speak against readiness: the reason why the service can't take work now; null: nothing.
 * A rejection counts as not ready.
 */
export type ReadinessReason = () => string | null | Promise<string | null>;

/** Ready while no reason speaks against it; else the first one that does, in the order given. */
export const readyUnless =
  (reasons: readonly ReadinessReason[]): ReadinessCheck =>
  async () => {
    for (const find of reasons) {
      const reason = await find();
      if (reason !== null) return { ready: false, reason };
    }
    return { ready: true };
  };

/** How often a loop that is free beats. */
export const BEAT_MS = 100;

/** The reason that /ready gives for a loop that is, or was just, blocked this long. */
export const busyReason = (blockedMs: number): string =>
  `busy: the event loop was blocked for ${(blockedMs / 1_000).toFixed(1)} s`;

/**
 * Watches the event loop of this thread by a timer that beats. Once the loop was blocked for longer than
 * `busyMs` it counts as busy until it has been free for as long: a graph that blocks once usually blocks
 * again.
 */
export class LoopWatch implements Disposable {
  /** Counts the beats, for another thread that watches them while this one can't. */
  readonly beats = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  readonly #count = new Int32Array(this.beats);
  readonly #clock: Clock;
  readonly #busyMs: number;
  #lastBeatMs: number;
  #busyUntilMs = Number.NEGATIVE_INFINITY;
  #longestMs = 0;
  #next: Disposable;

  constructor(clock: Clock, busyMs: number) {
    this.#clock = clock;
    this.#busyMs = busyMs;
    this.#lastBeatMs = clock.monotonicMs();
    this.#next = this.#arm();
  }

  /** Why the process can't take work; null: its loop is free. */
  get reason(): string | null {
    this.#note(); // a request may be answered before the beat that is late
    return this.#clock.monotonicMs() < this.#busyUntilMs ? busyReason(this.#longestMs) : null;
  }

  [Symbol.dispose](): void {
    this.#next[Symbol.dispose]();
  }

  #arm(): Disposable {
    return this.#clock.timer(BEAT_MS, () => {
      this.#note();
      this.#lastBeatMs = this.#clock.monotonicMs();
      Atomics.add(this.#count, 0, 1);
      this.#next = this.#arm();
    });
  }

  #note(): void {
    const nowMs = this.#clock.monotonicMs();
    const blockedMs = nowMs - this.#lastBeatMs - BEAT_MS;
    if (blockedMs <= this.#busyMs) return;
    this.#longestMs = nowMs < this.#busyUntilMs ? Math.max(this.#longestMs, blockedMs) : blockedMs;
    this.#busyUntilMs = nowMs + this.#busyMs;
  }
}
