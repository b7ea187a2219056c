import type { Assistant, AssistantVersion } from '../../domain/assistant.ts';
import type { Owner } from '../../domain/ids.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { Deleted, Found, Invalid, NotFound } from '../orchestrator.ts';
import type { AssistantFilter, AssistantKey, AssistantOrder, AssistantSearch } from '../ports/assistants.ts';
import type { GraphDrawing, GraphSchemas, Subgraph } from '../ports/graph-inspector.ts';
import type { Window } from '../ports/store.ts';

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

/** Null counts as not given. */
export type AssistantFields = {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly config?: Json | undefined;
  readonly context?: Json | undefined;
  readonly metadata?: Json | undefined;
};
export type CreateAssistant = AssistantFields & {
  readonly owner: Owner;
  readonly id?: string | undefined;
  readonly graphId: string;
  readonly ifExists: 'RAISE' | 'RETURN';
};
export type CreateAssistantOutcome =
  | Found<Assistant>
  | NotFound
  | Invalid
  | { readonly kind: 'exists'; readonly what: 'Assistant'; readonly id: string };
/** config and context replace, metadata is merged (shallow). */
export type UpdateAssistant = AssistantFields & { readonly owner: Owner; readonly id: string; readonly graphId?: string | undefined };
export type SetLatestVersion = { readonly owner: Owner; readonly id: string; readonly version: number };
export type DeleteAssistant = { readonly owner: Owner; readonly id: string; readonly deleteThreads: boolean };
export type AssistantsQuery = Omit<AssistantFilter, 'defaults'> & {
  readonly order: AssistantOrder;
  readonly window: Window<AssistantKey>;
};
export type SubgraphsQuery = { readonly namespace?: string | undefined; readonly recurse: boolean };
