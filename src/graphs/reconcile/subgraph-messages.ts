import { addMessages, type BaseCheckpointSaver, START } from '@langchain/langgraph';
import type { CheckpointTuple } from '@langchain/langgraph-checkpoint';
import { ConversationScope, messagesIn, type StateMessage } from '../execution/messages-channel.ts';
import type { RunConfig } from '../execution/run-config.ts';
import type { CompiledGraph } from '../loading/graph-source.ts';
import { snapshotAt } from '../state/snapshot.ts';
import { messagesWrittenTo } from './message-list.ts';
import type { Task } from './state-writer.ts';

/**
 * A subgraph that keeps its conversation from call to call (`checkpointer: true`), and the namespace it keeps
 * it in.
 */
export type Memory = { readonly ns: string; readonly graph: CompiledGraph };

/**
 * What the subgraphs of an interrupted task that share its conversation had added to it when they were
 * stopped: for each, outermost first, the messages that its newest checkpoint holds beyond those it was
 * given. New input never reads their namespaces again, so what isn't handed to the parent is lost.
 */
export class SubgraphMessages {
  readonly #graph: CompiledGraph;
  readonly #scope: ConversationScope;
  readonly #saver: BaseCheckpointSaver;
  readonly #config: RunConfig;
  readonly #streaming: readonly string[];
  readonly #memories: Memory[] = [];

  /**
   * @param streaming namespaces in which a message was being streamed: the only trace of subgraphs that a
   * function calls within a subgraph
   */
  constructor(
    graph: CompiledGraph,
    saver: BaseCheckpointSaver,
    config: RunConfig,
    streaming: readonly string[],
  ) {
    this.#graph = graph;
    this.#scope = new ConversationScope(graph);
    this.#saver = saver;
    this.#config = config;
    this.#streaming = streaming;
  }

  /** @param rootCheckpointId the checkpoint that the task was prepared from */
  async addedBy(task: Task, rootCheckpointId: string): Promise<readonly StateMessage[]> {
    return await this.#within(`${task.name}:${task.id}`, rootCheckpointId);
  }

  /**
   * The subgraphs with a memory of their own that were met: what they were at when they were stopped is still
   * in there.
   */
  get memories(): readonly Memory[] {
    return this.#memories;
  }

  async #within(taskNs: string, rootCheckpointId: string): Promise<readonly StateMessage[]> {
    const added: StateMessage[] = [];
    // A node that calls subgraphs itself gives the second one the namespace `node:task|1`, and so on.
    for (let call = 0; ; call += 1) {
      const ns = call === 0 ? taskNs : `${taskNs}|${call}`;
      const declared = declaredAt(this.#graph, ns);
      // A subgraph with a memory of its own keeps one namespace for all its calls, so its newest checkpoint
      // may be an earlier call's.
      const hasMemory = declared?.checkpointer === true;
      const head = await this.#head(hasMemory ? withoutTaskIds(ns) : ns);
      if (head === undefined || (hasMemory && head.metadata?.parents?.[''] !== rootCheckpointId))
        return added;
      if (hasMemory) this.#memories.push({ ns: withoutTaskIds(ns), graph: declared });
      if (this.#scope.includes(ns)) added.push(...(await this.#addedAt(head, declared)));
      for (const inner of await this.#tasksWithin(ns, declared))
        added.push(...(await this.#within(inner, rootCheckpointId)));
      if (hasMemory) return added;
    }
  }

  #head(ns: string): Promise<CheckpointTuple | undefined> {
    return this.#saver.getTuple({ configurable: { ...this.#config.configurable, checkpoint_ns: ns } });
  }

  async #addedAt(head: CheckpointTuple, declared: CompiledGraph | null): Promise<readonly StateMessage[]> {
    if (head.metadata?.source === 'input') return [];
    const given = messagesIn((await this.#firstOf(head)).checkpoint.channel_values);
    const newest = declared === null ? newestOf(head) : messagesIn((await this.#stateAt(head)).values);
    const known = new Set(given.map(({ id }) => id));
    return newest.filter(({ id }, index) =>
      id === undefined || id === null ? index >= given.length : !known.has(id),
    );
  }

  /**
   * The checkpoint that holds what the subgraph was given in this call, with the ids that the reducer gave:
   * the one after START has applied the input, or the input's own where there is no START.
   */
  async #firstOf(head: CheckpointTuple): Promise<CheckpointTuple> {
    let first = head;
    for (;;) {
      const parent =
        first.parentConfig === undefined ? undefined : await this.#saver.getTuple(first.parentConfig);
      if (parent === undefined) return first;
      if (parent.metadata?.source === 'input')
        return START in parent.checkpoint.channel_values ? first : parent;
      first = parent;
    }
  }

  async #tasksWithin(ns: string, declared: CompiledGraph | null): Promise<readonly string[]> {
    const known =
      declared === null ? [] : (await this.#stateOf(ns)).tasks.map(({ name, id }) => `${ns}|${name}:${id}`);
    const seen = this.#streaming
      .filter((other) => other.startsWith(`${ns}|`))
      .map((other) => `${ns}|${firstSegment(other.slice(ns.length + 1))}`);
    return [...new Set([...known, ...seen])].filter((inner) => !isCounter(inner.slice(ns.length + 1)));
  }

  #stateAt(head: CheckpointTuple) {
    return this.#stateOf(String(head.config.configurable?.['checkpoint_ns']));
  }

  #stateOf(ns: string) {
    return snapshotAt(this.#graph, {
      ...this.#config,
      configurable: { ...this.#config.configurable, checkpoint_ns: ns },
    });
  }
}

/** The subgraph that a node of the graph declares at this namespace; null for one that a function calls. */
function declaredAt(graph: CompiledGraph, ns: string): CompiledGraph | null {
  for (const [, subgraph] of graph.getSubgraphs(withoutTaskIds(ns), true)) return subgraph as CompiledGraph;
  return null;
}

const newestOf = (head: CheckpointTuple): readonly StateMessage[] =>
  addMessages(
    [...messagesIn(head.checkpoint.channel_values)] as never,
    [...messagesWrittenTo(head)] as never,
  );

const segments = (ns: string): readonly string[] => ns.split('|');
const firstSegment = (ns: string): string => segments(ns)[0] ?? '';
const isCounter = (segment: string): boolean => /^\d+$/.test(segment);
/** The nodes of a namespace, without the ids of their tasks. */
export const withoutTaskIds = (ns: string): string =>
  segments(ns)
    .filter((segment) => !isCounter(segment))
    .map((segment) => segment.split(':')[0])
    .join('|');
