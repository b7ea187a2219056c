import type { EventBody } from '../domain/event.ts';
import type { AssistantId, DeliveryId, Owner, RunId, ThreadId } from '../domain/ids.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { MessageJson } from '../domain/message.ts';
import type { MultitaskStrategy, Run, RunCommand, RunStatus, UnknownBreakpoints } from '../domain/run.ts';
import type { StopAction } from '../domain/stop-request.ts';
import type { Thread, ThreadStatus, ThreadTtl, TtlStrategy } from '../domain/thread.ts';
import type { DeliveryStatus, WebhookDelivery } from '../domain/webhook.ts';
import type { Assistants } from './assistants/assistants.ts';
import type { Capacity } from './capacity.ts';
import type { Crons } from './crons/crons.ts';
import type { StateValuesJson, Superstep, ThreadStateJson, ValidationIssue } from './ports/graph-host.ts';
import type { ThreadFilter, ThreadKey, ThreadOrder, ThreadSearch, Window } from './ports/store.ts';
import type { StoreItems } from './store-items.ts';

/**
 * Everything a transport can ask for. Commands and reads alike filter by owner: what isn't the caller's is not there.
 * What a correct client can cause is in the outcome, discriminated by `kind`; a rejection is a fault of ours or of the database.
 */
export interface Orchestrator {
  createThread(command: CreateThread): Promise<CreateThreadOutcome>;
  /** Merges metadata (shallow), sets the ttl. */
  updateThread(command: UpdateThread): Promise<Found<Thread> | NotFound | Invalid>;
  /** Stops a running run first, then removes the thread with everything in it. */
  deleteThread(command: { readonly owner: Owner; readonly threadId: string }): Promise<Deleted | NotFound>;
  updateThreadState(command: UpdateThreadStateCommand): Promise<Found<ThreadStateJson> | NotFound | Busy | Invalid>;
  /** Writes supersteps one on another, each as one checkpoint: rebuilds a thread from another one's history. */
  bulkUpdateThreadState(command: BulkUpdateThreadState): Promise<Found<ThreadStateJson> | NotFound | Busy | Invalid>;
  /** A new thread with the state and history of this one, and without its runs. */
  copyThread(command: { readonly owner: Owner; readonly threadId: string }): Promise<Found<Thread> | NotFound>;
  /** Removes threads, or their older states. Those with unfinished runs are left as they are, unknown ones are passed over. */
  pruneThreads(command: PruneThreads): Promise<Found<PrunedThreads> | Invalid>;
  createRun(command: CreateRun): Promise<CreateRunOutcome>;
  /** A run on a thread made for it, which is discarded after it unless `keepThread`. */
  createStatelessRun(command: CreateStatelessRun): Promise<CreateRunOutcome>;
  /** Several of them, all or none. */
  createStatelessRuns(commands: readonly CreateStatelessRun[]): Promise<CreateStatelessRunsOutcome>;
  /** Waits for the end of the run. Aborting `signal` (the caller has gone) rejects with its reason. */
  joinRun(command: JoinRun): Promise<JoinRunOutcome>;
  cancelRun(command: CancelRun): Promise<Found<Run> | NotFound>;
  /** Asks many runs to stop; resolves with those that there were to stop, as cancelRun returns them. */
  cancelRuns(command: CancelRuns): Promise<readonly Run[]>;
  deleteRun(command: RunRef): Promise<Deleted | NotFound | Active>;

  readonly queries: Queries;
  readonly deliveries: Deliveries;
  readonly crons: Crons;
  /** The long-term store. */
  readonly items: StoreItems;
  readonly assistants: Assistants;

  /** Each resolves once the subscription has begun: what is committed from then on is delivered. */
  followRun(request: FollowRun): Promise<Followed>;
  followThread(request: FollowThread): Promise<Followed>;
  /** MESSAGE_*, MESSAGES_RESET and the runs' status changes (lifecycle bodies). */
  followMessages(request: FollowMessages): Promise<Followed>;
}

/** What was told, or is to be told, to webhooks. */
export interface Deliveries {
  /** Null where there is none. */
  find(owner: Owner, id: string): Promise<WebhookDelivery | null>;
  /** Newest first; keys are ids. Nothing for a `runId` that is no UUID. */
  list(query: DeliveriesQuery): Promise<readonly WebhookDelivery[]>;
  /** Has it sent again, now, whatever became of it. */
  resend(owner: Owner, id: string): Promise<Found<WebhookDelivery> | NotFound>;
}
export type DeliveriesQuery = {
  readonly owner: Owner;
  readonly status?: readonly DeliveryStatus[] | undefined;
  readonly runId?: string | undefined;
  readonly window: Window<DeliveryId>;
};

