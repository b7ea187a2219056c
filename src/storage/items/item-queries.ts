import type { ExpressionBuilder, InferResult } from 'kysely';
import type { Owner } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Namespace, StoreItem } from '../../domain/store-item.ts';
import type { ItemView } from '../../orchestrator/ports/item-store.ts';
import type { Tables } from '../entities.ts';
import type { Direction, Given } from '../search.ts';
import { db, type Params } from '../statement.ts';

/** An item with what its place in a list is known by. */
export type ItemRow = {
  readonly id: string;
  readonly item: StoreItem;
  /** How far a refresh moves expiresAt ahead; null: it doesn't expire. */
  readonly ttlMs: number | null;
  /** In the order of `ORDERS[view].columns`. */
  readonly place: readonly (number | string)[];
};

/** Items and their namespaces in a query. */
type Joined = Tables & { readonly i: Tables['store_item']; readonly n: Tables['store_namespace'] };
type OrderColumn = 'n.seq' | 'i.seq' | 'i.id' | 'i.updated_at';

/**
 * A list's order; its columns together are unique. Of seqs two may be equal where processes have put at once.
 */
export const ORDERS: Record<
  ItemView,
  { readonly columns: readonly OrderColumn[]; readonly direction: Direction }
> = {
  GRAPH: { columns: ['n.seq', 'i.seq', 'i.id'], direction: 'ASC' },
  API: { columns: ['i.updated_at', 'n.seq', 'i.seq', 'i.id'], direction: 'DESC' },
};

type Now = { readonly now: number };

export const isAlive = (p: Params<Now>) => (eb: ExpressionBuilder<Joined, 'i'>) =>
  eb.or([eb('i.expires_at', 'is', null), eb('i.expires_at', '>', p('now'))]);

/** An owner's namespaces at or below a path; null paths: all of them. */
export type Below = {
  readonly owner: Owner;
  readonly path: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
};

/** Paths are JSON arrays, so those below begin with the prefix's text and a comma. */
export function belowOf(owner: Owner, prefix: Namespace): Below {
  if (prefix.length === 0) return { owner, path: undefined, from: undefined, to: undefined };
  const path = JSON.stringify(prefix);
  const head = path.slice(0, -1);
  return { owner, path, from: `${head},`, to: `${head}-` }; // - follows ,
}

export const isBelow = (p: Params<Below>, given: Given<Below>) => (eb: ExpressionBuilder<Joined, 'n'>) => {
  const isOwners = eb('n.owner', '=', p('owner'));
  if (given.path === 0) return isOwners;
  const isWithin = eb.and([eb('n.path', '>', p('from')), eb('n.path', '<', p('to'))]);
  return eb.and([isOwners, eb.or([eb('n.path', '=', p('path')), isWithin])]);
};

/** Items that have not expired. */
export const items = (p: Params<Now>) =>
  db
    .selectFrom('store_item as i')
    .innerJoin('store_namespace as n', 'n.id', 'i.namespace_id')
    .select([
      'i.id',
      'n.path',
      'i.key',
      'i.value',
      'i.created_at',
      'i.updated_at',
      'i.expires_at',
      'i.ttl_ms',
    ])
    .select(['i.seq as item_seq', 'n.seq as namespace_seq'])
    .where(isAlive(p));

export type ItemRecord = InferResult<ReturnType<typeof items>>[number];

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
