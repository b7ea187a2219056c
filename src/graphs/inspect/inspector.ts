import type { JsonObject } from '../../domain/json.ts';
import { describeThrown } from '../../domain/thrown.ts';
import {
  type GraphDrawing,
  type GraphSchemas,
  GraphUnusableError,
  type InspectedGraph,
  type Subgraph,
} from '../../orchestrator/ports/graph-inspector.ts';
import type { CompiledGraph } from '../loading/graph-source.ts';
import type { LoadedGraphs } from '../loading/loaded-graphs.ts';
import { graphSchemas } from './graph-schemas.ts';

/** LangChain's drawing as it is sent. Ids are numbers where nodes have no names. */
type Drawn = {
  readonly nodes: readonly {
    readonly id: string | number;
    readonly type: 'schema' | 'runnable';
    readonly data?: JsonObject;
    readonly metadata?: JsonObject;
  }[];
  readonly edges: readonly {
    readonly source: string | number;
    readonly target: string | number;
    readonly data?: string;
    readonly conditional?: boolean;
  }[];
};

/** `xray`: with the nodes of subgraphs, a number: down to that depth. Rejects where an edge leads nowhere. */
async function drawGraph(graph: CompiledGraph, xray: boolean | number): Promise<GraphDrawing> {
  const drawable = await graph.getGraphAsync({ xray } as Parameters<typeof graph.getGraphAsync>[0]);
  const { nodes, edges } = JSON.parse(JSON.stringify(drawable.toJSON())) as Drawn;
  return {
    nodes: nodes.map(({ id, type, data, metadata }) => ({
      id: String(id),
      type,
      data: data ?? {},
      metadata: metadata ?? null,
    })),
    edges: edges.map(({ source, target, data, conditional }) => ({
      source: String(source),
      target: String(target),
      label: data ?? null,
      conditional: conditional ?? false,
    })),
    mermaid: drawable.drawMermaid(),
  };
}

/** Deeper drawings are all alike. */
const MAX_DEPTH = 32;

/**
 * Looks at loaded graphs when it is asked to, and remembers what it saw of each compiled graph for as long as
 * that lives: what a factory makes is looked at anew each time.
 */
export class LangGraphInspector {
  readonly #graphs: LoadedGraphs;
  readonly #drawings = new WeakMap<CompiledGraph, Map<boolean | number, Promise<GraphDrawing>>>();
  readonly #schemas = new WeakMap<CompiledGraph, GraphSchemas>();

  constructor(graphs: LoadedGraphs) {
    this.#graphs = graphs;
  }

  draw(inspected: InspectedGraph, xray: boolean | number): Promise<GraphDrawing> {
    const depth = typeof xray === 'number' ? Math.min(xray, MAX_DEPTH) : xray;
    return this.#look(inspected, (graph) => {
      const drawings = this.#drawings.get(graph) ?? new Map<boolean | number, Promise<GraphDrawing>>();
      this.#drawings.set(graph, drawings);
      const drawing = drawings.get(depth) ?? drawGraph(graph, depth);
      drawings.set(depth, drawing);
      return drawing;
    });
  }

  schemas(inspected: InspectedGraph): Promise<GraphSchemas> {
    return this.#look(inspected, async (graph) => this.#schemasOf(graph));
  }

  subgraphs(
    inspected: InspectedGraph,
    { namespace, recurse }: { readonly namespace?: string | undefined; readonly recurse: boolean },
  ): Promise<Subgraph[]> {
    return this.#look(inspected, async (graph) => {
      const found: Subgraph[] = [];
      // A nested namespace is only found on the way through those above it.
      for await (const [name, subgraph] of graph.getSubgraphsAsync(
        namespace,
        recurse || namespace?.includes('|') === true,
      ))
        found.push({ namespace: name, schemas: this.#schemasOf(subgraph as CompiledGraph) });
      return found;
    });
  }

  #schemasOf(graph: CompiledGraph): GraphSchemas {
    const schemas = this.#schemas.get(graph) ?? graphSchemas(graph);
    this.#schemas.set(graph, schemas);
    return schemas;
  }

  /** Whatever the user's code and LangGraph throw is reported as the graph's failure. */
  async #look<T>(inspected: InspectedGraph, look: (graph: CompiledGraph) => Promise<T>): Promise<T> {
    try {
      return await look(await this.#graphs.inspected(inspected));
    } catch (cause) {
      throw new GraphUnusableError(describeThrown(cause).message, { cause });
    }
  }
}
