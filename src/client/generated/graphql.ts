/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** The sort order of a list of assistants; ties are sorted by id. */
export type AssistantOrder = {
  /** The sort direction. */
  readonly direction?: OrderDirection;
  /** The sort key. */
  readonly field?: AssistantOrderField;
};

/** The sort keys of assistants. */
export type AssistantOrderField =
  /** When they were created. */
  | 'CREATED_AT'
  /** Their name. */
  | 'NAME'
  /** When they were last updated. */
  | 'UPDATED_AT';

/** How cancelRun treats the results of the run. */
export type CancelAction =
  /** Stop the run and keep its results. */
  | 'INTERRUPT'
  /** Stop and remove the run, and restore the state from before it started. */
  | 'ROLLBACK';

/** The behavior of a creation if an object with the id exists. */
export type IfExists =
  /** Returns AlreadyExistsError. */
  | 'RAISE'
  /** Returns the existing object unchanged. */
  | 'RETURN';

/** How a new run treats unfinished runs of its thread. */
export type MultitaskStrategy =
  /** Start the new run after all earlier runs of the thread, first in first out. A delayed run does not block later ones; it joins the queue when it is due. */
  | 'ENQUEUE'
  /** Stop the running run, supersede the waiting ones and keep their results, then start the new run. */
  | 'INTERRUPT'
  /** Reject the new run if the thread has unfinished runs. Nothing is stored. */
  | 'REJECT'
  /** Stop and remove the running and waiting runs with all their effects on the thread, then start the new run from the state before them. */
  | 'ROLLBACK';

/** The treatment of a thread created for a run of a cron. */
export type OnRunCompleted =
  /** The thread is hidden when the run ends and deleted with it ten minutes later. */
  | 'DELETE'
  /** The thread is kept. */
  | 'KEEP';

/** The direction of a sort. */
export type OrderDirection =
  /** Ascending: oldest or lowest first; text from A to Z. */
  | 'ASC'
  /** Descending: newest or highest first; text from Z to A. */
  | 'DESC';

/** Why a run ended. */
export type RunEndReason =
  /** SUCCESS: the graph paused for a human (interrupt(), interruptBefore, interruptAfter); the thread is INTERRUPTED, as in the LangGraph protocol. */
  | 'AWAITING_HUMAN'
  /** INTERRUPTED: stopped by cancelRun. */
  | 'CANCELLED'
  /** SUCCESS: the graph finished. */
  | 'COMPLETED'
  /** ERROR: the graph threw; see Run.error. */
  | 'FAILED'
  /** INTERRUPTED: superseded by a later run with INTERRUPT; see Run.supersededBy. */
  | 'SUPERSEDED'
  /** TIMEOUT: timeoutSeconds had elapsed. */
  | 'TIMED_OUT'
  /** ERROR: the run's processes died more often than maxAttempts. */
  | 'WORKER_LOST';

/** The status of a run. */
export type RunStatus =
  /** The graph threw, or the run's processes were lost too often. */
  | 'ERROR'
  /** Stopped by a later run or by cancelRun. */
  | 'INTERRUPTED'
  /** Stored and waiting for its turn or for afterSeconds. */
  | 'PENDING'
  /** A process executes the graph or is about to take over the run. */
  | 'RUNNING'
  /** The graph finished, or paused for a human. */
  | 'SUCCESS'
  /** Stopped because timeoutSeconds had elapsed. */
  | 'TIMEOUT';

/** Why a state is incomplete. */
export type StateIncompleteReason =
  /** Part of the checkpoint is missing in the database. */
  | 'CHECKPOINT_DAMAGED'
  /** The graph's code (its factory or a reducer) threw. */
  | 'GRAPH_FAILED'
  /** Its graph is not in langgraph.json. */
  | 'GRAPH_NOT_SERVED';

/** A write to the state on behalf of a node. */
export type StateUpdateInput = {
  /** The node to write as. Null: the node that ran last, if unambiguous. */
  readonly asNode?: string | null | undefined;
  /** An alternative to values: { update, goto }, as a command returned by the node. */
  readonly command?: unknown;
  /** The return value of the node. Null: no update. */
  readonly values?: unknown;
};

/** A run on a thread created for it. */
export type StatelessRunInput = {
  /** The earliest start, in seconds from now; ≥ 0. Null: immediately. */
  readonly afterSeconds?: number | null | undefined;
  /** An assistant's id, or a graph's name for its default assistant. */
  readonly assistantId: string;
  /** An alternative to input: { update, goto }. */
  readonly command?: unknown;
  /** LangGraph's config: { configurable, tags, recursion_limit }. Overrides the assistant's. */
  readonly config?: unknown;
  /** The graph's runtime context, in the form of its context schema. */
  readonly context?: unknown;
  /** The graph's input. */
  readonly input?: unknown;
  /** Pause after these nodes; ["*"]: after every node. Null: the breakpoints the graph was compiled with. */
  readonly interruptAfter?: ReadonlyArray<string> | null | undefined;
  /** Pause before these nodes; ["*"]: before every node. Null: the breakpoints the graph was compiled with. */
  readonly interruptBefore?: ReadonlyArray<string> | null | undefined;
  /** Keeps the thread. Otherwise it is hidden when the run ends and deleted with it ten minutes later. */
  readonly keepThread?: boolean;
  /** An object to attach to the run. */
  readonly metadata?: unknown;
  /** Records EVENTS too; all other modes are always recorded. */
  readonly streamModes?: ReadonlyArray<StreamMode> | null | undefined;
  /** The time limit in seconds from the first start; > 0. The run then ends with TIMEOUT. Null: no limit. */
  readonly timeoutSeconds?: number | null | undefined;
};

/** Kinds of run events, named after LangGraph's stream modes. Lifecycle events are always included. */
export type StreamMode =
  /** Each checkpoint: CheckpointChunk. */
  | 'CHECKPOINTS'
  /** Data that nodes write with their writer: CustomChunk. */
  | 'CUSTOM'
  /** TASKS and CHECKPOINTS in the format of LangGraph's debug mode: DebugChunk. Only on request. */
  | 'DEBUG'
  /** LangChain's callback events: EventsChunk. Only of runs created with EVENTS in streamModes. */
  | 'EVENTS'
  /** Messages while they are written: MessageStarted, MessageDelta, MessageCompleted, MessagesReset. */
  | 'MESSAGES'
  /** The start and end of each task: TaskChunk. */
  | 'TASKS'
  /** The return value of each node: UpdatesChunk. */
  | 'UPDATES'
  /** The complete state after each superstep: ValuesChunk. */
  | 'VALUES';

/** Writes that together make one checkpoint. */
export type SuperstepInput = {
  /** The writes; at least one. */
  readonly updates: ReadonlyArray<StateUpdateInput>;
};

/** The sort order of a list of threads; ties are sorted by id. */
export type ThreadOrder = {
  /** The sort direction. */
  readonly direction?: OrderDirection;
  /** The sort key. */
  readonly field?: ThreadOrderField;
};

/** The sort keys of threads. */
export type ThreadOrderField =
  /** When they were created. */
  | 'CREATED_AT'
  /** When a run or an update last changed the state or status. */
  | 'STATE_UPDATED_AT'
  /** Their status, by name. */
  | 'STATUS'
  /** Their id. */
  | 'THREAD_ID'
  /** When the thread, its runs or its state last changed. */
  | 'UPDATED_AT';

/** The status of a thread. */
export type ThreadStatus =
  /** A run is RUNNING or PENDING (including delayed runs). */
  | 'BUSY'
  /** The last run ended with ERROR or TIMEOUT. */
  | 'ERROR'
  /** No run is unfinished, and the last one left nothing open. */
  | 'IDLE'
  /** The last run paused for a human. */
  | 'INTERRUPTED';

/** How long a thread is kept without activity. */
export type ThreadTtlInput = {
  /** The period in minutes; > 0. */
  readonly minutes: number;
  /** The action on expiry. */
  readonly strategy?: TtlStrategy;
};

/** The action on an expired or pruned thread. */
export type TtlStrategy =
  /** Deletes the thread with its runs, events and states. */
  | 'DELETE'
  /** Keeps the thread, its runs and its newest state. */
  | 'KEEP_LATEST';

/** The status of a webhook delivery. */
export type WebhookDeliveryStatus =
  /** The receiver answered with a 2xx status. */
  | 'DELIVERED'
  /** Abandoned after the last attempt, or because the receiver answered 410. */
  | 'FAILED'
  /** Due to be sent: for the first time, or again after a failed attempt. */
  | 'PENDING';

export type AssistantFragment = { readonly __typename: 'Assistant', readonly id: string, readonly graphId: string, readonly name: string, readonly description: string | null, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly version: number, readonly isDefault: boolean, readonly createdAt: string, readonly updatedAt: string };

export type GraphSchemasFragment = { readonly input: unknown, readonly output: unknown, readonly state: unknown, readonly config: unknown, readonly context: unknown };

export type AssistantQueryVariables = Exact<{
  id: string;
}>;


export type AssistantQuery = { readonly assistant: { readonly __typename: 'Assistant', readonly id: string, readonly graphId: string, readonly name: string, readonly description: string | null, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly version: number, readonly isDefault: boolean, readonly createdAt: string, readonly updatedAt: string } | null };

export type AssistantsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  graphId?: string | null | undefined;
  name?: string | null | undefined;
  metadata?: unknown;
  orderBy?: AssistantOrder | null | undefined;
}>;


export type AssistantsQuery = { readonly assistants: { readonly totalCount: number, readonly nodes: ReadonlyArray<{ readonly __typename: 'Assistant', readonly id: string, readonly graphId: string, readonly name: string, readonly description: string | null, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly version: number, readonly isDefault: boolean, readonly createdAt: string, readonly updatedAt: string } | null>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } };

export type AssistantVersionsQueryVariables = Exact<{
  id: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  metadata?: unknown;
}>;


export type AssistantVersionsQuery = { readonly assistant: { readonly versions: { readonly totalCount: number, readonly nodes: ReadonlyArray<{ readonly version: number, readonly graphId: string, readonly name: string, readonly description: string | null, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly createdAt: string } | null>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } } | null };

export type AssistantGraphQueryVariables = Exact<{
  id: string;
  xray?: number;
}>;


