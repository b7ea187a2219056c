import type { Namespace } from '../../domain/store-item.ts';
import { builder } from '../builder.ts';
import { ValidationError } from '../error-types.ts';
import { unwrapOrThrow } from '../unwrap.ts';
import { StoreItemType } from './item-queries.ts';

builder.mutationField('putStoreItem', (t) =>
  t.field({
    type: StoreItemType,
    description: 'Puts an item into the long-term store, in place of the one that was there.',
    errors: {
      types: [ValidationError],
      union: { name: 'PutStoreItemResult', description: 'The item, or why it was not stored.' },
    },
    args: {
      namespace: t.arg.stringList({
        required: true,
        description: 'Labels, from the root on: at least one, none empty or with a period or colon in it, the first not "langgraph".',
      }),
      key: t.arg.string({ required: true, description: 'Its name in its namespace.' }),
      value: t.arg({ type: 'JSON', required: true, description: 'An object.' }),
      index: t.arg.stringList({
        description: 'Paths of what semantic search finds the item by; empty: nothing; null: as langgraph.json says.',
      }),
      ttlMinutes: t.arg.float({ description: 'How long it lives from now on; null: as langgraph.json says.' }),
    },
    resolve: async (_root, { namespace, key, value, index, ttlMinutes }, { orchestrator, owner }) =>
      unwrapOrThrow(
        await orchestrator.items.put({
          owner,
          namespace,
          key,
          value: value ?? null,
          index: index ?? undefined,
          ttlMinutes: ttlMinutes ?? undefined,
        }),
      ).value,
  }),
);

type DeletedItem = { readonly namespace: Namespace; readonly key: string; readonly existed: boolean };

const DeletedStoreItemType = builder.objectRef<DeletedItem>('DeletedStoreItem').implement({
  description: 'An item is not in the long-term store, or no longer.',
  fields: (t) => ({
    namespace: t.stringList({ description: 'Its namespace.', resolve: (item) => [...item.namespace] }),
    key: t.exposeString('key', { description: 'Its key.' }),
    existed: t.exposeBoolean('existed', { description: 'Whether there was one.' }),
  }),
});

builder.mutationField('deleteStoreItem', (t) =>
  t.field({
    type: DeletedStoreItemType,
    description: 'Removes an item from the long-term store; does nothing where there is none.',
    errors: {
      types: [ValidationError],
      union: { name: 'DeleteStoreItemResult', description: 'That the item is gone, or what is wrong with its name.' },
    },
    args: {
      namespace: t.arg.stringList({ required: true, description: 'Its namespace.' }),
      key: t.arg.string({ required: true, description: 'Its key.' }),
    },
    resolve: async (_root, { namespace, key }, { orchestrator, owner }) => ({
      namespace,
      key,
      existed: unwrapOrThrow(await orchestrator.items.delete({ owner, namespace, key })).value,
    }),
  }),
);
