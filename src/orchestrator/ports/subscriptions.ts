import type { RunId, ThreadId } from '../../domain/ids.ts';
import type { Followed, FollowMessages, FollowRun, FollowThread } from '../orchestrator.ts';

/** Events that a subscriber had yet to get were removed after the retention: it has to begin anew. */
export class CursorExpiredError extends Error {
  override readonly name = 'CursorExpiredError';
  constructor() {
    super('The events behind this cursor are older than the event retention and were removed. Begin anew, without it.');
  }
}

/** The subscribers' side of the event log (kept by events/). */
export interface Subscriptions {
  followRun(request: FollowRun): Promise<Followed>;
  followThread(request: FollowThread): Promise<Followed>;
  followMessages(request: FollowMessages): Promise<Followed>;
  /**
   * Resolves once a RUN_ENDED or RUN_ROLLED_BACK of the run newer than `afterSeq` is committed, or the thread is deleted.
   * Rejects with the signal's reason when it aborts first.
   */
  untilRunEnds(threadId: ThreadId, runId: RunId, afterSeq: number, signal: AbortSignal): Promise<void>;
  /** An ended run's record and events are gone: who follows it ends, also if its last event was not delivered yet. */
  runDeleted(threadId: ThreadId, runId: RunId): void;
  /** The thread's row is gone: its subscriptions end. */
  threadDeleted(threadId: ThreadId): void;
}
