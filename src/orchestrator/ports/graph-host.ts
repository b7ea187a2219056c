import type { EventBody, PendingInterrupt } from '../../domain/event.ts';
import type { ThreadId } from '../../domain/ids.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { MessageJson } from '../../domain/message.ts';
import type { PartialMessage } from '../../domain/message-fold.ts';
import type { RunCommand, RunFailure } from '../../domain/run.ts';
import type { RunOptions } from '../../domain/run-options.ts';
import type { CheckpointStore, ClaimedSaver, SaverHandle, StateBuffer } from './checkpoints.ts';
import type { GraphDrawing, GraphSchemas, InspectedGraph, Subgraph } from './graph-inspector.ts';
import type { Underway } from './underway.ts';

/**
 * LangGraph behind a port: loads graphs, drives one execution, reads and writes state. Knows nothing of runs'
 * statuses or of other runs.
 */
export interface GraphHost {
  /** The graphs of langgraph.json, in its order. */
  readonly graphIds: readonly string[];
  has(graphId: string): boolean;
  /**
   * What the graph's runtime schema (zod, standard schema) says against this input; [] when it accepts it or
   * has none. Paths are within the input.
   */
  checkInput(graphId: string, run: GraphCall, input: Json): Promise<readonly ValidationIssue[]>;
  /**
   * What the graph has no place for: targets of `goto`, keys of `update`; [] for nothing. Paths are within
   * the command.
   */
  checkCommand(graphId: string, run: GraphCall, command: RunCommand): Promise<readonly ValidationIssue[]>;
  /**
   * Node names of the graph, for checking breakpoints, asNode and goto; null where the graph can't be built
   * with this configuration.
   */
  nodes(graphId: string, run: GraphCall): Promise<readonly string[] | null>;
  /** Whether building the graph takes a run's configuration: it is made by a factory. */
  needsConfig(graphId: string): boolean;

  /**
   * Drives one execution to its end and reports every event through `emit`, in order. Never rejects for what
   * the graph did: a throw is `failed`, an abort is `aborted`. Resolves when LangGraph's stream has settled,
   * which may be before the functions that it called have: `underway` says which.
   */
  execute(execution: Execution): Promise<StreamEnd>;

  /**
   * The input with which a run that brings new input starts (design.md §5, points 6 and 7): answers to the
   * unanswered tool calls of the checkpoint that it starts from, then the messages of `carried` inputs in
   * their order, then its own input. The input as it came where there is nothing to add, where it can't bring
   * what is to be added, and where the graph can't be built: `execute` then says why.
   */
  composeInput(request: ComposeInput): Promise<ComposedInput>;

  /**
   * Writes into `buffer` what composeInput said that the run's input can't bring: the answers directly after
   * their AI messages, then the messages `ahead`. Reports the message events that say so. Executes no node;
   * the graph's reducers run. What of the superstep before was not over is over then, a pause for a human
   * included, so the run's input is to start from the head that results. Leaves the buffer empty where
   * nothing is missing. Rejects when the state can't be written.
   */
  prepareHistory(request: PrepareHistory): Promise<readonly EventBody[]>;

  /**
   * Writes into `buffer` what an interrupted run leaves behind (design.md §5, points 1 to 5), and reports the
   * message events that say so. Nothing waits for a human after it. Tries the graph's own updateState first
   * and falls back to a bare checkpoint that only changes the messages channel. Rejects when both fail.
   */
  reconcile(request: Reconcile): Promise<readonly EventBody[]>;

  /**
   * Null where there is no such checkpoint. Without checkpointId: the head. Where the graph can't be had (it
   * is no longer served, its factory or a reducer throws) or the checkpoint is damaged: what is stored, with
   * `incomplete`. Rejects only when the database fails.
   */
  readState(request: ReadState): Promise<ThreadStateJson | null>;
  /**
   * The values alone, as readState has them: read without building the graph where the stored checkpoint says
   * all.
   */
  readValues(request: ReadState): Promise<StateValuesJson | null>;
  /**
   * The messages of a checkpoint (null: the head), as readValues; [] where the graph has none or there is no
   * checkpoint.
   */
  readMessages(request: ReadState): Promise<readonly MessageJson[]>;
  /** The input of a task event, as the task got it; null where it can't be known any more. */
  readTaskInput(request: ReadState, task: JsonObject): Promise<Json>;
  /**
   * Writes values as a node had, into `buffer`; returns the new checkpoint's id, or what was wrong with the
   * request.
   */
  updateState(request: UpdateState): Promise<StateUpdated>;
  /** Writes several supersteps on top of the head, into `buffer`; the same answer for the last of them. */
  bulkUpdateState(request: BulkUpdateState): Promise<StateUpdated>;

