import type { EventBody } from '../../domain/event.ts';
import type { Owner, RunId, ThreadId } from '../../domain/ids.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { MessageJson } from '../../domain/message.ts';
import type { Run } from '../../domain/run.ts';
import type { ThreadStateJson } from './graph-host.ts';

/** Events that a subscriber had yet to get were removed after the retention: it has to begin anew. */
export class CursorExpiredError extends Error {
  override readonly name = 'CursorExpiredError';
  constructor() {
    super('The events after this cursor were removed by the event retention. Start again without a cursor.');
  }
}

/** The subscribers' side of the event log (kept by events/). */
export interface Subscriptions {
  followRun(request: FollowRun): Promise<Followed>;
  followThread(request: FollowThread): Promise<Followed>;
  followMessages(request: FollowMessages): Promise<Followed>;
  /**
   * Resolves once a RUN_ENDED or RUN_ROLLED_BACK of the run newer than `afterSeq` is committed, or the thread
   * is deleted. Rejects with the signal's reason when it aborts first.
   */
  untilRunEnds(threadId: ThreadId, runId: RunId, afterSeq: number, signal: AbortSignal): Promise<void>;
  /**
   * An ended run's record and events are gone: who follows it ends, also if its last event was not delivered
   * yet.
   */
  runDeleted(threadId: ThreadId, runId: RunId): void;
  /** The thread's row is gone: its subscriptions end. */
  threadDeleted(threadId: ThreadId): void;
}

/**
 * MESSAGE_CHUNKS: what MESSAGES leaves out, chunks without content that carry tool calls in pieces, usage and
 * the like. EXTENSIONS: what transformers make.
 */
export type StreamMode =
  | 'VALUES'
  | 'UPDATES'
  | 'MESSAGES'
  | 'MESSAGE_CHUNKS'
  | 'CUSTOM'
  | 'EXTENSIONS'
  | 'TASKS'
  | 'CHECKPOINTS'
  | 'DEBUG'
  | 'EVENTS';

/**
 * `after`: the cursor of the last event that the caller saw. Without it: see each. Aborting `signal` ends the
 * subscription.
 */
type Follow = {
  readonly owner: Owner;
  readonly after?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** For a transport whose clients come back with a place that is no cursor. */
type FollowFrom = {
  /** Instead of `after`: begin behind this place of the thread's log; any number will do. */
  readonly afterSeq?: number | undefined;
  /**
   * With afterSeq: events of these modes from before it too, behind `fromSeq`, for who has to know how what
   * is open there came about.
   */
  readonly recall?: { readonly fromSeq: number; readonly modes: readonly StreamMode[] } | undefined;
  /**
   * Deliver each delta by itself, also to who lags; then who reads twice gets the same twice. Default: false.
   */
  readonly everyDelta?: boolean | undefined;
  /** End behind this place of the log, which has been committed. Default: follow live. */
  readonly untilSeq?: number | undefined;
};

/**
 * From the run's creation; ends after RUN_ENDED or RUN_ROLLED_BACK. `modes`: undefined means all but DEBUG
 * (which only retells TASKS and CHECKPOINTS); the run's lifecycle is always there.
 */
export type FollowRun = Follow &
  FollowFrom & { readonly runId: string; readonly modes?: readonly StreamMode[] | undefined };

/** From now; ends when the thread is deleted. */
export type FollowThread = Follow &
  FollowFrom & { readonly threadId: string; readonly modes?: readonly StreamMode[] | undefined };

/** From now, or whole: a MESSAGES_RESET with what there is, then what comes. */
export type FollowMessages = Follow & { readonly threadId: string; readonly fromStart: boolean };

export type Following = { readonly kind: 'following'; readonly events: AsyncIterableIterator<FollowedEvent> };

export type Followed = Following | FollowRefused;

export type FollowRefused = {
  readonly kind: 'refused';
  readonly code: 'NOT_FOUND' | 'BAD_CURSOR' | 'CURSOR_EXPIRED' | 'BAD_USER_INPUT';
  readonly message: string;
};

/**
 * One event as a subscriber gets it. `cursor` is opaque; the same value works in all three subscriptions of
 * the thread.
 */
export type FollowedEvent = {
  readonly cursor: string;
  /** Its row's place in the thread's log. */
  readonly seq: number;
  readonly createdAt: Date;
  readonly runId: RunId | null;
  readonly body: FollowedBody;
};

type Lifecycle = 'RUN_QUEUED' | 'RUN_STARTED' | 'RUN_ENDED';

type Referring = Lifecycle | 'VALUES' | 'CHECKPOINT' | 'TASK' | 'MESSAGES_RESET';

/**
 * A row of the log with its references expanded. Lifecycle bodies carry the run as it is when they are
 * delivered.
 */
export type FollowedBody =
  | Exclude<EventBody, { kind: Referring }>
  | (Extract<EventBody, { kind: 'RUN_QUEUED' | 'RUN_STARTED' | 'RUN_ENDED' }> & { readonly run: Run })
  | { readonly kind: 'VALUES'; readonly ns: string; readonly values: Json }
  | { readonly kind: 'CHECKPOINT'; readonly ns: string; readonly state: ThreadStateJson }
  | { readonly kind: 'TASK'; readonly ns: string; readonly task: JsonObject; readonly step?: number }
  /**
   * Derived from TASK and CHECKPOINT rows, in the shape of LangGraph's debug mode: { type, timestamp, step,
   * payload }.
   */
  | { readonly kind: 'DEBUG'; readonly ns: string; readonly data: Json }
  /**
   * `checkpointId`: whose messages they are, null for none; absent where they are gathered from more than one
   * place.
   */
  | {
      readonly kind: 'MESSAGES_RESET';
      readonly messages: readonly MessageJson[];
      readonly checkpointId?: string | null;
    };
