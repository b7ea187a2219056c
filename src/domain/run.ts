import type { AssistantId, Owner, RunId, ThreadId } from './ids.ts';
import type { Json, JsonObject } from './json.ts';
import type { RunOptions } from './run-options.ts';
import { describeRecord } from './thrown.ts';

export type StopAction = 'INTERRUPT' | 'ROLLBACK';
type StopReason = 'SUPERSEDED' | 'CANCELLED';

/** A durable request to stop a RUNNING run; settle reads it in its own transaction. */
export type StopRequest = {
  readonly action: StopAction;
  readonly reason: StopReason;
  /** The run on whose behalf it was made; null for cancelRun. It stands even when that run is gone. */
  readonly by: RunId | null;
  readonly keepPartialOutput: boolean;
};

/**
 * Joins a new request with the one that stands: it can only raise INTERRUPT to ROLLBACK, otherwise the first
 * stands. Returns the very object that stands when nothing changes.
 */
export function raiseStop(standing: StopRequest | null, requested: StopRequest): StopRequest {
  if (standing === null) return requested;
  if (standing.action === 'INTERRUPT' && requested.action === 'ROLLBACK') return requested;
  return standing;
}

export type MultitaskStrategy = 'REJECT' | 'ENQUEUE' | 'INTERRUPT' | 'ROLLBACK';
/**
 * What becomes of breakpoints that name nodes which the graph does not have: the run is refused, or created
 * with a warning.
 */
export type UnknownBreakpoints = 'REFUSE' | 'IGNORE';
export type RunStatus = 'PENDING' | 'RUNNING' | 'SUCCESS' | 'ERROR' | 'TIMEOUT' | 'INTERRUPTED';
export type RunEndReason =
  | 'COMPLETED'
  | 'AWAITING_HUMAN'
  | 'SUPERSEDED'
  | 'CANCELLED'
  | 'FAILED'
  | 'WORKER_LOST'
  | 'TIMED_OUT';
export type RunFailure = {
  readonly name: string;
  readonly message: string;
  /**
   * Where it was thrown, for what was thrown outside of the graph's nodes (a timer, a promise that was not
   * awaited); else absent.
   */
  readonly stack?: string;
};

/** What was recorded of an error, as text and bounded, whatever it is. */
export function toFailure(recorded: unknown): RunFailure {
  const { name, message, stack } = describeRecord(recorded);
  return { name, message, ...(stack === undefined ? {} : { stack }) };
}

/**
 * `command` of createRun: at least one member set. `resume` may be any JSON, null included, hence the key's
 * presence counts.
 */
export type RunCommand = {
  readonly resume?: Json;
  readonly update?: Json;
  readonly goto?: Json;
};

/**
 * What becomes of the messages of a run that ended before they were in the state: superseded while it waited,
 * failed, stopped or lost before its graph had taken them (design.md §5, point 7). NONE: nothing to carry.
 * WAITING: the next run that starts with an input carries them. TAKEN: `carriedBy` is to write them. CARRIED:
 * `carriedBy` wrote them into the state.
 */
export type Carry = 'NONE' | 'WAITING' | 'TAKEN' | 'CARRIED';

/** One execution of an assistant on a thread, as stored. */
export type Run = RunOptions & {
  readonly id: RunId;
  readonly threadId: ThreadId;
  readonly owner: Owner;
  readonly assistantId: AssistantId;
  readonly graphId: string;
  readonly status: RunStatus;
  /** Null while PENDING or RUNNING. */
  readonly endReason: RunEndReason | null;
  readonly error: RunFailure | null;
  readonly strategy: MultitaskStrategy;
  readonly input: Json;
  readonly command: RunCommand | null;
  readonly config: JsonObject;
  readonly context: Json;
  readonly metadata: JsonObject;
  /** Place in the thread's order, assigned under the thread's lock; never reused. */
  readonly position: number;
  /** Raised by every claim and takeover; with RUNNING it is the fencing token. 0 until the first start. */
  readonly attempt: number;
  /**
   * Attempts that died alone with their process; more than maxAttempts - 1 of them end the run WORKER_LOST.
   */
  readonly failures: number;
  /**
   * How often its process died since it last stored a checkpoint of the root: 0 unless it is a suspect (see
   * waitsForTrial).
   */
  readonly suspicion: number;
  /**
   * The worker that died with it, until it is tried; or its own worker (`leaseOwner`), which lost another run
   * meanwhile. Else null or long past.
   */
  readonly suspectOf: string | null;
  readonly leaseOwner: string | null;
  readonly leaseUntil: Date | null;
  /** Not before this time. */
  readonly availableAt: Date;
  readonly timeoutMs: number | null;
  /** Set at the first start from timeoutMs. */
  readonly deadline: Date | null;
  readonly stop: StopRequest | null;
  readonly supersededBy: RunId | null;
  /** What createRun's keep options said of this run (they apply to the runs that it stops). */
  readonly carry: Carry;
  readonly carriedBy: RunId | null;
  /** Checkpoint of the root namespace to start from instead of the head. */
  readonly baseCheckpointId: string | null;
  /** The root namespace's head when the run first started; null: the thread had none. */
  readonly headBefore: string | null;
  /** The root namespace's head when the run ended; null: it left no checkpoint of its own. */
  readonly headAfter: string | null;
  /** The thread's status to restore when the run is rolled back; null until the first start. */
  readonly threadStatusBefore: ThreadStatus | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /**
   * What its caller asked beyond the execution (stream modes, …), kept for the transport that took it and
   * given back as it came.
   */
  readonly request: JsonObject | null;
  /** URL that is notified when it ends; null: none. */
  readonly webhook: string | null;
  /**
   * Nodes and tools that were still at work when the grace period after its stop ended (see WorkPlace); []
   * for almost every run.
   */
  readonly abandoned: readonly string[];
};

/**
 * The root checkpoint with the state that an ended run left; null: it left none. A run that pauses where it
 * had started from writes no checkpoint: it adds its question to the one that there is.
 */
export const checkpointLeftBy = ({
  headAfter,
  endReason,
  baseCheckpointId,
  headBefore,
}: Run): string | null =>
  headAfter ?? (endReason === 'AWAITING_HUMAN' ? (baseCheckpointId ?? headBefore) : null);

/** PENDING (delayed runs included) or RUNNING. */
export const isUnfinished = (run: Pick<Run, 'status'>): boolean =>
  run.status === 'PENDING' || run.status === 'RUNNING';

/**
 * Whether a RUNNING run is a suspect that waits to be tried: its process died, perhaps of it, and it has no
 * worker now. One that is to stop is settled without a trial at first.
 */
export const waitsForTrial = (run: Pick<Run, 'leaseOwner' | 'suspicion' | 'stop'>): boolean =>
  run.leaseOwner === null && run.suspicion > (run.stop === null ? 0 : 1);

/** How a run ended: what settle writes. */
export type RunEnd = {
  readonly status: Exclude<RunStatus, 'PENDING' | 'RUNNING'>;
  readonly endReason: RunEndReason;
  readonly error: RunFailure | null;
};

/** Proof that one worker owns one attempt of one run: the fence of every write it makes. */
export type Claim = { readonly runId: RunId; readonly threadId: ThreadId; readonly attempt: number };

export type ThreadStatus = 'IDLE' | 'BUSY' | 'INTERRUPTED' | 'ERROR';
