import type { RunId, ThreadId } from '../../domain/ids.ts';
import type { Claim } from '../../domain/run.ts';
import { describeThrown } from '../../domain/thrown.ts';

/**
 * LangGraph's checkpointer as the orchestrator passes it around: made by storage, used by graphs, opaque in
 * between (`saver` is a BaseCheckpointSaver; only graphs/ may look inside).
 */
export type SaverHandle = { readonly saver: object };

/**
 * Reads only; every put and putWrites rejects. Reading a checkpoint of which a stored value can't be read
 * rejects with CheckpointDamagedError.
 */
export interface ReadSaver extends SaverHandle {
  readonly kind: 'read';
}

/**
 * Rows that a checkpoint consists of are missing or unreadable. The message says which; what else is stored
 * is intact.
 */
export class CheckpointDamagedError extends Error {
  override readonly name = 'CheckpointDamagedError';

  /** @param checkpointId null: the newest one */
  constructor(ns: string, checkpointId: string | null, cause: unknown) {
    const which = checkpointId === null ? 'The newest checkpoint' : `Checkpoint ${checkpointId}`;
    const where = ns === '' ? '' : ` of ${ns}`;
    super(`${which}${where} is damaged: ${describeThrown(cause).message}`, { cause });
  }
}

/** What can still be read of a damaged checkpoint. */
export type SalvagedCheckpoint = {
  /** A CheckpointTuple; only graphs/ may look inside. */
  readonly tuple: object;
  /** Channels whose values can't be read, by name. */
  readonly unreadable: readonly string[];
};

/**
 * Bound to one claim: each put and putWrites checks the fence in its own commit and rejects with
 * ClaimLostError when it is lost.
 */
export interface ClaimedSaver extends SaverHandle {
  readonly kind: 'claimed';
  readonly claim: Claim;
  /**
   * Resolves once that checkpoint, put through this saver, is committed; at once for one that this saver has
   * not been asked to put. Rejects as its put did.
   */
  committed(ns: string, checkpointId: string): Promise<void>;
  /** Resolves once all that this saver has been asked to put, so far, is committed or was refused. */
  flushed(): Promise<void>;
}

/**
 * A saver that reads the thread's state and keeps what is put in memory (and reads its own puts), so that
 * `updateState`, which runs user code, needs no transaction. Pass it to CheckpointTx.commit, or drop it.
 */
export interface StateBuffer extends SaverHandle {
  readonly kind: 'buffer';
  readonly threadId: ThreadId;
  /** The thread's stateVersion when the buffer was opened. */
  readonly stateVersion: number;
  /** True when nothing was put. */
  readonly isEmpty: boolean;
}

export interface CheckpointStore {
  reader(): ReadSaver;
  claimed(claim: Claim): ClaimedSaver;
  /**
   * A buffer over the thread's state as it is now. What is committed from it later belongs to `runId` (null:
   * to no run).
   */
  buffer(threadId: ThreadId, runId: RunId | null): Promise<StateBuffer>;
  /** The root namespace's (or `ns`'s) head; null: no checkpoint. */
  head(threadId: ThreadId, ns?: string): Promise<string | null>;
  exists(threadId: ThreadId, ns: string, checkpointId: string): Promise<boolean>;
  /** Why that checkpoint (null: the head) can't be read; null: it can, or there is none. */
  damage(threadId: ThreadId, ns: string, checkpointId: string | null): Promise<CheckpointDamagedError | null>;
  /** What can be read of it, value by value; null: not even its row. */
  salvage(threadId: ThreadId, ns: string, checkpointId: string | null): Promise<SalvagedCheckpoint | null>;
  /**
   * Is the run's input (or command) in the state? It is once the run owns a checkpoint in the root namespace
   * that its graph made: one that was written as an update of the state (metadata source `update`, as a
   * preparation is) doesn't count.
   */
  runHasCheckpoint(threadId: ThreadId, runId: RunId): Promise<boolean>;
}

/** What of a run's input is in the state of its thread. */
export type Brought = {
  /**
   * Its own: the graph's start has applied it. A checkpoint that only holds it for the start (LangGraph's
   * `input`) is not enough.
   */
  readonly input: boolean;
  /** What the run was to write ahead of it, in a checkpoint of its own (a preparation) or with it. */
  readonly ahead: boolean;
};

/** Within a transaction that holds the thread's lock. */
export interface CheckpointTx {
  head(threadId: ThreadId, ns?: string): Promise<string | null>;
  /** Is there such a checkpoint in the root namespace? */
  exists(threadId: ThreadId, checkpointId: string): Promise<boolean>;
  /** What the run has brought into the state so far. */
  broughtBy(threadId: ThreadId, runId: RunId): Promise<Brought>;
  /**
   * The run whose input this checkpoint of the root namespace only holds, for the graph's start to apply;
   * null: it holds none.
   */
  inputHeldBy(threadId: ThreadId, checkpointId: string): Promise<RunId | null>;
  /**
   * Writes what was buffered and moves the heads. False, writing nothing, when the thread's stateVersion is
   * not the buffer's any more.
   */
  commit(buffer: StateBuffer): Promise<boolean>;
  /**
   * Rollback: removes the run's checkpoints and pending writes in every namespace; each head falls back to
   * the newest that remains by stored sequence.
   */
  rollBackRun(threadId: ThreadId, runId: RunId): Promise<void>;
  /**
   * Copies all of a thread's checkpoints, pending writes and heads to a new thread, under which they belong
   * to no run.
   */
  copyThread(from: ThreadId, to: ThreadId): Promise<void>;
  /**
   * Removes every checkpoint but the newest of the root graph and of the subgraphs that continuing from it
   * needs, and what LangGraph makes these of; no run of the thread may be unfinished. The heads that stay
   * have no parent then, if it went. Returns how many checkpoints went.
   */
  keepLatest(threadId: ThreadId): Promise<number>;
  /**
   * deleteRun: removes those of the run's checkpoints that nothing remaining needs (no head, no parent of
   * another). The heads don't move.
   */
  releaseRun(threadId: ThreadId, runId: RunId): Promise<void>;
}
