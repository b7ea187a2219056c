import type { Assistant } from '../../domain/assistant.ts';
import type { AssistantKey, AssistantOrder } from '../../orchestrator/ports/assistants.ts';
import { builder } from '../builder.ts';
import { metadataFilter, OrderDirectionEnum } from '../common-types.ts';
import { type CursorCodec, pageOf } from '../connection.ts';
import { AssistantRef } from './assistant-type.ts';

const AssistantOrderFieldEnum = builder.enumType('AssistantOrderField', {
  description: 'The sort keys of assistants.',
  values: {
    CREATED_AT: { description: 'When they were created.' },
    UPDATED_AT: { description: 'When they were last updated.' },
    NAME: { description: 'Their name.' },
  },
});

const AssistantOrderInput = builder.inputType('AssistantOrder', {
  description: 'The sort order of a list of assistants; ties are sorted by id.',
  fields: (t) => ({
    field: t.field({
      type: AssistantOrderFieldEnum,
      required: true,
      defaultValue: 'CREATED_AT',
      description: 'The sort key.',
    }),
    direction: t.field({
      type: OrderDirectionEnum,
      required: true,
      defaultValue: 'DESC',
      description: 'The sort direction.',
    }),
  }),
});

const DEFAULT_ORDER: AssistantOrder = { field: 'CREATED_AT', direction: 'DESC' };

const orderedValue = ({ field }: AssistantOrder, assistant: Assistant): number | string => {
  if (field === 'NAME') return assistant.name;
  return (field === 'CREATED_AT' ? assistant.createdAt : assistant.updatedAt).getTime();
};

/** A cursor names the field whose value it is: it is refused in a list ordered by another one. */
const assistantCursors = ({ field }: AssistantOrder): CursorCodec<AssistantKey> => ({
  encode: ({ value, id }) => ['assistants', field, value, id],
  decode: (decoded) => {
    if (!Array.isArray(decoded) || decoded[0] !== 'assistants' || decoded[1] !== field) return null;
    const [, , value, id] = decoded;
    const isValue = field === 'NAME' ? typeof value === 'string' : Number.isSafeInteger(value);
    return isValue && typeof id === 'string' ? { value, id } : null;
  },
});

builder.queryField('assistants', (t) =>
  t.connection(
    {
      type: AssistantRef,
      description: 'Your assistants, including the default assistants of the graphs.',
      args: {
        graphId: t.arg.string({ description: 'Only assistants of this graph.' }),
        name: t.arg.string({
          description: 'Only assistants whose name contains this text, case-insensitively.',
        }),
        metadata: t.arg({
          type: 'JSON',
          description: 'Only assistants whose metadata contains this object.',
        }),
        orderBy: t.arg({
          type: AssistantOrderInput,
          description: 'The sort order. Defaults to the most recently created first.',
        }),
      },
      resolve: async (_root, args, { orchestrator: { assistants }, owner }) => {
        const order = args.orderBy ?? DEFAULT_ORDER;
        const metadata = metadataFilter(args.metadata ?? undefined);
        const filter = { owner, graphId: args.graphId ?? undefined, name: args.name ?? undefined, metadata };
        const page = await pageOf<Assistant, AssistantKey>(args, {
          cursors: assistantCursors(order),
          keyOf: (assistant) => ({ value: orderedValue(order, assistant), id: assistant.id }),
          load: (window) => assistants.page({ ...filter, order, window }),
        });
        return { ...page, count: () => assistants.count(filter) };
      },
    },
    {
      name: 'AssistantConnection',
      description: 'A page of assistants.',
      fields: (f) => ({
        totalCount: f.int({
          description: 'The number of assistants in the whole list, across all pages.',
          resolve: (page) => page.count?.() ?? page.edges.length,
        }),
      }),
    },
    { name: 'AssistantEdge', description: 'An assistant in a page, with its cursor.' },
  ),
);