/** Reads; ids may be any text: what is no UUID is not found. */
export interface Queries {
  thread(owner: Owner, id: string): Promise<Thread | null>;
  threads(query: ThreadsQuery): Promise<Thread[]>;
  run(owner: Owner, id: string): Promise<Run | null>;
  threadsById(owner: Owner, ids: readonly ThreadId[]): Promise<Thread[]>;
  runsById(owner: Owner, ids: readonly RunId[]): Promise<Run[]>;
  /** In the order in which they were accepted; keys are `run.position`. The thread must have been read for this owner. */
  runs(thread: Thread, status: readonly RunStatus[] | undefined, window: Window<number>): Promise<Run[]>;
  countRuns(thread: Thread, status: readonly RunStatus[] | undefined): Promise<number>;
  activeRun(thread: Thread): Promise<Run | null>;
  queuePosition(run: Run): Promise<number | null>;
  /** Null before the first checkpoint and for an unknown checkpointId. */
  state(thread: Thread, checkpointId: string | null, subgraphs: boolean, ns?: string): Promise<ThreadStateJson | null>;
  /** The state that the run left, see checkpointLeftBy; null if it left none. */
  stateAfter(run: Run): Promise<ThreadStateJson | null>;
  /** The values of the latest state; no code of the graph runs where the stored checkpoint says all. Null before the first checkpoint. */
  values(thread: Thread): Promise<StateValuesJson | null>;
  /** Its values; null if it left none. */
  valuesAfter(run: Run): Promise<StateValuesJson | null>;
  /** Newest first; keys are the checkpoints' stored sequence. `ns`: of a subgraph; absent: of the root graph. */
  history(thread: Thread, metadata: JsonObject | undefined, window: Window<number>, ns?: string): Promise<HistoryEntry[]>;
  /** The history's key of a checkpoint; null where there is none. */
  historyKey(thread: Thread, ns: string, checkpointId: string): Promise<number | null>;
  /** A page of the threads that match, and whether more do. */
  searchThreads(search: SearchThreads): Promise<ThreadPage>;
  countThreads(filter: ThreadFilter & { readonly values?: JsonObject | undefined }): Promise<number>;
  messages(thread: Thread): Promise<readonly MessageJson[]>;
  /** What the log says of the run so far, as it is stored. */
  log(run: Run): Promise<readonly EventBody[]>;
  /**
   * The place in the thread's log behind which everything is that the run said which ran at `seq`; where none did, the last one before.
   * `seq` null: at this moment; then it is the end of the log when a run waits to start.
   */
  replayStart(thread: Thread, seq: number | null): Promise<number>;
  readonly graphIds: readonly string[];
}
/** `state` is an Error where this one state can't be read: a fault of the server. */
export type HistoryEntry = { readonly key: number; readonly checkpointId: string; readonly state: ThreadStateJson | Error };
export type ThreadsQuery = {
  readonly owner: Owner;
  readonly ids?: readonly string[] | undefined;
  readonly status?: readonly ThreadStatus[] | undefined;
  readonly metadata?: JsonObject | undefined;
  /** Containment in the newest state, as SearchThreads'. */
  readonly values?: JsonObject | undefined;
  readonly order: ThreadOrder;
  readonly window: Window<ThreadKey>;
};

/** `values`: containment in the newest state, which is read for each thread that matches otherwise. */
export type SearchThreads = ThreadSearch & { readonly values?: JsonObject | undefined };
export type ThreadPage = { readonly threads: readonly Thread[]; readonly hasMore: boolean };

export type NotFoundKind = 'Thread' | 'Run' | 'Assistant' | 'AssistantVersion' | 'Graph' | 'Checkpoint' | 'WebhookDelivery' | 'Cron';
export type Found<T> = { readonly kind: 'ok'; readonly value: T };
/** `ignored`: parts of the request that count as not given, and why; absent: none. */
export type Accepted<T> = Found<T> & { readonly ignored?: readonly ValidationIssue[] };
export type NotFound = { readonly kind: 'notFound'; readonly what: NotFoundKind; readonly id: string };
export type Invalid = { readonly kind: 'invalid'; readonly issues: readonly ValidationIssue[] };
export type Busy = { readonly kind: 'busy'; readonly blockingRun: Run };
export type Active = { readonly kind: 'active'; readonly run: Run };
export type Deleted = { readonly kind: 'deleted'; readonly id: string };

