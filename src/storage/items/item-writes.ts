import { v7 } from 'uuid';
import type { Owner } from '../../domain/ids.ts';
import type { Namespace } from '../../domain/store-item.ts';
import type { DeleteItem, ItemVector, ItemView, PutItem } from '../../orchestrator/ports/item-store.ts';
import type { Sql } from '../sql.ts';
import { db, type Params, skippingLocked, statement } from '../statement.ts';

/** How long a namespace without items is remembered. */
const EMPTY_FOR_MS = 60 * 60 * 1_000;

const removeExpired = statement((p: Params<{ now: number; limit: number }>, dialect) => {
  const expired = db
    .selectFrom('store_item')
    .select('id')
    .where('expires_at', 'is not', null)
    .where('expires_at', '<=', p('now'))
    .orderBy('expires_at')
    .limit(p('limit'))
    .$call(skippingLocked(dialect));
  return db.deleteFrom('store_item').where('id', 'in', expired);
});

/** At most `limit`, those first that expired first. Of several processes each takes others. */
export function removeExpiredItems(sql: Sql, limit: number): Promise<number> {
  return removeExpired.run(sql, { now: sql.now.getTime(), limit });
}

const removeEmpty = statement((p: Params<{ before: number; limit: number }>, dialect) =>
  db
    .deleteFrom('store_namespace')
    .where('touched_at', '<=', p('before'))
    .where(({ exists, not, selectFrom }) =>
      not(exists(selectFrom('store_item').select('id').whereRef('namespace_id', '=', 'store_namespace.id'))),
    )
    .where('id', 'in', ({ selectFrom }) =>
      selectFrom('store_namespace as n')
        .select('n.id')
        .where('n.touched_at', '<=', p('before'))
        .where(({ exists, not, selectFrom }) =>
          not(exists(selectFrom('store_item as i').select('i.id').whereRef('i.namespace_id', '=', 'n.id'))),
        )
        .orderBy('n.touched_at')
        .limit(p('limit'))
        .$call(skippingLocked(dialect)),
    ),
);

/**
 * At most `limit`. A put that comes meanwhile holds the namespace's row and touches it, so that it no longer
 * is one of these.
 */
export function removeEmptyNamespaces(sql: Sql, limit: number): Promise<number> {
  return removeEmpty.run(sql, { before: sql.now.getTime() - EMPTY_FOR_MS, limit });
}

type NamespaceSlot = { readonly id: string; lastSeq: number };
/** By their paths. Those that are held are locked until the transaction ends. */
export type NamespaceSlots = ReadonlyMap<string, NamespaceSlot>;
export type ItemWrite = PutItem | DeleteItem;

const pathOf = (namespace: Namespace): string => JSON.stringify(namespace);

/**
 * The last write to each item, in the place of the first: what LangGraph's InMemoryStore makes of a batch.
 */
export function lastWrites(writes: readonly ItemWrite[]): ItemWrite[] {
  return [...new Map(writes.map((write) => [JSON.stringify([write.namespace, write.key]), write])).values()];
}

type AtPath = { readonly owner: Owner; readonly path: string; readonly now: number };

const lastSeqOf = statement((p: Params<{ owner: Owner }>) =>
  db
    .selectFrom('store_namespace')
    .select(({ fn, lit }) => fn.coalesce(fn.max('seq'), lit(0)).as('seq'))
    .where('owner', '=', p('owner')),
);
const insertNamespace = statement((p: Params<AtPath & { id: string; seq: number }>) =>
  db
    .insertInto('store_namespace')
    .values({
      id: p('id'),
      owner: p('owner'),
      path: p('path'),
      seq: p('seq'),
      last_seq: 0,
      touched_at: p('now'),
    })
    .onConflict((conflict) => conflict.columns(['owner', 'path']).doNothing()),
);
const holdNamespace = statement((p: Params<AtPath & { count: number }>) =>
  db
    .updateTable('store_namespace')
    .set((eb) => ({ last_seq: eb('last_seq', '+', p('count')), touched_at: p('now') }))
    .where('owner', '=', p('owner'))
    .where('path', '=', p('path'))
    .returning(['id', 'last_seq']),
);

/**
 * Locks the namespaces that are written to, and makes those that there are none of; deletes in view API make
 * none. In the order of their paths, so that two processes never wait for each other.
 */
export async function holdNamespaces(
  sql: Sql,
  owner: Owner,
  view: ItemView,
  writes: readonly ItemWrite[],
): Promise<NamespaceSlots> {
  const puts = new Map<string, { place: number; count: number }>();
  for (const { kind, namespace } of writes) {
    const put = puts.get(pathOf(namespace)) ?? { place: puts.size, count: 0 };
    puts.set(pathOf(namespace), { ...put, count: put.count + (kind === 'put' ? 1 : 0) });
  }
  const [{ seq } = { seq: 0 }] = await lastSeqOf.all(sql, { owner });
  const now = sql.now.getTime();
  const slots = new Map<string, NamespaceSlot>();
  for (const [path, { place, count }] of [...puts].sort(([left], [right]) => (left < right ? -1 : 1))) {
    if (count > 0 || view === 'GRAPH')
      await insertNamespace.run(sql, { id: v7(), owner, path, seq: Number(seq) + 1 + place, now });
    const [held] = await holdNamespace.all(sql, { count, now, owner, path });
    if (held !== undefined) slots.set(path, { id: held.id, lastSeq: Number(held.last_seq) - count });
  }
  return slots;
}

