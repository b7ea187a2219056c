import * as operations from './generated/graphql.ts';
import type { DocumentOf } from './http.ts';
import { type HttpOptions, type Patience, randomId, send } from './http.ts';
import type { Page } from './types.ts';
import { readable } from './types.ts';

export type Assistant = operations.AssistantFragment;
export type NewAssistant = operations.CreateAssistantMutationVariables;
export type AssistantChange = Omit<operations.UpdateAssistantMutationVariables, 'id'>;
export type AssistantsFilter = operations.AssistantsQueryVariables;
export type AssistantVersionsFilter = Omit<operations.AssistantVersionsQueryVariables, 'id'>;
type AssistantOf<Query extends { readonly assistant: unknown }> = NonNullable<Query['assistant']>;
export type AssistantVersion = NonNullable<
  AssistantOf<operations.AssistantVersionsQuery>['versions']['nodes'][number]
>;
export type AssistantGraphResult = AssistantOf<operations.AssistantGraphQuery>['graph'];
export type GraphSchemasResult = AssistantOf<operations.AssistantSchemasQuery>['schemas'];
export type SubgraphsResult = AssistantOf<operations.AssistantSubgraphsQuery>['subgraphs'];
export type CreateAssistantResult = operations.CreateAssistantMutation['createAssistant'];
export type UpdateAssistantResult = operations.UpdateAssistantMutation['updateAssistant'];
export type SetLatestAssistantVersionResult =
  operations.SetLatestAssistantVersionMutation['setLatestAssistantVersion'];
export type DeleteAssistantResult = operations.DeleteAssistantMutation['deleteAssistant'];
type CountedPage<Node> = Page<Node> & { readonly totalCount: number };

/**
 * Assistants. `id` may always be a graph's name, for its default assistant. Reads resolve to null if the
 * assistant does not exist.
 */
export interface AssistantsClient {
  /** Without an id the client generates one and retries if it gets no response. */
  create(assistant: NewAssistant): Promise<CreateAssistantResult>;
  get(id: string): Promise<Assistant | null>;
  search(filter?: AssistantsFilter): Promise<CountedPage<Assistant>>;
  /** Creates a new version and selects it. Not retried automatically. */
  update(id: string, change: AssistantChange): Promise<UpdateAssistantResult>;
  setLatest(id: string, version: number): Promise<SetLatestAssistantVersionResult>;
  delete(id: string, options?: { readonly deleteThreads?: boolean }): Promise<DeleteAssistantResult>;
  /** Newest first. */
  versions(id: string, filter?: AssistantVersionsFilter): Promise<CountedPage<AssistantVersion> | null>;
  /** `xray` includes the nodes of subgraphs down to this depth. */
  graph(id: string, options?: { readonly xray?: number }): Promise<AssistantGraphResult | null>;
  schemas(id: string): Promise<GraphSchemasResult | null>;
  subgraphs(
    id: string,
    options?: { readonly namespace?: string; readonly recurse?: boolean },
  ): Promise<SubgraphsResult | null>;
}

/** Request options: for requests that may be retried, and for others. */
type Sending = { readonly http: HttpOptions; readonly once: Patience; readonly repeatable: Patience };

export function assistantsClient({ http, once, repeatable }: Sending): AssistantsClient {
  const read = <Result, Variables>(operation: DocumentOf<Result, Variables>, variables: Variables) =>
    send(http, operation, variables, repeatable);
  return {
    create: async (assistant) => {
      // An id of our own can't exist yet, so RETURN only ever finds what an earlier try of the same request
      // made.
      const variables =
        assistant.id == null ? { ...assistant, id: randomId(), ifExists: 'RETURN' as const } : assistant;
      const patience = variables.ifExists === 'RETURN' ? repeatable : once;
      return (await send(http, operations.CreateAssistantDocument, variables, patience)).createAssistant;
    },
    get: async (id) => (await read(operations.AssistantDocument, { id })).assistant,
    search: async (filter = {}) => readable((await read(operations.AssistantsDocument, filter)).assistants),
    update: async (id, change) =>
      (await send(http, operations.UpdateAssistantDocument, { ...change, id }, once)).updateAssistant,
    setLatest: async (id, version) =>
      (await read(operations.SetLatestAssistantVersionDocument, { id, version })).setLatestAssistantVersion,
    delete: async (id, options = {}) =>
      (await send(http, operations.DeleteAssistantDocument, { id, ...options }, once)).deleteAssistant,
    versions: async (id, filter = {}) => {
      const { assistant } = await read(operations.AssistantVersionsDocument, { id, ...filter });
      return assistant === null ? null : readable(assistant.versions);
    },
    graph: async (id, options = {}) =>
      (await read(operations.AssistantGraphDocument, { id, ...options })).assistant?.graph ?? null,
    schemas: async (id) =>
      (await read(operations.AssistantSchemasDocument, { id })).assistant?.schemas ?? null,
    subgraphs: async (id, options = {}) =>
      (await read(operations.AssistantSubgraphsDocument, { id, ...options })).assistant?.subgraphs ?? null,
  };
}
