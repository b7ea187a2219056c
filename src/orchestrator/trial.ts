import type { EventBody } from '../domain/event.ts';
import type { Claim, Run } from '../domain/run.ts';
import { type ClaimedRun, requireCurrent } from './claim-runs.ts';
import type { Context } from './context.ts';
import { ClaimLostError } from './ports/store.ts';

/** How a suspect is tried (ADR 0032). */
export type TrialTerms = {
  /** Its process executes nothing else meanwhile. */
  readonly isAlone: boolean;
  /** After this others get their turn, though it has not passed. */
  readonly limitMs: number;
};

/** A run that died twice without having passed where it was may kill its process: it is tried alone. */
export const mustBeAlone = ({ suspicion }: Run): boolean => suspicion > 1;

/** A trial may last a lease, and doubles with each attempt: a long superstep gets through in the end, and a short one holds up nobody for long. */
export function trialMs({ options }: Context, { attempt }: Pick<Run, 'attempt'>): number {
  return options.leaseMs * 2 ** Math.min(Math.max(attempt - 2, 0), 10);
}

/**
 * Watches what an attempt of a suspect says. Once a node of the root has ended and another checkpoint of the root is stored, it has passed where it was:
 * it is no suspect any more. Checkpoints before that are of the input, which no node has seen. One that ends has passed too, and needs no watch.
 * Disposed, it resolves when that is stored.
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
      if (!(error instanceof ClaimLostError)) logger.warn({ err: error, ...this.#claim }, 'A suspect could not be cleared');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#clearing;
  }
}
