import type { Json, JsonObject } from '../../domain/json.ts';
import { isJsonObject } from '../../domain/json.ts';
import { isReservedKey } from '../../domain/run-options.ts';
import type { GraphCall } from '../../orchestrator/ports/graph-host.ts';
import type { InspectedGraph } from '../../orchestrator/ports/graph-inspector.ts';

/** The options of LangGraph that a run's config decides. */
export type RunConfig = {
  readonly configurable: Readonly<Record<string, unknown>>;
  readonly metadata: JsonObject;
  readonly tags?: readonly string[];
  /** Absent: the graph's own bound limit, else LangGraph's 25. */
  readonly recursionLimit?: number;
  readonly maxConcurrency?: number;
  readonly runName?: string;
  /** {}: the run was given none. */
  readonly context: Json;
};

/** Root checkpoint and namespace that a call is about; null: the head. */
export type CheckpointAddress = { readonly ns?: string; readonly checkpointId: string | null };

/**
 * A run's config as LangGraph takes it (protocol.md §7): the caller's configurable without reserved keys, the
 * ids injected, the run's metadata with them.
 */
export function runConfig(graphId: string, call: GraphCall, address: CheckpointAddress): RunConfig {
  const { config } = call;
  const ids = idsOf(graphId, call);
  const { tags, recursion_limit, max_concurrency, run_name } = config;
  return {
    configurable: {
      ...ownedByCaller(config['configurable']),
      ...ids,
      ...(address.ns === undefined || address.ns === '' ? {} : { checkpoint_ns: address.ns }),
      ...(address.checkpointId === null ? {} : { checkpoint_id: address.checkpointId }),
    },
    metadata: { ...ownedByCaller(config['metadata']), ...ownedByCaller(call.metadata), ...ids },
    ...(Array.isArray(tags) ? { tags: tags.filter((tag) => typeof tag === 'string') } : {}),
    ...(typeof recursion_limit === 'number' ? { recursionLimit: recursion_limit } : {}),
    ...(typeof max_concurrency === 'number' ? { maxConcurrency: max_concurrency } : {}),
    ...(typeof run_name === 'string' ? { runName: run_name } : {}),
    context: call.context ?? {},
  };
}

/** The config that a factory of graphs is called with: the caller's, with the ids in its configurable. */
export function factoryConfig(graphId: string, call: GraphCall): { readonly configurable: JsonObject } {
  return {
    ...call.config,
    configurable: { ...ownedByCaller(call.config['configurable']), ...idsOf(graphId, call) },
  };
}

/** The same for a graph that is only looked at. */
export function inspectionConfig({ graphId, assistantId, config }: InspectedGraph): {
  readonly configurable: JsonObject;
} {
  return {
    ...config,
    configurable: { ...ownedByCaller(config['configurable']), graph_id: graphId, assistant_id: assistantId },
  };
}

function idsOf(graphId: string, { threadId, runId, assistantId }: GraphCall): JsonObject {
  return {
    thread_id: threadId,
    graph_id: graphId,
    ...(runId === null ? {} : { run_id: runId }),
    ...(assistantId === null ? {} : { assistant_id: assistantId }),
  };
}

const ownedByCaller = (value: Json | undefined): JsonObject =>
  isJsonObject(value) ? Object.fromEntries(Object.entries(value).filter(([key]) => !isReservedKey(key))) : {};
