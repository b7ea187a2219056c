import { isJsonObject, type Json } from '../../domain/json.ts';
import type { FoundItem, Namespace } from '../../domain/store-item.ts';
import type { Found, Invalid } from '../../orchestrator/orchestrator.ts';
import { builder } from '../builder.ts';
import { requestError } from '../request-error.ts';
import { offsetPage } from './offset-pages.ts';
import { StoreItemType } from './store-item-type.ts';

builder.queryField('storeItem', (t) =>
  t.field({
    type: StoreItemType,
    nullable: true,
    description: 'An item of the long-term store; null where there is none (or it has expired, or is not yours).',
    args: {
      namespace: t.arg.stringList({ required: true, description: 'Its namespace.' }),
      key: t.arg.string({ required: true, description: 'Its key.' }),
      refreshTtl: t.arg.boolean({ description: 'Whether reading it puts its end off; null: as langgraph.json says.' }),
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
        'Items of the long-term store: the nearest to the query first where there is one and langgraph.json names an embedding, else the last updated first.',
      args: {
        namespacePrefix: t.arg.stringList({ description: 'Only items at or below this namespace; null: all.' }),
        filter: t.arg({
          type: 'JSON',
          description:
            'Only items whose value has these members: each equal, or as its operators say ($eq, $ne, $gt, $gte, $lt, $lte, $in, $nin; those of order compare numbers).',
        }),
        query: t.arg.string({ description: 'What the items are to be about.' }),
        refreshTtl: t.arg.boolean({ description: 'Whether reading them puts their ends off; null: as langgraph.json says.' }),
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
      description: 'An item in a page.',
      fields: (f) => ({
        score: f.float({
          nullable: true,
          description: 'How near the item is to the query, at most 1; null where nothing was asked or the item has no text to compare.',
          resolve: ({ node }) => (isFound(node) ? node.score : null),
        }),
      }),
    },
  ),
);

const StoreNamespaceType = builder.objectRef<Namespace>('StoreNamespace').implement({
  description: 'A namespace of the long-term store.',
  fields: (t) => ({ labels: t.stringList({ description: 'Its labels, from the root on.', resolve: (namespace) => [...namespace] }) }),
});

builder.queryField('storeNamespaces', (t) =>
  t.connection(
    {
      type: StoreNamespaceType,
      description: 'Namespaces that hold items, in the order of their labels.',
      args: {
        prefix: t.arg.stringList({ description: 'Only those that begin with these labels; * stands for any one label.' }),
        suffix: t.arg.stringList({ description: 'Only those that end with these labels; * stands for any one label.' }),
        maxDepth: t.arg.int({ description: 'Longer ones are cut to so many labels, and each is listed once; null: whole.' }),
      },
      resolve: (_root, args, { orchestrator, owner }) =>
        offsetPage('storeNamespaces', args, async (slice) => {
          const { prefix, suffix, maxDepth } = args;
          const pattern = { prefix: prefix ?? undefined, suffix: suffix ?? undefined, maxDepth: maxDepth ?? undefined };
          return answered(await orchestrator.items.namespaces({ owner, ...pattern, ...slice }));
        }),
    },
    { name: 'StoreNamespaceConnection', description: 'A page of namespaces.' },
    { name: 'StoreNamespaceEdge', description: 'A namespace in a page.' },
  ),
);

const isFound = (node: unknown): node is FoundItem => isJsonObject(node) && 'score' in node;

function answered<T>(outcome: Found<T> | Invalid): T {
  if (outcome.kind === 'ok') return outcome.value;
  throw requestError('BAD_USER_INPUT', outcome.issues.map(({ path, message }) => `${path.join('.')} ${message}.`).join(' '));
}