export type AssistantGraphQuery = { readonly assistant: { readonly graph:
      | { readonly __typename: 'AssistantGraph', readonly mermaid: string, readonly nodes: ReadonlyArray<{ readonly id: string, readonly type: string, readonly data: unknown, readonly metadata: unknown }>, readonly edges: ReadonlyArray<{ readonly source: string, readonly target: string, readonly label: string | null, readonly conditional: boolean }> }
      | { readonly __typename: 'ValidationError', readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
     } | null };

export type AssistantSchemasQueryVariables = Exact<{
  id: string;
}>;


export type AssistantSchemasQuery = { readonly assistant: { readonly schemas:
      | { readonly __typename: 'GraphSchemas', readonly input: unknown, readonly output: unknown, readonly state: unknown, readonly config: unknown, readonly context: unknown }
      | { readonly __typename: 'ValidationError', readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
     } | null };

export type AssistantSubgraphsQueryVariables = Exact<{
  id: string;
  namespace?: string | null | undefined;
  recurse?: boolean;
}>;


export type AssistantSubgraphsQuery = { readonly assistant: { readonly subgraphs:
      | { readonly __typename: 'Subgraphs', readonly subgraphs: ReadonlyArray<{ readonly namespace: string, readonly schemas: { readonly input: unknown, readonly output: unknown, readonly state: unknown, readonly config: unknown, readonly context: unknown } }> }
      | { readonly __typename: 'ValidationError', readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
     } | null };

export type CreateAssistantMutationVariables = Exact<{
  graphId: string;
  id?: string | null | undefined;
  name?: string | null | undefined;
  description?: string | null | undefined;
  config?: unknown;
  context?: unknown;
  metadata?: unknown;
  ifExists?: IfExists;
}>;


export type CreateAssistantMutation = { readonly createAssistant:
    | { readonly __typename: 'AlreadyExistsError', readonly message: string, readonly id: string }
    | { readonly __typename: 'Assistant', readonly id: string, readonly graphId: string, readonly name: string, readonly description: string | null, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly version: number, readonly isDefault: boolean, readonly createdAt: string, readonly updatedAt: string }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly kind: string, readonly id: string }
    | { readonly __typename: 'ValidationError', readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type UpdateAssistantMutationVariables = Exact<{
  id: string;
  graphId?: string | null | undefined;
  name?: string | null | undefined;
  description?: string | null | undefined;
  config?: unknown;
  context?: unknown;
  metadata?: unknown;
}>;


export type UpdateAssistantMutation = { readonly updateAssistant:
    | { readonly __typename: 'Assistant', readonly id: string, readonly graphId: string, readonly name: string, readonly description: string | null, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly version: number, readonly isDefault: boolean, readonly createdAt: string, readonly updatedAt: string }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly kind: string, readonly id: string }
    | { readonly __typename: 'ValidationError', readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type SetLatestAssistantVersionMutationVariables = Exact<{
  id: string;
  version: number;
}>;


export type SetLatestAssistantVersionMutation = { readonly setLatestAssistantVersion:
    | { readonly __typename: 'Assistant', readonly id: string, readonly graphId: string, readonly name: string, readonly description: string | null, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly version: number, readonly isDefault: boolean, readonly createdAt: string, readonly updatedAt: string }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly kind: string, readonly id: string }
   };

export type DeleteAssistantMutationVariables = Exact<{
  id: string;
  deleteThreads?: boolean;
}>;


export type DeleteAssistantMutation = { readonly deleteAssistant:
    | { readonly __typename: 'Deleted', readonly id: string }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly kind: string, readonly id: string }
    | { readonly __typename: 'ValidationError', readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type CronFragment = { readonly __typename: 'Cron', readonly id: string, readonly assistantId: string, readonly threadId: string | null, readonly onRunCompleted: OnRunCompleted | null, readonly multitaskStrategy: MultitaskStrategy | null, readonly schedule: string, readonly timezone: string | null, readonly endTime: string | null, readonly enabled: boolean, readonly nextRunAt: string | null, readonly lastRunAt: string | null, readonly lastError: string | null, readonly input: unknown, readonly config: unknown, readonly context: unknown, readonly webhook: string | null, readonly interruptBefore: ReadonlyArray<string> | null, readonly interruptAfter: ReadonlyArray<string> | null, readonly metadata: unknown, readonly createdAt: string, readonly updatedAt: string, readonly lastRun: { readonly id: string, readonly threadId: string, readonly status: RunStatus } | null };

export type CronQueryVariables = Exact<{
  id: string;
}>;


export type CronQuery = { readonly cron: { readonly __typename: 'Cron', readonly id: string, readonly assistantId: string, readonly threadId: string | null, readonly onRunCompleted: OnRunCompleted | null, readonly multitaskStrategy: MultitaskStrategy | null, readonly schedule: string, readonly timezone: string | null, readonly endTime: string | null, readonly enabled: boolean, readonly nextRunAt: string | null, readonly lastRunAt: string | null, readonly lastError: string | null, readonly input: unknown, readonly config: unknown, readonly context: unknown, readonly webhook: string | null, readonly interruptBefore: ReadonlyArray<string> | null, readonly interruptAfter: ReadonlyArray<string> | null, readonly metadata: unknown, readonly createdAt: string, readonly updatedAt: string, readonly lastRun: { readonly id: string, readonly threadId: string, readonly status: RunStatus } | null } | null };

export type CronsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  assistantId?: string | null | undefined;
  threadId?: string | null | undefined;
  enabled?: boolean | null | undefined;
  metadata?: unknown;
}>;


export type CronsQuery = { readonly crons: { readonly nodes: ReadonlyArray<{ readonly __typename: 'Cron', readonly id: string, readonly assistantId: string, readonly threadId: string | null, readonly onRunCompleted: OnRunCompleted | null, readonly multitaskStrategy: MultitaskStrategy | null, readonly schedule: string, readonly timezone: string | null, readonly endTime: string | null, readonly enabled: boolean, readonly nextRunAt: string | null, readonly lastRunAt: string | null, readonly lastError: string | null, readonly input: unknown, readonly config: unknown, readonly context: unknown, readonly webhook: string | null, readonly interruptBefore: ReadonlyArray<string> | null, readonly interruptAfter: ReadonlyArray<string> | null, readonly metadata: unknown, readonly createdAt: string, readonly updatedAt: string, readonly lastRun: { readonly id: string, readonly threadId: string, readonly status: RunStatus } | null } | null>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } };

export type CountCronsQueryVariables = Exact<{
  assistantId?: string | null | undefined;
  threadId?: string | null | undefined;
  enabled?: boolean | null | undefined;
  metadata?: unknown;
}>;


export type CountCronsQuery = { readonly countCrons: number };

export type CreateCronMutationVariables = Exact<{
  assistantId: string;
  threadId?: string | null | undefined;
  schedule: string;
  timezone?: string | null | undefined;
  endTime?: string | null | undefined;
  enabled?: boolean;
  input?: unknown;
  config?: unknown;
  context?: unknown;
  metadata?: unknown;
  webhook?: string | null | undefined;
  interruptBefore?: ReadonlyArray<string> | string | null | undefined;
  interruptAfter?: ReadonlyArray<string> | string | null | undefined;
  streamModes?: ReadonlyArray<StreamMode> | StreamMode | null | undefined;
  onRunCompleted?: OnRunCompleted | null | undefined;
  multitaskStrategy?: MultitaskStrategy | null | undefined;
}>;


export type CreateCronMutation = { readonly createCron:
    | { readonly __typename: 'Cron', readonly id: string, readonly assistantId: string, readonly threadId: string | null, readonly onRunCompleted: OnRunCompleted | null, readonly multitaskStrategy: MultitaskStrategy | null, readonly schedule: string, readonly timezone: string | null, readonly endTime: string | null, readonly enabled: boolean, readonly nextRunAt: string | null, readonly lastRunAt: string | null, readonly lastError: string | null, readonly input: unknown, readonly config: unknown, readonly context: unknown, readonly webhook: string | null, readonly interruptBefore: ReadonlyArray<string> | null, readonly interruptAfter: ReadonlyArray<string> | null, readonly metadata: unknown, readonly createdAt: string, readonly updatedAt: string, readonly lastRun: { readonly id: string, readonly threadId: string, readonly status: RunStatus } | null }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly kind: string, readonly id: string }
    | { readonly __typename: 'ValidationError', readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type UpdateCronMutationVariables = Exact<{
  id: string;
  schedule?: string | null | undefined;
  timezone?: string | null | undefined;
  endTime?: string | null | undefined;
  enabled?: boolean | null | undefined;
  input?: unknown;
  config?: unknown;
  context?: unknown;
  metadata?: unknown;
  webhook?: string | null | undefined;
  interruptBefore?: ReadonlyArray<string> | string | null | undefined;
  interruptAfter?: ReadonlyArray<string> | string | null | undefined;
  streamModes?: ReadonlyArray<StreamMode> | StreamMode | null | undefined;
  onRunCompleted?: OnRunCompleted | null | undefined;
  multitaskStrategy?: MultitaskStrategy | null | undefined;
}>;


export type UpdateCronMutation = { readonly updateCron:
    | { readonly __typename: 'Cron', readonly id: string, readonly assistantId: string, readonly threadId: string | null, readonly onRunCompleted: OnRunCompleted | null, readonly multitaskStrategy: MultitaskStrategy | null, readonly schedule: string, readonly timezone: string | null, readonly endTime: string | null, readonly enabled: boolean, readonly nextRunAt: string | null, readonly lastRunAt: string | null, readonly lastError: string | null, readonly input: unknown, readonly config: unknown, readonly context: unknown, readonly webhook: string | null, readonly interruptBefore: ReadonlyArray<string> | null, readonly interruptAfter: ReadonlyArray<string> | null, readonly metadata: unknown, readonly createdAt: string, readonly updatedAt: string, readonly lastRun: { readonly id: string, readonly threadId: string, readonly status: RunStatus } | null }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly kind: string, readonly id: string }
    | { readonly __typename: 'ValidationError', readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type DeleteCronMutationVariables = Exact<{
  id: string;
}>;


export type DeleteCronMutation = { readonly deleteCron:
    | { readonly __typename: 'Deleted', readonly id: string }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly kind: string, readonly id: string }
   };

type Message_AiMessage_Fragment = { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null };

type Message_HumanMessage_Fragment = { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown };

type Message_OtherMessage_Fragment = { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown };

type Message_SystemMessage_Fragment = { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown };

type Message_ToolMessage_Fragment = { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown };

export type MessageFragment =
  | Message_AiMessage_Fragment
  | Message_HumanMessage_Fragment
  | Message_OtherMessage_Fragment
  | Message_SystemMessage_Fragment
  | Message_ToolMessage_Fragment
;

export type RunFragment = { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null };

export type ThreadFragment = { readonly __typename: 'Thread', readonly id: string, readonly status: ThreadStatus, readonly metadata: unknown, readonly createdAt: string, readonly updatedAt: string, readonly stateUpdatedAt: string, readonly activeRun: { readonly id: string } | null, readonly ttl: { readonly strategy: TtlStrategy, readonly minutes: number, readonly expiresAt: string | null } | null };

export type CheckpointFragment = { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown };

export type InterruptFragment = { readonly id: string, readonly value: unknown };

export type ThreadStateFragment = { readonly __typename: 'ThreadState', readonly values: unknown, readonly next: ReadonlyArray<string>, readonly metadata: unknown, readonly createdAt: string, readonly messages: ReadonlyArray<
    | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
    | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
  >, readonly tasks: ReadonlyArray<{ readonly id: string, readonly name: string, readonly path: ReadonlyArray<unknown>, readonly error: string | null, readonly result: unknown, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }>, readonly checkpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown } | null }>, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }>, readonly checkpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown }, readonly parentCheckpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown } | null, readonly incomplete: { readonly reason: StateIncompleteReason, readonly message: string, readonly unknown: ReadonlyArray<string> } | null };

export type PageInfoFragment = { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null };

export type ThreadBusyErrorFragment = { readonly __typename: 'ThreadBusyError', readonly message: string, readonly blockingRun: { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null } };

export type NotFoundErrorFragment = { readonly __typename: 'NotFoundError', readonly message: string, readonly kind: string, readonly id: string };

export type ValidationErrorFragment = { readonly __typename: 'ValidationError', readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> };

export type ThreadQueryVariables = Exact<{
  threadId: string;
}>;


export type ThreadQuery = { readonly thread: { readonly __typename: 'Thread', readonly id: string, readonly status: ThreadStatus, readonly metadata: unknown, readonly createdAt: string, readonly updatedAt: string, readonly stateUpdatedAt: string, readonly activeRun: { readonly id: string } | null, readonly ttl: { readonly strategy: TtlStrategy, readonly minutes: number, readonly expiresAt: string | null } | null } | null };

export type ThreadsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  ids?: ReadonlyArray<string> | string | null | undefined;
  status?: ReadonlyArray<ThreadStatus> | ThreadStatus | null | undefined;
  metadata?: unknown;
  values?: unknown;
  orderBy?: ThreadOrder | null | undefined;
}>;


export type ThreadsQuery = { readonly threads: { readonly nodes: ReadonlyArray<{ readonly __typename: 'Thread', readonly id: string, readonly status: ThreadStatus, readonly metadata: unknown, readonly createdAt: string, readonly updatedAt: string, readonly stateUpdatedAt: string, readonly activeRun: { readonly id: string } | null, readonly ttl: { readonly strategy: TtlStrategy, readonly minutes: number, readonly expiresAt: string | null } | null } | null>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } };

export type CountThreadsQueryVariables = Exact<{
  ids?: ReadonlyArray<string> | string | null | undefined;
  status?: ReadonlyArray<ThreadStatus> | ThreadStatus | null | undefined;
  metadata?: unknown;
  values?: unknown;
}>;


export type CountThreadsQuery = { readonly countThreads: number };

export type StateQueryVariables = Exact<{
  threadId: string;
  checkpointId?: string | null | undefined;
  checkpointNs?: string | null | undefined;
  subgraphs?: boolean;
}>;


export type StateQuery = { readonly thread: { readonly state: { readonly __typename: 'ThreadState', readonly values: unknown, readonly next: ReadonlyArray<string>, readonly metadata: unknown, readonly createdAt: string, readonly messages: ReadonlyArray<
        | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
        | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
      >, readonly tasks: ReadonlyArray<{ readonly id: string, readonly name: string, readonly path: ReadonlyArray<unknown>, readonly error: string | null, readonly result: unknown, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }>, readonly checkpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown } | null }>, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }>, readonly checkpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown }, readonly parentCheckpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown } | null, readonly incomplete: { readonly reason: StateIncompleteReason, readonly message: string, readonly unknown: ReadonlyArray<string> } | null } | null } | null };

export type HistoryQueryVariables = Exact<{
  threadId: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  metadata?: unknown;
  checkpointNs?: string | null | undefined;
}>;


export type HistoryQuery = { readonly thread: { readonly history: { readonly nodes: ReadonlyArray<{ readonly __typename: 'ThreadState', readonly values: unknown, readonly next: ReadonlyArray<string>, readonly metadata: unknown, readonly createdAt: string, readonly messages: ReadonlyArray<
          | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
          | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
          | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
          | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
          | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        >, readonly tasks: ReadonlyArray<{ readonly id: string, readonly name: string, readonly path: ReadonlyArray<unknown>, readonly error: string | null, readonly result: unknown, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }>, readonly checkpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown } | null }>, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }>, readonly checkpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown }, readonly parentCheckpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown } | null, readonly incomplete: { readonly reason: StateIncompleteReason, readonly message: string, readonly unknown: ReadonlyArray<string> } | null } | null>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } } | null };

export type RunQueryVariables = Exact<{
  runId: string;
}>;


export type RunQuery = { readonly run: { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null } | null };

export type RunsQueryVariables = Exact<{
  threadId: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  status?: ReadonlyArray<RunStatus> | RunStatus | null | undefined;
}>;


export type RunsQuery = { readonly thread: { readonly runs: { readonly totalCount: number, readonly nodes: ReadonlyArray<{ readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null } | null>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } } | null };

export type CreateThreadMutationVariables = Exact<{
  id?: string | null | undefined;
  metadata?: unknown;
  ifExists?: IfExists;
  ttl?: ThreadTtlInput | null | undefined;
  supersteps?: ReadonlyArray<SuperstepInput> | SuperstepInput | null | undefined;
}>;