  // Looking at graphs without running them. All of it is computed when it is asked for; each rejects with
  // GraphUnusableError.
  /** `xray`: with the nodes of subgraphs, a number: down to that depth. */
  draw(graph: InspectedGraph, xray: boolean | number): Promise<GraphDrawing>;
  schemas(graph: InspectedGraph): Promise<GraphSchemas>;
  /**
   * In the order of the graph's nodes. `namespace`: only what is there; `recurse`: those of subgraphs too.
   */
  subgraphs(
    graph: InspectedGraph,
    options: { readonly namespace?: string | undefined; readonly recurse: boolean },
  ): Promise<Subgraph[]>;
}

export type ValidationIssue = { readonly path: readonly string[]; readonly message: string };

/** What a graph is built and called with: the run's merged config and context, and its ids. */
export type GraphCall = {
  readonly threadId: ThreadId;
  readonly runId: string | null;
  readonly assistantId: string | null;
  readonly config: JsonObject;
  readonly context: Json;
  readonly metadata: JsonObject;
};

export type GraphStart =
  | { readonly kind: 'input'; readonly input: Json }
  | { readonly kind: 'command'; readonly command: RunCommand }
  /** Go on from the checkpoint: static breakpoints, and an attempt that takes over. */
  | { readonly kind: 'continue' };

export type Execution = RunOptions & {
  readonly graphId: string;
  readonly call: GraphCall;
  readonly attempt: number;
  readonly start: GraphStart;
  /** Root checkpoint to start from; null: the head. */
  readonly baseCheckpointId: string | null;
  readonly saver: ClaimedSaver;
  /** Counts the functions of nodes and tools while they are at work. */
  readonly underway: Underway;
  /** Aborting it ends the execution; the stream rejects a millisecond or two later. */
  readonly signal: AbortSignal;
  /**
   * Takes events in order. Returns a promise when the writer is behind: await it before emitting more.
   * Rejects or throws when the claim is lost: stop then.
   */
  readonly emit: (bodies: readonly EventBody[]) => Promise<void> | undefined;
};

export type StreamEnd = (
  | { readonly kind: 'finished'; readonly paused: boolean; readonly interrupts: readonly PendingInterrupt[] }
  | { readonly kind: 'failed'; readonly error: RunFailure }
  | { readonly kind: 'aborted' }
) & {
  /**
   * AI messages that were being streamed and whose node had not finished, in the order of their first tokens.
   */
  readonly partials: readonly PartialMessage[];
};

export type { PartialMessage };

export type ComposeInput = {
  readonly graphId: string;
  readonly call: GraphCall;
  readonly saver: SaverHandle;
  /** The checkpoint the run starts from; null: the head. */
  readonly baseCheckpointId: string | null;
  readonly carried: readonly Json[];
  readonly input: Json;
};

export type ComposedInput = {
  readonly input: Json;
  /**
   * Who adds what the state lacks. INPUT: this input brings it, or nothing is lacking. PREPARATION:
   * `prepareHistory` has to write it first, all of it. NOBODY: the graph has no place for it, or can't be
   * built.
   */
  readonly addedBy: 'INPUT' | 'PREPARATION' | 'NOBODY';
  /**
   * Readers have messages that the run doesn't find in the conversation: finished tasks of the head's
   * superstep had written them, and new input drops that superstep.
   */
  readonly dropsTold: boolean;
  /** What `prepareHistory` has to write, if it has to. */
  readonly ahead: readonly Json[];
  /** Places of the carried inputs that the graph's own reducer refuses, which are left out. */
  readonly refused: readonly number[];
};

export type PrepareHistory = {
  readonly graphId: string;
  readonly call: GraphCall;
  readonly buffer: StateBuffer;
  /** The checkpoint the run was to start from; null: the head. */
  readonly baseCheckpointId: string | null;
  /** Messages that come before the run's input: what composeInput said. */
  readonly ahead: readonly Json[];
};

