import type { RunId } from './ids.ts';

export type StopAction = 'INTERRUPT' | 'ROLLBACK';
export type StopReason = 'SUPERSEDED' | 'CANCELLED';

/** A durable request to stop a RUNNING run; settle reads it in its own transaction. */
export type StopRequest = {
  readonly action: StopAction;
  readonly reason: StopReason;
  /** The run on whose behalf it was made; null for cancelRun. It stands even when that run is gone. */
  readonly by: RunId | null;
  readonly keepPartialOutput: boolean;
};

/**
 * Joins a new request with the one that stands: it can only raise INTERRUPT to ROLLBACK, otherwise the first stands.
 * Returns the very object that stands when nothing changes.
 */
export function raiseStop(standing: StopRequest | null, requested: StopRequest): StopRequest {
  if (standing === null) return requested;
  if (standing.action === 'INTERRUPT' && requested.action === 'ROLLBACK') return requested;
  return standing;
}