export type CreateThread = {
  readonly owner: Owner;
  readonly id?: string | undefined;
  readonly metadata?: Json | undefined;
  readonly ifExists: 'RAISE' | 'RETURN';
  /** Null: none. Absent: the server's default. */
  readonly ttl?: ThreadTtl | null | undefined;
  /** Its first states, each superstep as one checkpoint; the thread's metadata then has to name the graph (`graph_id`). Not for a thread that is there. */
  readonly supersteps?: readonly Superstep[] | undefined;
  /** Discarded after its one run. Default: false. */
  readonly temporary?: boolean | undefined;
};
export type CreateThreadOutcome = Found<Thread> | { readonly kind: 'exists'; readonly id: string } | Invalid;
export type UpdateThread = {
  readonly owner: Owner;
  readonly threadId: string;
  /** Absent: as it is. */
  readonly metadata?: Json | undefined;
  /** Null: none any more. Absent: as it is. */
  readonly ttl?: ThreadTtl | null | undefined;
};
export type PruneThreads = { readonly owner: Owner; readonly threadIds: readonly string[]; readonly strategy: TtlStrategy };
export type PrunedThreads = { readonly pruned: readonly ThreadId[]; readonly busy: readonly ThreadId[] };
export type UpdateThreadStateCommand = {
  readonly owner: Owner;
  readonly threadId: string;
  readonly values: Json;
  readonly asNode?: string | undefined;
  readonly checkpointId?: string | undefined;
  /** Namespace of the subgraph to update; absent: the root graph. */
  readonly ns?: string | undefined;
};
export type BulkUpdateThreadState = { readonly owner: Owner; readonly threadId: string; readonly supersteps: readonly Superstep[] };

/** Arguments as the caller gave them; createRun validates them. Absent and null mean the same, but for `input` inside of a command. */
export type CreateRun = {
  readonly owner: Owner;
  readonly threadId: string;
  readonly assistantId: string;
  readonly input?: Json | undefined;
  /** { resume?, update?, goto? } */
  readonly command?: Json | undefined;
  readonly strategy: MultitaskStrategy;
  readonly keepPartialOutput: boolean;
  readonly keepPendingInput: boolean;
  readonly config?: Json | undefined;
  readonly context?: Json | undefined;
  readonly metadata?: Json | undefined;
  readonly checkpointId?: string | undefined;
  readonly interruptBefore?: readonly string[] | undefined;
  readonly interruptAfter?: readonly string[] | undefined;
  /** Absent: REFUSE. */
  readonly unknownBreakpoints?: UnknownBreakpoints | undefined;
  readonly afterSeconds?: number | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly recordEvents: boolean;
  readonly idempotencyKey?: string | undefined;
  /** Where the run's end is told. */
  readonly webhook?: string | undefined;
  /** Kept with the run and never looked at: see Run.request. */
  readonly request?: JsonObject | undefined;
  /** Headers of the request, by their names: what the deployment's patterns choose of them becomes config.configurable. */
  readonly headers?: RequestHeaders | undefined;
  /** Metadata of the thread that is made where there is none; absent: a thread that does not exist is not found. */
  readonly newThread?: JsonObject | undefined;
  /** What the thread's metadata gets where it has no such key yet. */
  readonly threadMetadata?: JsonObject | undefined;
};
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;
export type CreateRunOutcome =
  | Accepted<Run>
  | Busy
  | NotFound
  | Invalid
  | { readonly kind: 'idempotencyConflict'; readonly idempotencyKey: string };

export type CreateStatelessRun = Omit<
  CreateRun,
  'threadId' | 'strategy' | 'checkpointId' | 'idempotencyKey' | 'newThread' | 'threadMetadata'
> & { readonly keepThread: boolean };
/** `index`: of the run that is refused; issues have it in their paths. */
export type CreateStatelessRunsOutcome = Accepted<readonly Run[]> | (NotFound & { readonly index: number }) | Invalid;
/** Those named, of one thread, or all of some statuses. */
export type CancelRuns = { readonly owner: Owner; readonly action: StopAction } & (
  | { readonly threadId: string; readonly runIds: readonly string[] }
  | { readonly status: readonly ('PENDING' | 'RUNNING')[] }
);

