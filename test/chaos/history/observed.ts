import type { EventKind } from '../../../src/domain/event.ts';
import type { MessageJson } from '../../../src/domain/message.ts';
import type {
  Carry,
  MultitaskStrategy,
  RunEndReason,
  RunStatus,
  StopAction,
  StopRequest,
  ThreadStatus,
} from '../../../src/domain/run.ts';
import type { RestingStatus } from '../../../src/domain/thread.ts';
import type { Wish } from '../plan.ts';

// Times are milliseconds of one machine's monotonic clock: `invokedAtMs` is taken before anything is sent,
// `returnedAtMs` after the answer.

/** The answer was lost: the command may have been carried out once, later, or never. */
export type Lost = { readonly kind: 'lost'; readonly why: string };

type Made = {
  readonly client: string;
  readonly threadId: string;
  readonly invokedAtMs: number;
  readonly returnedAtMs: number;
};

/**
 * One request to make a run. Its label is in the run's metadata and is the first word of the human message
 * that it brings.
 */
export type CreateRunCall = Made & {
  readonly op: 'createRun';
  readonly label: string;
  /** What the graph is asked for; null: nothing that matters here, as a resume. */
  readonly wish: Wish | null;
  /** Null: the client chose one of its own, so that its own retries make one run. */
  readonly key: string | null;
  readonly strategy: MultitaskStrategy;
  readonly isDelayed: boolean;
  /** False for a resume, which brings no message. */
  readonly hasMessage: boolean;
  readonly keepPendingInput: boolean;
  readonly outcome:
    | { readonly kind: 'accepted'; readonly runId: string }
    | { readonly kind: 'refused'; readonly why: string; readonly blockingRunId: string | null }
    | Lost;
};
export type CancelRunCall = Made & {
  readonly op: 'cancelRun';
  readonly runId: string;
  readonly action: StopAction;
  readonly outcome: { readonly kind: 'accepted' } | { readonly kind: 'notFound' } | Lost;
};
export type DeleteRunCall = Made & {
  readonly op: 'deleteRun';
  readonly runId: string;
  readonly outcome:
    | { readonly kind: 'deleted' }
    | { readonly kind: 'active' }
    | { readonly kind: 'notFound' }
    | Lost;
};
export type JoinRunCall = Made & {
  readonly op: 'joinRun';
  readonly runId: string;
  readonly outcome:
    | {
        readonly kind: 'joined';
        readonly status: RunStatus;
        readonly endReason: RunEndReason | null;
        readonly state: SeenState | null;
      }
    | { readonly kind: 'notFound' }
    | Lost;
};
type GetStateCall = Made & {
  readonly op: 'getState';
  readonly outcome: { readonly kind: 'state'; readonly state: SeenState | null } | Lost;
};
export type Call = CreateRunCall | CancelRunCall | DeleteRunCall | JoinRunCall | GetStateCall;

/** A thread's state as somebody was shown it. */
export type SeenState = {
  readonly checkpointId: string;
  readonly next: readonly string[];
  readonly messages: readonly MessageJson[];
};

/** What matters of an event, in the log and as a subscriber gets it. */
export type EventFacts = {
  readonly seq: number;
  readonly kind: EventKind;
  readonly runId: string | null;
  /** Of MESSAGE_DELTA and MESSAGE_COMPLETED. */
  readonly messageId?: string | undefined;
  readonly text?: string | undefined;
  /** Of RUN_QUEUED, as a subscriber gets it. */
  readonly label?: string | undefined;
  /** Of CUSTOM: which execution of a node wrote it. */
  readonly execution?: string | undefined;
  /** Of MESSAGES_RESET in the log. */
  readonly checkpointId?: string | null | undefined;
};
export type SeenEvent = EventFacts & { readonly receivedAtMs: number };

export type Subscription = {
  readonly client: string;
  readonly threadId: string;
  /** Null: the whole thread. */
  readonly runId: string | null;
  readonly afterSeq: number;
  /** The kinds that it asked for. */
  readonly kinds: ReadonlySet<EventKind>;
  readonly events: readonly SeenEvent[];
  /**
   * `stayed`: until the very end, when everything had come to rest. `completed`: the server ended it. A
   * string says why it failed.
   */
  readonly end: 'stayed' | 'left' | 'completed' | { readonly failed: string };
};

// ───────────────────────── the rows of the database, after everything has come to rest
// ─────────────────────────

export type ThreadRow = {
  readonly id: string;
  readonly status: ThreadStatus;
  readonly nextSeq: number;
  readonly claimableAtMs: number | null;
};
export type RunRow = {
  readonly id: string;
  readonly threadId: string;
  readonly label: string;
  readonly key: string | null;
  readonly status: RunStatus;
  readonly endReason: RunEndReason | null;
  readonly position: number;
  readonly attempt: number;
  readonly stop: StopRequest | null;
  readonly supersededBy: string | null;
  readonly headBefore: string | null;
  readonly headAfter: string | null;
  readonly carry: Carry;
  /** Of the database's clock. */
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
};
export type EventRow = EventFacts & { readonly threadId: string };
export type KeyRow = { readonly key: string; readonly runId: string };
/** Of the root namespace. */
export type CheckpointRow = {
  readonly threadId: string;
  readonly id: string;
  readonly parentId: string | null;
  readonly seq: number;
};

export type Rows = {
  readonly threads: readonly ThreadRow[];
  readonly runs: readonly RunRow[];
  readonly events: readonly EventRow[];
  readonly keys: readonly KeyRow[];
  readonly checkpoints: readonly CheckpointRow[];
  /** Runs that own a checkpoint or a pending write in any namespace. */
  readonly writers: readonly { readonly threadId: string; readonly runId: string }[];
  /** Of the root namespace. */
  readonly heads: readonly { readonly threadId: string; readonly checkpointId: string }[];
};

/** A thread at the very end. */
export type FinalThread = {
  readonly threadId: string;
  readonly state: SeenState | null;
  /** The messages that a subscriber of `messages` has put together from the events. */
  readonly conversation: readonly ConversationLine[];
  /** The status in which it rested before its closing run; null: that was not looked at. */
  readonly rested: { readonly status: RestingStatus | ThreadStatus; readonly lastSeq: number } | null;
};
export type ConversationLine = {
  readonly id: string | null;
  readonly type: string;
  readonly text: string;
  readonly partial: boolean;
};

/** All that is known of one chaos run: what clients did and saw, and what the database holds at its end. */
export type Observed = {
  readonly calls: readonly Call[];
  readonly subscriptions: readonly Subscription[];
  readonly rows: Rows;
  readonly finals: readonly FinalThread[];
};

export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I10';
/** Something that must not be. */
export type Violation = {
  readonly invariant: Invariant;
  readonly threadId: string;
  readonly message: string;
};
