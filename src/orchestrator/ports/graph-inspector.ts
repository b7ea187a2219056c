import type { AssistantId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';

/** With what a graph is built to be looked at. */
export type InspectedGraph = {
  readonly graphId: string;
  readonly assistantId: AssistantId;
  readonly config: JsonObject;
};

/** The graph can't be had with this config, or can't be drawn; the message says why. */
export class GraphUnusableError extends Error {
  override readonly name = 'GraphUnusableError';
}

export type GraphDrawing = {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** The same as a Mermaid flowchart. */
  readonly mermaid: string;
};
export type GraphNode = {
  readonly id: string;
  /** The start and the end are schemas, all others runnables. */
  readonly type: 'schema' | 'runnable';
  readonly data: JsonObject;
  readonly metadata: JsonObject | null;
};
export type GraphEdge = {
  readonly source: string;
  readonly target: string;
  /** The branch's name; null where it is the target's. */
  readonly label: string | null;
  readonly conditional: boolean;
};

/** JSON Schemas (draft 07); null: the graph doesn't say. */
export type GraphSchemas = {
  readonly input: JsonObject | null;
  readonly output: JsonObject | null;
  readonly state: JsonObject | null;
  readonly config: JsonObject | null;
  readonly context: JsonObject | null;
};
/** `namespace`: the names of the nodes that lead to it, joined by `|`. */
export type Subgraph = { readonly namespace: string; readonly schemas: GraphSchemas };
