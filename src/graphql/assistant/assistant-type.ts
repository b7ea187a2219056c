import type { Assistant, AssistantVersion } from '../../domain/assistant.ts';
import { builder } from '../builder.ts';
import { metadataFilter } from '../common-types.ts';
import { numberCursors, pageOf } from '../connection.ts';

/** The type's name, apart from its fields, so that types which refer to each other need no import cycle. */
export const AssistantRef = builder.objectRef<Assistant>('Assistant');

AssistantRef.implement({
  description: 'A graph with a configuration for its runs. Every graph has a default assistant.',
  fields: (t) => ({
    id: t.exposeID('id', {
      description: "The assistant's UUID; a default assistant's is derived from its graph's name.",
    }),
    graphId: t.exposeString('graphId', { description: 'The name of its graph in langgraph.json.' }),
    name: t.exposeString('name', { description: 'Its display name.' }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'A description of its purpose. Null: none.',
    }),
    config: t.expose('config', {
      type: 'JSON',
      description:
        "LangGraph's config for its runs, { configurable, tags, recursion_limit }; {} if none. A run's own config overrides it.",
    }),
    context: t.expose('context', {
      type: 'JSON',
      description:
        "The graph's runtime context for its runs, the same as config.configurable; {} if none. A run's own context overrides it.",
    }),
    metadata: t.expose('metadata', {
      type: 'JSON',
      description: 'The metadata of the assistant and of its runs; {} if none.',
    }),
    version: t.exposeInt('version', {
      description: 'The selected version, which its next runs use. The first is 1.',
    }),
    isDefault: t.exposeBoolean('isDefault', {
      description: "True for a graph's default assistant, which exists as long as the graph does.",
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last updated.' }),
  }),
});

builder.queryField('assistant', (t) =>
  t.field({
    type: AssistantRef,
    nullable: true,
    description: 'One assistant, by id or by graph name. Null: not found.',
    args: {
      id: t.arg.id({
        required: true,
        description: "The assistant's id, or a graph's name for its default assistant.",
      }),
    },
    resolve: (_root, { id }, { orchestrator, owner }) => orchestrator.assistants.find(owner, id),
  }),
);

const AssistantVersionType = builder.objectRef<AssistantVersion>('AssistantVersion').implement({
  description: 'One version of an assistant.',
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'Its number; the first is 1.' }),
    graphId: t.exposeString('graphId', { description: 'The name of its graph in langgraph.json.' }),
    name: t.exposeString('name', { description: 'The display name.' }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'The description. Null: none.',
    }),
    config: t.expose('config', { type: 'JSON', description: "LangGraph's config for runs; {} if none." }),
    context: t.expose('context', {
      type: 'JSON',
      description: "The graph's runtime context for runs; {} if none.",
    }),
    metadata: t.expose('metadata', { type: 'JSON', description: 'The metadata; {} if none.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the version was created.' }),
  }),
});

builder.objectField(AssistantRef, 'versions', (t) =>
  t.connection(
    {
      type: AssistantVersionType,
      description: "The assistant's versions, newest first.",
      args: {
        metadata: t.arg({ type: 'JSON', description: 'Only versions whose metadata contains this object.' }),
      },
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
          description: 'The number of versions in the whole list, across all pages.',
          resolve: (page) => page.count?.() ?? page.edges.length,
        }),
      }),
    },
    { name: 'AssistantVersionEdge', description: 'A version in a page, with its cursor.' },
  ),
);
