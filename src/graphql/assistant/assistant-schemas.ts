import type { GraphSchemas, Subgraph } from '../../orchestrator/ports/graph-inspector.ts';
import { builder } from '../builder.ts';
import { accepted } from '../error/accepted.ts';
import { ValidationError } from '../error/request-errors.ts';
import { AssistantRef } from './assistant-ref.ts';

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
    resolve: async (assistant, _args, { orchestrator }) => accepted(await orchestrator.assistants.schemas(assistant)).value,
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
      subgraphs: accepted(await orchestrator.assistants.subgraphs(assistant, { namespace: namespace ?? undefined, recurse })).value,
    }),
  }),
}));
