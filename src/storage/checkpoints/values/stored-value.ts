import type { Item, Part } from './list-changes.ts';

/**
 * The records of stored values: objects that stand for what JSON doesn't have, as LangGraph's serializer
 * writes them. All have a member `lc`, and what isn't one of them never has (ADR 0023).
 */
export const MARK = 'lc';
/**
 * The type of the one record of our own: a plain object by its entries, because its keys are those of
 * records.
 */
export const ENTRIES = 'entries';
/** LangChain's own wrapping of such objects within messages, which older versions stored. */
export const LEGACY_ESCAPE = '__lc_escaped__';

/**
 * What a row costs beyond its data: keys, index, page overhead. Keeps lists of tiny items from growing chains
 * of rows that are mostly overhead.
 */
export const ROW_BYTES = 128;
/**
 * A value of at most this many characters stands in the checkpoint's own row: the row of a blob would cost
 * more.
 */
const INLINE_CHARS = 64;

/**
 * A channel's array: stored as a change of an older list, or whole. Further changes may refer to it.
 *
 * It is *unwritten* (`change` says what to write) until its put has committed, then *written* (`id` is its
 * blob, `change` is dropped, for it holds the base, the base's base, and so on). An id given by a transaction
 * that failed is overwritten when the write is repeated.
 */
export class StoredList {
  readonly items: readonly Item[];
  /** Of its items, in characters of JSON. */
  readonly size: number;
  /** Of the rows to read for it: its own and those of its bases down to the last whole one. */
  readonly chainSize: number;
  id: number | null;
  change: { readonly base: StoredList | null; readonly parts: readonly Part[]; readonly data: string } | null;
  /** An item's object was changed in place: what is made of it isn't what is stored. */
  isSpoilt = false;

  constructor(
    items: readonly Item[],
    sizes: { readonly size: number; readonly chainSize: number },
    written: { readonly id: number } | { readonly change: NonNullable<StoredList['change']> },
  ) {
    this.items = items;
    this.size = sizes.size;
    this.chainSize = sizes.chainSize;
    this.id = 'id' in written ? written.id : null;
    this.change = 'change' in written ? written.change : null;
  }
}

/** At `path` in a value's data stand only the items that `base` doesn't have. */
export type ListInside = {
  readonly path: readonly (string | number)[];
  readonly base: StoredList;
  readonly parts: readonly Part[];
};

/**
 * Any other value: serialised whole, but for the lists inside it that are known already (the state within a
 * Send, above all).
 */
export class StoredPlain {
  readonly type: 'json' | 'bytes';
  /** JSON, or base64. */
  readonly data: string;
  readonly lists: readonly ListInside[];
  /** Of its blob; null while it has none, and for ever if it is inline or a pending write's. */
  id: number | null = null;

  constructor(type: 'json' | 'bytes', data: string, lists: readonly ListInside[] = []) {
    this.type = type;
    this.data = data;
    this.lists = lists;
  }

  get isInline(): boolean {
    return this.type === 'json' && this.lists.length === 0 && this.data.length <= INLINE_CHARS;
  }
}

export type StoredValue = StoredList | StoredPlain;

/** The id to refer to it by. @throws Error when the put that was to store it failed */
export function requireId(value: StoredValue): number {
  if (value.id === null) throw new Error('Value was not persisted because its put failed');
  return value.id;
}
