import type {
  BulkUpdateThreadStateMutation,
  CancelRunMutation,
  CancelRunsMutation,
  CancelRunsMutationVariables,
  CopyThreadMutation,
  CountThreadsQueryVariables,
  CreateRunMutation,
  CreateRunMutationVariables,
  CreateStatelessRunMutation,
  CreateStatelessRunsMutation,
  CreateThreadMutation,
  CreateThreadMutationVariables,
  DeleteRunMutation,
  DeleteStoreItemMutation,
  DeleteThreadMutation,
  HistoryQueryVariables,
  JoinRunMutation,
  MessageFragment,
  MessagesSubscription,
  PageInfoFragment,
  PruneThreadsMutation,
  PutStoreItemMutation,
  PutStoreItemMutationVariables,
  ResendWebhookMutation,
  RunEventsSubscription,
  RunFragment,
  RunsQueryVariables,
  StatelessRunInput,
  StateQueryVariables,
  StoreItemFragment,
  StoreItemsQueryVariables,
  StoreNamespacesQueryVariables,
  StreamMode,
  SuperstepInput,
  ThreadFragment,
  ThreadStateFragment,
  ThreadsQueryVariables,
  ThreadTtlInput,
  UpdateThreadMutation,
  UpdateThreadStateMutation,
  UpdateThreadStateMutationVariables,
  WebhookDeliveriesQueryVariables,
  WebhookDeliveryFragment,
} from './generated/graphql.ts';

/** A page without the items that the server could not read (null, with an error each). */
export const readable = <Node, Rest extends object>(
  page: Rest & { readonly nodes: readonly (Node | null)[] },
): Rest & { readonly nodes: readonly Node[] } => ({
  ...page,
  nodes: page.nodes.filter((node) => node !== null),
});

// The public names of generated types. Values are as the server sends them: dates are ISO 8601 strings, JSON
// is `unknown`.

export type Thread = ThreadFragment;
export type Run = RunFragment;
/** A LangChain message; `__typename` distinguishes the types. `text` is the text of its content. */
export type Message = MessageFragment;
/** `Values` is the caller's type of the graph's state; it is not checked. */
export type ThreadState<Values = unknown> = Omit<ThreadStateFragment, 'values'> & { readonly values: Values };

/** The expiry of an inactive thread; each change of a run or of the state restarts the period. */
export type Ttl = ThreadTtlInput;
/** Writes that together make one checkpoint. */
export type Superstep = SuperstepInput;
/** A run on a thread created for it. */
export type NewStatelessRun = StatelessRunInput;
export type RunsToCancel = CancelRunsMutationVariables;
export type NewThread = CreateThreadMutationVariables;
export type NewRun = CreateRunMutationVariables;
export type NewState = UpdateThreadStateMutationVariables;
/** An item of the long-term store; `Value` is the caller's type of its value. */
export type StoreItem<Value = unknown> = Omit<StoreItemFragment, 'value'> & { readonly value: Value };
/** `score`: the similarity to the query, at most 1. Null: no query, or the item has no indexed text. */
export type FoundStoreItem<Value = unknown> = StoreItem<Value> & { readonly score: number | null };
export type NewStoreItem = PutStoreItemMutationVariables;
export type StoreSearch = StoreItemsQueryVariables;
export type StoreNamespacesFilter = StoreNamespacesQueryVariables;
export type PutStoreItemResult = PutStoreItemMutation['putStoreItem'];
export type DeleteStoreItemResult = DeleteStoreItemMutation['deleteStoreItem'];

export type ThreadsFilter = ThreadsQueryVariables;
export type CountFilter = CountThreadsQueryVariables;
export type StateOptions = Omit<StateQueryVariables, 'threadId'>;
export type RunsFilter = Omit<RunsQueryVariables, 'threadId'>;
export type HistoryFilter = Omit<HistoryQueryVariables, 'threadId'>;

/**
 * One page of a connection, without items that the server could not read (see ClientOptions.onUnreadable).
 * `totalCount` only if the server provides it.
 */
export type Page<Node> = { readonly nodes: readonly Node[]; readonly pageInfo: PageInfoFragment };

export type CreateThreadResult = CreateThreadMutation['createThread'];
export type UpdateThreadResult = UpdateThreadMutation['updateThread'];
export type DeleteThreadResult = DeleteThreadMutation['deleteThread'];
export type UpdateThreadStateResult = UpdateThreadStateMutation['updateThreadState'];
export type CopyThreadResult = CopyThreadMutation['copyThread'];
export type PruneThreadsResult = PruneThreadsMutation['pruneThreads'];
export type BulkUpdateThreadStateResult = BulkUpdateThreadStateMutation['bulkUpdateThreadState'];
export type CreateStatelessRunResult = CreateStatelessRunMutation['createStatelessRun'];
export type CreateStatelessRunsResult = CreateStatelessRunsMutation['createStatelessRuns'];
export type CancelRunsResult = CancelRunsMutation['cancelRuns'];
export type CreateRunResult = CreateRunMutation['createRun'];
export type CancelRunResult = CancelRunMutation['cancelRun'];
export type DeleteRunResult = DeleteRunMutation['deleteRun'];
type AnyJoinRunResult = JoinRunMutation['joinRun'];
type AnyJoinedRun = Extract<AnyJoinRunResult, { readonly __typename: 'JoinedRun' }>;
export type JoinedRun<Values = unknown> = Omit<AnyJoinedRun, 'state'> & {
  readonly state: ThreadState<Values> | null;
};
export type JoinRunResult<Values = unknown> = Exclude<AnyJoinRunResult, AnyJoinedRun> | JoinedRun<Values>;

export type WebhookDelivery = WebhookDeliveryFragment;
export type WebhookDeliveriesFilter = WebhookDeliveriesQueryVariables;
export type ResendWebhookResult = ResendWebhookMutation['resendWebhook'];

/** An event of `messages`. */
export type MessageEvent = MessagesSubscription['event'];
/** An event of `runEvents` and of `threadEvents`. */
export type RunEvent = RunEventsSubscription['event'];

export type {
  CancelAction,
  MultitaskStrategy,
  RunEndReason,
  RunStatus,
  StreamMode,
  ThreadStatus,
  TtlStrategy,
} from './generated/graphql.ts';

export type JoinOptions = {
  /** The maximum wait in seconds; the result is then a JoinTimeoutError. Omitted: until the run has ended. */
  readonly timeoutSeconds?: number | undefined;
  /** Aborting it rejects with its reason. The run continues. */
  readonly signal?: AbortSignal | undefined;
};

export type FollowOptions = {
  /** The cursor of the last received event, to continue after it. */
  readonly after?: string | undefined;
  /** Aborting it ends the iteration, without an error. */
  readonly signal?: AbortSignal | undefined;
};
export type FollowMessagesOptions = FollowOptions & {
  /** Begins with a MessagesReset that contains the existing conversation. */
  readonly fromStart?: boolean | undefined;
};
export type FollowEventsOptions = FollowOptions & {
  /** Only these, in addition to lifecycle events. Default: all except DEBUG. */
  readonly modes?: readonly StreamMode[] | undefined;
};

/**
 * Live events, across lost connections and server restarts. `return()` (also by exiting a `for await`)
 * releases the subscription immediately.
 */
export interface Events<Event> extends AsyncIterableIterator<Event, undefined> {
  return(): Promise<IteratorResult<Event, undefined>>;
}
