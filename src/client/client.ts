import { type AssistantsClient, assistantsClient } from './assistants-client.ts';
import { type CronsClient, cronsClient } from './crons-client.ts';
import { InterjectError } from './errors.ts';
import { EventStream, type EventStreamOptions } from './event-stream.ts';
import * as operations from './generated/graphql.ts';
import type { DocumentOf } from './http.ts';
import { type Fetch, type HttpOptions, randomId, send } from './http.ts';
import { backoff, monotonicMs, type RetryWait } from './retry.ts';
import { openSocket, type WebSocketClass } from './socket.ts';
import type * as api from './types.ts';
import { readable } from './types.ts';

export type ClientOptions = {
  /**
   * The GraphQL endpoint, for example `http://127.0.0.1:4000/graphql`. Subscriptions use the same address
   * over WebSocket. In a browser it may be relative to the page.
   */
  readonly url: string;
  /** Default: the global one. */
  readonly fetch?: Fetch | undefined;
  /** Default: the global one. */
  readonly webSocket?: WebSocketClass | undefined;
  /** The maximum number of consecutive reconnects of joinRun and of event streams. Default: Infinity. */
  readonly retries?: number | undefined;
  /** Called before each wait for a retry, for example to show "reconnecting". */
  readonly onRetry?: ((error: InterjectError) => void) | undefined;
  /** Called for each list item that the server could not read; pages omit such items. */
  readonly onUnreadable?: ((error: InterjectError) => void) | undefined;
  /** The wait before a retry. Default: doubling from 0.1 s to 5 s, with jitter. */
  readonly retryWait?: RetryWait | undefined;
};

/**
 * A client of one Interject server. Its only resource is one WebSocket while event streams are read.
 *
 * Commands resolve to the result union of the schema: check `__typename`, or pass the result to `unwrap`.
 * Without such a result they reject with an InterjectError. Reads resolve to null if the object does not
 * exist.
 */
export interface InterjectClient {
  /** Without an id the client generates one and retries if it gets no response. */
  createThread(thread?: api.NewThread): Promise<api.CreateThreadResult>;
  /** Merges metadata and sets the ttl (null: removes it). Undefined members leave values unchanged. */
  updateThread(threadId: string, metadata?: unknown, ttl?: api.Ttl | null): Promise<api.UpdateThreadResult>;
  deleteThread(threadId: string): Promise<api.DeleteThreadResult>;
  /** Creates a copy of the thread with its state and history, without its runs. */
  copyThread(threadId: string): Promise<api.CopyThreadResult>;
  /** Deletes threads (the default), or their older states. Skips threads with an unfinished run. */
  pruneThreads(threadIds: readonly string[], strategy?: api.TtlStrategy): Promise<api.PruneThreadsResult>;
  /** Writes several supersteps, one checkpoint each. Not retried automatically. */
  bulkUpdateThreadState(
    threadId: string,
    supersteps: readonly api.Superstep[],
  ): Promise<api.BulkUpdateThreadStateResult>;
  /** Writes values on behalf of a node. Not retried automatically. */
  updateThreadState(state: api.NewState): Promise<api.UpdateThreadStateResult>;
  thread(threadId: string): Promise<api.Thread | null>;
  threads(filter?: api.ThreadsFilter): Promise<api.Page<api.Thread>>;
  countThreads(filter?: api.CountFilter): Promise<number>;
  /** The latest state, or the one at checkpointId; of the root graph, or of the subgraph at checkpointNs. */
  state<Values = unknown>(
    threadId: string,
    options?: api.StateOptions,
  ): Promise<api.ThreadState<Values> | null>;
  /** Newest first; of the root graph, or of the subgraph at checkpointNs. Null: thread not found. */
  history<Values = unknown>(
    threadId: string,
    filter?: api.HistoryFilter,
  ): Promise<api.Page<api.ThreadState<Values>> | null>;

