import type { GraphDrawing, GraphEdge, GraphNode, GraphSchemas, Subgraph } from '../../orchestrator/ports/graph-inspector.ts';
import { builder } from '../builder.ts';
import { ValidationError } from '../error-types.ts';
import { unwrapOrThrow } from '../unwrap.ts';
import { AssistantRef } from './assistant-type.ts';

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
      unwrapOrThrow(await orchestrator.assistants.draw(assistant, xray > 0 ? xray : false)).value,
  }),
);

const UNKNOWN = 'null where the graph does not say';

const GraphSchemasType = builder.objectRef<GraphSchemas>('GraphSchemas').implement({
  description: 'What a graph takes and gives, as JSON Schemas.',
  fields: (t) => ({
    input: t.expose('input', { type: 'JSON', nullable: true, description: `Of a run's input; ${UNKNOWN}.` }),
    output: t.expose('output', { type: 'JSON', nullable: true, description: `Of what a run gives; ${UNKNOWN}.` }),
    state: t.expose('state', { type: 'JSON', nullable: true, description: `Of the state; ${UNKNOWN}.` }),
    config: t.expose('config', { type: 'JSON', nullable: true, description: `Of config.configurable; ${UNKNOWN}.` }),
    context: t.expose('context', { type: 'JSON', nullable: true, description: `Of the runtime context; ${UNKNOWN}.` }),
  }),
});

const SubgraphType = builder.objectRef<Subgraph>('Subgraph').implement({
  description: 'A graph that is a node of another one.',
  fields: (t) => ({
    namespace: t.exposeString('namespace', { description: 'The names of the nodes that lead to it, joined by |.' }),
    schemas: t.field({ type: GraphSchemasType, description: 'What it takes and gives.', resolve: ({ schemas }) => schemas }),
  }),
});

const SubgraphsType = builder.objectRef<{ readonly subgraphs: readonly Subgraph[] }>('Subgraphs').implement({
  description: 'Subgraphs of a graph.',
  fields: (t) => ({
    subgraphs: t.field({
      type: [SubgraphType],
      description: "In the order of the graph's nodes; empty where there are none.",
      resolve: ({ subgraphs }) => [...subgraphs],
    }),
  }),
});

builder.objectFields(AssistantRef, (t) => ({
  schemas: t.field({
    type: GraphSchemasType,
    description: "What the assistant's graph takes and gives.",
    errors: {
      types: [ValidationError],
      union: { name: 'GraphSchemasResult', description: 'The schemas, or why the graph can not be had with this configuration.' },
    },
    resolve: async (assistant, _args, { orchestrator }) => unwrapOrThrow(await orchestrator.assistants.schemas(assistant)).value,
  }),
  subgraphs: t.field({
    type: SubgraphsType,
    description: "The subgraphs of the assistant's graph.",
    errors: {
      types: [ValidationError],
      union: { name: 'SubgraphsResult', description: 'The subgraphs, or why the graph can not be had with this configuration.' },
    },
    args: {
      namespace: t.arg.string({ description: 'Only the subgraph at this namespace; null: all.' }),
      recurse: t.arg.boolean({ required: true, defaultValue: false, description: 'Those of subgraphs too.' }),
    },
    resolve: async (assistant, { namespace, recurse }, { orchestrator }) => ({
      subgraphs: unwrapOrThrow(await orchestrator.assistants.subgraphs(assistant, { namespace: namespace ?? undefined, recurse })).value,
    }),
  }),
}));
