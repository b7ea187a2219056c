import { builder } from '../builder.ts';
import { AssistantRef } from './assistant-ref.ts';

AssistantRef.implement({
  description: 'A graph with the configuration to run it. Every graph has a default assistant.',
  fields: (t) => ({
    id: t.exposeID('id', { description: "The assistant's UUID; a default assistant's is derived from its graph's name." }),
    graphId: t.exposeString('graphId', { description: 'The name of its graph in langgraph.json.' }),
    name: t.exposeString('name', { description: 'What people call it.' }),
    description: t.exposeString('description', { nullable: true, description: 'What it is for; null where nobody said.' }),
    config: t.expose('config', {
      type: 'JSON',
      description:
        "LangGraph's config for its runs, { configurable, tags, recursion_limit }; {} where none is set. A run's own goes over it.",
    }),
    context: t.expose('context', {
      type: 'JSON',
      description:
        "The graph's runtime context for its runs, the same as config.configurable; {} where none is set. A run's own goes over it.",
    }),
    metadata: t.expose('metadata', { type: 'JSON', description: 'What is attached to it and to its runs; {} where nothing is.' }),
    version: t.exposeInt('version', { description: 'The version that is selected: what its next runs get. The first is 1.' }),
    isDefault: t.exposeBoolean('isDefault', {
      description: "Whether it is a graph's default assistant, which is there as long as the graph is.",
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it last changed.' }),
  }),
});

builder.queryField('assistant', (t) =>
  t.field({
    type: AssistantRef,
    nullable: true,
    description: 'One assistant, by id or by graph name. Null where there is none.',
    args: { id: t.arg.id({ required: true, description: "The assistant's id, or a graph's name for its default assistant." }) },
    resolve: (_root, { id }, { orchestrator, owner }) => orchestrator.assistants.find(owner, id),
  }),
);
