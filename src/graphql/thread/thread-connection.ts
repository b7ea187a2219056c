import type { InputShapeFromFields } from '@pothos/core';
import { parseThreadId } from '../../domain/ids.ts';
import type { Thread } from '../../domain/thread.ts';
import type { ThreadKey, ThreadOrder } from '../../orchestrator/ports/store.ts';
import { threadKey } from '../../orchestrator/search-threads.ts';
import { builder } from '../builder.ts';
import { type CursorCodec, pageOf } from '../connection.ts';
import { jsonFilter } from '../json-filter.ts';
import { OrderDirectionEnum } from '../order-direction.ts';
import { ThreadRef } from './thread-ref.ts';
import { ThreadStatusEnum } from './thread-type.ts';

const ThreadOrderFieldEnum = builder.enumType('ThreadOrderField', {
  description: 'What threads are ordered by.',
  values: {
    CREATED_AT: { description: 'When they were created.' },
    UPDATED_AT: { description: 'When they, their runs or their state last changed.' },
    STATE_UPDATED_AT: { description: 'When a run or an update last changed their state or status.' },
    STATUS: { description: 'Their status, by its name.' },
    THREAD_ID: { description: 'Their id.' },
  },
});

const ThreadOrderInput = builder.inputType('ThreadOrder', {
  description: 'The order of a list of threads; equal ones are ordered by id.',
  fields: (t) => ({
    field: t.field({
      type: ThreadOrderFieldEnum,
      required: true,
      defaultValue: 'UPDATED_AT',
      description: 'What to order by.',
    }),
    direction: t.field({ type: OrderDirectionEnum, required: true, defaultValue: 'DESC', description: 'Which end comes first.' }),
  }),
});

const DEFAULT_ORDER: ThreadOrder = { field: 'UPDATED_AT', direction: 'DESC' };

/** A cursor names the field that it is a place in: it is refused in a list ordered by another one. */
const threadCursors = ({ field }: ThreadOrder): CursorCodec<ThreadKey> => ({
  encode: ({ at, id }) => [field, at, id],
  decode: (value) => {
    if (!Array.isArray(value) || value[0] !== field) return null;
    const [, at, id] = value;
    return (Number.isSafeInteger(at) || typeof at === 'string') && typeof id === 'string' ? { at, id } : null;
  },
});

/** Which threads a query is about. */
const filterArgs = builder.args((arg) => ({
  ids: arg.idList({ description: 'Only these threads.' }),
  status: arg.field({ type: [ThreadStatusEnum], description: 'Only threads with one of these statuses.' }),
  metadata: arg.field({ type: 'JSON', description: 'Only threads whose metadata contains this object.' }),
  values: arg.field({
    type: 'JSON',
    description: 'Only threads whose latest state contains this object. Reads the state of each candidate.',
  }),
}));

builder.queryField('threads', (t) =>
  t.connection(
    {
      type: ThreadRef,
      description: 'Your threads.',
      args: {
        ...filterArgs,
        orderBy: t.arg({ type: ThreadOrderInput, description: 'Their order; by default the most recently updated first.' }),
      },
      resolve: (_root, args, { orchestrator, owner }) => {
        const order = args.orderBy ?? DEFAULT_ORDER;
        const filter = filterOf(args);
        return pageOf<Thread, ThreadKey>(args, {
          cursors: threadCursors(order),
          keyOf: (thread) => threadKey(order.field, thread),
          load: (window) => orchestrator.queries.threads({ owner, ...filter, order, window }),
        });
      },
    },
    { name: 'ThreadConnection', description: 'A page of threads.' },
    { name: 'ThreadEdge', description: 'A thread in a page.' },
  ),
);

builder.queryField('countThreads', (t) =>
  t.int({
    description: 'How many of your threads match; all of them without arguments.',
    args: filterArgs,
    resolve: (_root, args, { orchestrator, owner }) => {
      const { ids, ...filter } = filterOf(args);
      return orchestrator.queries.countThreads({ owner, ...filter, ids: ids?.flatMap((id) => parseThreadId(id) ?? []) });
    },
  }),
);

const filterOf = ({ ids, status, metadata, values }: InputShapeFromFields<typeof filterArgs>) => ({
  ids: ids ?? undefined,
  status: status ?? undefined,
  metadata: jsonFilter('metadata', metadata),
  values: jsonFilter('values', values),
});