export type RunRef = { readonly owner: Owner; readonly threadId: string; readonly runId: string };
export type JoinRun = RunRef & {
  readonly timeoutSeconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where it takes a place when it has to wait; absent: the caller holds one. */
  readonly capacity?: Capacity | undefined;
};
/** A run that was removed gives its joiners notFound. */
export type JoinRunOutcome =
  | { readonly kind: 'joined'; readonly run: Run }
  | NotFound
  /** timeoutSeconds makes no sense; in GraphQL an invalid operation (BAD_USER_INPUT), for the union has no member for it. */
  | Invalid
  | { readonly kind: 'timeout'; readonly run: Run }
  /** All places of `capacity` are taken. */
  | { readonly kind: 'full' };
export type CancelRun = RunRef & { readonly action: StopAction };

/** MESSAGE_CHUNKS: what MESSAGES leaves out, chunks without content that carry tool calls in pieces, usage and the like. EXTENSIONS: what transformers make. */
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

/** `after`: the cursor of the last event that the caller saw. Without it: see each. Aborting `signal` ends the subscription. */
type Follow = { readonly owner: Owner; readonly after?: string | undefined; readonly signal?: AbortSignal | undefined };
/** For a transport whose clients come back with a place that is no cursor. */
type FollowFrom = {
  /** Instead of `after`: begin behind this place of the thread's log; any number will do. */
  readonly afterSeq?: number | undefined;
  /** With afterSeq: events of these modes from before it too, behind `fromSeq`, for who has to know how what is open there came about. */
  readonly recall?: { readonly fromSeq: number; readonly modes: readonly StreamMode[] } | undefined;
  /** Deliver each delta by itself, also to who lags; then who reads twice gets the same twice. Default: false. */
  readonly everyDelta?: boolean | undefined;
  /** End behind this place of the log, which has been committed. Default: follow live. */
  readonly untilSeq?: number | undefined;
};
/** From the run's creation; ends after RUN_ENDED or RUN_ROLLED_BACK. `modes`: undefined means all but DEBUG (which only retells TASKS and CHECKPOINTS); the run's lifecycle is always there. */
export type FollowRun = Follow & FollowFrom & { readonly runId: string; readonly modes?: readonly StreamMode[] | undefined };
/** From now; ends when the thread is deleted. */
export type FollowThread = Follow & FollowFrom & { readonly threadId: string; readonly modes?: readonly StreamMode[] | undefined };
/** From now, or whole: a MESSAGES_RESET with what there is, then what comes. */
export type FollowMessages = Follow & { readonly threadId: string; readonly fromStart: boolean };

export type Following = { readonly kind: 'following'; readonly events: AsyncIterableIterator<FollowedEvent> };
export type Followed = Following | FollowRefused;
export type FollowRefused = {
  readonly kind: 'refused';
  readonly code: 'NOT_FOUND' | 'BAD_CURSOR' | 'CURSOR_EXPIRED' | 'BAD_USER_INPUT';
  readonly message: string;
};

/** One event as a subscriber gets it. `cursor` is opaque; the same value works in all three subscriptions of the thread. */
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
/** A row of the log with its references expanded. Lifecycle bodies carry the run as it is when they are delivered. */
export type FollowedBody =
  | Exclude<EventBody, { kind: Referring }>
  | (Extract<EventBody, { kind: 'RUN_QUEUED' | 'RUN_STARTED' | 'RUN_ENDED' }> & { readonly run: Run })
  | { readonly kind: 'VALUES'; readonly ns: string; readonly values: Json }
  | { readonly kind: 'CHECKPOINT'; readonly ns: string; readonly state: ThreadStateJson }
  | { readonly kind: 'TASK'; readonly ns: string; readonly task: JsonObject; readonly step?: number }
  /** Derived from TASK and CHECKPOINT rows, in the shape of LangGraph's debug mode: { type, timestamp, step, payload }. */
  | { readonly kind: 'DEBUG'; readonly ns: string; readonly data: Json }
  /** `checkpointId`: whose messages they are, null for none; absent where they are gathered from more than one place. */
  | { readonly kind: 'MESSAGES_RESET'; readonly messages: readonly MessageJson[]; readonly checkpointId?: string | null };

export type { AssistantId, RunCommand, RunId, ThreadId };
