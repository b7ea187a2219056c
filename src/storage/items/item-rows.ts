import { defineEntity } from '@mikro-orm/core';
import type { Owner } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Namespace } from '../../domain/store-item.ts';
import { bigInteger, json, partOf, text, time, vector } from '../columns.ts';

/**
 * A namespace of the long-term store. It outlives its items for a while: LangGraph's own store lists it then,
 * too.
 */
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

/**
 * A text of an item as numbers, for semantic search: 32-bit floats, as bytes on SQLite and as real[] on
 * PostgreSQL.
 */
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
