import type { RunId } from './ids.ts';
import type { MultitaskStrategy, Run, StopAction } from './run.ts';
import { unreachable } from './unreachable.ts';

export type Unfinished = Pick<Run, 'id' | 'status'>;

/** What a newly submitted run does to the thread's unfinished runs. */
export type Admission =
  /** Nothing is unfinished: it may be claimed at once. */
  | { readonly kind: 'start' }
  /** It takes its place behind the others. */
  | { readonly kind: 'wait'; readonly behind: RunId }
  /** Refused: nothing is stored. */
  | { readonly kind: 'refuse'; readonly blockedBy: RunId }
  /**
   * The waiting runs end (INTERRUPT) or are removed (ROLLBACK) at once; the running one, if any, gets a stop
   * request.
   */
  | {
      readonly kind: 'supersede';
      readonly action: StopAction;
      readonly waiting: readonly RunId[];
      readonly running: RunId | null;
    };

/**
 * Decides what a newly submitted run does to the unfinished runs of its thread (design.md §5, the table).
 * Pure and total. The caller holds the thread's lock, so `unfinished` cannot go stale before the decision is
 * applied.
 *
 * @param unfinished every PENDING (delayed ones included) or RUNNING run of one thread, by position
 */
export function decideAdmission(strategy: MultitaskStrategy, unfinished: readonly Unfinished[]): Admission {
  const oldest = unfinished[0];
  const newest = unfinished.at(-1);
  if (oldest === undefined || newest === undefined) return { kind: 'start' };
  switch (strategy) {
    case 'REJECT':
      return { kind: 'refuse', blockedBy: oldest.id };
    case 'ENQUEUE':
      return { kind: 'wait', behind: newest.id };
    case 'INTERRUPT':
    case 'ROLLBACK':
      return {
        kind: 'supersede',
        action: strategy,
        waiting: unfinished.filter((run) => run.status === 'PENDING').map((run) => run.id),
        running: unfinished.find((run) => run.status === 'RUNNING')?.id ?? null,
      };
    default:
      return unreachable(strategy);
  }
}