type AtKey = { readonly namespaceId: string; readonly key: string };
type Put = AtKey & {
  readonly id: string;
  readonly owner: Owner;
  readonly value: string;
  readonly seq: number;
  readonly now: number;
  readonly expiresAt: number | null;
  readonly ttlMs: number | null;
};

const removeIfExpired = statement((p: Params<AtKey & { now: number }>) =>
  db
    .deleteFrom('store_item')
    .where('namespace_id', '=', p('namespaceId'))
    .where('key', '=', p('key'))
    .where('expires_at', '<=', p('now')),
);
/** An item that is there keeps its place, and is updated at a later time than before. */
const upsert = statement((p: Params<Put>) =>
  db
    .insertInto('store_item')
    .values({
      id: p('id'),
      owner: p('owner'),
      namespace_id: p('namespaceId'),
      key: p('key'),
      value: p('value'),
      seq: p('seq'),
      created_at: p('now'),
      updated_at: p('now'),
      expires_at: p('expiresAt'),
      ttl_ms: p('ttlMs'),
    })
    .onConflict((conflict) =>
      conflict.columns(['namespace_id', 'key']).doUpdateSet((eb) => ({
        value: eb.ref('excluded.value'),
        expires_at: eb.ref('excluded.expires_at'),
        ttl_ms: eb.ref('excluded.ttl_ms'),
        updated_at: eb
          .case()
          .when('excluded.updated_at', '>', eb.ref('store_item.updated_at'))
          .then(eb.ref('excluded.updated_at'))
          .else(eb('store_item.updated_at', '+', 1))
          .end(),
      })),
    )
    .returning(['id', 'created_at', 'updated_at']),
);

/** Puts the item; its place is kept where it was there already. Returns when it was created and updated. */
export async function putItem(
  sql: Sql,
  owner: Owner,
  slots: NamespaceSlots,
  put: PutItem,
): Promise<{ readonly createdAt: Date; readonly updatedAt: Date; readonly expiresAt: Date | null }> {
  const slot = slots.get(pathOf(put.namespace));
  if (slot === undefined) throw new Error('Put into a namespace that is not locked');
  const now = sql.now.getTime();
  const key = JSON.stringify(put.key);
  // What has expired is not there: its successor is a new item.
  await removeIfExpired.run(sql, { namespaceId: slot.id, key, now });
  slot.lastSeq += 1;
  const expiresAt = put.ttlMs === null ? null : now + put.ttlMs;
  const [row] = await upsert.all(sql, {
    id: v7(),
    owner,
    namespaceId: slot.id,
    key,
    value: JSON.stringify(put.value),
    seq: slot.lastSeq,
    now,
    expiresAt,
    ttlMs: put.ttlMs,
  });
  if (row === undefined) throw new Error('A stored item is missing after its put');
  await replaceVectors(sql, row.id, put.vectors);
  return {
    createdAt: new Date(Number(row.created_at)),
    updatedAt: new Date(Number(row.updated_at)),
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
  };
}

const removeVectors = statement((p: Params<{ itemId: string }>) =>
  db.deleteFrom('store_vector').where('item_id', '=', p('itemId')),
);
const insertVector = statement((p: Params<{ itemId: string; path: string; vector: unknown }>) =>
  db.insertInto('store_vector').values({ item_id: p('itemId'), path: p('path'), vector: p('vector') }),
);

async function replaceVectors(sql: Sql, itemId: string, vectors: readonly ItemVector[]): Promise<void> {
  await removeVectors.run(sql, { itemId });
  for (const { path, vector } of vectors)
    await insertVector.run(sql, { itemId, path, vector: sql.dialect.vectors.encode(vector) });
}

const remove = statement((p: Params<AtKey>) =>
  db
    .deleteFrom('store_item')
    .where('namespace_id', '=', p('namespaceId'))
    .where('key', '=', p('key'))
    .returning('expires_at'),
);

/** Was there one? */
export async function deleteItem(
  sql: Sql,
  slots: NamespaceSlots,
  { namespace, key }: DeleteItem,
): Promise<boolean> {
  const slot = slots.get(pathOf(namespace));
  if (slot === undefined) return false;
  const rows = await remove.all(sql, { namespaceId: slot.id, key: JSON.stringify(key) });
  return rows.some(({ expires_at }) => expires_at === null || Number(expires_at) > sql.now.getTime());
}
