import type { AssistantVersion } from '../../domain/assistant.ts';
import { builder } from '../builder.ts';
import { numberCursors, pageOf } from '../connection.ts';
import { metadataFilter } from '../json-filter.ts';
import { AssistantRef } from './assistant-ref.ts';

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
