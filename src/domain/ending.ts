import type { RunEnd, RunFailure, StopRequest } from './run.ts';

/** How a run's execution came to its end, as far as the executor knows. */
export type ExecutionEnd =
  /** The graph's stream ended by itself; `paused`: it waits for a human. */
  | { readonly kind: 'finished'; readonly paused: boolean }
  | { readonly kind: 'failed'; readonly error: RunFailure }
  /** It was asked to stop, or ended without a reason. */
  | { readonly kind: 'aborted' }
  /** The processes that ran it died more often than is allowed. */
  | { readonly kind: 'lost'; readonly failures: number };

/** What settle makes of it. */
export type Ending =
  | { readonly kind: 'remove' }
  /** `reconcile`: what the stopped run leaves behind has to be written first (design.md §5). */
  | { readonly kind: 'end'; readonly end: RunEnd; readonly reconcile: boolean }
  /** No stop was requested and it did not end by itself: it is unfinished. */
  | { readonly kind: 'unfinished' };

/**
 * Decides how a run ends. Pure. ROLLBACK always removes it. A stream that had completed settles SUCCESS,
 * whatever came after it. Any other end of a run that was asked to stop is INTERRUPTED with the stop's
 * reason, whatever was thrown; of one whose time was over it is TIMEOUT. Both win over the run's own pause:
 * no question is published before the run has ended AWAITING_HUMAN.
 *
 * @param timedOut its deadline has passed, and that is why it was aborted
 */
export function decideEnding(stop: StopRequest | null, execution: ExecutionEnd, timedOut: boolean): Ending {
  if (stop?.action === 'ROLLBACK') return { kind: 'remove' };
  if (execution.kind === 'finished' && !execution.paused)
    return ends({ status: 'SUCCESS', endReason: 'COMPLETED', error: null }, false);
  if (stop !== null) return ends({ status: 'INTERRUPTED', endReason: stop.reason, error: null }, true);
  switch (execution.kind) {
    case 'finished':
      return timedOut
        ? timeout
        : ends({ status: 'SUCCESS', endReason: 'AWAITING_HUMAN', error: null }, false);
    case 'lost':
      return ends(
        { status: 'ERROR', endReason: 'WORKER_LOST', error: workerLost(execution.failures) },
        false,
      );
    case 'failed':
      return timedOut
        ? timeout
        : ends({ status: 'ERROR', endReason: 'FAILED', error: execution.error }, false);
    case 'aborted':
      return timedOut ? timeout : { kind: 'unfinished' };
  }
}

const ends = (end: RunEnd, reconcile: boolean): Ending => ({ kind: 'end', end, reconcile });
const timeout = ends({ status: 'TIMEOUT', endReason: 'TIMED_OUT', error: null }, true);

const workerLost = (failures: number): RunFailure => ({
  name: 'WorkerLostError',
  message: `Abandoned after its worker crashed ${failures} times.`,
});
