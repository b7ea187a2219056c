import type {
  GraphDrawing,
  GraphEdge,
  GraphNode,
  GraphSchemas,
  Subgraph,
} from '../../orchestrator/ports/graph-inspector.ts';
import { builder } from '../builder.ts';
import { ValidationError } from '../error-types.ts';
import { unwrapOrThrow } from '../unwrap.ts';
import { AssistantRef } from './assistant-type.ts';

const GraphNodeType = builder.objectRef<GraphNode>('GraphNode').implement({
  description: 'A node of a graph drawing.',
  fields: (t) => ({
    id: t.exposeID('id', {
      description: 'Its name; within a subgraph, prefixed with the names of the enclosing nodes.',
    }),
    type: t.exposeString('type', {
      description: 'Its type: schema for the start and end nodes, runnable for all others.',
    }),
    data: t.expose('data', {
      type: 'JSON',
      description: "LangChain's description of the node, such as its name.",
    }),
    metadata: t.expose('metadata', {
      type: 'JSON',
      nullable: true,
      description: "The node's metadata. Null: none.",
    }),
  }),
});

const GraphEdgeType = builder.objectRef<GraphEdge>('GraphEdge').implement({
  description: 'An edge of a graph drawing.',
  fields: (t) => ({
    source: t.exposeID('source', { description: 'The node where the edge starts.' }),
    target: t.exposeID('target', { description: 'The node where the edge ends.' }),
    label: t.exposeString('label', {
      nullable: true,
      description: "The branch's name. Null: the same as the target's.",
    }),
    conditional: t.exposeBoolean('conditional', {
      description: 'True: the graph decides at run time whether to follow the edge.',
    }),
  }),
});

const AssistantGraphType = builder.objectRef<GraphDrawing>('AssistantGraph').implement({
  description: 'A drawing of a graph.',
  fields: (t) => ({
    nodes: t.field({ type: [GraphNodeType], description: 'Its nodes.', resolve: ({ nodes }) => [...nodes] }),
    edges: t.field({ type: [GraphEdgeType], description: 'Its edges.', resolve: ({ edges }) => [...edges] }),
    mermaid: t.exposeString('mermaid', { description: 'The graph as a Mermaid flowchart.' }),
  }),
});

builder.objectField(AssistantRef, 'graph', (t) =>
  t.field({
    type: AssistantGraphType,
    description: "A drawing of the assistant's graph.",
    errors: {
      types: [ValidationError],
      union: {
        name: 'AssistantGraphResult',
        description: 'The drawing, or why the graph could not be built.',
      },
    },
    args: {
      xray: t.arg.int({
        required: true,
        defaultValue: 0,
        description:
          'Also draws the nodes of subgraphs, down to this depth. 0: each subgraph is a single node.',
      }),
    },
    resolve: async (assistant, { xray }, { orchestrator }) =>
      unwrapOrThrow(await orchestrator.assistants.draw(assistant, xray > 0 ? xray : false)).value,
  }),
);

const UNKNOWN = 'null: the graph does not define one';

const GraphSchemasType = builder.objectRef<GraphSchemas>('GraphSchemas').implement({
  description: "The JSON Schemas of a graph's input, output, state and configuration.",
  fields: (t) => ({
    input: t.expose('input', {
      type: 'JSON',
      nullable: true,
      description: `The schema of a run's input; ${UNKNOWN}.`,
    }),
    output: t.expose('output', {
      type: 'JSON',
      nullable: true,
      description: `The schema of a run's output; ${UNKNOWN}.`,
    }),
    state: t.expose('state', {
      type: 'JSON',
      nullable: true,
      description: `The schema of the state; ${UNKNOWN}.`,
    }),
    config: t.expose('config', {
      type: 'JSON',
      nullable: true,
      description: `The schema of config.configurable; ${UNKNOWN}.`,
    }),
    context: t.expose('context', {
      type: 'JSON',
      nullable: true,
      description: `The schema of the runtime context; ${UNKNOWN}.`,
    }),
  }),
});

const SubgraphType = builder.objectRef<Subgraph>('Subgraph').implement({
  description: 'A graph that is a node of another graph.',
  fields: (t) => ({
    namespace: t.exposeString('namespace', {
      description: 'The names of the nodes that lead to the subgraph, joined by |.',
    }),
    schemas: t.field({
      type: GraphSchemasType,
      description: 'Its schemas.',
      resolve: ({ schemas }) => schemas,
    }),
  }),
});

const SubgraphsType = builder.objectRef<{ readonly subgraphs: readonly Subgraph[] }>('Subgraphs').implement({
  description: 'The subgraphs of a graph.',
  fields: (t) => ({
    subgraphs: t.field({
      type: [SubgraphType],
      description: "The subgraphs in the order of the graph's nodes.",
      resolve: ({ subgraphs }) => [...subgraphs],
    }),
  }),
});

builder.objectFields(AssistantRef, (t) => ({
  schemas: t.field({
    type: GraphSchemasType,
    description: "The schemas of the assistant's graph.",
    errors: {
      types: [ValidationError],
      union: { name: 'GraphSchemasResult', description: 'The schemas, or why the graph could not be built.' },
    },
    resolve: async (assistant, _args, { orchestrator }) =>
      unwrapOrThrow(await orchestrator.assistants.schemas(assistant)).value,
  }),
  subgraphs: t.field({
    type: SubgraphsType,
    description: "The subgraphs of the assistant's graph.",
    errors: {
      types: [ValidationError],
      union: { name: 'SubgraphsResult', description: 'The subgraphs, or why the graph could not be built.' },
    },
    args: {
      namespace: t.arg.string({ description: 'Only the subgraph at this namespace. Null: all subgraphs.' }),
      recurse: t.arg.boolean({
        required: true,
        defaultValue: false,
        description: 'Include subgraphs of subgraphs.',
      }),
    },
    resolve: async (assistant, { namespace, recurse }, { orchestrator }) => ({
      subgraphs: unwrapOrThrow(
        await orchestrator.assistants.subgraphs(assistant, { namespace: namespace ?? undefined, recurse }),
      ).value,
    }),
  }),
}));
