import { END } from '@langchain/langgraph';
import { Channel } from '@langchain/langgraph/pregel';
import { saverOf } from '../graph-saver.ts';
import type { CompiledGraph } from '../graph-source.ts';
import type { RunConfig } from '../run-config.ts';
import { MESSAGES } from './message-list.ts';
import { INTERRUPT, type Superstep } from './superstep.ts';

/** Names our own node in a clone of the graph; it never runs, and no checkpoint names it. */
const BARE = '__interject_repair__';

/**
 * Writes to the head of a thread as ordinary checkpoints. Each write first applies what the finished tasks of the head's superstep had
 * written, ends that superstep, and runs no node.
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
   * Writes to the messages channel as `node` would have: what follows that node is next. Where that throws, and for null or a node
   * that the graph hasn't got, writes to the channel alone: nothing of the graph's code runs but its reducers, and nothing is next.
   */
  async write(node: string | null, messages: unknown): Promise<void> {
    if (node === null || this.#graph.nodes[node] === undefined) return await this.#writeBare(messages);
    try {
      await this.#graph.updateState({ ...this.#config, signal: this.#giveUp } as never, { [MESSAGES]: messages }, node);
    } catch (error) {
      // A conditional edge that can't read a partial message or takes too long, or a schema that refuses it. What was streamed must be kept all the same.
      try {
        await this.#writeBare(messages);
      } catch (bareError) {
        throw new AggregateError(
          [error, bareError],
          `What an interrupted run leaves behind can't be written, neither as node "${node}" nor without`,
        );
      }
    }
  }

  /** Applies what the finished tasks of the head's superstep had written, and ends it; what follows them is next. */
  async applyFinishedTasks(): Promise<void> {
    // LangGraph would put the config's metadata, with the run's id, into this checkpoint's: a run that found its own id there would take new input for a resume.
    await this.#graph.updateState({ ...this.#config, metadata: {} } as never, null, END);
  }

  /** Takes back what the tasks of a superstep ask a human, so that not even who names its checkpoint can answer: that pause was never told of. */
  async withdrawInterrupts({ head, waiting }: Superstep): Promise<void> {
    const saver = saverOf(this.#graph);
    for (const { id } of waiting) await saver.putWrites(head.config, [[INTERRUPT, []]], id);
  }

  async #writeBare(messages: unknown): Promise<void> {
    const graph = withBareNode(this.#graph);
    await graph.updateState(this.#config as never, messages, BARE);
  }
}

/** A shallow clone with one more node: one that nothing triggers and whose only writer writes to the messages channel. */
function withBareNode(graph: CompiledGraph): CompiledGraph {
  const node = Channel.subscribeTo([]).pipe(Channel.writeTo([MESSAGES]));
  const clone: CompiledGraph = Object.assign(Object.create(Object.getPrototypeOf(graph)), graph);
  clone.nodes = { ...graph.nodes, [BARE]: node };
  return clone;
}
