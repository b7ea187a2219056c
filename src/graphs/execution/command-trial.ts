import type { CheckpointTuple } from '@langchain/langgraph';
import type { Json } from '../../domain/json.ts';
import type { CompiledGraph } from '../loading/graph-source.ts';

type Channel = {
  readonly lc_graph_name?: string;
  fromCheckpoint(value: unknown): { update(writes: unknown[]): boolean; get(): unknown };
};

/**
 * Throws what the graph's channels throw at a command's update. LangGraph stores the update as a pending
 * write of the checkpoint before it applies it: one that a reducer refuses would be applied again, and
 * refused, by every run and reader of that checkpoint. So it is tried first, on values that are thrown away.
 *
 * @param tuple the checkpoint that the command is applied to; undefined: there is none
 * @param values the state there: a delta channel's value is in no checkpoint
 */
export function tryUpdate(
  graph: CompiledGraph,
  update: Json,
  tuple: CheckpointTuple | undefined,
  values: unknown,
): void {
  const pairs = (
    Array.isArray(update) ? update : Object.entries((update ?? {}) as object)
  ) as readonly (readonly [string, Json])[];
  for (const [key, writes] of Map.groupBy(pairs, ([key]) => key)) {
    const channel = graph.channels[key] as Channel | undefined;
    if (channel === undefined) continue;
    const stored =
      channel.lc_graph_name === 'DeltaChannel'
        ? (values as Record<string, unknown>)?.[key]
        : tuple?.checkpoint.channel_values[key];
    channel.fromCheckpoint(stored).update(writes.map(([, value]) => structuredClone(value)));
  }
}
