import type { JsonObject } from '../../domain/json.ts';
import type { GraphDrawing } from '../../orchestrator/ports/graph-inspector.ts';
import type { CompiledGraph } from '../graph-source.ts';

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
export async function drawGraph(graph: CompiledGraph, xray: boolean | number): Promise<GraphDrawing> {
  const drawable = await graph.getGraphAsync({ xray } as Parameters<typeof graph.getGraphAsync>[0]);
  const { nodes, edges } = JSON.parse(JSON.stringify(drawable.toJSON())) as Drawn;
  return {
    nodes: nodes.map(({ id, type, data, metadata }) => ({ id: String(id), type, data: data ?? {}, metadata: metadata ?? null })),
    edges: edges.map(({ source, target, data, conditional }) => ({
      source: String(source),
      target: String(target),
      label: data ?? null,
      conditional: conditional ?? false,
    })),
    mermaid: drawable.drawMermaid(),
  };
}
