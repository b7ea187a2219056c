import type { Owner } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Namespace } from '../../domain/store-item.ts';
import type { DeleteItem, GetItem, ItemResult, ItemView, ListNamespaces, SearchItems } from './item-store.ts';

/** An operation as its caller has it: texts where storage needs vectors, and what the settings say where nothing is given. */
export type MemoryOperation =
  | (Omit<GetItem, 'refreshTtl'> & RefreshOnRead)
  | {
      readonly kind: 'put';
      readonly namespace: Namespace;
      readonly key: string;
      readonly value: JsonObject;
      /** Paths (see textsAtPath) of what gets vectors; false: nothing. Undefined: what langgraph.json says. */
      readonly index?: readonly string[] | false | undefined;
      /** Minutes that it lives from now on; null: for ever. Undefined: what langgraph.json says. */
      readonly ttlMinutes?: number | null | undefined;
    }
  | DeleteItem
  | (Omit<SearchItems, 'query' | 'refreshTtl'> & RefreshOnRead & { readonly query: string | null })
  | ListNamespaces;

/** Does reading make an item with a time to live that much younger? Undefined: what langgraph.json says. */
type RefreshOnRead = { readonly refreshTtl?: boolean | undefined };

/** The long-term store as graphs and use cases have it. */
export interface LongTermStore {
  /** As ItemStore's perform. Texts are made vectors before anything is read or written; rejects when that fails. */
  batch(owner: Owner, view: ItemView, operations: readonly MemoryOperation[]): Promise<readonly ItemResult[]>;
}

/** Of a process that keeps no items. */
export const NO_LONG_TERM_STORE: LongTermStore = {
  batch: () => Promise.reject(new Error('This process has no long-term store')),
};
