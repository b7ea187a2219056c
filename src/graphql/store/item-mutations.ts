import type { Namespace } from '../../domain/store-item.ts';
import { builder } from '../builder.ts';
import { ValidationError } from '../error-types.ts';
import { unwrapOrThrow } from '../unwrap.ts';
import { StoreItemType } from './item-queries.ts';

builder.mutationField('putStoreItem', (t) =>
  t.field({
    type: StoreItemType,
    description: 'Puts an item into the long-term store, replacing any existing item with its key.',
    errors: {
      types: [ValidationError],
      union: { name: 'PutStoreItemResult', description: 'The item, or why it was not stored.' },
    },
    args: {
      namespace: t.arg.stringList({
        required: true,
        description:
          'Labels from the root: at least one, none empty, none with a period or colon; the first must not be "langgraph".',
      }),
      key: t.arg.string({ required: true, description: 'Its key, unique in its namespace.' }),
      value: t.arg({ type: 'JSON', required: true, description: 'An object.' }),
      index: t.arg.stringList({
        description:
          'The paths of the fields to index for semantic search. Empty: none. Null: defaults to langgraph.json.',
      }),
      ttlMinutes: t.arg.float({
        description: 'The time to live in minutes from now. Null: defaults to langgraph.json.',
      }),
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
  description: 'The result of deleteStoreItem.',
  fields: (t) => ({
    namespace: t.stringList({ description: 'Its namespace.', resolve: (item) => [...item.namespace] }),
    key: t.exposeString('key', { description: 'Its key.' }),
    existed: t.exposeBoolean('existed', { description: 'True if the item existed.' }),
  }),
});

builder.mutationField('deleteStoreItem', (t) =>
  t.field({
    type: DeletedStoreItemType,
    description: 'Deletes an item from the long-term store, if it exists.',
    errors: {
      types: [ValidationError],
      union: {
        name: 'DeleteStoreItemResult',
        description: 'The deletion, or why the namespace or key is invalid.',
      },
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
