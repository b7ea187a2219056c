import { v7 } from 'uuid';
import type { Owner } from '../../domain/ids.ts';
import type { Namespace } from '../../domain/store-item.ts';
import type { DeleteItem, ItemVector, ItemView, PutItem } from '../../orchestrator/ports/item-store.ts';
import type { Sql } from '../sql.ts';

/** How long a namespace without items is remembered. */
const EMPTY_FOR_MS = 60 * 60 * 1_000;

/** At most `limit`, those first that expired first. Of several processes each takes others. */
export function removeExpiredItems(sql: Sql, limit: number): Promise<number> {
  return sql.run(
    `delete from store_item where id in (
       select id from store_item where expires_at is not null and expires_at <= ? order by expires_at limit ?${sql.dialect.forUpdateSkipLocked}
     )`,
    [sql.now.getTime(), limit],
  );
}

/** At most `limit`. A put that comes meanwhile holds the namespace's row and touches it, so that it no longer is one of these. */
export function removeEmptyNamespaces(sql: Sql, limit: number): Promise<number> {
  return sql.run(
    `delete from store_namespace where touched_at <= ? and not exists (select 1 from store_item where namespace_id = store_namespace.id)
     and id in (
       select n.id from store_namespace n where n.touched_at <= ? and not exists (select 1 from store_item i where i.namespace_id = n.id)
       order by n.touched_at limit ?${sql.dialect.forUpdateSkipLocked}
     )`,
    [sql.now.getTime() - EMPTY_FOR_MS, sql.now.getTime() - EMPTY_FOR_MS, limit],
  );
}

type NamespaceSlot = { readonly id: string; lastSeq: number };
/** By their paths. Those that are held are locked until the transaction ends. */
export type NamespaceSlots = ReadonlyMap<string, NamespaceSlot>;
export type ItemWrite = PutItem | DeleteItem;

const pathOf = (namespace: Namespace): string => JSON.stringify(namespace);

/** The last write to each item, in the place of the first: what LangGraph's InMemoryStore makes of a batch. */
export function lastWrites(writes: readonly ItemWrite[]): ItemWrite[] {
  return [...new Map(writes.map((write) => [JSON.stringify([write.namespace, write.key]), write])).values()];
}

/**
 * Locks the namespaces that are written to, and makes those that there are none of; deletes in view API make none. In the order of their
 * paths, so that two processes never wait for each other.
 */
export async function holdNamespaces(sql: Sql, owner: Owner, view: ItemView, writes: readonly ItemWrite[]): Promise<NamespaceSlots> {
  const puts = new Map<string, { place: number; count: number }>();
  for (const { kind, namespace } of writes) {
    const put = puts.get(pathOf(namespace)) ?? { place: puts.size, count: 0 };
    puts.set(pathOf(namespace), { ...put, count: put.count + (kind === 'put' ? 1 : 0) });
  }
  const [{ seq } = { seq: 0 }] = await sql.all<{ seq: number | string }>(
    'select coalesce(max(seq), 0) as seq from store_namespace where owner = ?',
    [owner],
  );
  const now = sql.now.getTime();
  const slots = new Map<string, NamespaceSlot>();
  for (const [path, { place, count }] of [...puts].sort(([left], [right]) => (left < right ? -1 : 1))) {
    if (count > 0 || view === 'GRAPH')
      await sql.run(
        `insert into store_namespace (id, owner, path, seq, last_seq, touched_at) values (?, ?, ?, ?, 0, ?)
         on conflict (owner, path) do nothing`,
        [v7(), owner, path, Number(seq) + 1 + place, now],
      );
    const [held] = await sql.all<{ id: string; last_seq: number | string }>(
      'update store_namespace set last_seq = last_seq + ?, touched_at = ? where owner = ? and path = ? returning id, last_seq',
      [count, now, owner, path],
    );
    if (held !== undefined) slots.set(path, { id: held.id, lastSeq: Number(held.last_seq) - count });
  }
  return slots;
}

/** Puts the item; its place is kept where it was there already. Returns when it was created and updated. */
export async function putItem(
  sql: Sql,
  owner: Owner,
  slots: NamespaceSlots,
  put: PutItem,
): Promise<{ readonly createdAt: Date; readonly updatedAt: Date; readonly expiresAt: Date | null }> {
  const slot = slots.get(pathOf(put.namespace));
  if (slot === undefined) throw new Error('A namespace is put into that is not held');
  const now = sql.now.getTime();
  const key = JSON.stringify(put.key);
  // What has expired is not there: its successor is a new item.
  await sql.run('delete from store_item where namespace_id = ? and key = ? and expires_at <= ?', [slot.id, key, now]);
  slot.lastSeq += 1;
  const expiresAt = put.ttlMs === null ? null : now + put.ttlMs;
  const [row] = await sql.all<{ id: string; created_at: number | string; updated_at: number | string }>(
    `insert into store_item (id, owner, namespace_id, key, value, seq, created_at, updated_at, expires_at, ttl_ms)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (namespace_id, key) do update set value = excluded.value, expires_at = excluded.expires_at, ttl_ms = excluded.ttl_ms,
       updated_at = case when excluded.updated_at > store_item.updated_at then excluded.updated_at else store_item.updated_at + 1 end
     returning id, created_at, updated_at`,
    [v7(), owner, slot.id, key, JSON.stringify(put.value), slot.lastSeq, now, now, expiresAt, put.ttlMs],
  );
  if (row === undefined) throw new Error('An item was put and is not there');
  await replaceVectors(sql, row.id, put.vectors);
  return {
    createdAt: new Date(Number(row.created_at)),
    updatedAt: new Date(Number(row.updated_at)),
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
  };
}

async function replaceVectors(sql: Sql, itemId: string, vectors: readonly ItemVector[]): Promise<void> {
  await sql.run('delete from store_vector where item_id = ?', [itemId]);
  for (const { path, vector } of vectors)
    await sql.run('insert into store_vector (item_id, path, vector) values (?, ?, ?)', [itemId, path, sql.dialect.vectors.encode(vector)]);
}

/** Was there one? */
export async function deleteItem(sql: Sql, slots: NamespaceSlots, { namespace, key }: DeleteItem): Promise<boolean> {
  const slot = slots.get(pathOf(namespace));
  if (slot === undefined) return false;
  const rows = await sql.all<{ expires_at: number | string | null }>(
    'delete from store_item where namespace_id = ? and key = ? returning expires_at',
    [slot.id, JSON.stringify(key)],
  );
  return rows.some(({ expires_at }) => expires_at === null || Number(expires_at) > sql.now.getTime());
}
