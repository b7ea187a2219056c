import type { InputShapeFromFields } from '@pothos/core';
import { parseThreadId } from '../../domain/ids.ts';
import type { Thread } from '../../domain/thread.ts';
import type { ThreadStateJson } from '../../orchestrator/ports/graph-host.ts';
import type { ThreadKey, ThreadOrder } from '../../orchestrator/ports/store.ts';
import type { HistoryEntry } from '../../orchestrator/queries/queries.ts';
import { threadKey } from '../../orchestrator/queries/search-threads.ts';
import { builder } from '../builder.ts';
import { jsonFilter, metadataFilter, OrderDirectionEnum } from '../common-types.ts';
import { type CursorCodec, numberCursors, pageOf } from '../connection.ts';
import { READS_CHECKPOINTS } from '../query-limits.ts';
import { ThreadStateType } from './thread-state-type.ts';
import { ThreadRef, ThreadStatusEnum } from './thread-type.ts';

const ThreadOrderFieldEnum = builder.enumType('ThreadOrderField', {
  description: 'The sort keys of threads.',
  values: {
    CREATED_AT: { description: 'When they were created.' },
    UPDATED_AT: { description: 'When the thread, its runs or its state last changed.' },
    STATE_UPDATED_AT: { description: 'When a run or an update last changed the state or status.' },
    STATUS: { description: 'Their status, by name.' },
    THREAD_ID: { description: 'Their id.' },
  },
});

const ThreadOrderInput = builder.inputType('ThreadOrder', {
  description: 'The sort order of a list of threads; ties are sorted by id.',
  fields: (t) => ({
    field: t.field({
      type: ThreadOrderFieldEnum,
      required: true,
      defaultValue: 'UPDATED_AT',
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
        orderBy: t.arg({
          type: ThreadOrderInput,
          description: 'The sort order. Defaults to the most recently updated first.',
        }),
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
    { name: 'ThreadEdge', description: 'A thread in a page, with its cursor.' },
  ),
);

builder.queryField('countThreads', (t) =>
  t.int({
    description: 'The number of your threads that match; without arguments, of all your threads.',
    args: filterArgs,
    resolve: (_root, args, { orchestrator, owner }) => {
      const { ids, ...filter } = filterOf(args);
      return orchestrator.queries.countThreads({
        owner,
        ...filter,
        ids: ids?.flatMap((id) => parseThreadId(id) ?? []),
      });
    },
  }),
);

const filterOf = ({ ids, status, metadata, values }: InputShapeFromFields<typeof filterArgs>) => ({
  ids: ids ?? undefined,
  status: status ?? undefined,
  metadata: jsonFilter('metadata', metadata),
  values: jsonFilter('values', values),
});

builder.objectField(ThreadRef, 'history', (t) =>
  t.connection(
    {
      type: ThreadStateType,
      extensions: READS_CHECKPOINTS,
      description: "The thread's state at each of its checkpoints, newest first.",
      args: {
        metadata: t.arg({
          type: 'JSON',
          description: 'Only checkpoints whose metadata contains this object.',
        }),
        checkpointNs: t.arg.string({
          description: "The checkpointNs of a subgraph, as in its task's checkpoint. Null: the root graph.",
        }),
      },
      resolve: async (thread, args, { orchestrator }) => {
        const ns = args.checkpointNs ?? '';
        const metadata = metadataFilter(args.metadata ?? undefined);
        const { edges, pageInfo } = await pageOf<HistoryEntry, number>(args, {
          cursors: numberCursors(`history ${thread.id} ${ns}`),
          keyOf: (entry) => entry.key,
          load: (window) => orchestrator.queries.history(thread, metadata, window, ns),
        });
        // GraphQL takes an Error in the place of an item for that item's failure.
        return {
          edges: edges.map(({ cursor, node }) => ({ cursor, node: node.state as ThreadStateJson })),
          pageInfo,
        };
      },
    },
    { name: 'ThreadStateConnection', description: 'A page of states.' },
    { name: 'ThreadStateEdge', description: 'A state in a page, with its cursor.' },
  ),
);
