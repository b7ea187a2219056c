import { defineEntity } from '@mikro-orm/core';
import type { Owner } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Namespace, StoreItem } from '../../domain/store-item.ts';
import type { ItemView } from '../../orchestrator/ports/item-store.ts';
import { bigInteger, json, partOf, text, time, vector } from '../columns.ts';
import type { Condition } from '../sql.ts';

/** A namespace of the long-term store. It outlives its items for a while: LangGraph's own store lists it then, too. */
export const StoreNamespaceRow = defineEntity({
  name: 'StoreNamespace',
  tableName: 'store_namespace',
  properties: {
    id: text().primary(),
    owner: text<Owner>(),
    /** JSON array of the labels: any text is kept as it is, and those of a prefix are a range. */
    path: json<Namespace>(),
    /** Its place among the owner's namespaces, in the order in which they were first used. */
    seq: bigInteger(),
    /** The last seq that an item of it got. */
    lastSeq: bigInteger(),
    touchedAt: time(),
  },
  uniques: [{ name: 'store_namespace_path', properties: ['owner', 'path'] }],
  indexes: [
    { name: 'store_namespace_seq', properties: ['owner', 'seq'] },
    { name: 'store_namespace_touched', properties: ['touchedAt'] },
  ],
});

export const StoreItemRow = defineEntity({
  name: 'StoreItem',
  tableName: 'store_item',
  properties: {
    id: text().primary(),
    owner: text<Owner>(),
    namespaceId: partOf(StoreNamespaceRow, 'namespace_id'),
    /** As JSON, so that any text is kept as it is. */
    key: json<string>(),
    value: json<JsonObject>(),
    /** Its place in its namespace, in the order in which they were first put. */
    seq: bigInteger(),
    createdAt: time(),
    updatedAt: time(),
    expiresAt: time().nullable(),
    /** How far a refresh moves expiresAt ahead of now. */
    ttlMs: bigInteger().nullable(),
  },
  uniques: [{ name: 'store_item_key', properties: ['namespaceId', 'key'] }],
  indexes: [
    { name: 'store_item_owner_updated', properties: ['owner', 'updatedAt'] },
    { name: 'store_item_expires', properties: ['expiresAt'], where: '"expires_at" is not null' },
  ],
});

/** A text of an item as numbers, for semantic search: 32-bit floats, as bytes on SQLite and as real[] on PostgreSQL. */
export const StoreVectorRow = defineEntity({
  name: 'StoreVector',
  tableName: 'store_vector',
  properties: {
    itemId: partOf(StoreItemRow, 'item_id').primary(),
    /** Which text of the item, its place there included. */
    path: text().primary(),
    vector: vector(),
  },
});

/** An item with what its place in a list is known by. */
export type ItemRow = {
  readonly id: string;
  readonly item: StoreItem;
  /** How far a refresh moves expiresAt ahead; null: it doesn't expire. */
  readonly ttlMs: number | null;
  /** In the order of `ORDERS[view].columns`. */
  readonly place: readonly (number | string)[];
};

/** The columns of a list's order; together they are unique. Of seqs two may be equal where processes have put at once. */
export const ORDERS: Record<ItemView, { readonly columns: readonly string[]; readonly direction: 'asc' | 'desc' }> = {
  GRAPH: { columns: ['n.seq', 'i.seq', 'i.id'], direction: 'asc' },
  API: { columns: ['i.updated_at', 'n.seq', 'i.seq', 'i.id'], direction: 'desc' },
};

export const ITEM_COLUMNS =
  'i.id, n.path, i.key, i.value, i.created_at, i.updated_at, i.expires_at, i.ttl_ms, i.seq as item_seq, n.seq as namespace_seq';
export const ITEM_TABLES = 'store_item i join store_namespace n on n.id = i.namespace_id';

export type ItemRecord = {
  readonly id: string;
  readonly path: string;
  readonly key: string;
  readonly value: string;
  readonly created_at: number | string;
  readonly updated_at: number | string;
  readonly expires_at: number | string | null;
  readonly ttl_ms: number | string | null;
  readonly item_seq: number | string;
  readonly namespace_seq: number | string;
};

export function toItemRow(record: ItemRecord, view: ItemView): ItemRow {
  const { id, path, key, value, expires_at, ttl_ms } = record;
  const seqs = [Number(record.namespace_seq), Number(record.item_seq), id];
  return {
    id,
    item: {
      namespace: JSON.parse(path) as Namespace,
      key: JSON.parse(key) as string,
      value: JSON.parse(value) as JsonObject,
      createdAt: new Date(Number(record.created_at)),
      updatedAt: new Date(Number(record.updated_at)),
      expiresAt: expires_at === null ? null : new Date(Number(expires_at)),
    },
    ttlMs: ttl_ms === null ? null : Number(ttl_ms),
    place: view === 'GRAPH' ? seqs : [Number(record.updated_at), ...seqs],
  };
}

export const isAlive = (now: Date): Condition => ({ text: '(i.expires_at is null or i.expires_at > ?)', params: [now.getTime()] });

/** The owner's namespaces at or below `prefix`; paths are JSON arrays, so those below begin with its text and a comma. */
export function isBelow(owner: Owner, prefix: Namespace): Condition {
  if (prefix.length === 0) return { text: 'n.owner = ?', params: [owner] };
  const text = JSON.stringify(prefix);
  const head = text.slice(0, -1);
  return { text: 'n.owner = ? and (n.path = ? or (n.path > ? and n.path < ?))', params: [owner, text, `${head},`, `${head}-`] }; // - follows ,
}

export const allOf = (conditions: readonly Condition[]): Condition => ({
  text: conditions.map(({ text }) => text).join(' and '),
  params: conditions.flatMap(({ params }) => params),
});
