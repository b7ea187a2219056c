import type { Vector } from '../../domain/embedding.ts';
import type { Owner } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { FoundItem, Namespace, NamespacePattern, StoreItem } from '../../domain/store-item.ts';

/**
 * Makes vectors of texts, near to each other where the texts mean something alike. Rejects when the model
 * can't be reached.
 */
export interface Embedder {
  embedQuery(text: string): Promise<Vector>;
  /** One for each text, in their order. */
  embedDocuments(texts: readonly string[]): Promise<readonly Vector[]>;
}

/** What langgraph.json's `store.index` says. */
export type SemanticIndex = {
  readonly embedder: Embedder;
  /** Numbers of each vector. */
  readonly dims: number;
  /** Paths (see textsAtPath) of what gets a vector, unless a put says otherwise. */
  readonly fields: readonly string[];
};

/** One text of an item as a vector; `path` and the text's place there name it within the item. */
export type ItemVector = { readonly path: string; readonly vector: Vector };

/**
 * For whom an answer is. LangGraph's InMemoryStore, which graphs know, differs from the protocol and from
 * what is sensible to tell clients:
 *
 * GRAPH: items in the order in which their namespaces, and they in those, were first put. Objects and arrays
 * are never equal in a filter. A namespace whose items were all deleted is still listed (for an hour), and so
 * is one in which something was only ever deleted. API: the item that was updated last comes first. Objects
 * and arrays are equal when they hold the same. A namespace is listed while it holds an item.
 */
export type ItemView = 'GRAPH' | 'API';

export type GetItem = {
  readonly kind: 'get';
  readonly namespace: Namespace;
  readonly key: string;
  readonly refreshTtl: boolean;
};
export type PutItem = {
  readonly kind: 'put';
  readonly namespace: Namespace;
  readonly key: string;
  readonly value: JsonObject;
  /** In place of those that the item had. */
  readonly vectors: readonly ItemVector[];
  /** From now on; null: for ever. */
  readonly ttlMs: number | null;
};
export type DeleteItem = { readonly kind: 'delete'; readonly namespace: Namespace; readonly key: string };
export type SearchItems = {
  readonly kind: 'search';
  readonly prefix: Namespace;
  readonly filter: JsonObject | null;
  readonly limit: number;
  readonly offset: number;
  /**
   * The nearest first; then, where the page isn't full, items without vectors, from the first of them on.
   * Null: in the view's order.
   */
  readonly query: Vector | null;
  readonly refreshTtl: boolean;
};
export type ListNamespaces = {
  readonly kind: 'namespaces';
  readonly limit: number | null;
  readonly offset: number;
} & NamespacePattern;

export type ItemOperation = GetItem | PutItem | DeleteItem | SearchItems | ListNamespaces;
/**
 * By kind: get → the item or null; put → the item; delete → whether there was one; search → items; namespaces
 * → namespaces.
 */
export type ItemResult<O extends ItemOperation = ItemOperation> = O extends GetItem
  ? StoreItem | null
  : O extends PutItem
    ? StoreItem
    : O extends DeleteItem
      ? boolean
      : O extends SearchItems
        ? readonly FoundItem[]
        : readonly Namespace[];

/** The items of the long-term store. What has expired isn't there, whether it was removed yet or not. */
export interface ItemStore {
  /**
   * Answers operations in their order. Reads see nothing of the writes that come with them; of several writes
   * to one item the last one counts. All writes are stored, or none.
   */
  perform(owner: Owner, view: ItemView, operations: readonly ItemOperation[]): Promise<readonly ItemResult[]>;
  /**
   * Removes items that have expired, and namespaces that have been empty for an hour; at most `limit` of
   * each. Resolves with how many.
   */
  removeExpired(limit: number): Promise<number>;
}

/**
 * An operation as its caller has it: texts where storage needs vectors, and what the settings say where
 * nothing is given.
 */
export type MemoryOperation =
  | (Omit<GetItem, 'refreshTtl'> & RefreshOnRead)
  | {
      readonly kind: 'put';
      readonly namespace: Namespace;
      readonly key: string;
      readonly value: JsonObject;
      /**
       * Paths (see textsAtPath) of what gets vectors; false: nothing. Undefined: what langgraph.json says.
       */
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
  /**
   * As ItemStore's perform. Texts are made vectors before anything is read or written; rejects when that
   * fails.
   */
  batch(owner: Owner, view: ItemView, operations: readonly MemoryOperation[]): Promise<readonly ItemResult[]>;
}
