import type { EventBody } from '../../domain/event.ts';
import type { RunId } from '../../domain/ids.ts';
import type { Claim, Run } from '../../domain/run.ts';
import type { Context } from '../context.ts';
import type { Clock } from '../ports/environment.ts';
import { ClaimLostError } from '../ports/store.ts';
import { type ClaimedRun, requireCurrent, type TrialTerms } from './claim-runs.ts';

/** A run that died twice without having passed where it was may kill its process: it is tried alone. */
export const mustBeAlone = ({ suspicion }: Run): boolean => suspicion > 1;

/**
 * A trial may last a lease, and doubles with each attempt: a long superstep gets through in the end, and a
 * short one delays other runs only briefly.
 */
export function trialMs({ options }: Context, { attempt }: Pick<Run, 'attempt'>): number {
  return options.leaseMs * 2 ** Math.min(Math.max(attempt - 2, 0), 10);
}

/**
 * Watches what an attempt of a suspect says. Once a node of the root has ended and another checkpoint of the
 * root is stored, it has passed where it was: it is no longer a suspect. Checkpoints before that are of the
 * input, which no node has seen. One that ends has passed too, and needs no watch. Disposed, it resolves when
 * that is stored.
 */
export class Trial implements AsyncDisposable {
  readonly #context: Context;
  readonly #claim: Claim;
  readonly #terms: TrialTerms | null;
  readonly #onPassed: () => void;
  #hasWorked = false;
  #clearing: Promise<void> | null = null;

  constructor(context: Context, { claim, trial }: Pick<ClaimedRun, 'claim' | 'trial'>, onPassed: () => void) {
    this.#context = context;
    this.#claim = claim;
    this.#terms = trial;
    this.#onPassed = onPassed;
  }

  see(bodies: readonly EventBody[]): void {
    if (this.#terms === null || this.#clearing !== null) return;
    for (const body of bodies) {
      if (body.kind === 'UPDATES' && body.ns === '') this.#hasWorked = true;
      if (body.kind !== 'CHECKPOINT' || body.ns !== '' || !this.#hasWorked) continue;
      this.#clearing = this.#clear();
      this.#onPassed();
      return;
    }
  }

  async #clear(): Promise<void> {
    const { store, logger } = this.#context;
    try {
      await store.transaction(async (tx) => {
        await requireCurrent(tx, this.#claim);
        await tx.runs.update(this.#claim.runId, { suspicion: 0 });
      });
      logger.info({ ...this.#claim }, 'Suspect cleared');
    } catch (error) {
      // It stays a suspect, which costs another trial if its process dies again, and nothing else.
      if (!(error instanceof ClaimLostError))
        logger.warn({ err: error, ...this.#claim }, 'Clearing a suspect failed');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#clearing;
  }
}

/**
 * Which suspect a process may try: none, one beside its other runs, or also one that must be alone, since it
 * executes nothing.
 */
export type Room = 'NONE' | 'BESIDE' | 'ALONE';

/**
 * Where one process is with the suspects (ADR 0032). OPEN: it tries none, or one beside other runs, and
 * claims what is due. WAITING: it claims nothing, so that it comes to rest for one that must be alone. ALONE:
 * it tries that one and claims nothing.
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

  /**
   * @param onOver called when a trial is over, or the time to come to rest is: it is to be looked for work
   * again, suspects included
   */
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

  /**
   * Whether the others come first this time: what was due while a suspect was alone is claimed before the
   * next one is tried.
   */
  takeTurnOfOthers(): boolean {
    const isIt = this.#isTurnOfOthers;
    this.#isTurnOfOthers = false;
    return isIt;
  }

  /**
   * @param forMs what runs here may take to end by itself; null: no suspect needs the process to be at rest
   * (any more)
   */
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
