import type { Assistant } from '../../domain/assistant.ts';
import type { Context } from '../context.ts';
import type { Found, Invalid } from '../orchestrator.ts';
import { GraphUnusableError, type InspectedGraph } from '../ports/graph-inspector.ts';
import { issue } from '../validation.ts';
import type { Assistants } from './assistants.ts';
import { createAssistant, setLatestVersion, updateAssistant } from './change-assistant.ts';
import type { DefaultAssistants } from './default-assistants.ts';
import { deleteAssistant } from './delete-assistant.ts';
import { findAssistant } from './find-assistant.ts';

/** The use cases about assistants over one context. */
export function assembleAssistants(context: Context, defaults: DefaultAssistants): Assistants {
  const deps = { ...context, defaults };
  const { graphs } = context;
  const reads = context.store.reads.assistants;
  return {
    create: (command) => createAssistant(deps, command),
    update: (command) => updateAssistant(deps, command),
    setLatest: (command) => setLatestVersion(deps, command),
    delete: (command) => deleteAssistant(deps, command),
    find: (owner, idOrGraph) => findAssistant(deps, owner, idOrGraph),
    search: async (search) => {
      await defaults.ensure(search.owner);
      return reads.search({ ...search, defaults: defaults.ids });
    },
    page: async (query) => {
      await defaults.ensure(query.owner);
      return reads.page({ ...query, defaults: defaults.ids });
    },
    count: async (filter) => {
      await defaults.ensure(filter.owner);
      return reads.count({ ...filter, defaults: defaults.ids });
    },
    versions: ({ owner, id }, metadata, window) => reads.versions({ owner, id, metadata, window }),
    countVersions: ({ owner, id }, metadata) => reads.countVersions(owner, id, metadata),
    draw: (assistant, xray) => inspect(graphs, assistant, (graph) => graphs.draw(graph, xray)),
    schemas: (assistant) => inspect(graphs, assistant, (graph) => graphs.schemas(graph)),
    subgraphs: (assistant, options) => inspect(graphs, assistant, (graph) => graphs.subgraphs(graph, options)),
  };
}

/** A graph that isn't served any more, or that its factory doesn't make of this config, is the assistant's trouble, told as such. */
async function inspect<T>(
  graphs: Context['graphs'],
  { id, graphId, config }: Assistant,
  look: (graph: InspectedGraph) => Promise<T>,
): Promise<Found<T> | Invalid> {
  if (!graphs.has(graphId)) return { kind: 'invalid', issues: [issue('graphId', `the assistant's graph "${graphId}" is not served here`)] };
  try {
    return { kind: 'ok', value: await look({ graphId, assistantId: id, config }) };
  } catch (error) {
    if (error instanceof GraphUnusableError) return { kind: 'invalid', issues: [issue('', error.message)] };
    throw error;
  }
}
