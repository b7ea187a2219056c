import { type BaseCheckpointSaver, type CheckpointTuple, END } from '@langchain/langgraph';
import { Channel } from '@langchain/langgraph/pregel';
import { saverOf } from '../execution/graph-scope.ts';
import { messagesIn, type StateMessage } from '../execution/messages-channel.ts';
import type { RunConfig } from '../execution/run-config.ts';
import type { CompiledGraph } from '../loading/graph-source.ts';
import { snapshotAt } from '../state/snapshot.ts';
import { MESSAGES } from './message-list.ts';

/** The channel of what tasks ask a human (LangGraph's own name). */
const INTERRUPT = '__interrupt__';

export type Task = { readonly id: string; readonly name: string };

/** The superstep that follows the head: what an interrupted run was about. */
export type Superstep = {
  readonly head: CheckpointTuple;
  /** The state, with what the finished tasks wrote. */
  readonly values: unknown;
  /** The conversation in it. */
  readonly messages: readonly StateMessage[];
  readonly finished: readonly Task[];
  readonly unfinished: readonly Task[];
  /** Those of the unfinished ones that wait for a human. */
  readonly waiting: readonly Task[];
};

/** Channels of pending writes that are no result of a task (LangGraph's own names). */
const NO_RESULT: ReadonlySet<string> = new Set([
  '__error__',
  '__error_source_node__',
  INTERRUPT,
  '__resume__',
  '__scheduled__',
]);

/** Reads it from the head; null when the thread has no checkpoint. Runs the graph's reducers. */
export async function currentSuperstep(
  graph: CompiledGraph,
  saver: BaseCheckpointSaver,
  config: RunConfig,
): Promise<Superstep | null> {
  const head = await saver.getTuple({ configurable: config.configurable });
  if (head === undefined) return null;
  const { values, tasks } = await snapshotAt(graph, config);
  const writes = head.pendingWrites ?? [];
  const hasWritten = (id: string, channels: (channel: string) => boolean): boolean =>
    writes.some(([taskId, channel]) => taskId === id && channels(channel));
  const isFinished = ({ id }: Task): boolean => hasWritten(id, (channel) => !NO_RESULT.has(channel));
  const unfinished = tasks.filter((task) => !isFinished(task));
  const waits = ({ id }: Task): boolean => hasWritten(id, (channel) => channel === INTERRUPT);
  return {
    head,
    values,
    messages: messagesIn(values),
    finished: tasks.filter(isFinished),
    unfinished,
    waiting: unfinished.filter(waits),
  };
}

/** Names our own node in a clone of the graph; it never runs, and no checkpoint names it. */
const BARE = '__interject_repair__';

/**
 * Writes to the head of a thread as ordinary checkpoints. Each write first applies what the finished tasks of
 * the head's superstep had written, ends that superstep, and runs no node.
 */
export class StateWriter {
  readonly #graph: CompiledGraph;
  readonly #config: RunConfig;
  readonly #giveUp: AbortSignal | undefined;

  /** @param giveUp when it aborts, the graph's conditional edges are not waited for any longer */
  constructor(graph: CompiledGraph, config: RunConfig, giveUp?: AbortSignal) {
    this.#graph = graph;
    this.#config = config;
    this.#giveUp = giveUp;
  }

  /**
   * Writes to the messages channel as `node` would have: what follows that node is next. Where that throws,
   * and for null or a node that the graph hasn't got, writes to the channel alone: nothing of the graph's
   * code runs but its reducers, and nothing is next.
   */
  async write(node: string | null, messages: unknown): Promise<void> {
    if (node === null || this.#graph.nodes[node] === undefined) return await this.#writeBare(messages);
    try {
      await this.#graph.updateState(
        { ...this.#config, signal: this.#giveUp } as never,
        { [MESSAGES]: messages },
        node,
      );
    } catch (error) {
      // A conditional edge that can't read a partial message or takes too long, or a schema that refuses it.
      // What was streamed must be kept all the same.
      try {
        await this.#writeBare(messages);
      } catch (bareError) {
        throw new AggregateError(
          [error, bareError],
          `The results of an interrupted run cannot be written, neither as node "${node}" nor without a node`,
        );
      }
    }
  }

  /**
   * Applies what the finished tasks of the head's superstep had written, and ends it; what follows them is
   * next.
   */
  async applyFinishedTasks(): Promise<void> {
    // LangGraph would put the config's metadata, with the run's id, into this checkpoint's: a run that found
    // its own id there would take new input for a resume.
    await this.#graph.updateState({ ...this.#config, metadata: {} } as never, null, END);
  }

  /**
   * Retracts the interrupts of a superstep's tasks, so that they can't be answered even by naming their
   * checkpoint: that pause was never published.
   */
  async withdrawInterrupts({ head, waiting }: Superstep): Promise<void> {
    const saver = saverOf(this.#graph);
    for (const { id } of waiting) await saver.putWrites(head.config, [[INTERRUPT, []]], id);
  }

  async #writeBare(messages: unknown): Promise<void> {
    const graph = withBareNode(this.#graph);
    await graph.updateState(this.#config as never, messages, BARE);
  }
}

/**
 * A shallow clone with one more node: one that nothing triggers and whose only writer writes to the messages
 * channel.
 */
function withBareNode(graph: CompiledGraph): CompiledGraph {
  const node = Channel.subscribeTo([]).pipe(Channel.writeTo([MESSAGES]));
  const clone: CompiledGraph = Object.assign(Object.create(Object.getPrototypeOf(graph)), graph);
  clone.nodes = { ...graph.nodes, [BARE]: node };
  return clone;
}
