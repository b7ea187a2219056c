import type { CheckpointTuple } from '@langchain/langgraph';
import type { CompiledGraph } from '../graph-source.ts';
import { messagesIn, type StateMessage } from '../messages-channel.ts';
import type { RunConfig } from '../run-config.ts';
import { MESSAGES } from './message-list.ts';

/** The graph's messages at one of its checkpoints, without what the superstep after it has written so far. */
export async function messagesAt(graph: CompiledGraph, config: RunConfig, tuple: CheckpointTuple): Promise<readonly StateMessage[]> {
  const { channel_values: stored, id } = tuple.checkpoint;
  if (!isAssembled(graph)) return messagesIn(stored);
  // Naming the checkpoint keeps getState from applying what the superstep after it has written.
  const { values } = await graph.getState({ ...config, configurable: { ...config.configurable, checkpoint_id: id } } as never);
  return messagesIn(values);
}

/** The messages among a checkpoint's pending writes. Only tasks that finished have any: those that failed or paused left an error or an interrupt. */
export const messagesWrittenTo = ({ pendingWrites = [] }: Pick<CheckpointTuple, 'pendingWrites'>): readonly StateMessage[] =>
  pendingWrites.filter(([, channel]) => channel === MESSAGES).flatMap(([, , value]) => messagesIn({ messages: value }));

/** A delta channel's value isn't in its checkpoint, it is assembled from those before it. */
const isAssembled = (graph: CompiledGraph): boolean => graph.channels[MESSAGES]?.lc_graph_name === 'DeltaChannel';