export type CreateThreadMutation = { readonly createThread:
    | { readonly __typename: 'AlreadyExistsError', readonly message: string, readonly id: string }
    | { readonly __typename: 'Thread', readonly id: string, readonly status: ThreadStatus, readonly metadata: unknown, readonly createdAt: string, readonly updatedAt: string, readonly stateUpdatedAt: string, readonly activeRun: { readonly id: string } | null, readonly ttl: { readonly strategy: TtlStrategy, readonly minutes: number, readonly expiresAt: string | null } | null }
    | { readonly __typename: 'ValidationError', readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type UpdateThreadMutationVariables = Exact<{
  threadId: string;
  metadata?: unknown;
  ttl?: ThreadTtlInput | null | undefined;
}>;


export type UpdateThreadMutation = { readonly updateThread:
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly kind: string, readonly id: string }
    | { readonly __typename: 'Thread', readonly id: string, readonly status: ThreadStatus, readonly metadata: unknown, readonly createdAt: string, readonly updatedAt: string, readonly stateUpdatedAt: string, readonly activeRun: { readonly id: string } | null, readonly ttl: { readonly strategy: TtlStrategy, readonly minutes: number, readonly expiresAt: string | null } | null }
    | { readonly __typename: 'ValidationError', readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type DeleteThreadMutationVariables = Exact<{
  threadId: string;
}>;


export type DeleteThreadMutation = { readonly deleteThread:
    | { readonly __typename: 'Deleted', readonly id: string }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly kind: string, readonly id: string }
   };

export type CopyThreadMutationVariables = Exact<{
  threadId: string;
}>;


export type CopyThreadMutation = { readonly copyThread:
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly kind: string, readonly id: string }
    | { readonly __typename: 'Thread', readonly id: string, readonly status: ThreadStatus, readonly metadata: unknown, readonly createdAt: string, readonly updatedAt: string, readonly stateUpdatedAt: string, readonly activeRun: { readonly id: string } | null, readonly ttl: { readonly strategy: TtlStrategy, readonly minutes: number, readonly expiresAt: string | null } | null }
   };

export type PruneThreadsMutationVariables = Exact<{
  threadIds: ReadonlyArray<string> | string;
  strategy?: TtlStrategy;
}>;


export type PruneThreadsMutation = { readonly pruneThreads:
    | { readonly __typename: 'PrunedThreads', readonly pruned: ReadonlyArray<string>, readonly busy: ReadonlyArray<string> }
    | { readonly __typename: 'ValidationError', readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type BulkUpdateThreadStateMutationVariables = Exact<{
  threadId: string;
  supersteps: ReadonlyArray<SuperstepInput> | SuperstepInput;
}>;


export type BulkUpdateThreadStateMutation = { readonly bulkUpdateThreadState:
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly kind: string, readonly id: string }
    | { readonly __typename: 'ThreadBusyError', readonly message: string, readonly blockingRun: { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null } }
    | { readonly __typename: 'ThreadState', readonly values: unknown, readonly next: ReadonlyArray<string>, readonly metadata: unknown, readonly createdAt: string, readonly messages: ReadonlyArray<
        | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
        | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
      >, readonly tasks: ReadonlyArray<{ readonly id: string, readonly name: string, readonly path: ReadonlyArray<unknown>, readonly error: string | null, readonly result: unknown, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }>, readonly checkpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown } | null }>, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }>, readonly checkpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown }, readonly parentCheckpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown } | null, readonly incomplete: { readonly reason: StateIncompleteReason, readonly message: string, readonly unknown: ReadonlyArray<string> } | null }
    | { readonly __typename: 'ValidationError', readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type UpdateThreadStateMutationVariables = Exact<{
  threadId: string;
  values?: unknown;
  asNode?: string | null | undefined;
  checkpointId?: string | null | undefined;
  checkpointNs?: string | null | undefined;
}>;


export type UpdateThreadStateMutation = { readonly updateThreadState:
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly kind: string, readonly id: string }
    | { readonly __typename: 'ThreadBusyError', readonly message: string, readonly blockingRun: { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null } }
    | { readonly __typename: 'ThreadState', readonly values: unknown, readonly next: ReadonlyArray<string>, readonly metadata: unknown, readonly createdAt: string, readonly messages: ReadonlyArray<
        | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
        | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
      >, readonly tasks: ReadonlyArray<{ readonly id: string, readonly name: string, readonly path: ReadonlyArray<unknown>, readonly error: string | null, readonly result: unknown, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }>, readonly checkpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown } | null }>, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }>, readonly checkpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown }, readonly parentCheckpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown } | null, readonly incomplete: { readonly reason: StateIncompleteReason, readonly message: string, readonly unknown: ReadonlyArray<string> } | null }
    | { readonly __typename: 'ValidationError', readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type CreateRunMutationVariables = Exact<{
  threadId: string;
  assistantId: string;
  input?: unknown;
  command?: unknown;
  multitaskStrategy?: MultitaskStrategy;
  keepPartialOutput?: boolean;
  keepPendingInput?: boolean;
  config?: unknown;
  context?: unknown;
  metadata?: unknown;
  checkpointId?: string | null | undefined;
  interruptBefore?: ReadonlyArray<string> | string | null | undefined;
  interruptAfter?: ReadonlyArray<string> | string | null | undefined;
  afterSeconds?: number | null | undefined;
  timeoutSeconds?: number | null | undefined;
  streamModes?: ReadonlyArray<StreamMode> | StreamMode | null | undefined;
  webhook?: string | null | undefined;
  idempotencyKey?: string | null | undefined;
}>;


export type CreateRunMutation = { readonly createRun:
    | { readonly __typename: 'IdempotencyConflictError', readonly message: string, readonly idempotencyKey: string }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly kind: string, readonly id: string }
    | { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null }
    | { readonly __typename: 'ThreadBusyError', readonly message: string, readonly blockingRun: { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null } }
    | { readonly __typename: 'ValidationError', readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type CreateStatelessRunMutationVariables = Exact<{
  run: StatelessRunInput;
}>;


export type CreateStatelessRunMutation = { readonly createStatelessRun:
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly kind: string, readonly id: string }
    | { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null }
    | { readonly __typename: 'ValidationError', readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type CreateStatelessRunsMutationVariables = Exact<{
  runs: ReadonlyArray<StatelessRunInput> | StatelessRunInput;
}>;


export type CreateStatelessRunsMutation = { readonly createStatelessRuns:
    | { readonly __typename: 'CreatedRuns', readonly runs: ReadonlyArray<{ readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null }> }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly kind: string, readonly id: string }
    | { readonly __typename: 'ValidationError', readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type CancelRunsMutationVariables = Exact<{
  threadId?: string | null | undefined;
  runIds?: ReadonlyArray<string> | string | null | undefined;
  status?: ReadonlyArray<RunStatus> | RunStatus | null | undefined;
  action?: CancelAction;
}>;


export type CancelRunsMutation = { readonly cancelRuns:
    | { readonly __typename: 'CancelledRuns', readonly runs: ReadonlyArray<{ readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null }> }
    | { readonly __typename: 'ValidationError', readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type JoinRunMutationVariables = Exact<{
  threadId: string;
  runId: string;
  timeoutSeconds?: number | null | undefined;
}>;


export type JoinRunMutation = { readonly joinRun:
    | { readonly __typename: 'JoinTimeoutError', readonly message: string, readonly run: { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null } }
    | { readonly __typename: 'JoinedRun', readonly run: { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null }, readonly state: { readonly __typename: 'ThreadState', readonly values: unknown, readonly next: ReadonlyArray<string>, readonly metadata: unknown, readonly createdAt: string, readonly messages: ReadonlyArray<
          | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
          | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
          | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
          | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
          | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        >, readonly tasks: ReadonlyArray<{ readonly id: string, readonly name: string, readonly path: ReadonlyArray<unknown>, readonly error: string | null, readonly result: unknown, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }>, readonly checkpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown } | null }>, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }>, readonly checkpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown }, readonly parentCheckpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown } | null, readonly incomplete: { readonly reason: StateIncompleteReason, readonly message: string, readonly unknown: ReadonlyArray<string> } | null } | null }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly kind: string, readonly id: string }
   };

export type CancelRunMutationVariables = Exact<{
  threadId: string;
  runId: string;
  action?: CancelAction;
}>;


export type CancelRunMutation = { readonly cancelRun:
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly kind: string, readonly id: string }
    | { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null }
   };

export type DeleteRunMutationVariables = Exact<{
  threadId: string;
  runId: string;
}>;


export type DeleteRunMutation = { readonly deleteRun:
    | { readonly __typename: 'Deleted', readonly id: string }
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly kind: string, readonly id: string }
    | { readonly __typename: 'RunActiveError', readonly message: string, readonly run: { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null } }
   };

