import { defineEntity, p } from '@mikro-orm/core';
import { textColumn } from '../entities/text-column.ts';

/** A namespace of the long-term store. It outlives its items for a while: LangGraph's own store lists it then, too. */
export const StoreNamespaceRow = defineEntity({
  name: 'StoreNamespace',
  tableName: 'store_namespace',
  properties: {
    id: textColumn().primary(),
    owner: textColumn(),
    /** JSON array of the labels: any text is kept as it is, and those of a prefix are a range. */
    path: textColumn(),
    /** Its place among the owner's namespaces, in the order in which they were first used. */
    seq: p.bigint('number'),
    /** The last seq that an item of it got. */
    lastSeq: p.bigint('number'),
    touchedAt: p.bigint('number'),
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
    id: textColumn().primary(),
    owner: textColumn(),
    namespace: () => p.manyToOne(StoreNamespaceRow).deleteRule('cascade').updateRule('no action').fieldName('namespace_id').index(false),
    /** As JSON, so that any text is kept as it is. */
    key: textColumn(),
    value: textColumn(),
    /** Its place in its namespace, in the order in which they were first put. */
    seq: p.bigint('number'),
    createdAt: p.bigint('number'),
    updatedAt: p.bigint('number'),
    expiresAt: p.bigint('number').nullable(),
    /** How far a refresh moves expiresAt ahead of now. */
    ttlMs: p.bigint('number').nullable(),
  },
  uniques: [{ name: 'store_item_key', properties: ['namespace', 'key'] }],
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
    item: () => p.manyToOne(StoreItemRow).primary().deleteRule('cascade').updateRule('no action').fieldName('item_id').index(false),
    /** Which text of the item, its place there included. */
    path: textColumn().primary(),
    vector: p.blob().ignoreSchemaChanges('type'),
  },
});
