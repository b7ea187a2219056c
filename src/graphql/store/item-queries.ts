import { isJsonObject, type Json } from '../../domain/json.ts';
import type { FoundItem, Namespace, StoreItem } from '../../domain/store-item.ts';
import { describeRefusal, type Found, type Invalid } from '../../orchestrator/outcomes.ts';
import type { Window } from '../../orchestrator/ports/paging.ts';
import { builder } from '../builder.ts';
import { type ConnectionArgs, numberCursors, type Page, pageOf } from '../connection.ts';
import { requestError } from '../error-masking.ts';

export const StoreItemType = builder.objectRef<StoreItem>('StoreItem').implement({
  description:
    'An item of the long-term store (config.store in graphs): a JSON object under a key in a namespace.',
  fields: (t) => ({
    namespace: t.stringList({
      description: 'Its labels from the root.',
      resolve: (item) => [...item.namespace],
    }),
    key: t.exposeString('key', { description: 'Its key, unique in its namespace.' }),
    value: t.field({ type: 'JSON', description: 'The stored object.', resolve: (item) => item.value }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was first put.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last put.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it expires, unless written or read earlier. Null: never.',
    }),
  }),
});

type Slice = { readonly limit: number; readonly offset: number };

/**
 * A page of a list that storage pages by offset: what something is nearest to has no key that outlives the
 * question. A cursor is a place in the list as it was, so what is put or deleted between two pages shifts
 * them.
 */
async function offsetPage<T>(
  list: string,
  args: ConnectionArgs,
  load: (slice: Slice) => Promise<readonly T[]>,
): Promise<Page<T>> {
  if (args.last != null && args.before == null)
    throw requestError(
      'BAD_USER_INPUT',
      'This list cannot be counted from its end: use first, or combine last with before.',
    );
  const { edges, pageInfo } = await pageOf<Placed<T>, number>(args, {
    cursors: numberCursors(list),
    keyOf: ({ place }) => place,
    load: async (window) => {
      const slice = sliceOf(window);
      const items = slice.limit === 0 ? [] : await load(slice);
      const placed = items.map((item, index) => ({ item, place: slice.offset + index }));
      return window.inverted ? placed.reverse() : placed;
    },
  });
  return { edges: edges.map(({ cursor, node }) => ({ cursor, node: node.item })), pageInfo };
}

type Placed<T> = { readonly item: T; readonly place: number };

/** What lies between the keys, as much of it as is wanted from its start, or from its end. */
function sliceOf({ after, before, limit, inverted }: Window<number>): Slice {
  const start = after === undefined ? 0 : Math.max(0, after + 1);
  const end = before === undefined ? Number.POSITIVE_INFINITY : Math.max(start, before);
  const offset = inverted ? Math.max(start, end - limit) : start;
  return { offset, limit: Math.min(limit, end - offset) };
}

builder.queryField('storeItem', (t) =>
  t.field({
    type: StoreItemType,
    nullable: true,
    description: 'An item of the long-term store. Null: not found or expired.',
    args: {
      namespace: t.arg.stringList({ required: true, description: 'Its namespace.' }),
      key: t.arg.string({ required: true, description: 'Its key.' }),
      refreshTtl: t.arg.boolean({
        description: 'Whether reading refreshes the TTL. Null: defaults to langgraph.json.',
      }),
    },
    resolve: async (_root, { namespace, key, refreshTtl }, { orchestrator, owner }) =>
      answered(await orchestrator.items.get({ owner, namespace, key, refreshTtl: refreshTtl ?? undefined })),
  }),
);

builder.queryField('storeItems', (t) =>
  t.connection(
    {
      type: StoreItemType,
      description:
        'Items of the long-term store: nearest to the query first if langgraph.json configures an embedding, else most recently updated first.',
      args: {
        namespacePrefix: t.arg.stringList({
          description: 'Only items at or below this namespace. Null: all.',
        }),
        filter: t.arg({
          type: 'JSON',
          description:
            'Only items whose value matches these members, by equality or operators ($eq, $ne, $gt, $gte, $lt, $lte, $in, $nin; ordering operators compare numbers).',
        }),
        query: t.arg.string({ description: 'The text to search for.' }),
        refreshTtl: t.arg.boolean({
          description: 'Whether reading refreshes the TTL. Null: defaults to langgraph.json.',
        }),
      },
      resolve: async (_root, args, { orchestrator, owner }) => {
        const { edges, pageInfo } = await offsetPage('storeItems', args, async (slice) =>
          answered(
            await orchestrator.items.search({
              owner,
              prefix: args.namespacePrefix ?? [],
              filter: (args.filter ?? undefined) as Json | undefined,
              query: args.query ?? undefined,
              refreshTtl: args.refreshTtl ?? undefined,
              ...slice,
            }),
          ),
        );
        return { edges, pageInfo };
      },
    },
    { name: 'StoreItemConnection', description: 'A page of items.' },
    {
      name: 'StoreItemEdge',
      description: 'An item in a page, with its cursor.',
      fields: (f) => ({
        score: f.float({
          nullable: true,
          description:
            'The similarity of the item to the query, at most 1. Null: no query, or the item has no indexed text.',
          resolve: ({ node }) => (isFound(node) ? node.score : null),
        }),
      }),
    },
  ),
);

const StoreNamespaceType = builder.objectRef<Namespace>('StoreNamespace').implement({
  description: 'A namespace of the long-term store.',
  fields: (t) => ({
    labels: t.stringList({
      description: 'Its labels from the root.',
      resolve: (namespace) => [...namespace],
    }),
  }),
});

builder.queryField('storeNamespaces', (t) =>
  t.connection(
    {
      type: StoreNamespaceType,
      description: 'Namespaces that contain items, sorted by their labels.',
      args: {
        prefix: t.arg.stringList({
          description: 'Only namespaces that begin with these labels; * matches any one label.',
        }),
        suffix: t.arg.stringList({
          description: 'Only namespaces that end with these labels; * matches any one label.',
        }),
        maxDepth: t.arg.int({
          description:
            'Truncates namespaces to this number of labels and removes duplicates. Null: no truncation.',
        }),
      },
      resolve: (_root, args, { orchestrator, owner }) =>
        offsetPage('storeNamespaces', args, async (slice) => {
          const { prefix, suffix, maxDepth } = args;
          const pattern = {
            prefix: prefix ?? undefined,
            suffix: suffix ?? undefined,
            maxDepth: maxDepth ?? undefined,
          };
          return answered(await orchestrator.items.namespaces({ owner, ...pattern, ...slice }));
        }),
    },
    { name: 'StoreNamespaceConnection', description: 'A page of namespaces.' },
    { name: 'StoreNamespaceEdge', description: 'A namespace in a page, with its cursor.' },
  ),
);

const isFound = (node: unknown): node is FoundItem => isJsonObject(node) && 'score' in node;

function answered<T>(outcome: Found<T> | Invalid): T {
  if (outcome.kind === 'ok') return outcome.value;
  throw requestError('BAD_USER_INPUT', describeRefusal(outcome).message);
}
