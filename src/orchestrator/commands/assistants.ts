import type { Assistant, AssistantVersion } from '../../domain/assistant.ts';
import type { Owner } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Context } from '../context.ts';
import type { Deleted, Found, Invalid, NotFound } from '../outcomes.ts';
import type { AssistantFilter, AssistantKey, AssistantOrder, AssistantSearch } from '../ports/assistants.ts';
import { type GraphDrawing, type GraphSchemas, GraphUnusableError, type InspectedGraph, type Subgraph } from '../ports/graph-inspector.ts';
import type { Window } from '../ports/paging.ts';
import {
  type CreateAssistant,
  type CreateAssistantOutcome,
  createAssistant,
  type SetLatestVersion,
  setLatestVersion,
  type UpdateAssistant,
  updateAssistant,
} from './change-assistant.ts';
import { type DefaultAssistants, findAssistant } from './default-assistants.ts';
import { type DeleteAssistant, deleteAssistant } from './delete-assistant.ts';
import { issue } from './validation.ts';

/**
 * Assistants: graphs with the configuration to run them. Each graph has a default one, found by the graph's name too. Wherever an id is asked
 * for, that name will do; a graph's name wins over an id (protocol.md §8.3).
 */
export interface Assistants {
  create(command: CreateAssistant): Promise<CreateAssistantOutcome>;
  /** Makes a new version of what is given over the selected one, and selects it; also when nothing is given. */
  update(command: UpdateAssistant): Promise<Found<Assistant> | NotFound | Invalid>;
  /** Selects a version: what runs get from now on. */
  setLatest(command: SetLatestVersion): Promise<Found<Assistant> | NotFound>;
  /** Removes it with its versions and runs, with its threads if asked; what runs is stopped first. Default assistants stay. */
  delete(command: DeleteAssistant): Promise<Deleted | NotFound | Invalid>;

  find(owner: Owner, idOrGraph: string): Promise<Assistant | null>;
  search(search: Omit<AssistantSearch, 'defaults'>): Promise<Assistant[]>;
  /** The same by keys, for connections. */
  page(query: AssistantsQuery): Promise<Assistant[]>;
  count(filter: Omit<AssistantFilter, 'defaults'>): Promise<number>;
  /** The newest first; keys are versions. The assistant must have been read for its owner. */
  versions(assistant: Assistant, metadata: JsonObject | undefined, window: Window<number>): Promise<AssistantVersion[]>;
  countVersions(assistant: Assistant, metadata?: JsonObject): Promise<number>;

  /** `xray`: draw subgraphs' own nodes, a number: down to that depth. */
  draw(assistant: Assistant, xray: boolean | number): Promise<Found<GraphDrawing> | Invalid>;
  schemas(assistant: Assistant): Promise<Found<GraphSchemas> | Invalid>;
  /** Those at a namespace, or all; `recurse`: those of subgraphs too. */
  subgraphs(assistant: Assistant, options: SubgraphsQuery): Promise<Found<readonly Subgraph[]> | Invalid>;
}

type AssistantsQuery = Omit<AssistantFilter, 'defaults'> & {
  readonly order: AssistantOrder;
  readonly window: Window<AssistantKey>;
};
type SubgraphsQuery = { readonly namespace?: string | undefined; readonly recurse: boolean };

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

/** A graph that is no longer served, or whose factory fails with this config, is reported as a fault of the assistant. */
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
