import type { Assistant, AssistantVersion } from '../../domain/assistant.ts';
import { builder } from '../builder.ts';
import { metadataFilter } from '../common-types.ts';
import { numberCursors, pageOf } from '../connection.ts';

/** The type's name, apart from its fields, so that types which refer to each other need no import cycle. */
export const AssistantRef = builder.objectRef<Assistant>('Assistant');

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

const AssistantVersionType = builder.objectRef<AssistantVersion>('AssistantVersion').implement({
  description: 'An assistant as a change left it.',
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'Its number; the first is 1.' }),
    graphId: t.exposeString('graphId', { description: 'The name of its graph in langgraph.json.' }),
    name: t.exposeString('name', { description: 'What people called it.' }),
    description: t.exposeString('description', { nullable: true, description: 'What it was for; null where nobody said.' }),
    config: t.expose('config', { type: 'JSON', description: "LangGraph's config for its runs; {} where none was set." }),
    context: t.expose('context', { type: 'JSON', description: "The graph's runtime context for its runs; {} where none was set." }),
    metadata: t.expose('metadata', { type: 'JSON', description: 'What was attached to it; {} where nothing was.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the change was made.' }),
  }),
});

builder.objectField(AssistantRef, 'versions', (t) =>
  t.connection(
    {
      type: AssistantVersionType,
      description: "The assistant's versions, the newest first.",
      args: { metadata: t.arg({ type: 'JSON', description: 'Only versions whose metadata contains this object.' }) },
      resolve: async (assistant, args, { orchestrator: { assistants } }) => {
        const metadata = metadataFilter(args.metadata ?? undefined);
        const page = await pageOf<AssistantVersion, number>(args, {
          cursors: numberCursors(`assistant-versions ${assistant.id}`),
          keyOf: ({ version }) => version,
          load: (window) => assistants.versions(assistant, metadata, window),
        });
        return { ...page, count: () => assistants.countVersions(assistant, metadata) };
      },
    },
    {
      name: 'AssistantVersionConnection',
      description: 'A page of versions.',
      fields: (f) => ({
        totalCount: f.int({
          description: 'How many versions the whole list has, whatever the page.',
          resolve: (page) => page.count?.() ?? page.edges.length,
        }),
      }),
    },
    { name: 'AssistantVersionEdge', description: 'A version in a page.' },
  ),
);