export type Reconcile = {
  readonly graphId: string;
  readonly call: GraphCall;
  readonly buffer: StateBuffer;
  /**
   * The composed input, when the run's input has not been committed yet; undefined: it has, or there is none.
   */
  readonly uncommittedInput: Json | undefined;
  readonly baseCheckpointId: string | null;
  /**
   * The checkpoint from which the run started: a pause there is an earlier run's, and can be resumed by
   * naming it. Null: there was none.
   */
  readonly startedFrom: string | null;
  readonly partials: readonly PartialMessage[];
  readonly keepPartialOutput: boolean;
  /**
   * When it aborts, code of the graph that still runs (a conditional edge) is not waited for any longer and
   * what it was to decide stays undecided. Without it, it is waited for.
   */
  readonly giveUp?: AbortSignal;
};

export type ReadState = {
  readonly graphId: string;
  readonly call: GraphCall;
  readonly saver: SaverHandle;
  /**
   * Reads what is left of a damaged checkpoint; absent: a damaged one rejects with CheckpointDamagedError.
   */
  readonly salvage?: CheckpointStore['salvage'];
  readonly ns?: string;
  readonly checkpointId: string | null;
  readonly subgraphs?: boolean;
};

export type UpdateState = {
  readonly graphId: string;
  readonly call: GraphCall;
  readonly buffer: StateBuffer;
  /** Namespace of the subgraph that is updated; '' or absent: the root graph. */
  readonly ns?: string;
  readonly checkpointId: string | null;
  readonly values: Json;
  readonly asNode: string | null;
};

/** One checkpoint each, in this order; what is within one is applied together. */
export type Superstep = { readonly updates: readonly SuperstepUpdate[] };
/** `command`: what a node wrote as a command with an update and a goto, instead of `values`. */
type SuperstepUpdate = {
  readonly values: Json;
  readonly command?: RunCommand | null;
  readonly asNode: string | null;
};
export type BulkUpdateState = {
  readonly graphId: string;
  readonly call: GraphCall;
  readonly buffer: StateBuffer;
  readonly supersteps: readonly Superstep[];
};
/** Where an update left the state, or what was wrong with the request. */
export type StateUpdated =
  | { readonly checkpointId: string }
  | { readonly issues: readonly ValidationIssue[] };

export type CheckpointJson = {
  readonly threadId: string;
  readonly checkpointId: string;
  readonly checkpointNs: string;
  /**
   * Of a subgraph's checkpoint: the checkpoint of each graph above it and its own, by namespace. Null for the
   * root graph's.
   */
  readonly checkpointMap: JsonObject | null;
};
export type ThreadTaskJson = {
  readonly id: string;
  readonly name: string;
  /**
   * What LangGraph prepared the task from: `['__pregel_push', index, false]` for the Send with that index,
   * `['__pregel_pull', node]` for an edge.
   */
  readonly path: readonly Json[];
  readonly error: string | null;
  readonly interrupts: readonly PendingInterrupt[];
  /**
   * The subgraph's namespace, where the task runs one and its state was not asked for. checkpointId is ''
   * where it isn't known.
   */
  readonly checkpoint: CheckpointJson | null;
  readonly state: ThreadStateJson | null;
  readonly result: Json;
};
export type ThreadStateJson = {
  readonly values: Json;
  readonly messages: readonly MessageJson[];
  readonly next: readonly string[];
  readonly tasks: readonly ThreadTaskJson[];
  readonly interrupts: readonly PendingInterrupt[];
  readonly checkpoint: CheckpointJson;
  readonly parentCheckpoint: CheckpointJson | null;
  readonly metadata: JsonObject;
  readonly createdAt: Date;
  /** Null: everything about the state is known. */
  readonly incomplete: StateIncomplete | null;
};
/** Why a state holds less than its graph would say, and what is missing. */
export type StateIncomplete = {
  readonly reason: 'GRAPH_NOT_SERVED' | 'GRAPH_FAILED' | 'CHECKPOINT_DAMAGED';
  /** For a person; without paths of the server. */
  readonly message: string;
  /** What is unknown: `next`, `tasks`, `values.<channel>`; those are empty or absent in the state. */
  readonly unknown: readonly string[];
};
export type StateValuesJson = {
  readonly values: Json;
  readonly messages: readonly MessageJson[];
  /** By task: what waits for a human. */
  readonly interrupts: Readonly<Record<string, readonly PendingInterrupt[]>>;
  /** As ThreadStateJson's, of values only. */
  readonly incomplete: StateIncomplete | null;
};