  /**
   * Resolves when the run is stored. Without an idempotencyKey the client generates one, so that retries
   * create only one run.
   */
  createRun(run: api.NewRun): Promise<api.CreateRunResult>;
  /** Starts a run on a thread created for it; join it by its threadId. Not retried automatically. */
  createStatelessRun(run: api.NewStatelessRun): Promise<api.CreateStatelessRunResult>;
  /** Starts several such runs atomically. Not retried automatically. */
  createStatelessRuns(runs: readonly api.NewStatelessRun[]): Promise<api.CreateStatelessRunsResult>;
  /** Resolves when the run has ended; reconnects as often as necessary. */
  joinRun<Values = unknown>(
    threadId: string,
    runId: string,
    options?: api.JoinOptions,
  ): Promise<api.JoinRunResult<Values>>;
  /** Requests that the run stop. Default action: INTERRUPT. */
  cancelRun(threadId: string, runId: string, action?: api.CancelAction): Promise<api.CancelRunResult>;
  /** Requests that runs stop: the given runs of one thread, or all with the given statuses. */
  cancelRuns(runs: api.RunsToCancel): Promise<api.CancelRunsResult>;
  deleteRun(threadId: string, runId: string): Promise<api.DeleteRunResult>;
  run(runId: string): Promise<api.Run | null>;
  /** In the order in which they were accepted. Null: thread not found. */
  runs(
    threadId: string,
    filter?: api.RunsFilter,
  ): Promise<(api.Page<api.Run> & { readonly totalCount: number }) | null>;

  /** Puts an item into the long-term store. */
  putStoreItem(item: api.NewStoreItem): Promise<api.PutStoreItemResult>;
  deleteStoreItem(namespace: readonly string[], key: string): Promise<api.DeleteStoreItemResult>;
  storeItem<Value = unknown>(
    namespace: readonly string[],
    key: string,
    options?: { readonly refreshTtl?: boolean },
  ): Promise<api.StoreItem<Value> | null>;
  /** Nearest to `query` first if the server has an embedding; else most recently updated first. */
  storeItems<Value = unknown>(search?: api.StoreSearch): Promise<api.Page<api.FoundStoreItem<Value>>>;
  storeNamespaces(filter?: api.StoreNamespacesFilter): Promise<api.Page<readonly string[]>>;
  webhookDelivery(id: string): Promise<api.WebhookDelivery | null>;
  /** Webhook deliveries, newest first. */
  webhookDeliveries(filter?: api.WebhookDeliveriesFilter): Promise<api.Page<api.WebhookDelivery>>;
  /** Redelivers immediately with the same id and body. */
  resendWebhook(id: string): Promise<api.ResendWebhookResult>;

  /** The conversation: from now, from `after`, or from the start. Ends when the thread is deleted. */
  messages(threadId: string, options?: api.FollowMessagesOptions): api.Events<api.MessageEvent>;
  /** All events of a run, from its creation or from `after`. Ends with the run. */
  runEvents(runId: string, options?: api.FollowEventsOptions): api.Events<api.RunEvent>;
  /** All events of a thread and its runs, from now or from `after`. Ends when the thread is deleted. */
  threadEvents(threadId: string, options?: api.FollowEventsOptions): api.Events<api.RunEvent>;
  /** The current end of the thread's event log: all later events come after this cursor. */
  cursor(threadId: string): Promise<string>;

  readonly assistants: AssistantsClient;
  readonly crons: CronsClient;

  /** Any other query or mutation. Sent once. */
  request<Result, Variables>(operation: DocumentOf<Result, Variables>, variables: Variables): Promise<Result>;
}

/** The maximum number of attempts for requests that may be retried. */
const TRIES = 5;
const ANSWER_WITHIN_MS = 30_000;
/** The wait of one joinRun request, below common idle timeouts of proxies. */
const JOIN_ROUND_SECONDS = 25;

const ONCE = { tries: 1, tryMs: ANSWER_WITHIN_MS };
const REPEATABLE = { tries: TRIES, tryMs: ANSWER_WITHIN_MS };

