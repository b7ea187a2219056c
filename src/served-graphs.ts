import type { GraphReference } from './graphs/langgraph-json.ts';
import type { ServedGraph } from './orchestrator/assistants/default-assistants.ts';
import type { AssistantSeed } from './orchestrator/ports/deployment.ts';
import type { Logger } from './orchestrator/ports/logger.ts';

/** The graphs as their default assistants show them. Of seeds for graphs that there are not it is told. */
export function servedGraphs(
  graphs: readonly GraphReference[],
  seeds: Readonly<Record<string, AssistantSeed>>,
  logger: Logger,
): ServedGraph[] {
  const known = new Set(graphs.map(({ graphId }) => graphId));
  for (const graphId of Object.keys(seeds))
    if (!known.has(graphId))
      logger.warn({ graphId }, `LANGGRAPH_CONFIG: langgraph.json has no graph "${graphId}"; what is said of it changes nothing`);
  return graphs.map(({ graphId, description }) => ({ graphId, description, seed: seeds[graphId] ?? { config: {}, context: {} } }));
}
