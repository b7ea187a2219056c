import type { RunnableConfig } from '@langchain/core/runnables';
import type { CheckpointMetadata } from '@langchain/langgraph-checkpoint';

/** What a saver adds to the metadata that LangGraph gives it, and what of it LangGraph sees again. */
export type MetadataPolicy = {
  readonly stored: (config: RunnableConfig, metadata: CheckpointMetadata) => CheckpointMetadata;
  readonly shown: (metadata: CheckpointMetadata) => CheckpointMetadata;
};

/** LangGraph's and authentication's own, and what only tells where in the thread the checkpoint is. */
const isOwnKey = (key: string): boolean =>
  key.startsWith('__') || key.startsWith('langgraph_') || key === 'checkpoint_id' || key === 'checkpoint_ns' || key === 'checkpoint_map';

const isScalar = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/**
 * With the metadata of the run that wrote it, and the scalars of its configurable (its ids among them), so that a history can be searched for
 * them (protocol.md §1.5). LangGraph doesn't get the run's id back: a run that found its own id in the checkpoint it starts from, which holds
 * what was written ahead of its input, would take that input for a resume.
 */
export const metadataOfRuns: MetadataPolicy = {
  stored: ({ metadata, configurable }, own) =>
    ({
      ...kept(configurable, ([, value]) => isScalar(value)),
      ...kept(metadata, ([, value]) => value !== undefined),
      ...own,
    }) as CheckpointMetadata,
  shown: (metadata) => {
    const { run_id: _, ...shown } = metadata as CheckpointMetadata<{ run_id?: unknown }>;
    return shown as CheckpointMetadata;
  },
};

/** As LangGraph gives it, for readers and for its own tests. */
export const metadataAsGiven: MetadataPolicy = { stored: (_config, metadata) => metadata, shown: (metadata) => metadata };

function kept(members: object | undefined, isKept: (entry: [string, unknown]) => boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members ?? {}).filter((entry) => !isOwnKey(entry[0]) && isKept(entry)));
}
