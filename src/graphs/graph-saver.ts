import type { BaseCheckpointSaver } from '@langchain/langgraph';
import type { CompiledGraph } from './graph-source.ts';

/** A shallow clone with another saver: nodes and channels are shared. Subgraphs inherit the saver through the config. */
export const withSaver = (graph: CompiledGraph, saver: BaseCheckpointSaver): CompiledGraph =>
  Object.assign(Object.create(Object.getPrototypeOf(graph)), graph, { checkpointer: saver });

export function saverOf({ checkpointer }: CompiledGraph): BaseCheckpointSaver {
  if (typeof checkpointer !== 'object') throw new Error('The graph was built without a checkpointer');
  return checkpointer;
}
