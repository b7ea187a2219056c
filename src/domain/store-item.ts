import type { JsonObject } from './json.ts';

/** Where an item of the long-term store is, from its root label on; for example `['memories', 'user-1']`. */
export type Namespace = readonly string[];

/** One memory: a JSON object under a key of a namespace. */
export type StoreItem = {
  readonly namespace: Namespace;
  readonly key: string;
  readonly value: JsonObject;
  readonly createdAt: Date;
  /** Grows with every put, by at least a millisecond. */
  readonly updatedAt: Date;
  /** From when on it is gone; null: it stays. */
  readonly expiresAt: Date | null;
};

/** `score`: how near the item is to the query, 1 for the same direction; null where nothing was asked, or the item has no vectors. */
export type FoundItem = StoreItem & { readonly score: number | null };
