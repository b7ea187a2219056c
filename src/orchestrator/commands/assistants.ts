import type { Assistant, AssistantVersion } from '../../domain/assistant.ts';
import type { Owner } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import { bindTo, type Context, type RunDeps } from '../context.ts';
import type { Found, Invalid } from '../outcomes.ts';
import type { AssistantFilter, AssistantQuery, AssistantSearch } from '../ports/assistants.ts';
import { GraphUnusableError, type InspectedGraph } from '../ports/graph-inspector.ts';
import type { Window } from '../ports/paging.ts';
import { createAssistant, setLatestVersion, updateAssistant } from './change-assistant.ts';
import { findAssistant } from './default-assistants.ts';
import { deleteAssistant } from './delete-assistant.ts';
import { issue } from './validation.ts';

type SubgraphsQuery = { readonly namespace?: string | undefined; readonly recurse: boolean };

/**
 * Assistants: graphs with the configuration to run them. Each graph has a default one, found by the graph's
 * name too. Wherever an id is asked for, that name will do; a graph's name wins over an id (protocol.md
 * §8.3).
 */
export function assistantUseCases(deps: RunDeps) {
  const { graphs, defaults } = deps;
  const reads = deps.store.reads.assistants;
  const bound = bindTo(deps);
  return {
    create: bound(createAssistant),
    /**
     * Makes a new version of what is given over the selected one, and selects it; also when nothing is given.
     */
    update: bound(updateAssistant),
    /** Selects a version: what runs get from now on. */
    setLatest: bound(setLatestVersion),
    /**
     * Removes it with its versions and runs, with its threads if asked; what runs is stopped first. Default
     * assistants stay.
     */
    delete: bound(deleteAssistant),

    find: (owner: Owner, idOrGraph: string): Promise<Assistant | null> =>
      findAssistant(deps, owner, idOrGraph),
    search: async (search: Omit<AssistantSearch, 'defaults'>): Promise<Assistant[]> => {
      await defaults.ensure(search.owner);
      return reads.search({ ...search, defaults: defaults.ids });
    },
    /** The same by keys, for connections. */
    page: async (query: Omit<AssistantQuery, 'defaults'>): Promise<Assistant[]> => {
      await defaults.ensure(query.owner);
      return reads.page({ ...query, defaults: defaults.ids });
    },
    count: async (filter: Omit<AssistantFilter, 'defaults'>): Promise<number> => {
      await defaults.ensure(filter.owner);
      return reads.count({ ...filter, defaults: defaults.ids });
    },
    /** The newest first; keys are versions. The assistant must have been read for its owner. */
    versions: (
      { owner, id }: Assistant,
      metadata: JsonObject | undefined,
      window: Window<number>,
    ): Promise<AssistantVersion[]> => reads.versions({ owner, id, metadata, window }),
    countVersions: ({ owner, id }: Assistant, metadata?: JsonObject): Promise<number> =>
      reads.countVersions(owner, id, metadata),

    /** `xray`: draw subgraphs' own nodes, a number: down to that depth. */
    draw: (assistant: Assistant, xray: boolean | number) =>
      inspect(graphs, assistant, (graph) => graphs.draw(graph, xray)),
    schemas: (assistant: Assistant) => inspect(graphs, assistant, (graph) => graphs.schemas(graph)),
    /** Those at a namespace, or all; `recurse`: those of subgraphs too. */
    subgraphs: (assistant: Assistant, options: SubgraphsQuery) =>
      inspect(graphs, assistant, (graph) => graphs.subgraphs(graph, options)),
  };
}

/**
 * A graph that is no longer served, or whose factory fails with this config, is reported as a fault of the
 * assistant.
 */
async function inspect<T>(
  graphs: Context['graphs'],
  { id, graphId, config }: Assistant,
  look: (graph: InspectedGraph) => Promise<T>,
): Promise<Found<T> | Invalid> {
  if (!graphs.has(graphId))
    return {
      kind: 'invalid',
      issues: [issue('graphId', `the assistant's graph "${graphId}" is not served here`)],
    };
  try {
    return { kind: 'ok', value: await look({ graphId, assistantId: id, config }) };
  } catch (error) {
    if (error instanceof GraphUnusableError) return { kind: 'invalid', issues: [issue('', error.message)] };
    throw error;
  }
}
