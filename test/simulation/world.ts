import { Random } from '../chaos/random.ts';

/**
 * A simulated process's life. What belongs to one that is DEAD never happens; what belongs to one that is
 * PAUSED waits for it.
 */
export class Life {
  readonly name: string;
  state: 'UP' | 'PAUSED' | 'DEAD' = 'UP';
  /** Steps that came up while it was paused. */
  readonly held: Step[] = [];

  constructor(name: string) {
    this.name = name;
  }
}

/** One thing that happens at an instant. `life` null: it belongs to the world outside of the processes. */
export type Step = { readonly life: Life | null; readonly label: string; readonly run: () => void };
type Timer = Step & { readonly dueMs: number };

/**
 * The chance that time goes on although something could happen at once: the one that is slow then is
 * everything that waits.
 */
const SLOW = 0.02;

/**
 * The one owner of time and order. Whatever is asynchronous in a simulated process is a step of this world;
 * which of those that can happen does happen next is the seed's choice, and everything that a step sets off
 * by itself (the microtasks behind it) is over before the next one.
 */
export class World {
  readonly random: Random;
  /** Milliseconds; the database's clock. */
  nowMs = Date.UTC(2026, 0, 1);
  /** How many steps were taken. */
  steps = 0;
  /** Of all steps in their order, with their times: two histories with one hash went the same way. */
  hash = 0x811c9dc5;
  /** Set to keep the trace in words. */
  trace: string[] | null = null;
  /** Called before each step with its number. */
  onStep: (step: number) => void = () => {};
  readonly #ready: Step[] = [];
  /** By due time, the last one first. */
  readonly #timers: Timer[] = [];
  readonly #startMs = this.nowMs;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  /** Has `run` happen some time from now on. */
  step(life: Life | null, label: string, run: () => void): void {
    if (life?.state !== 'DEAD') this.#ready.push({ life, label, run });
  }

  /** Has `run` happen some time from `ms` on, unless disposed before. */
  after(ms: number, life: Life | null, label: string, run: () => void): Disposable {
    let isOver = false;
    const timer: Timer = {
      life,
      label,
      run: () => (isOver ? undefined : run()),
      dueMs: this.nowMs + Math.max(ms, 0),
    };
    let at = this.#timers.length;
    while (at > 0 && (this.#timers[at - 1] as Timer).dueMs <= timer.dueMs) at -= 1;
    this.#timers.splice(at, 0, timer);
    return {
      [Symbol.dispose]: () => {
        isOver = true;
        const index = this.#timers.indexOf(timer);
        if (index >= 0) this.#timers.splice(index, 1);
      },
    };
  }

  /** What came up while it was paused may happen now. */
  resume(life: Life): void {
    if (life.state !== 'PAUSED') return;
    life.state = 'UP';
    this.#ready.push(...life.held.splice(0));
  }

  /** Takes steps until `isOver` says so, nothing is left to happen, or `maxSteps` were taken in all. */
  async run(isOver: () => boolean, maxSteps: number): Promise<void> {
    while (this.steps < maxSteps && !isOver()) {
      const step = this.#next();
      if (step === null) return;
      if (step === 'NOT_NOW') continue;
      this.steps += 1;
      this.onStep(this.steps);
      if (!isPossible(step)) continue; // What has just happened to its process comes first.
      this.#record(step);
      step.run();
      await settled();
    }
  }

  #next(): Step | 'NOT_NOW' | null {
    const count = this.#ready.length;
    if (count === 0 || this.random.chance(SLOW)) {
      const passed = this.#passTime();
      if (!passed && count === 0) return null;
      return 'NOT_NOW';
    }
    const index = count === 1 ? 0 : this.random.between(0, count - 1);
    const step = this.#ready[index] as Step;
    const last = this.#ready.pop() as Step;
    if (index < this.#ready.length) this.#ready[index] = last;
    return isPossible(step) ? step : 'NOT_NOW';
  }

  /** Goes on to the next timer; false: there is none. */
  #passTime(): boolean {
    const next = this.#timers.pop();
    if (next === undefined) return false;
    this.nowMs = Math.max(this.nowMs, next.dueMs);
    this.step(next.life, next.label, next.run);
    while (this.#timers.length > 0 && (this.#timers.at(-1) as Timer).dueMs <= this.nowMs) {
      const also = this.#timers.pop() as Timer;
      this.step(also.life, also.label, also.run);
    }
    return true;
  }

  #record({ life, label }: Step): void {
    this.hash = Math.imul(this.hash ^ hashOf(label), 0x01000193);
    if (life !== null) this.hash = Math.imul(this.hash ^ hashOf(life.name), 0x01000193);
    this.hash = Math.imul(this.hash ^ (this.nowMs - this.#startMs), 0x01000193) >>> 0;
    this.trace?.push(`${this.steps}. ${this.nowMs - this.#startMs} ms, ${life?.name ?? 'world'}: ${label}`);
  }
}

/** Of a process that is gone nothing is; what a paused one was to do is held for it. */
function isPossible(step: Step): boolean {
  if (step.life?.state === 'PAUSED') step.life.held.push(step);
  return step.life === null || step.life.state === 'UP';
}

const hashes = new Map<string, number>();
function hashOf(text: string): number {
  const known = hashes.get(text);
  if (known !== undefined) return known;
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hashes.set(text, hash);
  return hash;
}

/** Node runs all microtasks before the next immediate. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
