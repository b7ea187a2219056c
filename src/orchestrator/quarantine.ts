import type { RunId } from '../domain/ids.ts';
import type { Clock } from './ports/clock.ts';
import type { TrialTerms } from './trial.ts';

/** Which suspect a process may try: none, one beside its other runs, or also one that must be alone, since it executes nothing. */
export type Room = 'NONE' | 'BESIDE' | 'ALONE';

/**
 * Where one process is with the suspects (ADR 0032). OPEN: it tries none, or one beside other runs, and claims what is due. WAITING: it claims nothing, so
 * that it comes to rest for one that must be alone. ALONE: it tries that one and claims nothing.
 *
 * A trial ends when its run has passed where it was, is no longer executed here, or has had its time.
 */
export class Quarantine implements Disposable {
  readonly #clock: Clock;
  readonly #onOver: () => void;
  #trial: { readonly runId: RunId; readonly isAlone: boolean; readonly limit: Disposable } | null = null;
  #waiting: Disposable | null = null;
  #isOverdue = false;
  #isTurnOfOthers = false;

  /** @param onOver called when a trial is over, or the time to come to rest is: it is to be looked for work again, suspects included */
  constructor(clock: Clock, onOver: () => void) {
    this.#clock = clock;
    this.#onOver = onOver;
  }

  get isAlone(): boolean {
    return this.#trial?.isAlone ?? false;
  }

  get isWaiting(): boolean {
    return this.#waiting !== null;
  }

  /** Whether what runs here has had its time to end by itself; says so once. */
  takeOverdue(): boolean {
    const isIt = this.#isOverdue;
    this.#isOverdue = false;
    return isIt;
  }

  /** @param running how many runs the process executes now */
  room(running: number): Room {
    if (this.#trial !== null) return 'NONE';
    return running === 0 ? 'ALONE' : 'BESIDE';
  }

  /** Whether the others come first this time: what was due while a suspect was alone is claimed before the next one is tried. */
  takeTurnOfOthers(): boolean {
    const isIt = this.#isTurnOfOthers;
    this.#isTurnOfOthers = false;
    return isIt;
  }

  /** @param forMs what runs here may take to end by itself; null: no suspect needs the process to be at rest (any more) */
  wait(forMs: number | null): void {
    if (forMs === null) this.#endWaiting();
    else
      this.#waiting ??= this.#clock.timer(forMs, () => {
        this.#isOverdue = true;
        this.#onOver();
      });
  }

  begin(runId: RunId, { isAlone, limitMs }: TrialTerms): void {
    this.#endWaiting();
    this.#trial = { runId, isAlone, limit: this.#clock.timer(limitMs, () => this.end(runId)) };
  }

  /** Nothing, unless the run is on trial. */
  end(runId: RunId): void {
    if (this.#trial?.runId !== runId) return;
    this.#trial.limit[Symbol.dispose]();
    this.#isTurnOfOthers = this.#trial.isAlone;
    this.#trial = null;
    this.#onOver();
  }

  #endWaiting(): void {
    this.#waiting?.[Symbol.dispose]();
    this.#waiting = null;
    this.#isOverdue = false;
  }

  [Symbol.dispose](): void {
    this.#endWaiting();
    this.#trial?.limit[Symbol.dispose]();
  }
}
