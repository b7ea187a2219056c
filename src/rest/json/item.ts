import type { StoreItem } from '../../domain/store-item.ts';
import type { ItemObject } from '../schemas/store.ts';

/** An item of the store as the protocol has it (protocol.md §1.9). */
export const itemJson = ({ namespace, key, value, createdAt, updatedAt }: StoreItem): ItemObject => ({
  namespace: [...namespace],
  key,
  value,
  created_at: createdAt.toISOString(),
  updated_at: updatedAt.toISOString(),
});
