import type { StoreItem } from '../../domain/store-item.ts';
import { builder } from '../builder.ts';

export const StoreItemType = builder.objectRef<StoreItem>('StoreItem').implement({
  description: 'A memory of the long-term store, which graphs have as config.store: a JSON object under a key of a namespace.',
  fields: (t) => ({
    namespace: t.stringList({ description: 'Labels, from the root on.', resolve: (item) => [...item.namespace] }),
    key: t.exposeString('key', { description: 'Its name in its namespace.' }),
    value: t.field({ type: 'JSON', description: 'The object itself.', resolve: (item) => item.value }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was first put.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last put.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'From when on it is gone, unless it is put or read before; null: it stays.',
    }),
  }),
});
