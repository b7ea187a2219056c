import type { Owner, ThreadId } from './ids.ts';
import type { JsonObject } from './json.ts';
import { isUnfinished, type Run, type ThreadStatus } from './run.ts';

/** A conversation: the unit of locking, ordering and event sequence. */
export type Thread = {
  readonly id: ThreadId;
  readonly owner: Owner;
  readonly status: ThreadStatus;
  /** The status that stands when no run is unfinished: from the last ended run, or restored by a rollback. */
  readonly restingStatus: RestingStatus;
  readonly metadata: JsonObject;
  /**
   * The graph of the run that started last: what its state is read and updated with. Null before the first
   * run.
   */
  readonly graphId: string | null;
  /** Seq of the next event; seqs start at 1 and are never reused. */
  readonly nextSeq: number;
  /**
   * Seq from which on the log is whole: older events were removed after the retention, but for those that end
   * a run.
   */
  readonly eventsFrom: number;
  /** Position of the next run. */
  readonly nextPosition: number;
  /** Rises with every put, putWrites, rollback and update of the thread's checkpoints. */
  readonly stateVersion: number;
  /** When its next waiting run may start; null while one is RUNNING or none waits. */
  readonly claimableAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When a run or an update of the state last changed its state or status. */
  readonly stateUpdatedAt: Date;
  /** Made for one run without a thread, and discarded after it. */
  readonly temporary: boolean;
  /** Once set, queries no longer find the thread; it is removed at this time. Null: it stays. */
  readonly discardAt: Date | null;
  /** What becomes of it when nothing happens on it for some time; null: it stays as it is. */
  readonly ttl: ThreadTtl | null;
  /** When its ttl is over; null: it has none, or KEEP_LATEST has been done since its last activity. */
  readonly expiresAt: Date | null;
};

/** DELETE: the thread goes with all that belongs to it. KEEP_LATEST: of its states only the newest stays. */
export type TtlStrategy = 'DELETE' | 'KEEP_LATEST';
/**
 * `minutes` count anew from each start and end of a run, each update of the state, and whenever a ttl is set.
 */
export type ThreadTtl = { readonly strategy: TtlStrategy; readonly minutes: number };

export const expiryOf = (ttl: ThreadTtl | null, now: Date): Date | null =>
  ttl === null ? null : new Date(now.getTime() + Math.round(ttl.minutes * 60_000));

export type RestingStatus = Exclude<ThreadStatus, 'BUSY'>;

/**
 * The status a thread rests in after a run that ended like this. A run that was stopped before it did
 * anything leaves a pause as it was.
 *
 * @param before what the thread rested in before the run
 */
export function restingStatusAfter(
  ended: Pick<Run, 'status' | 'endReason' | 'headAfter'>,
  before: RestingStatus,
): RestingStatus {
  if (ended.status === 'ERROR' || ended.status === 'TIMEOUT') return 'ERROR';
  if (ended.endReason === 'AWAITING_HUMAN') return 'INTERRUPTED';
  const isUntouched = ended.status === 'INTERRUPTED' && ended.headAfter === null;
  return isUntouched && before === 'INTERRUPTED' ? 'INTERRUPTED' : 'IDLE';
}

/** BUSY while any run is unfinished; else the status it rests in. */
export const threadStatus = (unfinished: readonly unknown[], resting: RestingStatus): ThreadStatus =>
  unfinished.length > 0 ? 'BUSY' : resting;

/** When the thread's next run may be claimed: null while one is RUNNING or none waits. */
export function claimableAt(unfinished: readonly Pick<Run, 'status' | 'availableAt'>[]): Date | null {
  if (unfinished.some((run) => run.status === 'RUNNING')) return null;
  const times = unfinished.filter(isUnfinished).map((run) => run.availableAt.getTime());
  return times.length === 0 ? null : new Date(Math.min(...times));
}
