import type { RunnableConfig } from '@langchain/core/runnables';
import type { BaseCheckpointSaver, StateSnapshot } from '@langchain/langgraph';
import type { CheckpointTuple } from '@langchain/langgraph-checkpoint';
import { DelegatingSaver } from '../execution/delegating-saver.ts';
import { saverOf, withSaver } from '../execution/graph-scope.ts';
import type { RunConfig } from '../execution/run-config.ts';
import type { CompiledGraph } from '../loading/graph-source.ts';

/**
 * What a task was answered. LangGraph keeps it among the pending writes, and getState of the head takes it
 * for a result: a node that was answered and asks again, or fails, would count as finished. It is missing in
 * `next` then, and what triggered it is gone from the channels.
 */
const RESUME = '__resume__';

/** Where a subgraph gets the saver of the graph above it. */
const LENT_SAVER = '__pregel_checkpointer';

/**
 * The graph's getState, in which only tasks that have finished count as finished. The saver is the graph's
 * own, or the one that the config lends it.
 */
export function snapshotAt(
  graph: CompiledGraph,
  config: RunConfig,
  options: { readonly subgraphs?: boolean } = {},
): Promise<StateSnapshot> {
  const { configurable } = config;
  const lent = configurable[LENT_SAVER] as BaseCheckpointSaver | undefined;
  if (lent === undefined)
    return withSaver(graph, new WithoutAnswers(saverOf(graph))).getState(config as object, options);
  return graph.getState(
    { ...config, configurable: { ...configurable, [LENT_SAVER]: new WithoutAnswers(lent) } } as object,
    options,
  );
}

class WithoutAnswers extends DelegatingSaver {
  override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    const tuple = await super.getTuple(config);
    if (tuple?.pendingWrites === undefined) return tuple;
    return { ...tuple, pendingWrites: tuple.pendingWrites.filter(([, channel]) => channel !== RESUME) };
  }
}
