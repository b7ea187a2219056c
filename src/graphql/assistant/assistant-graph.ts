import type { GraphDrawing, GraphEdge, GraphNode } from '../../orchestrator/ports/graph-inspector.ts';
import { builder } from '../builder.ts';
import { accepted } from '../error/accepted.ts';
import { ValidationError } from '../error/request-errors.ts';
import { AssistantRef } from './assistant-ref.ts';

const GraphNodeType = builder.objectRef<GraphNode>('GraphNode').implement({
  description: 'A node of a drawing.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its name; within a subgraph, after those of the nodes that lead to it.' }),
    type: t.exposeString('type', { description: 'What it is: schema for the start and the end, runnable for all others.' }),
    data: t.expose('data', { type: 'JSON', description: "What LangChain says of it, such as the node's name." }),
    metadata: t.expose('metadata', { type: 'JSON', nullable: true, description: "The node's metadata; null where it has none." }),
  }),
});

const GraphEdgeType = builder.objectRef<GraphEdge>('GraphEdge').implement({
  description: 'An edge of a drawing.',
  fields: (t) => ({
    source: t.exposeID('source', { description: 'The node that it leaves.' }),
    target: t.exposeID('target', { description: 'The node that it enters.' }),
    label: t.exposeString('label', { nullable: true, description: "The branch's name; null where that is the target's." }),
    conditional: t.exposeBoolean('conditional', { description: 'Whether the graph decides at run time if it is taken.' }),
  }),
});

const AssistantGraphType = builder.objectRef<GraphDrawing>('AssistantGraph').implement({
  description: 'A graph, drawn.',
  fields: (t) => ({
    nodes: t.field({ type: [GraphNodeType], description: 'Its nodes.', resolve: ({ nodes }) => [...nodes] }),
    edges: t.field({ type: [GraphEdgeType], description: 'Its edges.', resolve: ({ edges }) => [...edges] }),
    mermaid: t.exposeString('mermaid', { description: 'The same as a Mermaid flowchart.' }),
  }),
});

builder.objectField(AssistantRef, 'graph', (t) =>
  t.field({
    type: AssistantGraphType,
    description: "The assistant's graph, drawn.",
    errors: {
      types: [ValidationError],
      union: { name: 'AssistantGraphResult', description: 'The drawing, or why the graph can not be had with this configuration.' },
    },
    args: {
      xray: t.arg.int({
        required: true,
        defaultValue: 0,
        description: 'Draw the nodes of subgraphs too, down to this depth; 0: subgraphs are single nodes.',
      }),
    },
    resolve: async (assistant, { xray }, { orchestrator }) =>
      accepted(await orchestrator.assistants.draw(assistant, xray > 0 ? xray : false)).value,
  }),
);
