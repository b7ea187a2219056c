import type { EventDraft, EventKind, LoggedEvent } from '../../domain/event.ts';
import type { Owner, RunId, ThreadId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import { withArticle } from '../../domain/json-copy.ts';
import type { Claim, Run, RunStatus, ThreadStatus } from '../../domain/run.ts';
import type { Thread } from '../../domain/thread.ts';
import { describeThrown } from '../../domain/thrown.ts';
import type { AssistantReads, AssistantTx } from './assistants.ts';
import type { CheckpointTx } from './checkpoints.ts';
import type { CronTx } from './crons.ts';
import type { Window } from './paging.ts';
import type { WebhookTx } from './webhooks.ts';

/**
 * Called after each commit with the events it appended, by seq per thread. Of two transactions that commit at
 * almost the same time the later one may be announced first: whoever needs an order goes by seq. Must not
 * throw.
 */
export type OnCommitted = (events: readonly LoggedEvent[]) => void;

/**
 * The database. One transaction is one decision: commands read, decide and write in it, and signal after it.
 *
 * Inside `work` await nothing but `tx` (on SQLite anything else that touches the database waits for ever),
 * and keep no `tx` beyond it.
 */
export interface Store {
  /**
   * Runs `work` in one write transaction and resolves with its result after the commit. If `work` rejects,
   * nothing is stored and the rejection is passed on. Events appended in it are handed to OnCommitted after
   * the commit, in order, before this resolves.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Reads outside of any transaction, each its own snapshot. */
  readonly reads: Reads;
  /**
   * Appends events of a running run, group-committed with what other runs write in the same turn of the event
   * loop: one transaction for all, each run's fence checked in it. Calls of one claim commit in call order.
   * Resolves after the commit; rejects with ClaimLostError, storing nothing of this call, when `claim` is no
   * longer current, and with UnstorableEventError.
   */
  append(claim: Claim, drafts: readonly EventDraft[]): Promise<void>;
  /** Rejects unless the database answers and all migrations are applied. */
  check(): Promise<void>;
}

/**
 * A write was refused because its claim is no longer current: the run was settled, taken over or removed.
 * Drop the outcome; never retry.
 */
export class ClaimLostError extends Error {
  override readonly name = 'ClaimLostError';
  readonly claim: Claim;
  constructor(claim: Claim) {
    super(`The claim of attempt ${claim.attempt} on run ${claim.runId} is no longer current`);
    this.claim = claim;
  }
}

/** An event holds what has no form in JSON: a fault of whoever made it. */
export class UnstorableEventError extends Error {
  override readonly name = 'UnstorableEventError';
  constructor(kind: EventKind, cause: unknown) {
    super(
      `${withArticle(kind).replace(/^a/, 'A')} event cannot be stored: ${describeThrown(cause).message}`,
      { cause },
    );
  }
}

export interface Tx {
  /**
   * The database's clock at the start of the transaction; every time that leases and due times are compared
   * with.
   */
  readonly now: Date;
  readonly threads: ThreadTx;
  readonly runs: RunTx;
  readonly events: EventTx;
  readonly idempotency: IdempotencyTx;
  readonly checkpoints: CheckpointTx;
  readonly webhooks: WebhookTx;
  readonly assistants: AssistantTx;
  readonly crons: CronTx;
}

export type ThreadPatch = Partial<
  Pick<
    Thread,
    | 'status'
    | 'restingStatus'
    | 'metadata'
    | 'claimableAt'
    | 'nextPosition'
    | 'graphId'
    | 'updatedAt'
    | 'stateUpdatedAt'
    | 'discardAt'
    | 'ttl'
    | 'expiresAt'
  >
>;

export interface ThreadTx {
  /**
   * Locks the thread's row until the end of the transaction and returns it as it is now; null if there is
   * none of that owner. Lock it before anything else of the thread.
   */
  lock(owner: Owner, id: ThreadId): Promise<Thread | null>;
  /** The same for whichever owner (executors and sweeps, whose ids come from our own rows). */
  lockAny(id: ThreadId): Promise<Thread | null>;
  /**
   * Locks and returns a thread whose claimableAt is due, skipping rows locked elsewhere; null when there is
   * none. Of the owners who have one it is the turn of the next after `after` by name (null: of the first),
   * round and round; of that owner's threads of the one longest due.
   */
  lockClaimable(after: Owner | null): Promise<Thread | null>;
  /** False when the id exists already, of whichever owner. */
  insert(thread: Thread): Promise<boolean>;
  update(id: ThreadId, patch: ThreadPatch): Promise<void>;
  /** Removes the thread with its runs, events, checkpoints, blobs and pending writes. */
  delete(id: ThreadId): Promise<void>;
}

export type RunPatch = Partial<Omit<Run, 'id' | 'threadId' | 'owner' | 'createdAt'>>;

export interface RunTx {
  find(id: RunId): Promise<Run | null>;
  /** PENDING and RUNNING runs of the thread, by position. */
  unfinished(threadId: ThreadId): Promise<Run[]>;
  /**
   * The thread's first PENDING run by position that is due (availableAt ≤ tx.now), at the same cost however
   * many wait behind it; null: none is.
   */
  firstDue(threadId: ThreadId): Promise<Run | null>;
  /**
   * What decides when the thread may be claimed, at the same cost however many due runs wait: the RUNNING
   * run, and of the PENDING ones one that is due, else the one that will be first. Empty: nothing is
   * unfinished.
   */
  ahead(threadId: ThreadId): Promise<readonly Pick<Run, 'status' | 'availableAt'>[]>;
  /** The run of the thread that started last; null: none of those that are left has started. */
  newestStarted(threadId: ThreadId): Promise<Run | null>;
  /** Runs of the thread whose carry is one of `carry`, by position. */
  withCarry(threadId: ThreadId, carry: readonly Run['carry'][]): Promise<Run[]>;
  /**
   * Ends the lease of every RUNNING run that does not wait for a trial (leaseUntil = now; leaseOwner stays):
   * at the start of a server that has the database for itself. Returns how many.
   */
  expireAllLeases(): Promise<number>;
  /**
   * RUNNING runs whose lease is over (leaseUntil ≤ now) and which don't wait for a trial, oldest lease first;
   * at most `limit`.
   */
  leaseExpired(limit: number): Promise<Run[]>;
  /** RUNNING runs that these workers hold, by a lease that is over or not. */
  heldBy(workers: readonly string[]): Promise<Run[]>;
  /**
   * The suspect that waits for its trial the longest (leaseUntil ≤ now; see waitsForTrial); null: none does.
   */
  nextSuspect(): Promise<Run | null>;
  insert(run: Run): Promise<void>;
  /** Rejects when there is no such run. updatedAt is set to tx.now unless the patch says otherwise. */
  update(id: RunId, patch: RunPatch): Promise<void>;
  /** Sets leaseUntil if the claim is current; false: it is not. */
  renewLease(claim: Claim, leaseUntil: Date): Promise<boolean>;
  /**
   * Nulls every reference to the run (supersededBy, carriedBy: those TAKEN go back to WAITING) and removes
   * it. Its events and checkpoints stay: remove them through `events` and `checkpoints`.
   */
  delete(id: RunId): Promise<void>;
}

export interface EventTx {
  /** Appends under the thread's lock with the next seqs; returns them as logged. */
  append(threadId: ThreadId, drafts: readonly EventDraft[]): Promise<LoggedEvent[]>;
  /** Removes the run's events; their seqs are not used again. */
  removeRun(threadId: ThreadId, runId: RunId): Promise<void>;
}

export type IdempotencyRecord = { readonly requestHash: string; readonly runId: RunId };
export interface IdempotencyTx {
  /** Null when the key is unknown or has expired (expiresAt ≤ tx.now). */
  find(owner: Owner, key: string): Promise<IdempotencyRecord | null>;
  /** Stores the key, in place of an expired one. */
  insert(owner: Owner, key: string, record: IdempotencyRecord, expiresAt: Date): Promise<void>;
}

export type ThreadOrder = { readonly field: ThreadSortField; readonly direction: 'ASC' | 'DESC' };
/** `at`: what is ordered by, times in ms; ties are broken by id. */
export type ThreadKey = { readonly at: number | string; readonly id: string };
export type ThreadQuery = {
  readonly owner: Owner;
  readonly ids?: readonly ThreadId[] | undefined;
  readonly status?: readonly ThreadStatus[] | undefined;
  /** Containment: see containsJson. */
  readonly metadata?: JsonObject | undefined;
  readonly order: ThreadOrder;
  readonly window: Window<ThreadKey>;
};
/** Which threads a search is about; what isn't given doesn't matter. */
export type ThreadFilter = {
  readonly owner: Owner;
  readonly ids?: readonly ThreadId[] | undefined;
  readonly status?: readonly ThreadStatus[] | undefined;
  /** Containment, as ThreadQuery's. */
  readonly metadata?: JsonObject | undefined;
};
export type ThreadSortField = 'THREAD_ID' | 'STATUS' | 'CREATED_AT' | 'UPDATED_AT' | 'STATE_UPDATED_AT';
/** A page by its offset, as the LangGraph protocol's searches have them; ties are broken by id. */
export type ThreadSearch = ThreadFilter & {
  readonly sortBy: ThreadSortField;
  readonly direction: 'ASC' | 'DESC';
  readonly limit: number;
  readonly offset: number;
};
/** In the order of position. */
export type RunQuery = {
  readonly threadId: ThreadId;
  readonly status?: readonly RunStatus[] | undefined;
  readonly window: Window<number>;
};
/** Newest first, by stored sequence. */
export type CheckpointQuery = {
  readonly threadId: ThreadId;
  readonly ns: string;
  /** Containment in the checkpoint's metadata. */
  readonly metadata?: JsonObject | undefined;
  readonly window: Window<number>;
};
export type RunBehind = {
  readonly threadId: ThreadId;
  readonly graphId: string;
  readonly ns: string;
  readonly checkpointId: string | null;
};
export type CheckpointRef = { readonly checkpointId: string; readonly seq: number };

export interface Reads {
  readonly assistants: AssistantReads;
  /**
   * The database's clock, as near as this process knows it without asking: what due times are to be compared
   * with.
   */
  readonly now: Date;
  /** Threads that are to be discarded are not found by this and by searches; loaders (threadsById) do. */
  thread(owner: Owner, id: ThreadId): Promise<Thread | null>;
  threads(query: ThreadQuery): Promise<Thread[]>;
  searchThreads(search: ThreadSearch): Promise<Thread[]>;
  countThreads(filter: ThreadFilter): Promise<number>;
  /** Threads whose discardAt has come, the longest due first; at most `limit`. */
  discardable(limit: number): Promise<Thread[]>;
  /** Threads without an unfinished run whose expiresAt has come, the longest due first; at most `limit`. */
  expired(limit: number): Promise<Thread[]>;
  run(owner: Owner, id: RunId): Promise<Run | null>;
  /** The owner's runs of these statuses, oldest first by id, after the one named; at most `limit`. */
  runsOfStatus(
    owner: Owner,
    status: readonly RunStatus[],
    after: RunId | null,
    limit: number,
  ): Promise<Run[]>;
  /** Many at once, for loaders; missing ones are absent, the order is any. */
  threadsById(owner: Owner, ids: readonly ThreadId[]): Promise<Thread[]>;
  runsById(owner: Owner, ids: readonly RunId[]): Promise<Run[]>;
  /** Those of these runs that are there, of whichever owner. */
  existingRuns(ids: readonly RunId[]): Promise<ReadonlySet<RunId>>;
  runs(query: RunQuery): Promise<Run[]>;
  countRuns(threadId: ThreadId, status?: readonly RunStatus[]): Promise<number>;
  /** The RUNNING run of the thread. */
  activeRun(threadId: ThreadId): Promise<Run | null>;
  /** 1 for the first PENDING run of its thread by position; null unless PENDING. */
  queuePosition(runId: RunId): Promise<number | null>;
  /**
   * The started run of that graph that wrote the checkpoint (null: the head), else the thread's newest one of
   * that graph; null: there is none.
   */
  runBehind(query: RunBehind): Promise<Run | null>;
  checkpoints(query: CheckpointQuery): Promise<CheckpointRef[]>;
  /** A checkpoint's place in its namespace's history; null where there is none. */
  checkpointSeq(threadId: ThreadId, ns: string, checkpointId: string): Promise<number | null>;
  /**
   * The log of one thread after `afterSeq`, by seq; at most `limit` rows; of one run where `runId` is given.
   */
  events(threadId: ThreadId, afterSeq: number, limit: number, runId?: RunId): Promise<LoggedEvent[]>;
  /**
   * Seq of the thread's newest event, 0 when it has none, null when there is no such thread. Rows are gone
   * after a rollback, seqs are not reused: this is nextSeq - 1.
   */
  lastSeq(threadId: ThreadId): Promise<number | null>;
  /** lastSeq of many threads in one query; missing threads are absent. */
  lastSeqs(threadIds: readonly ThreadId[]): Promise<ReadonlyMap<ThreadId, number>>;
  /** When the earliest waiting run may start, over all threads; null: none waits. */
  nextClaimableAt(): Promise<Date | null>;
}