export function createClient(options: ClientOptions): InterjectClient {
  const {
    retries = Number.POSITIVE_INFINITY,
    retryWait: wait = backoff,
    onRetry = () => {},
    onUnreadable = () => {},
  } = options;
  const url = absoluteUrl(options.url);
  const http: HttpOptions = {
    url: url.href,
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    wait,
    onRetry,
    onUnreadable,
  };
  const socket = openSocket(webSocketUrl(url), options.webSocket);

  const follow = <Event extends { readonly cursor: string }>(
    operation: DocumentOf<{ readonly event: Event }, never>,
    stream: Pick<EventStreamOptions, 'variables' | 'position' | 'signal'>,
  ) => new EventStream<Event>({ socket, query: operation.toString(), wait, retries, onRetry, ...stream });
  const now = (threadId: string) => ({
    query: operations.PositionDocument.toString(),
    variables: { threadId },
  });

  return {
    ...threadCalls(http),
    ...runCalls(http, retries),
    ...storeCalls(http),
    messages: (threadId, { after, fromStart = false, signal } = {}) =>
      follow(operations.MessagesDocument, {
        variables: { threadId, after, fromStart },
        position: fromStart ? undefined : now(threadId),
        signal,
      }),
    runEvents: (runId, { after, modes, signal } = {}) =>
      follow(operations.RunEventsDocument, { variables: { runId, after, modes }, signal }),
    threadEvents: (threadId, { after, modes, signal } = {}) =>
      follow(operations.ThreadEventsDocument, {
        variables: { threadId, after, modes },
        position: now(threadId),
        signal,
      }),
    cursor: async (threadId) => {
      for await (const { cursor } of follow(operations.PositionDocument, { variables: { threadId } }))
        return cursor;
      throw new InterjectError('NOT_FOUND', `The thread ${threadId} was deleted`);
    },

    assistants: assistantsClient({ http, once: ONCE, repeatable: REPEATABLE }),
    crons: cronsClient({ http, once: ONCE, repeatable: REPEATABLE }),

    request: (operation, variables) => send(http, operation, variables, ONCE),
  };
}

const threadCalls = (http: HttpOptions) =>
  ({
    createThread: async (thread = {}) => {
      const chosen = thread.id ?? null;
      // An id of our own can't exist yet, so RETURN only ever finds what an earlier try of the same request
      // made.
      const variables = chosen === null ? { ...thread, id: randomId(), ifExists: 'RETURN' as const } : thread;
      const patience = variables.ifExists === 'RETURN' ? REPEATABLE : ONCE;
      return (await send(http, operations.CreateThreadDocument, variables, patience)).createThread;
    },
    updateThread: async (threadId, metadata, ttl) => {
      const variables = { threadId, metadata, ...(ttl === undefined ? {} : { ttl }) };
      return (await send(http, operations.UpdateThreadDocument, variables, REPEATABLE)).updateThread;
    },
    copyThread: async (threadId) =>
      (await send(http, operations.CopyThreadDocument, { threadId }, ONCE)).copyThread,
    pruneThreads: async (threadIds, strategy = 'DELETE') =>
      (await send(http, operations.PruneThreadsDocument, { threadIds: [...threadIds], strategy }, REPEATABLE))
        .pruneThreads,
    bulkUpdateThreadState: async (threadId, supersteps) =>
      (
        await send(
          http,
          operations.BulkUpdateThreadStateDocument,
          { threadId, supersteps: [...supersteps] },
          ONCE,
        )
      ).bulkUpdateThreadState,
    deleteThread: async (threadId) =>
      (await send(http, operations.DeleteThreadDocument, { threadId }, ONCE)).deleteThread,
    updateThreadState: async (state) =>
      (await send(http, operations.UpdateThreadStateDocument, state, ONCE)).updateThreadState,
    thread: async (threadId) =>
      (await send(http, operations.ThreadDocument, { threadId }, REPEATABLE)).thread,
    threads: async (filter = {}) =>
      readable((await send(http, operations.ThreadsDocument, filter, REPEATABLE)).threads),
    countThreads: async (filter = {}) =>
      (await send(http, operations.CountThreadsDocument, filter, REPEATABLE)).countThreads,
    state: async <Values>(threadId: string, at = {}) => {
      const { thread } = await send(http, operations.StateDocument, { threadId, ...at }, REPEATABLE);
      return (thread?.state ?? null) as api.ThreadState<Values> | null;
    },
    history: async <Values>(threadId: string, filter = {}) => {
      const { thread } = await send(http, operations.HistoryDocument, { threadId, ...filter }, REPEATABLE);
      return thread === null ? null : (readable(thread.history) as api.Page<api.ThreadState<Values>>);
    },
  }) satisfies Partial<InterjectClient>;

