import type { EventBody } from '../domain/event.ts';
import type { DeliveryId, Owner, RunId, ThreadId } from '../domain/ids.ts';
import type { JsonObject } from '../domain/json.ts';
import type { MessageJson } from '../domain/message.ts';
import type { Run, RunStatus, ThreadStatus } from '../domain/run.ts';
import type { Thread } from '../domain/thread.ts';
import type { DeliveryStatus, WebhookDelivery } from '../domain/webhook.ts';
import type { Assistants } from './commands/assistants.ts';
import type { Crons } from './commands/crons.ts';
import type { StoreItems } from './commands/store-items.ts';
import type { Active, Busy, Deleted, Found, Invalid, NotFound } from './outcomes.ts';
import type { StateValuesJson, ThreadStateJson } from './ports/graph-host.ts';
import type { Window } from './ports/paging.ts';
import type { ThreadFilter, ThreadKey, ThreadOrder, ThreadSearch } from './ports/store.ts';
import type { Followed, FollowMessages, FollowRun, FollowThread } from './ports/subscriptions.ts';
import type {
  BulkUpdateThreadState,
  CancelRun,
  CancelRuns,
  CreateRun,
  CreateRunOutcome,
  CreateStatelessRun,
  CreateStatelessRunsOutcome,
  CreateThread,
  CreateThreadOutcome,
  JoinRun,
  JoinRunOutcome,
  PrunedThreads,
  PruneThreads,
  RunRef,
  UpdateThread,
  UpdateThreadStateCommand,
} from './requests.ts';

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