type MessageOfEvent_CheckpointChunk_Fragment = { readonly __typename: 'CheckpointChunk', readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type MessageOfEvent_CustomChunk_Fragment = { readonly __typename: 'CustomChunk', readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type MessageOfEvent_DebugChunk_Fragment = { readonly __typename: 'DebugChunk', readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type MessageOfEvent_EventsChunk_Fragment = { readonly __typename: 'EventsChunk', readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type MessageOfEvent_MessageCompleted_Fragment = { readonly __typename: 'MessageCompleted', readonly namespace: ReadonlyArray<string>, readonly node: string | null, readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly message:
    | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
    | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
   };

type MessageOfEvent_MessageDelta_Fragment = { readonly __typename: 'MessageDelta', readonly namespace: ReadonlyArray<string>, readonly node: string | null, readonly messageId: string, readonly text: string, readonly content: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type MessageOfEvent_MessageStarted_Fragment = { readonly __typename: 'MessageStarted', readonly namespace: ReadonlyArray<string>, readonly node: string | null, readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly message:
    | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
    | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
   };

type MessageOfEvent_MessagesReset_Fragment = { readonly __typename: 'MessagesReset', readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly messages: ReadonlyArray<
    | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
    | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
  > };

type MessageOfEvent_RunEnded_Fragment = { readonly __typename: 'RunEnded', readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type MessageOfEvent_RunQueued_Fragment = { readonly __typename: 'RunQueued', readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type MessageOfEvent_RunResumed_Fragment = { readonly __typename: 'RunResumed', readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type MessageOfEvent_RunRolledBack_Fragment = { readonly __typename: 'RunRolledBack', readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type MessageOfEvent_RunStarted_Fragment = { readonly __typename: 'RunStarted', readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type MessageOfEvent_RunStatusChanged_Fragment = { readonly __typename: 'RunStatusChanged', readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type MessageOfEvent_TaskChunk_Fragment = { readonly __typename: 'TaskChunk', readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type MessageOfEvent_UpdatesChunk_Fragment = { readonly __typename: 'UpdatesChunk', readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type MessageOfEvent_ValuesChunk_Fragment = { readonly __typename: 'ValuesChunk', readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

export type MessageOfEventFragment =
  | MessageOfEvent_CheckpointChunk_Fragment
  | MessageOfEvent_CustomChunk_Fragment
  | MessageOfEvent_DebugChunk_Fragment
  | MessageOfEvent_EventsChunk_Fragment
  | MessageOfEvent_MessageCompleted_Fragment
  | MessageOfEvent_MessageDelta_Fragment
  | MessageOfEvent_MessageStarted_Fragment
  | MessageOfEvent_MessagesReset_Fragment
  | MessageOfEvent_RunEnded_Fragment
  | MessageOfEvent_RunQueued_Fragment
  | MessageOfEvent_RunResumed_Fragment
  | MessageOfEvent_RunRolledBack_Fragment
  | MessageOfEvent_RunStarted_Fragment
  | MessageOfEvent_RunStatusChanged_Fragment
  | MessageOfEvent_TaskChunk_Fragment
  | MessageOfEvent_UpdatesChunk_Fragment
  | MessageOfEvent_ValuesChunk_Fragment
;

type RunEvent_CheckpointChunk_Fragment = { readonly __typename: 'CheckpointChunk', readonly namespace: ReadonlyArray<string>, readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly state: { readonly __typename: 'ThreadState', readonly values: unknown, readonly next: ReadonlyArray<string>, readonly metadata: unknown, readonly createdAt: string, readonly messages: ReadonlyArray<
      | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
      | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
      | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
      | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
      | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    >, readonly tasks: ReadonlyArray<{ readonly id: string, readonly name: string, readonly path: ReadonlyArray<unknown>, readonly error: string | null, readonly result: unknown, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }>, readonly checkpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown } | null }>, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }>, readonly checkpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown }, readonly parentCheckpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown } | null, readonly incomplete: { readonly reason: StateIncompleteReason, readonly message: string, readonly unknown: ReadonlyArray<string> } | null } };

type RunEvent_CustomChunk_Fragment = { readonly __typename: 'CustomChunk', readonly namespace: ReadonlyArray<string>, readonly node: string | null, readonly data: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type RunEvent_DebugChunk_Fragment = { readonly __typename: 'DebugChunk', readonly namespace: ReadonlyArray<string>, readonly data: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type RunEvent_EventsChunk_Fragment = { readonly __typename: 'EventsChunk', readonly data: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type RunEvent_MessageCompleted_Fragment = { readonly __typename: 'MessageCompleted', readonly namespace: ReadonlyArray<string>, readonly node: string | null, readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly message:
    | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
    | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
   };

type RunEvent_MessageDelta_Fragment = { readonly __typename: 'MessageDelta', readonly namespace: ReadonlyArray<string>, readonly node: string | null, readonly messageId: string, readonly text: string, readonly content: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type RunEvent_MessageStarted_Fragment = { readonly __typename: 'MessageStarted', readonly namespace: ReadonlyArray<string>, readonly node: string | null, readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly message:
    | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
    | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
   };

type RunEvent_MessagesReset_Fragment = { readonly __typename: 'MessagesReset', readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly messages: ReadonlyArray<
    | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
    | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
    | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
  > };

type RunEvent_RunEnded_Fragment = { readonly __typename: 'RunEnded', readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly run: { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null }, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }> };

type RunEvent_RunQueued_Fragment = { readonly __typename: 'RunQueued', readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly run: { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null } };

type RunEvent_RunResumed_Fragment = { readonly __typename: 'RunResumed', readonly attempt: number, readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type RunEvent_RunRolledBack_Fragment = { readonly __typename: 'RunRolledBack', readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type RunEvent_RunStarted_Fragment = { readonly __typename: 'RunStarted', readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly run: { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null } };

type RunEvent_RunStatusChanged_Fragment = { readonly __typename: 'RunStatusChanged', readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type RunEvent_TaskChunk_Fragment = { readonly __typename: 'TaskChunk', readonly namespace: ReadonlyArray<string>, readonly task: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

type RunEvent_UpdatesChunk_Fragment = { readonly __typename: 'UpdatesChunk', readonly namespace: ReadonlyArray<string>, readonly update: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly updatedBy: string };

type RunEvent_ValuesChunk_Fragment = { readonly __typename: 'ValuesChunk', readonly namespace: ReadonlyArray<string>, readonly values: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null };

export type RunEventFragment =
  | RunEvent_CheckpointChunk_Fragment
  | RunEvent_CustomChunk_Fragment
  | RunEvent_DebugChunk_Fragment
  | RunEvent_EventsChunk_Fragment
  | RunEvent_MessageCompleted_Fragment
  | RunEvent_MessageDelta_Fragment
  | RunEvent_MessageStarted_Fragment
  | RunEvent_MessagesReset_Fragment
  | RunEvent_RunEnded_Fragment
  | RunEvent_RunQueued_Fragment
  | RunEvent_RunResumed_Fragment
  | RunEvent_RunRolledBack_Fragment
  | RunEvent_RunStarted_Fragment
  | RunEvent_RunStatusChanged_Fragment
  | RunEvent_TaskChunk_Fragment
  | RunEvent_UpdatesChunk_Fragment
  | RunEvent_ValuesChunk_Fragment
;

export type MessagesSubscriptionVariables = Exact<{
  threadId: string;
  after?: string | null | undefined;
  fromStart?: boolean;
}>;


export type MessagesSubscription = { readonly event:
    | { readonly __typename: 'MessageCompleted', readonly namespace: ReadonlyArray<string>, readonly node: string | null, readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly message:
        | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
        | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
       }
    | { readonly __typename: 'MessageDelta', readonly namespace: ReadonlyArray<string>, readonly node: string | null, readonly messageId: string, readonly text: string, readonly content: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null }
    | { readonly __typename: 'MessageStarted', readonly namespace: ReadonlyArray<string>, readonly node: string | null, readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly message:
        | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
        | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
       }
    | { readonly __typename: 'MessagesReset', readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly messages: ReadonlyArray<
        | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
        | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
      > }
    | { readonly __typename: 'RunStatusChanged', readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly run: { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null } }
   };

export type PositionSubscriptionVariables = Exact<{
  threadId: string;
}>;


export type PositionSubscription = { readonly event:
    | { readonly __typename: 'MessageCompleted', readonly cursor: string }
    | { readonly __typename: 'MessageDelta', readonly cursor: string }
    | { readonly __typename: 'MessageStarted', readonly cursor: string }
    | { readonly __typename: 'MessagesReset', readonly cursor: string }
    | { readonly __typename: 'RunStatusChanged', readonly cursor: string }
   };

export type RunEventsSubscriptionVariables = Exact<{
  runId: string;
  after?: string | null | undefined;
  modes?: ReadonlyArray<StreamMode> | StreamMode | null | undefined;
}>;


export type RunEventsSubscription = { readonly event:
    | { readonly __typename: 'CheckpointChunk', readonly namespace: ReadonlyArray<string>, readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly state: { readonly __typename: 'ThreadState', readonly values: unknown, readonly next: ReadonlyArray<string>, readonly metadata: unknown, readonly createdAt: string, readonly messages: ReadonlyArray<
          | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
          | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
          | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
          | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
          | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        >, readonly tasks: ReadonlyArray<{ readonly id: string, readonly name: string, readonly path: ReadonlyArray<unknown>, readonly error: string | null, readonly result: unknown, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }>, readonly checkpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown } | null }>, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }>, readonly checkpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown }, readonly parentCheckpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown } | null, readonly incomplete: { readonly reason: StateIncompleteReason, readonly message: string, readonly unknown: ReadonlyArray<string> } | null } }
    | { readonly __typename: 'CustomChunk', readonly namespace: ReadonlyArray<string>, readonly node: string | null, readonly data: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null }
    | { readonly __typename: 'DebugChunk', readonly namespace: ReadonlyArray<string>, readonly data: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null }
    | { readonly __typename: 'EventsChunk', readonly data: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null }
    | { readonly __typename: 'MessageCompleted', readonly namespace: ReadonlyArray<string>, readonly node: string | null, readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly message:
        | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
        | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
       }
    | { readonly __typename: 'MessageDelta', readonly namespace: ReadonlyArray<string>, readonly node: string | null, readonly messageId: string, readonly text: string, readonly content: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null }
    | { readonly __typename: 'MessageStarted', readonly namespace: ReadonlyArray<string>, readonly node: string | null, readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly message:
        | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
        | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
       }
    | { readonly __typename: 'MessagesReset', readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly messages: ReadonlyArray<
        | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
        | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
      > }
    | { readonly __typename: 'RunEnded', readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly run: { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null }, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }> }
    | { readonly __typename: 'RunQueued', readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly run: { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null } }
    | { readonly __typename: 'RunResumed', readonly attempt: number, readonly cursor: string, readonly createdAt: string, readonly runId: string | null }
    | { readonly __typename: 'RunRolledBack', readonly cursor: string, readonly createdAt: string, readonly runId: string | null }
    | { readonly __typename: 'RunStarted', readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly run: { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null } }
    | { readonly __typename: 'TaskChunk', readonly namespace: ReadonlyArray<string>, readonly task: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null }
    | { readonly __typename: 'UpdatesChunk', readonly namespace: ReadonlyArray<string>, readonly update: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly updatedBy: string }
    | { readonly __typename: 'ValuesChunk', readonly namespace: ReadonlyArray<string>, readonly values: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null }
   };

export type ThreadEventsSubscriptionVariables = Exact<{
  threadId: string;
  after?: string | null | undefined;
  modes?: ReadonlyArray<StreamMode> | StreamMode | null | undefined;
}>;


export type ThreadEventsSubscription = { readonly event:
    | { readonly __typename: 'CheckpointChunk', readonly namespace: ReadonlyArray<string>, readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly state: { readonly __typename: 'ThreadState', readonly values: unknown, readonly next: ReadonlyArray<string>, readonly metadata: unknown, readonly createdAt: string, readonly messages: ReadonlyArray<
          | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
          | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
          | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
          | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
          | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        >, readonly tasks: ReadonlyArray<{ readonly id: string, readonly name: string, readonly path: ReadonlyArray<unknown>, readonly error: string | null, readonly result: unknown, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }>, readonly checkpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown } | null }>, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }>, readonly checkpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown }, readonly parentCheckpoint: { readonly threadId: string, readonly checkpointId: string, readonly checkpointNs: string, readonly checkpointMap: unknown } | null, readonly incomplete: { readonly reason: StateIncompleteReason, readonly message: string, readonly unknown: ReadonlyArray<string> } | null } }
    | { readonly __typename: 'CustomChunk', readonly namespace: ReadonlyArray<string>, readonly node: string | null, readonly data: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null }
    | { readonly __typename: 'DebugChunk', readonly namespace: ReadonlyArray<string>, readonly data: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null }
    | { readonly __typename: 'EventsChunk', readonly data: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null }
    | { readonly __typename: 'MessageCompleted', readonly namespace: ReadonlyArray<string>, readonly node: string | null, readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly message:
        | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
        | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
       }
    | { readonly __typename: 'MessageDelta', readonly namespace: ReadonlyArray<string>, readonly node: string | null, readonly messageId: string, readonly text: string, readonly content: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null }
    | { readonly __typename: 'MessageStarted', readonly namespace: ReadonlyArray<string>, readonly node: string | null, readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly message:
        | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
        | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
       }
    | { readonly __typename: 'MessagesReset', readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly messages: ReadonlyArray<
        | { readonly __typename: 'AIMessage', readonly partial: boolean, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown, readonly toolCalls: ReadonlyArray<{ readonly id: string | null, readonly name: string, readonly args: unknown }>, readonly usage: { readonly inputTokens: number, readonly outputTokens: number, readonly totalTokens: number } | null }
        | { readonly __typename: 'HumanMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'OtherMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'SystemMessage', readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
        | { readonly __typename: 'ToolMessage', readonly toolCallId: string, readonly status: string, readonly id: string | null, readonly type: string, readonly name: string | null, readonly text: string, readonly content: unknown, readonly additionalKwargs: unknown, readonly responseMetadata: unknown }
      > }
    | { readonly __typename: 'RunEnded', readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly run: { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null }, readonly interrupts: ReadonlyArray<{ readonly id: string, readonly value: unknown }> }
    | { readonly __typename: 'RunQueued', readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly run: { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null } }
    | { readonly __typename: 'RunResumed', readonly attempt: number, readonly cursor: string, readonly createdAt: string, readonly runId: string | null }
    | { readonly __typename: 'RunRolledBack', readonly cursor: string, readonly createdAt: string, readonly runId: string | null }
    | { readonly __typename: 'RunStarted', readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly run: { readonly __typename: 'Run', readonly id: string, readonly threadId: string, readonly assistantId: string, readonly status: RunStatus, readonly endReason: RunEndReason | null, readonly multitaskStrategy: MultitaskStrategy, readonly input: unknown, readonly command: unknown, readonly config: unknown, readonly context: unknown, readonly metadata: unknown, readonly queuePosition: number | null, readonly attempt: number, readonly webhook: string | null, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly error: { readonly name: string, readonly message: string } | null, readonly supersededBy: { readonly id: string } | null } }
    | { readonly __typename: 'TaskChunk', readonly namespace: ReadonlyArray<string>, readonly task: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null }
    | { readonly __typename: 'UpdatesChunk', readonly namespace: ReadonlyArray<string>, readonly update: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null, readonly updatedBy: string }
    | { readonly __typename: 'ValuesChunk', readonly namespace: ReadonlyArray<string>, readonly values: unknown, readonly cursor: string, readonly createdAt: string, readonly runId: string | null }
   };

export type StoreItemFragment = { readonly namespace: ReadonlyArray<string>, readonly key: string, readonly value: unknown, readonly createdAt: string, readonly updatedAt: string, readonly expiresAt: string | null };

export type PutStoreItemMutationVariables = Exact<{
  namespace: ReadonlyArray<string> | string;
  key: string;
  value: unknown;
  index?: ReadonlyArray<string> | string | null | undefined;
  ttlMinutes?: number | null | undefined;
}>;


export type PutStoreItemMutation = { readonly putStoreItem:
    | { readonly __typename: 'StoreItem', readonly namespace: ReadonlyArray<string>, readonly key: string, readonly value: unknown, readonly createdAt: string, readonly updatedAt: string, readonly expiresAt: string | null }
    | { readonly __typename: 'ValidationError', readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type DeleteStoreItemMutationVariables = Exact<{
  namespace: ReadonlyArray<string> | string;
  key: string;
}>;


export type DeleteStoreItemMutation = { readonly deleteStoreItem:
    | { readonly __typename: 'DeletedStoreItem', readonly namespace: ReadonlyArray<string>, readonly key: string, readonly existed: boolean }
    | { readonly __typename: 'ValidationError', readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type StoreItemQueryVariables = Exact<{
  namespace: ReadonlyArray<string> | string;
  key: string;
  refreshTtl?: boolean | null | undefined;
}>;


export type StoreItemQuery = { readonly storeItem: { readonly namespace: ReadonlyArray<string>, readonly key: string, readonly value: unknown, readonly createdAt: string, readonly updatedAt: string, readonly expiresAt: string | null } | null };

export type StoreItemsQueryVariables = Exact<{
  namespacePrefix?: ReadonlyArray<string> | string | null | undefined;
  filter?: unknown;
  query?: string | null | undefined;
  refreshTtl?: boolean | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type StoreItemsQuery = { readonly storeItems: { readonly edges: ReadonlyArray<{ readonly score: number | null, readonly node: { readonly namespace: ReadonlyArray<string>, readonly key: string, readonly value: unknown, readonly createdAt: string, readonly updatedAt: string, readonly expiresAt: string | null } | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } };

export type StoreNamespacesQueryVariables = Exact<{
  prefix?: ReadonlyArray<string> | string | null | undefined;
  suffix?: ReadonlyArray<string> | string | null | undefined;
  maxDepth?: number | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type StoreNamespacesQuery = { readonly storeNamespaces: { readonly nodes: ReadonlyArray<{ readonly labels: ReadonlyArray<string> } | null>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } };

export type WebhookDeliveryFragment = { readonly __typename: 'WebhookDelivery', readonly id: string, readonly runId: string, readonly threadId: string, readonly url: string, readonly status: WebhookDeliveryStatus, readonly attempts: number, readonly nextAttemptAt: string | null, readonly lastStatusCode: number | null, readonly lastError: string | null, readonly createdAt: string, readonly deliveredAt: string | null };

export type WebhookDeliveryQueryVariables = Exact<{
  id: string;
}>;


export type WebhookDeliveryQuery = { readonly webhookDelivery: { readonly __typename: 'WebhookDelivery', readonly id: string, readonly runId: string, readonly threadId: string, readonly url: string, readonly status: WebhookDeliveryStatus, readonly attempts: number, readonly nextAttemptAt: string | null, readonly lastStatusCode: number | null, readonly lastError: string | null, readonly createdAt: string, readonly deliveredAt: string | null } | null };

export type WebhookDeliveriesQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  status?: ReadonlyArray<WebhookDeliveryStatus> | WebhookDeliveryStatus | null | undefined;
  runId?: string | null | undefined;
}>;


export type WebhookDeliveriesQuery = { readonly webhookDeliveries: { readonly nodes: ReadonlyArray<{ readonly __typename: 'WebhookDelivery', readonly id: string, readonly runId: string, readonly threadId: string, readonly url: string, readonly status: WebhookDeliveryStatus, readonly attempts: number, readonly nextAttemptAt: string | null, readonly lastStatusCode: number | null, readonly lastError: string | null, readonly createdAt: string, readonly deliveredAt: string | null } | null>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } };

export type ResendWebhookMutationVariables = Exact<{
  id: string;
}>;


export type ResendWebhookMutation = { readonly resendWebhook:
    | { readonly __typename: 'NotFoundError', readonly message: string, readonly kind: string, readonly id: string }
    | { readonly __typename: 'WebhookDelivery', readonly id: string, readonly runId: string, readonly threadId: string, readonly url: string, readonly status: WebhookDeliveryStatus, readonly attempts: number, readonly nextAttemptAt: string | null, readonly lastStatusCode: number | null, readonly lastError: string | null, readonly createdAt: string, readonly deliveredAt: string | null }
   };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const AssistantFragmentDoc = new TypedDocumentString(`
    fragment Assistant on Assistant {
  __typename
  id
  graphId
  name
  description
  config
  context
  metadata
  version
  isDefault
  createdAt
  updatedAt
}
    `, {"fragmentName":"Assistant"}) as unknown as TypedDocumentString<AssistantFragment, unknown>;
export const GraphSchemasFragmentDoc = new TypedDocumentString(`
    fragment GraphSchemas on GraphSchemas {
  input
  output
  state
  config
  context
}
    `, {"fragmentName":"GraphSchemas"}) as unknown as TypedDocumentString<GraphSchemasFragment, unknown>;
export const CronFragmentDoc = new TypedDocumentString(`
    fragment Cron on Cron {
  __typename
  id
  assistantId
  threadId
  onRunCompleted
  multitaskStrategy
  schedule
  timezone
  endTime
  enabled
  nextRunAt
  lastRunAt
  lastRun {
    id
    threadId
    status
  }
  lastError
  input
  config
  context
  webhook
  interruptBefore
  interruptAfter
  metadata
  createdAt
  updatedAt
}
    `, {"fragmentName":"Cron"}) as unknown as TypedDocumentString<CronFragment, unknown>;
export const ThreadFragmentDoc = new TypedDocumentString(`
    fragment Thread on Thread {
  __typename
  id
  status
  metadata
  activeRun {
    id
  }
  ttl {
    strategy
    minutes
    expiresAt
  }
  createdAt
  updatedAt
  stateUpdatedAt
}
    `, {"fragmentName":"Thread"}) as unknown as TypedDocumentString<ThreadFragment, unknown>;
export const PageInfoFragmentDoc = new TypedDocumentString(`
    fragment PageInfo on PageInfo {
  hasNextPage
  hasPreviousPage
  startCursor
  endCursor
}
    `, {"fragmentName":"PageInfo"}) as unknown as TypedDocumentString<PageInfoFragment, unknown>;
export const RunFragmentDoc = new TypedDocumentString(`
    fragment Run on Run {
  __typename
  id
  threadId
  assistantId
  status
  endReason
  error {
    name
    message
  }
  multitaskStrategy
  supersededBy {
    id
  }
  input
  command
  config
  context
  metadata
  queuePosition
  attempt
  webhook
  createdAt
  startedAt
  finishedAt
}
    `, {"fragmentName":"Run"}) as unknown as TypedDocumentString<RunFragment, unknown>;
export const ThreadBusyErrorFragmentDoc = new TypedDocumentString(`
    fragment ThreadBusyError on ThreadBusyError {
  __typename
  message
  blockingRun {
    ...Run
  }
}
    fragment Run on Run {
  __typename
  id
  threadId
  assistantId
  status
  endReason
  error {
    name
    message
  }
  multitaskStrategy
  supersededBy {
    id
  }
  input
  command
  config
  context
  metadata
  queuePosition
  attempt
  webhook
  createdAt
  startedAt
  finishedAt
}`, {"fragmentName":"ThreadBusyError"}) as unknown as TypedDocumentString<ThreadBusyErrorFragment, unknown>;
export const NotFoundErrorFragmentDoc = new TypedDocumentString(`
    fragment NotFoundError on NotFoundError {
  __typename
  message
  kind
  id
}
    `, {"fragmentName":"NotFoundError"}) as unknown as TypedDocumentString<NotFoundErrorFragment, unknown>;
export const ValidationErrorFragmentDoc = new TypedDocumentString(`
    fragment ValidationError on ValidationError {
  __typename
  message
  issues {
    path
    message
  }
}
    `, {"fragmentName":"ValidationError"}) as unknown as TypedDocumentString<ValidationErrorFragment, unknown>;
export const MessageFragmentDoc = new TypedDocumentString(`
    fragment Message on Message {
  __typename
  id
  type
  name
  text
  content
  additionalKwargs
  responseMetadata
  ... on AIMessage {
    partial
    toolCalls {
      id
      name
      args
    }
    usage {
      inputTokens
      outputTokens
      totalTokens
    }
  }
  ... on ToolMessage {
    toolCallId
    status
  }
}
    `, {"fragmentName":"Message"}) as unknown as TypedDocumentString<MessageFragment, unknown>;
export const MessageOfEventFragmentDoc = new TypedDocumentString(`
    fragment MessageOfEvent on Event {
  __typename
  cursor
  createdAt
  runId
  ... on MessageStarted {
    namespace
    node
    message {
      ...Message
    }
  }
  ... on MessageDelta {
    namespace
    node
    messageId
    text
    content
  }
  ... on MessageCompleted {
    namespace
    node
    message {
      ...Message
    }
  }
  ... on MessagesReset {
    messages {
      ...Message
    }
  }
}
    fragment Message on Message {
  __typename
  id
  type
  name
  text
  content
  additionalKwargs
  responseMetadata
  ... on AIMessage {
    partial
    toolCalls {
      id
      name
      args
    }
    usage {
      inputTokens
      outputTokens
      totalTokens
    }
  }
  ... on ToolMessage {
    toolCallId
    status
  }
}`, {"fragmentName":"MessageOfEvent"}) as unknown as TypedDocumentString<MessageOfEventFragment, unknown>;
export const InterruptFragmentDoc = new TypedDocumentString(`
    fragment Interrupt on Interrupt {
  id
  value
}
    `, {"fragmentName":"Interrupt"}) as unknown as TypedDocumentString<InterruptFragment, unknown>;
export const CheckpointFragmentDoc = new TypedDocumentString(`
    fragment Checkpoint on Checkpoint {
  threadId
  checkpointId
  checkpointNs
  checkpointMap
}
    `, {"fragmentName":"Checkpoint"}) as unknown as TypedDocumentString<CheckpointFragment, unknown>;
export const ThreadStateFragmentDoc = new TypedDocumentString(`
    fragment ThreadState on ThreadState {
  __typename
  values
  messages {
    ...Message
  }
  next
  tasks {
    id
    name
    path
    error
    interrupts {
      ...Interrupt
    }
    checkpoint {
      ...Checkpoint
    }
    result
  }
  interrupts {
    ...Interrupt
  }
  checkpoint {
    ...Checkpoint
  }
  parentCheckpoint {
    ...Checkpoint
  }
  metadata
  createdAt
  incomplete {
    reason
    message
    unknown
  }
}
    fragment Message on Message {
  __typename
  id
  type
  name
  text
  content
  additionalKwargs
  responseMetadata
  ... on AIMessage {
    partial
    toolCalls {
      id
      name
      args
    }
    usage {
      inputTokens
      outputTokens
      totalTokens
    }
  }
  ... on ToolMessage {
    toolCallId
    status
  }
}
fragment Checkpoint on Checkpoint {
  threadId
  checkpointId
  checkpointNs
  checkpointMap
}
fragment Interrupt on Interrupt {
  id
  value
}`, {"fragmentName":"ThreadState"}) as unknown as TypedDocumentString<ThreadStateFragment, unknown>;
export const RunEventFragmentDoc = new TypedDocumentString(`
    fragment RunEvent on Event {
  ...MessageOfEvent
  ... on RunQueued {
    run {
      ...Run
    }
  }
  ... on RunStarted {
    run {
      ...Run
    }
  }
  ... on RunResumed {
    attempt
  }
  ... on RunEnded {
    run {
      ...Run
    }
    interrupts {
      ...Interrupt
    }
  }
  ... on ValuesChunk {
    namespace
    values
  }
  ... on UpdatesChunk {
    namespace
    updatedBy: node
    update
  }
  ... on CustomChunk {
    namespace
    node
    data
  }
  ... on TaskChunk {
    namespace
    task
  }
  ... on CheckpointChunk {
    namespace
    state {
      ...ThreadState
    }
  }
  ... on DebugChunk {
    namespace
    data
  }
  ... on EventsChunk {
    data
  }
}
    fragment Message on Message {
  __typename
  id
  type
  name
  text
  content
  additionalKwargs
  responseMetadata
  ... on AIMessage {
    partial
    toolCalls {
      id
      name
      args
    }
    usage {
      inputTokens
      outputTokens
      totalTokens
    }
  }
  ... on ToolMessage {
    toolCallId
    status
  }
}
fragment Run on Run {
  __typename
  id
  threadId
  assistantId
  status
  endReason
  error {
    name
    message
  }
  multitaskStrategy
  supersededBy {
    id
  }
  input
  command
  config
  context
  metadata
  queuePosition
  attempt
  webhook
  createdAt
  startedAt
  finishedAt
}
fragment Checkpoint on Checkpoint {
  threadId
  checkpointId
  checkpointNs
  checkpointMap
}
fragment Interrupt on Interrupt {
  id
  value
}
fragment ThreadState on ThreadState {
  __typename
  values
  messages {
    ...Message
  }
  next
  tasks {
    id
    name
    path
    error
    interrupts {
      ...Interrupt
    }
    checkpoint {
      ...Checkpoint
    }
    result
  }
  interrupts {
    ...Interrupt
  }
  checkpoint {
    ...Checkpoint
  }
  parentCheckpoint {
    ...Checkpoint
  }
  metadata
  createdAt
  incomplete {
    reason
    message
    unknown
  }
}
fragment MessageOfEvent on Event {
  __typename
  cursor
  createdAt
  runId
  ... on MessageStarted {
    namespace
    node
    message {
      ...Message
    }
  }
  ... on MessageDelta {
    namespace
    node
    messageId
    text
    content
  }
  ... on MessageCompleted {
    namespace
    node
    message {
      ...Message
    }
  }
  ... on MessagesReset {
    messages {
      ...Message
    }
  }
}`, {"fragmentName":"RunEvent"}) as unknown as TypedDocumentString<RunEventFragment, unknown>;
export const StoreItemFragmentDoc = new TypedDocumentString(`
    fragment StoreItem on StoreItem {
  namespace
  key
  value
  createdAt
  updatedAt
  expiresAt
}
    `, {"fragmentName":"StoreItem"}) as unknown as TypedDocumentString<StoreItemFragment, unknown>;
export const WebhookDeliveryFragmentDoc = new TypedDocumentString(`
    fragment WebhookDelivery on WebhookDelivery {
  __typename
  id
  runId
  threadId
  url
  status
  attempts
  nextAttemptAt
  lastStatusCode
  lastError
  createdAt
  deliveredAt
}
    `, {"fragmentName":"WebhookDelivery"}) as unknown as TypedDocumentString<WebhookDeliveryFragment, unknown>;
export const AssistantDocument = new TypedDocumentString(`
    query Assistant($id: ID!) {
  assistant(id: $id) {
    ...Assistant
  }
}
    fragment Assistant on Assistant {
  __typename
  id
  graphId
  name
  description
  config
  context
  metadata
  version
  isDefault
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<AssistantQuery, AssistantQueryVariables>;
export const AssistantsDocument = new TypedDocumentString(`
    query Assistants($first: Int, $after: String, $last: Int, $before: String, $graphId: String, $name: String, $metadata: JSON, $orderBy: AssistantOrder) {
  assistants(
    first: $first
    after: $after
    last: $last
    before: $before
    graphId: $graphId
    name: $name
    metadata: $metadata
    orderBy: $orderBy
  ) {
    nodes {
      ...Assistant
    }
    pageInfo {
      ...PageInfo
    }
    totalCount
  }
}
    fragment Assistant on Assistant {
  __typename
  id
  graphId
  name
  description
  config
  context
  metadata
  version
  isDefault
  createdAt
  updatedAt
}
fragment PageInfo on PageInfo {
  hasNextPage
  hasPreviousPage
  startCursor
  endCursor
}`) as unknown as TypedDocumentString<AssistantsQuery, AssistantsQueryVariables>;
export const AssistantVersionsDocument = new TypedDocumentString(`
    query AssistantVersions($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $metadata: JSON) {
  assistant(id: $id) {
    versions(
      first: $first
      after: $after
      last: $last
      before: $before
      metadata: $metadata
    ) {
      nodes {
        version
        graphId
        name
        description
        config
        context
        metadata
        createdAt
      }
      pageInfo {
        ...PageInfo
      }
      totalCount
    }
  }
}
    fragment PageInfo on PageInfo {
  hasNextPage
  hasPreviousPage
  startCursor
  endCursor
}`) as unknown as TypedDocumentString<AssistantVersionsQuery, AssistantVersionsQueryVariables>;
export const AssistantGraphDocument = new TypedDocumentString(`
    query AssistantGraph($id: ID!, $xray: Int! = 0) {
  assistant(id: $id) {
    graph(xray: $xray) {
      __typename
      ... on AssistantGraph {
        nodes {
          id
          type
          data
          metadata
        }
        edges {
          source
          target
          label
          conditional
        }
        mermaid
      }
      ...ValidationError
    }
  }
}
    fragment ValidationError on ValidationError {
  __typename
  message
  issues {
    path
    message
  }
}`) as unknown as TypedDocumentString<AssistantGraphQuery, AssistantGraphQueryVariables>;
export const AssistantSchemasDocument = new TypedDocumentString(`
    query AssistantSchemas($id: ID!) {
  assistant(id: $id) {
    schemas {
      __typename
      ...GraphSchemas
      ...ValidationError
    }
  }
}
    fragment GraphSchemas on GraphSchemas {
  input
  output
  state
  config
  context
}
fragment ValidationError on ValidationError {
  __typename
  message
  issues {
    path
    message
  }
}`) as unknown as TypedDocumentString<AssistantSchemasQuery, AssistantSchemasQueryVariables>;
export const AssistantSubgraphsDocument = new TypedDocumentString(`
    query AssistantSubgraphs($id: ID!, $namespace: String, $recurse: Boolean! = false) {
  assistant(id: $id) {
    subgraphs(namespace: $namespace, recurse: $recurse) {
      __typename
      ... on Subgraphs {
        subgraphs {
          namespace
          schemas {
            ...GraphSchemas
          }
        }
      }
      ...ValidationError
    }
  }
}
    fragment GraphSchemas on GraphSchemas {
  input
  output
  state
  config
  context
}
fragment ValidationError on ValidationError {
  __typename
  message
  issues {
    path
    message
  }
}`) as unknown as TypedDocumentString<AssistantSubgraphsQuery, AssistantSubgraphsQueryVariables>;
export const CreateAssistantDocument = new TypedDocumentString(`
    mutation CreateAssistant($graphId: ID!, $id: ID, $name: String, $description: String, $config: JSON, $context: JSON, $metadata: JSON, $ifExists: IfExists! = RAISE) {
  createAssistant(
    graphId: $graphId
    id: $id
    name: $name
    description: $description
    config: $config
    context: $context
    metadata: $metadata
    ifExists: $ifExists
  ) {
    __typename
    ...Assistant
    ... on AlreadyExistsError {
      message
      id
    }
    ...NotFoundError
    ...ValidationError
  }
}
    fragment Assistant on Assistant {
  __typename
  id
  graphId
  name
  description
  config
  context
  metadata
  version
  isDefault
  createdAt
  updatedAt
}
fragment NotFoundError on NotFoundError {
  __typename
  message
  kind
  id
}
fragment ValidationError on ValidationError {
  __typename
  message
  issues {
    path
    message
  }
}`) as unknown as TypedDocumentString<CreateAssistantMutation, CreateAssistantMutationVariables>;
export const UpdateAssistantDocument = new TypedDocumentString(`
    mutation UpdateAssistant($id: ID!, $graphId: ID, $name: String, $description: String, $config: JSON, $context: JSON, $metadata: JSON) {
  updateAssistant(
    id: $id
    graphId: $graphId
    name: $name
    description: $description
    config: $config
    context: $context
    metadata: $metadata
  ) {
    __typename
    ...Assistant
    ...NotFoundError
    ...ValidationError
  }
}
    fragment Assistant on Assistant {
  __typename
  id
  graphId
  name
  description
  config
  context
  metadata
  version
  isDefault
  createdAt
  updatedAt
}
fragment NotFoundError on NotFoundError {
  __typename
  message
  kind
  id
}
fragment ValidationError on ValidationError {
  __typename
  message
  issues {
    path
    message
  }
}`) as unknown as TypedDocumentString<UpdateAssistantMutation, UpdateAssistantMutationVariables>;
export const SetLatestAssistantVersionDocument = new TypedDocumentString(`
    mutation SetLatestAssistantVersion($id: ID!, $version: Int!) {
  setLatestAssistantVersion(id: $id, version: $version) {
    __typename
    ...Assistant
    ...NotFoundError
  }
}
    fragment Assistant on Assistant {
  __typename
  id
  graphId
  name
  description
  config
  context
  metadata
  version
  isDefault
  createdAt
  updatedAt
}
fragment NotFoundError on NotFoundError {
  __typename
  message
  kind
  id
}`) as unknown as TypedDocumentString<SetLatestAssistantVersionMutation, SetLatestAssistantVersionMutationVariables>;
export const DeleteAssistantDocument = new TypedDocumentString(`
    mutation DeleteAssistant($id: ID!, $deleteThreads: Boolean! = false) {
  deleteAssistant(id: $id, deleteThreads: $deleteThreads) {
    __typename
    ... on Deleted {
      id
    }
    ...NotFoundError
    ...ValidationError
  }
}
    fragment NotFoundError on NotFoundError {
  __typename
  message
  kind
  id
}
fragment ValidationError on ValidationError {
  __typename
  message
  issues {
    path
    message
  }
}`) as unknown as TypedDocumentString<DeleteAssistantMutation, DeleteAssistantMutationVariables>;
export const CronDocument = new TypedDocumentString(`
    query Cron($id: ID!) {
  cron(id: $id) {
    ...Cron
  }
}
    fragment Cron on Cron {
  __typename
  id
  assistantId
  threadId
  onRunCompleted
  multitaskStrategy
  schedule
  timezone
  endTime
  enabled
  nextRunAt
  lastRunAt
  lastRun {
    id
    threadId
    status
  }
  lastError
  input
  config
  context
  webhook
  interruptBefore
  interruptAfter
  metadata
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<CronQuery, CronQueryVariables>;
export const CronsDocument = new TypedDocumentString(`
    query Crons($first: Int, $after: String, $last: Int, $before: String, $assistantId: ID, $threadId: ID, $enabled: Boolean, $metadata: JSON) {
  crons(
    first: $first
    after: $after
    last: $last
    before: $before
    assistantId: $assistantId
    threadId: $threadId
    enabled: $enabled
    metadata: $metadata
  ) {
    nodes {
      ...Cron
    }
    pageInfo {
      ...PageInfo
    }
  }
}
    fragment Cron on Cron {
  __typename
  id
  assistantId
  threadId
  onRunCompleted
  multitaskStrategy
  schedule
  timezone
  endTime
  enabled
  nextRunAt
  lastRunAt
  lastRun {
    id
    threadId
    status
  }
  lastError
  input
  config
  context
  webhook
  interruptBefore
  interruptAfter
  metadata
  createdAt
  updatedAt
}
fragment PageInfo on PageInfo {
  hasNextPage
  hasPreviousPage
  startCursor
  endCursor
}`) as unknown as TypedDocumentString<CronsQuery, CronsQueryVariables>;
export const CountCronsDocument = new TypedDocumentString(`
    query CountCrons($assistantId: ID, $threadId: ID, $enabled: Boolean, $metadata: JSON) {
  countCrons(
    assistantId: $assistantId
    threadId: $threadId
    enabled: $enabled
    metadata: $metadata
  )
}
    `) as unknown as TypedDocumentString<CountCronsQuery, CountCronsQueryVariables>;
export const CreateCronDocument = new TypedDocumentString(`
    mutation CreateCron($assistantId: ID!, $threadId: ID, $schedule: String!, $timezone: String, $endTime: DateTime, $enabled: Boolean! = true, $input: JSON, $config: JSON, $context: JSON, $metadata: JSON, $webhook: URL, $interruptBefore: [String!], $interruptAfter: [String!], $streamModes: [StreamMode!], $onRunCompleted: OnRunCompleted, $multitaskStrategy: MultitaskStrategy) {
  createCron(
    assistantId: $assistantId
    threadId: $threadId
    schedule: $schedule
    timezone: $timezone
    endTime: $endTime
    enabled: $enabled
    input: $input
    config: $config
    context: $context
    metadata: $metadata
    webhook: $webhook
    interruptBefore: $interruptBefore
    interruptAfter: $interruptAfter
    streamModes: $streamModes
    onRunCompleted: $onRunCompleted
    multitaskStrategy: $multitaskStrategy
  ) {
    __typename
    ...Cron
    ...NotFoundError
    ...ValidationError
  }
}
    fragment Cron on Cron {
  __typename
  id
  assistantId
  threadId
  onRunCompleted
  multitaskStrategy
  schedule
  timezone
  endTime
  enabled
  nextRunAt
  lastRunAt
  lastRun {
    id
    threadId
    status
  }
  lastError
  input
  config
  context
  webhook
  interruptBefore
  interruptAfter
  metadata
  createdAt
  updatedAt
}
fragment NotFoundError on NotFoundError {
  __typename
  message
  kind
  id
}
fragment ValidationError on ValidationError {
  __typename
  message
  issues {
    path
    message
  }
}`) as unknown as TypedDocumentString<CreateCronMutation, CreateCronMutationVariables>;
export const UpdateCronDocument = new TypedDocumentString(`
    mutation UpdateCron($id: ID!, $schedule: String, $timezone: String, $endTime: DateTime, $enabled: Boolean, $input: JSON, $config: JSON, $context: JSON, $metadata: JSON, $webhook: URL, $interruptBefore: [String!], $interruptAfter: [String!], $streamModes: [StreamMode!], $onRunCompleted: OnRunCompleted, $multitaskStrategy: MultitaskStrategy) {
  updateCron(
    id: $id
    schedule: $schedule
    timezone: $timezone
    endTime: $endTime
    enabled: $enabled
    input: $input
    config: $config
    context: $context
    metadata: $metadata
    webhook: $webhook
    interruptBefore: $interruptBefore
    interruptAfter: $interruptAfter
    streamModes: $streamModes
    onRunCompleted: $onRunCompleted
    multitaskStrategy: $multitaskStrategy
  ) {
    __typename
    ...Cron
    ...NotFoundError
    ...ValidationError
  }
}
    fragment Cron on Cron {
  __typename
  id
  assistantId
  threadId
  onRunCompleted
  multitaskStrategy
  schedule
  timezone
  endTime
  enabled
  nextRunAt
  lastRunAt
  lastRun {
    id
    threadId
    status
  }
  lastError
  input
  config
  context
  webhook
  interruptBefore
  interruptAfter
  metadata
  createdAt
  updatedAt
}
fragment NotFoundError on NotFoundError {
  __typename
  message
  kind
  id
}
fragment ValidationError on ValidationError {
  __typename
  message
  issues {
    path
    message
  }
}`) as unknown as TypedDocumentString<UpdateCronMutation, UpdateCronMutationVariables>;
export const DeleteCronDocument = new TypedDocumentString(`
    mutation DeleteCron($id: ID!) {
  deleteCron(id: $id) {
    __typename
    ... on Deleted {
      id
    }
    ...NotFoundError
  }
}
    fragment NotFoundError on NotFoundError {
  __typename
  message
  kind
  id
}`) as unknown as TypedDocumentString<DeleteCronMutation, DeleteCronMutationVariables>;
export const ThreadDocument = new TypedDocumentString(`
    query Thread($threadId: ID!) {
  thread(id: $threadId) {
    ...Thread
  }
}
    fragment Thread on Thread {
  __typename
  id
  status
  metadata
  activeRun {
    id
  }
  ttl {
    strategy
    minutes
    expiresAt
  }
  createdAt
  updatedAt
  stateUpdatedAt
}`) as unknown as TypedDocumentString<ThreadQuery, ThreadQueryVariables>;
export const ThreadsDocument = new TypedDocumentString(`
    query Threads($first: Int, $after: String, $last: Int, $before: String, $ids: [ID!], $status: [ThreadStatus!], $metadata: JSON, $values: JSON, $orderBy: ThreadOrder) {
  threads(
    first: $first
    after: $after
    last: $last
    before: $before
    ids: $ids
    status: $status
    metadata: $metadata
    values: $values
    orderBy: $orderBy
  ) {
    nodes {
      ...Thread
    }
    pageInfo {
      ...PageInfo
    }
  }
}
    fragment Thread on Thread {
  __typename
  id
  status
  metadata
  activeRun {
    id
  }
  ttl {
    strategy
    minutes
    expiresAt
  }
  createdAt
  updatedAt
  stateUpdatedAt
}
fragment PageInfo on PageInfo {
  hasNextPage
  hasPreviousPage
  startCursor
  endCursor
}`) as unknown as TypedDocumentString<ThreadsQuery, ThreadsQueryVariables>;
export const CountThreadsDocument = new TypedDocumentString(`
    query CountThreads($ids: [ID!], $status: [ThreadStatus!], $metadata: JSON, $values: JSON) {
  countThreads(ids: $ids, status: $status, metadata: $metadata, values: $values)
}
    `) as unknown as TypedDocumentString<CountThreadsQuery, CountThreadsQueryVariables>;
export const StateDocument = new TypedDocumentString(`
    query State($threadId: ID!, $checkpointId: ID, $checkpointNs: String, $subgraphs: Boolean! = false) {
  thread(id: $threadId) {
    state(
      checkpointId: $checkpointId
      checkpointNs: $checkpointNs
      subgraphs: $subgraphs
    ) {
      ...ThreadState
    }
  }
}
    fragment Message on Message {
  __typename
  id
  type
  name
  text
  content
  additionalKwargs
  responseMetadata
  ... on AIMessage {
    partial
    toolCalls {
      id
      name
      args
    }
    usage {
      inputTokens
      outputTokens
      totalTokens
    }
  }
  ... on ToolMessage {
    toolCallId
    status
  }
}
fragment Checkpoint on Checkpoint {
  threadId
  checkpointId
  checkpointNs
  checkpointMap
}
fragment Interrupt on Interrupt {
  id
  value
}
fragment ThreadState on ThreadState {
  __typename
  values
  messages {
    ...Message
  }
  next
  tasks {
    id
    name
    path
    error
    interrupts {
      ...Interrupt
    }
    checkpoint {
      ...Checkpoint
    }
    result
  }
  interrupts {
    ...Interrupt
  }
  checkpoint {
    ...Checkpoint
  }
  parentCheckpoint {
    ...Checkpoint
  }
  metadata
  createdAt
  incomplete {
    reason
    message
    unknown
  }
}`) as unknown as TypedDocumentString<StateQuery, StateQueryVariables>;
export const HistoryDocument = new TypedDocumentString(`
    query History($threadId: ID!, $first: Int, $after: String, $last: Int, $before: String, $metadata: JSON, $checkpointNs: String) {
  thread(id: $threadId) {
    history(
      first: $first
      after: $after
      last: $last
      before: $before
      metadata: $metadata
      checkpointNs: $checkpointNs
    ) {
      nodes {
        ...ThreadState
      }
      pageInfo {
        ...PageInfo
      }
    }
  }
}
    fragment Message on Message {
  __typename
  id
  type
  name
  text
  content
  additionalKwargs
  responseMetadata
  ... on AIMessage {
    partial
    toolCalls {
      id
      name
      args
    }
    usage {
      inputTokens
      outputTokens
      totalTokens
    }
  }
  ... on ToolMessage {
    toolCallId
    status
  }
}
fragment Checkpoint on Checkpoint {
  threadId
  checkpointId
  checkpointNs
  checkpointMap
}
fragment Interrupt on Interrupt {
  id
  value
}
fragment ThreadState on ThreadState {
  __typename
  values
  messages {
    ...Message
  }
  next
  tasks {
    id
    name
    path
    error
    interrupts {
      ...Interrupt
    }
    checkpoint {
      ...Checkpoint
    }
    result
  }
  interrupts {
    ...Interrupt
  }
  checkpoint {
    ...Checkpoint
  }
  parentCheckpoint {
    ...Checkpoint
  }
  metadata
  createdAt
  incomplete {
    reason
    message
    unknown
  }
}
fragment PageInfo on PageInfo {
  hasNextPage
  hasPreviousPage
  startCursor
  endCursor
}`) as unknown as TypedDocumentString<HistoryQuery, HistoryQueryVariables>;
export const RunDocument = new TypedDocumentString(`
    query Run($runId: ID!) {
  run(id: $runId) {
    ...Run
  }
}
    fragment Run on Run {
  __typename
  id
  threadId
  assistantId
  status
  endReason
  error {
    name
    message
  }
  multitaskStrategy
  supersededBy {
    id
  }
  input
  command
  config
  context
  metadata
  queuePosition
  attempt
  webhook
  createdAt
  startedAt
  finishedAt
}`) as unknown as TypedDocumentString<RunQuery, RunQueryVariables>;
export const RunsDocument = new TypedDocumentString(`
    query Runs($threadId: ID!, $first: Int, $after: String, $last: Int, $before: String, $status: [RunStatus!]) {
  thread(id: $threadId) {
    runs(
      first: $first
      after: $after
      last: $last
      before: $before
      status: $status
    ) {
      nodes {
        ...Run
      }
      pageInfo {
        ...PageInfo
      }
      totalCount
    }
  }
}
    fragment Run on Run {
  __typename
  id
  threadId
  assistantId
  status
  endReason
  error {
    name
    message
  }
  multitaskStrategy
  supersededBy {
    id
  }
  input
  command
  config
  context
  metadata
  queuePosition
  attempt
  webhook
  createdAt
  startedAt
  finishedAt
}
fragment PageInfo on PageInfo {
  hasNextPage
  hasPreviousPage
  startCursor
  endCursor
}`) as unknown as TypedDocumentString<RunsQuery, RunsQueryVariables>;
export const CreateThreadDocument = new TypedDocumentString(`
    mutation CreateThread($id: ID, $metadata: JSON, $ifExists: IfExists! = RAISE, $ttl: ThreadTtlInput, $supersteps: [SuperstepInput!]) {
  createThread(
    id: $id
    metadata: $metadata
    ifExists: $ifExists
    ttl: $ttl
    supersteps: $supersteps
  ) {
    __typename
    ...Thread
    ... on AlreadyExistsError {
      message
      id
    }
    ...ValidationError
  }
}
    fragment Thread on Thread {
  __typename
  id
  status
  metadata
  activeRun {
    id
  }
  ttl {
    strategy
    minutes
    expiresAt
  }
  createdAt
  updatedAt
  stateUpdatedAt
}
fragment ValidationError on ValidationError {
  __typename
  message
  issues {
    path
    message
  }
}`) as unknown as TypedDocumentString<CreateThreadMutation, CreateThreadMutationVariables>;
export const UpdateThreadDocument = new TypedDocumentString(`
    mutation UpdateThread($threadId: ID!, $metadata: JSON, $ttl: ThreadTtlInput) {
  updateThread(id: $threadId, metadata: $metadata, ttl: $ttl) {
    __typename
    ...Thread
    ...NotFoundError
    ...ValidationError
  }
}
    fragment Thread on Thread {
  __typename
  id
  status
  metadata
  activeRun {
    id
  }
  ttl {
    strategy
    minutes
    expiresAt
  }
  createdAt
  updatedAt
  stateUpdatedAt
}
fragment NotFoundError on NotFoundError {
  __typename
  message
  kind
  id
}
fragment ValidationError on ValidationError {
  __typename
  message
  issues {
    path
    message
  }
}`) as unknown as TypedDocumentString<UpdateThreadMutation, UpdateThreadMutationVariables>;
export const DeleteThreadDocument = new TypedDocumentString(`
    mutation DeleteThread($threadId: ID!) {
  deleteThread(id: $threadId) {
    __typename
    ... on Deleted {
      id
    }
    ...NotFoundError
  }
}
    fragment NotFoundError on NotFoundError {
  __typename
  message
  kind
  id
}`) as unknown as TypedDocumentString<DeleteThreadMutation, DeleteThreadMutationVariables>;
export const CopyThreadDocument = new TypedDocumentString(`
    mutation CopyThread($threadId: ID!) {
  copyThread(threadId: $threadId) {
    __typename
    ...Thread
    ...NotFoundError
  }
}
    fragment Thread on Thread {
  __typename
  id
  status
  metadata
  activeRun {
    id
  }
  ttl {
    strategy
    minutes
    expiresAt
  }
  createdAt
  updatedAt
  stateUpdatedAt
}
fragment NotFoundError on NotFoundError {
  __typename
  message
  kind
  id
}`) as unknown as TypedDocumentString<CopyThreadMutation, CopyThreadMutationVariables>;
export const PruneThreadsDocument = new TypedDocumentString(`
    mutation PruneThreads($threadIds: [ID!]!, $strategy: TtlStrategy! = DELETE) {
  pruneThreads(threadIds: $threadIds, strategy: $strategy) {
    __typename
    ... on PrunedThreads {
      pruned
      busy
    }
    ...ValidationError
  }
}
    fragment ValidationError on ValidationError {
  __typename
  message
  issues {
    path
    message
  }
}`) as unknown as TypedDocumentString<PruneThreadsMutation, PruneThreadsMutationVariables>;
export const BulkUpdateThreadStateDocument = new TypedDocumentString(`
    mutation BulkUpdateThreadState($threadId: ID!, $supersteps: [SuperstepInput!]!) {
  bulkUpdateThreadState(threadId: $threadId, supersteps: $supersteps) {
    __typename
    ...ThreadState
    ...NotFoundError
    ...ThreadBusyError
    ...ValidationError
  }
}
    fragment Message on Message {
  __typename
  id
  type
  name
  text
  content
  additionalKwargs
  responseMetadata
  ... on AIMessage {
    partial
    toolCalls {
      id
      name
      args
    }
    usage {
      inputTokens
      outputTokens
      totalTokens
    }
  }
  ... on ToolMessage {
    toolCallId
    status
  }
}
fragment Run on Run {
  __typename
  id
  threadId
  assistantId
  status
  endReason
  error {
    name
    message
  }
  multitaskStrategy
  supersededBy {
    id
  }
  input
  command
  config
  context
  metadata
  queuePosition
  attempt
  webhook
  createdAt
  startedAt
  finishedAt
}
fragment Checkpoint on Checkpoint {
  threadId
  checkpointId
  checkpointNs
  checkpointMap
}
fragment Interrupt on Interrupt {
  id
  value
}
fragment ThreadState on ThreadState {
  __typename
  values
  messages {
    ...Message
  }
  next
  tasks {
    id
    name
    path
    error
    interrupts {
      ...Interrupt
    }
    checkpoint {
      ...Checkpoint
    }
    result
  }
  interrupts {
    ...Interrupt
  }
  checkpoint {
    ...Checkpoint
  }
  parentCheckpoint {
    ...Checkpoint
  }
  metadata
  createdAt
  incomplete {
    reason
    message
    unknown
  }
}
fragment ThreadBusyError on ThreadBusyError {
  __typename
  message
  blockingRun {
    ...Run
  }
}
fragment NotFoundError on NotFoundError {
  __typename
  message
  kind
  id
}
fragment ValidationError on ValidationError {
  __typename
  message
  issues {
    path
    message
  }
}`) as unknown as TypedDocumentString<BulkUpdateThreadStateMutation, BulkUpdateThreadStateMutationVariables>;
export const UpdateThreadStateDocument = new TypedDocumentString(`
    mutation UpdateThreadState($threadId: ID!, $values: JSON, $asNode: String, $checkpointId: ID, $checkpointNs: String) {
  updateThreadState(
    threadId: $threadId
    values: $values
    asNode: $asNode
    checkpointId: $checkpointId
    checkpointNs: $checkpointNs
  ) {
    __typename
    ...ThreadState
    ...NotFoundError
    ...ThreadBusyError
    ...ValidationError
  }
}
    fragment Message on Message {
  __typename
  id
  type
  name
  text
  content
  additionalKwargs
  responseMetadata
  ... on AIMessage {
    partial
    toolCalls {
      id
      name
      args
    }
    usage {
      inputTokens
      outputTokens
      totalTokens
    }
  }
  ... on ToolMessage {
    toolCallId
    status
  }
}
fragment Run on Run {
  __typename
  id
  threadId
  assistantId
  status
  endReason
  error {
    name
    message
  }
  multitaskStrategy
  supersededBy {
    id
  }
  input
  command
  config
  context
  metadata
  queuePosition
  attempt
  webhook
  createdAt
  startedAt
  finishedAt
}
fragment Checkpoint on Checkpoint {
  threadId
  checkpointId
  checkpointNs
  checkpointMap
}
fragment Interrupt on Interrupt {
  id
  value
}
fragment ThreadState on ThreadState {
  __typename
  values
  messages {
    ...Message
  }
  next
  tasks {
    id
    name
    path
    error
    interrupts {
      ...Interrupt
    }
    checkpoint {
      ...Checkpoint
    }
    result
  }
  interrupts {
    ...Interrupt
  }
  checkpoint {
    ...Checkpoint
  }
  parentCheckpoint {
    ...Checkpoint
  }
  metadata
  createdAt
  incomplete {
    reason
    message
    unknown
  }
}
fragment ThreadBusyError on ThreadBusyError {
  __typename
  message
  blockingRun {
    ...Run
  }
}
fragment NotFoundError on NotFoundError {
  __typename
  message
  kind
  id
}
fragment ValidationError on ValidationError {
  __typename
  message
  issues {
    path
    message
  }
}`) as unknown as TypedDocumentString<UpdateThreadStateMutation, UpdateThreadStateMutationVariables>;
export const CreateRunDocument = new TypedDocumentString(`
    mutation CreateRun($threadId: ID!, $assistantId: ID!, $input: JSON, $command: JSON, $multitaskStrategy: MultitaskStrategy! = ENQUEUE, $keepPartialOutput: Boolean! = true, $keepPendingInput: Boolean! = true, $config: JSON, $context: JSON, $metadata: JSON, $checkpointId: ID, $interruptBefore: [String!], $interruptAfter: [String!], $afterSeconds: Float, $timeoutSeconds: Float, $streamModes: [StreamMode!], $webhook: URL, $idempotencyKey: String) {
  createRun(
    threadId: $threadId
    assistantId: $assistantId
    input: $input
    command: $command
    multitaskStrategy: $multitaskStrategy
    keepPartialOutput: $keepPartialOutput
    keepPendingInput: $keepPendingInput
    config: $config
    context: $context
    metadata: $metadata
    checkpointId: $checkpointId
    interruptBefore: $interruptBefore
    interruptAfter: $interruptAfter
    afterSeconds: $afterSeconds
    timeoutSeconds: $timeoutSeconds
    streamModes: $streamModes
    webhook: $webhook
    idempotencyKey: $idempotencyKey
  ) {
    __typename
    ...Run
    ...ThreadBusyError
    ...NotFoundError
    ...ValidationError
    ... on IdempotencyConflictError {
      message
      idempotencyKey
    }
  }
}
    fragment Run on Run {
  __typename
  id
  threadId
  assistantId
  status
  endReason
  error {
    name
    message
  }
  multitaskStrategy
  supersededBy {
    id
  }
  input
  command
  config
  context
  metadata
  queuePosition
  attempt
  webhook
  createdAt
  startedAt
  finishedAt
}
fragment ThreadBusyError on ThreadBusyError {
  __typename
  message
  blockingRun {
    ...Run
  }
}
fragment NotFoundError on NotFoundError {
  __typename
  message
  kind
  id
}
fragment ValidationError on ValidationError {
  __typename
  message
  issues {
    path
    message
  }
}`) as unknown as TypedDocumentString<CreateRunMutation, CreateRunMutationVariables>;
export const CreateStatelessRunDocument = new TypedDocumentString(`
    mutation CreateStatelessRun($run: StatelessRunInput!) {
  createStatelessRun(run: $run) {
    __typename
    ...Run
    ...NotFoundError
    ...ValidationError
  }
}
    fragment Run on Run {
  __typename
  id
  threadId
  assistantId
  status
  endReason
  error {
    name
    message
  }
  multitaskStrategy
  supersededBy {
    id
  }
  input
  command
  config
  context
  metadata
  queuePosition
  attempt
  webhook
  createdAt
  startedAt
  finishedAt
}
fragment NotFoundError on NotFoundError {
  __typename
  message
  kind
  id
}
fragment ValidationError on ValidationError {
  __typename
  message
  issues {
    path
    message
  }
}`) as unknown as TypedDocumentString<CreateStatelessRunMutation, CreateStatelessRunMutationVariables>;
export const CreateStatelessRunsDocument = new TypedDocumentString(`
    mutation CreateStatelessRuns($runs: [StatelessRunInput!]!) {
  createStatelessRuns(runs: $runs) {
    __typename
    ... on CreatedRuns {
      runs {
        ...Run
      }
    }
    ...NotFoundError
    ...ValidationError
  }
}
    fragment Run on Run {
  __typename
  id
  threadId
  assistantId
  status
  endReason
  error {
    name
    message
  }
  multitaskStrategy
  supersededBy {
    id
  }
  input
  command
  config
  context
  metadata
  queuePosition
  attempt
  webhook
  createdAt
  startedAt
  finishedAt
}
fragment NotFoundError on NotFoundError {
  __typename
  message
  kind
  id
}
fragment ValidationError on ValidationError {
  __typename
  message
  issues {
    path
    message
  }
}`) as unknown as TypedDocumentString<CreateStatelessRunsMutation, CreateStatelessRunsMutationVariables>;
export const CancelRunsDocument = new TypedDocumentString(`
    mutation CancelRuns($threadId: ID, $runIds: [ID!], $status: [RunStatus!], $action: CancelAction! = INTERRUPT) {
  cancelRuns(
    threadId: $threadId
    runIds: $runIds
    status: $status
    action: $action
  ) {
    __typename
    ... on CancelledRuns {
      runs {
        ...Run
      }
    }
    ...ValidationError
  }
}
    fragment Run on Run {
  __typename
  id
  threadId
  assistantId
  status
  endReason
  error {
    name
    message
  }
  multitaskStrategy
  supersededBy {
    id
  }
  input
  command
  config
  context
  metadata
  queuePosition
  attempt
  webhook
  createdAt
  startedAt
  finishedAt
}
fragment ValidationError on ValidationError {
  __typename
  message
  issues {
    path
    message
  }
}`) as unknown as TypedDocumentString<CancelRunsMutation, CancelRunsMutationVariables>;
export const JoinRunDocument = new TypedDocumentString(`
    mutation JoinRun($threadId: ID!, $runId: ID!, $timeoutSeconds: Float) {
  joinRun(threadId: $threadId, runId: $runId, timeoutSeconds: $timeoutSeconds) {
    __typename
    ... on JoinedRun {
      run {
        ...Run
      }
      state {
        ...ThreadState
      }
    }
    ...NotFoundError
    ... on JoinTimeoutError {
      message
      run {
        ...Run
      }
    }
  }
}
    fragment Message on Message {
  __typename
  id
  type
  name
  text
  content
  additionalKwargs
  responseMetadata
  ... on AIMessage {
    partial
    toolCalls {
      id
      name
      args
    }
    usage {
      inputTokens
      outputTokens
      totalTokens
    }
  }
  ... on ToolMessage {
    toolCallId
    status
  }
}
fragment Run on Run {
  __typename
  id
  threadId
  assistantId
  status
  endReason
  error {
    name
    message
  }
  multitaskStrategy
  supersededBy {
    id
  }
  input
  command
  config
  context
  metadata
  queuePosition
  attempt
  webhook
  createdAt
  startedAt
  finishedAt
}
fragment Checkpoint on Checkpoint {
  threadId
  checkpointId
  checkpointNs
  checkpointMap
}
fragment Interrupt on Interrupt {
  id
  value
}
fragment ThreadState on ThreadState {
  __typename
  values
  messages {
    ...Message
  }
  next
  tasks {
    id
    name
    path
    error
    interrupts {
      ...Interrupt
    }
    checkpoint {
      ...Checkpoint
    }
    result
  }
  interrupts {
    ...Interrupt
  }
  checkpoint {
    ...Checkpoint
  }
  parentCheckpoint {
    ...Checkpoint
  }
  metadata
  createdAt
  incomplete {
    reason
    message
    unknown
  }
}
fragment NotFoundError on NotFoundError {
  __typename
  message
  kind
  id
}`) as unknown as TypedDocumentString<JoinRunMutation, JoinRunMutationVariables>;
export const CancelRunDocument = new TypedDocumentString(`
    mutation CancelRun($threadId: ID!, $runId: ID!, $action: CancelAction! = INTERRUPT) {
  cancelRun(threadId: $threadId, runId: $runId, action: $action) {
    __typename
    ...Run
    ...NotFoundError
  }
}
    fragment Run on Run {
  __typename
  id
  threadId
  assistantId
  status
  endReason
  error {
    name
    message
  }
  multitaskStrategy
  supersededBy {
    id
  }
  input
  command
  config
  context
  metadata
  queuePosition
  attempt
  webhook
  createdAt
  startedAt
  finishedAt
}
fragment NotFoundError on NotFoundError {
  __typename
  message
  kind
  id
}`) as unknown as TypedDocumentString<CancelRunMutation, CancelRunMutationVariables>;
export const DeleteRunDocument = new TypedDocumentString(`
    mutation DeleteRun($threadId: ID!, $runId: ID!) {
  deleteRun(threadId: $threadId, runId: $runId) {
    __typename
    ... on Deleted {
      id
    }
    ...NotFoundError
    ... on RunActiveError {
      message
      run {
        ...Run
      }
    }
  }
}
    fragment Run on Run {
  __typename
  id
  threadId
  assistantId
  status
  endReason
  error {
    name
    message
  }
  multitaskStrategy
  supersededBy {
    id
  }
  input
  command
  config
  context
  metadata
  queuePosition
  attempt
  webhook
  createdAt
  startedAt
  finishedAt
}
fragment NotFoundError on NotFoundError {
  __typename
  message
  kind
  id
}`) as unknown as TypedDocumentString<DeleteRunMutation, DeleteRunMutationVariables>;
export const MessagesDocument = new TypedDocumentString(`
    subscription Messages($threadId: ID!, $after: Cursor, $fromStart: Boolean! = false) {
  event: messages(threadId: $threadId, after: $after, fromStart: $fromStart) {
    ...MessageOfEvent
    ... on RunStatusChanged {
      run {
        ...Run
      }
    }
  }
}
    fragment Message on Message {
  __typename
  id
  type
  name
  text
  content
  additionalKwargs
  responseMetadata
  ... on AIMessage {
    partial
    toolCalls {
      id
      name
      args
    }
    usage {
      inputTokens
      outputTokens
      totalTokens
    }
  }
  ... on ToolMessage {
    toolCallId
    status
  }
}
fragment Run on Run {
  __typename
  id
  threadId
  assistantId
  status
  endReason
  error {
    name
    message
  }
  multitaskStrategy
  supersededBy {
    id
  }
  input
  command
  config
  context
  metadata
  queuePosition
  attempt
  webhook
  createdAt
  startedAt
  finishedAt
}
fragment MessageOfEvent on Event {
  __typename
  cursor
  createdAt
  runId
  ... on MessageStarted {
    namespace
    node
    message {
      ...Message
    }
  }
  ... on MessageDelta {
    namespace
    node
    messageId
    text
    content
  }
  ... on MessageCompleted {
    namespace
    node
    message {
      ...Message
    }
  }
  ... on MessagesReset {
    messages {
      ...Message
    }
  }
}`) as unknown as TypedDocumentString<MessagesSubscription, MessagesSubscriptionVariables>;
export const PositionDocument = new TypedDocumentString(`
    subscription Position($threadId: ID!) {
  event: messages(threadId: $threadId, fromStart: true) {
    __typename
    ... on Event {
      cursor
    }
  }
}
    `) as unknown as TypedDocumentString<PositionSubscription, PositionSubscriptionVariables>;
export const RunEventsDocument = new TypedDocumentString(`
    subscription RunEvents($runId: ID!, $after: Cursor, $modes: [StreamMode!]) {
  event: runEvents(runId: $runId, after: $after, modes: $modes) {
    ...RunEvent
  }
}
    fragment Message on Message {
  __typename
  id
  type
  name
  text
  content
  additionalKwargs
  responseMetadata
  ... on AIMessage {
    partial
    toolCalls {
      id
      name
      args
    }
    usage {
      inputTokens
      outputTokens
      totalTokens
    }
  }
  ... on ToolMessage {
    toolCallId
    status
  }
}
fragment Run on Run {
  __typename
  id
  threadId
  assistantId
  status
  endReason
  error {
    name
    message
  }
  multitaskStrategy
  supersededBy {
    id
  }
  input
  command
  config
  context
  metadata
  queuePosition
  attempt
  webhook
  createdAt
  startedAt
  finishedAt
}
fragment Checkpoint on Checkpoint {
  threadId
  checkpointId
  checkpointNs
  checkpointMap
}
fragment Interrupt on Interrupt {
  id
  value
}
fragment ThreadState on ThreadState {
  __typename
  values
  messages {
    ...Message
  }
  next
  tasks {
    id
    name
    path
    error
    interrupts {
      ...Interrupt
    }
    checkpoint {
      ...Checkpoint
    }
    result
  }
  interrupts {
    ...Interrupt
  }
  checkpoint {
    ...Checkpoint
  }
  parentCheckpoint {
    ...Checkpoint
  }
  metadata
  createdAt
  incomplete {
    reason
    message
    unknown
  }
}
fragment MessageOfEvent on Event {
  __typename
  cursor
  createdAt
  runId
  ... on MessageStarted {
    namespace
    node
    message {
      ...Message
    }
  }
  ... on MessageDelta {
    namespace
    node
    messageId
    text
    content
  }
  ... on MessageCompleted {
    namespace
    node
    message {
      ...Message
    }
  }
  ... on MessagesReset {
    messages {
      ...Message
    }
  }
}
fragment RunEvent on Event {
  ...MessageOfEvent
  ... on RunQueued {
    run {
      ...Run
    }
  }
  ... on RunStarted {
    run {
      ...Run
    }
  }
  ... on RunResumed {
    attempt
  }
  ... on RunEnded {
    run {
      ...Run
    }
    interrupts {
      ...Interrupt
    }
  }
  ... on ValuesChunk {
    namespace
    values
  }
  ... on UpdatesChunk {
    namespace
    updatedBy: node
    update
  }
  ... on CustomChunk {
    namespace
    node
    data
  }
  ... on TaskChunk {
    namespace
    task
  }
  ... on CheckpointChunk {
    namespace
    state {
      ...ThreadState
    }
  }
  ... on DebugChunk {
    namespace
    data
  }
  ... on EventsChunk {
    data
  }
}`) as unknown as TypedDocumentString<RunEventsSubscription, RunEventsSubscriptionVariables>;
export const ThreadEventsDocument = new TypedDocumentString(`
    subscription ThreadEvents($threadId: ID!, $after: Cursor, $modes: [StreamMode!]) {
  event: threadEvents(threadId: $threadId, after: $after, modes: $modes) {
    ...RunEvent
  }
}
    fragment Message on Message {
  __typename
  id
  type
  name
  text
  content
  additionalKwargs
  responseMetadata
  ... on AIMessage {
    partial
    toolCalls {
      id
      name
      args
    }
    usage {
      inputTokens
      outputTokens
      totalTokens
    }
  }
  ... on ToolMessage {
    toolCallId
    status
  }
}
fragment Run on Run {
  __typename
  id
  threadId
  assistantId
  status
  endReason
  error {
    name
    message
  }
  multitaskStrategy
  supersededBy {
    id
  }
  input
  command
  config
  context
  metadata
  queuePosition
  attempt
  webhook
  createdAt
  startedAt
  finishedAt
}
fragment Checkpoint on Checkpoint {
  threadId
  checkpointId
  checkpointNs
  checkpointMap
}
fragment Interrupt on Interrupt {
  id
  value
}
fragment ThreadState on ThreadState {
  __typename
  values
  messages {
    ...Message
  }
  next
  tasks {
    id
    name
    path
    error
    interrupts {
      ...Interrupt
    }
    checkpoint {
      ...Checkpoint
    }
    result
  }
  interrupts {
    ...Interrupt
  }
  checkpoint {
    ...Checkpoint
  }
  parentCheckpoint {
    ...Checkpoint
  }
  metadata
  createdAt
  incomplete {
    reason
    message
    unknown
  }
}
fragment MessageOfEvent on Event {
  __typename
  cursor
  createdAt
  runId
  ... on MessageStarted {
    namespace
    node
    message {
      ...Message
    }
  }
  ... on MessageDelta {
    namespace
    node
    messageId
    text
    content
  }
  ... on MessageCompleted {
    namespace
    node
    message {
      ...Message
    }
  }
  ... on MessagesReset {
    messages {
      ...Message
    }
  }
}
fragment RunEvent on Event {
  ...MessageOfEvent
  ... on RunQueued {
    run {
      ...Run
    }
  }
  ... on RunStarted {
    run {
      ...Run
    }
  }
  ... on RunResumed {
    attempt
  }
  ... on RunEnded {
    run {
      ...Run
    }
    interrupts {
      ...Interrupt
    }
  }
  ... on ValuesChunk {
    namespace
    values
  }
  ... on UpdatesChunk {
    namespace
    updatedBy: node
    update
  }
  ... on CustomChunk {
    namespace
    node
    data
  }
  ... on TaskChunk {
    namespace
    task
  }
  ... on CheckpointChunk {
    namespace
    state {
      ...ThreadState
    }
  }
  ... on DebugChunk {
    namespace
    data
  }
  ... on EventsChunk {
    data
  }
}`) as unknown as TypedDocumentString<ThreadEventsSubscription, ThreadEventsSubscriptionVariables>;
export const PutStoreItemDocument = new TypedDocumentString(`
    mutation PutStoreItem($namespace: [String!]!, $key: String!, $value: JSON!, $index: [String!], $ttlMinutes: Float) {
  putStoreItem(
    namespace: $namespace
    key: $key
    value: $value
    index: $index
    ttlMinutes: $ttlMinutes
  ) {
    __typename
    ...StoreItem
    ...ValidationError
  }
}
    fragment ValidationError on ValidationError {
  __typename
  message
  issues {
    path
    message
  }
}
fragment StoreItem on StoreItem {
  namespace
  key
  value
  createdAt
  updatedAt
  expiresAt
}`) as unknown as TypedDocumentString<PutStoreItemMutation, PutStoreItemMutationVariables>;
export const DeleteStoreItemDocument = new TypedDocumentString(`
    mutation DeleteStoreItem($namespace: [String!]!, $key: String!) {
  deleteStoreItem(namespace: $namespace, key: $key) {
    __typename
    ... on DeletedStoreItem {
      namespace
      key
      existed
    }
    ...ValidationError
  }
}
    fragment ValidationError on ValidationError {
  __typename
  message
  issues {
    path
    message
  }
}`) as unknown as TypedDocumentString<DeleteStoreItemMutation, DeleteStoreItemMutationVariables>;
export const StoreItemDocument = new TypedDocumentString(`
    query StoreItem($namespace: [String!]!, $key: String!, $refreshTtl: Boolean) {
  storeItem(namespace: $namespace, key: $key, refreshTtl: $refreshTtl) {
    ...StoreItem
  }
}
    fragment StoreItem on StoreItem {
  namespace
  key
  value
  createdAt
  updatedAt
  expiresAt
}`) as unknown as TypedDocumentString<StoreItemQuery, StoreItemQueryVariables>;
export const StoreItemsDocument = new TypedDocumentString(`
    query StoreItems($namespacePrefix: [String!], $filter: JSON, $query: String, $refreshTtl: Boolean, $first: Int, $after: String, $last: Int, $before: String) {
  storeItems(
    namespacePrefix: $namespacePrefix
    filter: $filter
    query: $query
    refreshTtl: $refreshTtl
    first: $first
    after: $after
    last: $last
    before: $before
  ) {
    edges {
      score
      node {
        ...StoreItem
      }
    }
    pageInfo {
      ...PageInfo
    }
  }
}
    fragment PageInfo on PageInfo {
  hasNextPage
  hasPreviousPage
  startCursor
  endCursor
}
fragment StoreItem on StoreItem {
  namespace
  key
  value
  createdAt
  updatedAt
  expiresAt
}`) as unknown as TypedDocumentString<StoreItemsQuery, StoreItemsQueryVariables>;
export const StoreNamespacesDocument = new TypedDocumentString(`
    query StoreNamespaces($prefix: [String!], $suffix: [String!], $maxDepth: Int, $first: Int, $after: String, $last: Int, $before: String) {
  storeNamespaces(
    prefix: $prefix
    suffix: $suffix
    maxDepth: $maxDepth
    first: $first
    after: $after
    last: $last
    before: $before
  ) {
    nodes {
      labels
    }
    pageInfo {
      ...PageInfo
    }
  }
}
    fragment PageInfo on PageInfo {
  hasNextPage
  hasPreviousPage
  startCursor
  endCursor
}`) as unknown as TypedDocumentString<StoreNamespacesQuery, StoreNamespacesQueryVariables>;
export const WebhookDeliveryDocument = new TypedDocumentString(`
    query WebhookDelivery($id: ID!) {
  webhookDelivery(id: $id) {
    ...WebhookDelivery
  }
}
    fragment WebhookDelivery on WebhookDelivery {
  __typename
  id
  runId
  threadId
  url
  status
  attempts
  nextAttemptAt
  lastStatusCode
  lastError
  createdAt
  deliveredAt
}`) as unknown as TypedDocumentString<WebhookDeliveryQuery, WebhookDeliveryQueryVariables>;
export const WebhookDeliveriesDocument = new TypedDocumentString(`
    query WebhookDeliveries($first: Int, $after: String, $last: Int, $before: String, $status: [WebhookDeliveryStatus!], $runId: ID) {
  webhookDeliveries(
    first: $first
    after: $after
    last: $last
    before: $before
    status: $status
    runId: $runId
  ) {
    nodes {
      ...WebhookDelivery
    }
    pageInfo {
      ...PageInfo
    }
  }
}
    fragment PageInfo on PageInfo {
  hasNextPage
  hasPreviousPage
  startCursor
  endCursor
}
fragment WebhookDelivery on WebhookDelivery {
  __typename
  id
  runId
  threadId
  url
  status
  attempts
  nextAttemptAt
  lastStatusCode
  lastError
  createdAt
  deliveredAt
}`) as unknown as TypedDocumentString<WebhookDeliveriesQuery, WebhookDeliveriesQueryVariables>;
export const ResendWebhookDocument = new TypedDocumentString(`
    mutation ResendWebhook($id: ID!) {
  resendWebhook(id: $id) {
    __typename
    ...WebhookDelivery
    ...NotFoundError
  }
}
    fragment NotFoundError on NotFoundError {
  __typename
  message
  kind
  id
}
fragment WebhookDelivery on WebhookDelivery {
  __typename
  id
  runId
  threadId
  url
  status
  attempts
  nextAttemptAt
  lastStatusCode
  lastError
  createdAt
  deliveredAt
}`) as unknown as TypedDocumentString<ResendWebhookMutation, ResendWebhookMutationVariables>;