/** @param retries how often joinRun is sent again while no answer comes */
const runCalls = (http: HttpOptions, retries: number) =>
  ({
    createRun: async (run) => {
      const variables = { ...run, idempotencyKey: run.idempotencyKey ?? randomId() };
      return (await send(http, operations.CreateRunDocument, variables, REPEATABLE)).createRun;
    },
    createStatelessRun: async (run) =>
      (await send(http, operations.CreateStatelessRunDocument, { run }, ONCE)).createStatelessRun,
    createStatelessRuns: async (runs) =>
      (await send(http, operations.CreateStatelessRunsDocument, { runs: [...runs] }, ONCE))
        .createStatelessRuns,
    joinRun: async <Values>(
      threadId: string,
      runId: string,
      { timeoutSeconds, signal }: api.JoinOptions = {},
    ) => {
      const deadlineMs =
        timeoutSeconds === undefined ? Number.POSITIVE_INFINITY : monotonicMs() + timeoutSeconds * 1_000;
      const patience = {
        tries: retries + 1,
        tryMs: JOIN_ROUND_SECONDS * 1_000 + ANSWER_WITHIN_MS,
        giveUpAtMs: deadlineMs,
        signal,
      };
      for (;;) {
        const round = Math.min(JOIN_ROUND_SECONDS, Math.max(0, deadlineMs - monotonicMs()) / 1_000);
        const { joinRun } = await send(
          http,
          operations.JoinRunDocument,
          { threadId, runId, timeoutSeconds: round },
          patience,
        );
        if (joinRun.__typename !== 'JoinTimeoutError' || monotonicMs() >= deadlineMs)
          return joinRun as api.JoinRunResult<Values>;
      }
    },
    webhookDelivery: async (id) =>
      (await send(http, operations.WebhookDeliveryDocument, { id }, REPEATABLE)).webhookDelivery,
    webhookDeliveries: async (filter = {}) =>
      readable(
        (await send(http, operations.WebhookDeliveriesDocument, filter, REPEATABLE)).webhookDeliveries,
      ),
    resendWebhook: async (id) =>
      (await send(http, operations.ResendWebhookDocument, { id }, REPEATABLE)).resendWebhook,
    cancelRun: async (threadId, runId, action = 'INTERRUPT') =>
      (await send(http, operations.CancelRunDocument, { threadId, runId, action }, REPEATABLE)).cancelRun,
    cancelRuns: async (runs) =>
      (await send(http, operations.CancelRunsDocument, runs, REPEATABLE)).cancelRuns,
    deleteRun: async (threadId, runId) =>
      (await send(http, operations.DeleteRunDocument, { threadId, runId }, ONCE)).deleteRun,
    run: async (runId) => (await send(http, operations.RunDocument, { runId }, REPEATABLE)).run,
    runs: async (threadId, filter = {}) => {
      const { thread } = await send(http, operations.RunsDocument, { threadId, ...filter }, REPEATABLE);
      return thread === null ? null : readable(thread.runs);
    },
  }) satisfies Partial<InterjectClient>;

const storeCalls = (http: HttpOptions) =>
  ({
    putStoreItem: async (item) =>
      (await send(http, operations.PutStoreItemDocument, item, ONCE)).putStoreItem,
    deleteStoreItem: async (namespace, key) =>
      (await send(http, operations.DeleteStoreItemDocument, { namespace, key }, REPEATABLE)).deleteStoreItem,
    storeItem: async <Value>(namespace: readonly string[], key: string, options = {}) => {
      const { storeItem } = await send(
        http,
        operations.StoreItemDocument,
        { namespace, key, ...options },
        REPEATABLE,
      );
      return storeItem as api.StoreItem<Value> | null;
    },
    storeItems: async <Value>(search = {}) => {
      const { edges, pageInfo } = (await send(http, operations.StoreItemsDocument, search, REPEATABLE))
        .storeItems;
      const nodes = edges.flatMap(({ node, score }) =>
        node === null ? [] : [{ ...node, score } as api.FoundStoreItem<Value>],
      );
      return { nodes, pageInfo };
    },
    storeNamespaces: async (filter = {}) => {
      const { nodes, pageInfo } = (await send(http, operations.StoreNamespacesDocument, filter, REPEATABLE))
        .storeNamespaces;
      return { nodes: nodes.flatMap((node) => (node === null ? [] : [node.labels])), pageInfo };
    },
  }) satisfies Partial<InterjectClient>;

/** Throws a TypeError unless the URL is http or https. */
function absoluteUrl(url: string): URL {
  // browsers only
  const page = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
  const absolute = new URL(url, page);
  if (!/^https?:$/.test(absolute.protocol)) throw new TypeError(`Not an http or https URL: ${url}`);
  return absolute;
}

function webSocketUrl(url: URL): string {
  const socketUrl = new URL(url);
  socketUrl.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return socketUrl.href;
}
