import type { Owner } from '../../domain/ids.ts';
import type { Namespace, StoreItem } from '../../domain/store-item.ts';
import { listNamespaces } from '../../domain/store-item.ts';
import type {
  GetItem,
  ItemOperation,
  ItemResult,
  ItemStore,
  ItemView,
  ListNamespaces,
  SearchItems,
} from '../../orchestrator/ports/item-store.ts';
import type { Database } from '../database.ts';
import { search } from '../search.ts';
import type { Sql } from '../sql.ts';
import { chunked } from '../sql.ts';
import { byShape, db, type Params, skippingLocked, statement } from '../statement.ts';
import { type Below, belowOf, type ItemRow, isAlive, isBelow, items, toItemRow } from './item-queries.ts';
import { type NearestItems, nearestByComparing, searchItems } from './item-search.ts';
import {
  deleteItem,
  holdNamespaces,
  type ItemWrite,
  lastWrites,
  putItem,
  removeEmptyNamespaces,
  removeExpiredItems,
} from './item-writes.ts';

const byKey = statement((p: Params<{ owner: Owner; path: string; key: string; now: number }>) =>
  items(p).where('n.owner', '=', p('owner')).where('n.path', '=', p('path')).where('i.key', '=', p('key')),
);
const refreshed = byShape((size: number) =>
  statement((p: Params<{ ids: readonly string[]; now: number }>, dialect) => {
    // A locked row is being refreshed or written by another transaction: it is skipped, so that there are no
    // deadlocks.
    const alive = db
      .selectFrom('store_item')
      .select('id')
      .where('id', 'in', p.list('ids', size))
      .where('expires_at', '>', p('now'))
      .$call(skippingLocked(dialect));
    return db
      .updateTable('store_item')
      .set((eb) => ({ expires_at: eb('ttl_ms', '+', eb.cast<number>(eb.val(p('now')), 'bigint')) }))
      .where('id', 'in', alive);
  }),
);
const namespaces = search((p: Params<Below & { now: number }>, given, view: ItemView) => {
  const below = db
    .selectFrom('store_namespace as n')
    .select('n.path')
    .where(isBelow(p, given))
    .orderBy('n.seq')
    .orderBy('n.path');
  if (view === 'GRAPH') return below;
  return below.where(({ exists, selectFrom }) =>
    exists(
      selectFrom('store_item as i').select('i.id').whereRef('i.namespace_id', '=', 'n.id').where(isAlive(p)),
    ),
  );
});

/** The prefix that all patterns share with every namespace that matches, to read no others. */
const commonPrefix = ({ prefixes }: ListNamespaces): Namespace =>
  prefixes.find((prefix) => !prefix.includes('*')) ?? [];

const isWrite = (operation: ItemOperation): operation is ItemWrite =>
  operation.kind === 'put' || operation.kind === 'delete';

export class SqlItemStore implements ItemStore {
  readonly #database: Database;
  readonly #nearest: NearestItems;

  /** @param nearest who compares vectors; default: this process */
  constructor(database: Database, nearest: NearestItems = nearestByComparing) {
    this.#database = database;
    this.#nearest = nearest;
  }

  async perform(
    owner: Owner,
    view: ItemView,
    operations: readonly ItemOperation[],
  ): Promise<readonly ItemResult[]> {
    if (operations.some(isWrite)) {
      return this.#database.transaction(async (sql) => {
        const reading = new Reading(sql, owner, view, this.#nearest);
        const results = await reading.answer(operations);
        const refreshed = await reading.refresh(sql);
        const written = await write(sql, owner, view, operations.filter(isWrite));
        return operations.map(
          (operation, index) => written.get(keyOf(operation)) ?? refreshed(results[index] ?? null),
        );
      });
    }
    const reading = new Reading(this.#database.read, owner, view, this.#nearest);
    const results = await reading.answer(operations);
    if (!reading.needsRefresh) return results;
    const refreshed = await this.#database.transaction((sql) => reading.refresh(sql));
    return results.map(refreshed);
  }

  removeExpired(limit: number): Promise<number> {
    return this.#database.transaction(
      async (sql) => (await removeExpiredItems(sql, limit)) + (await removeEmptyNamespaces(sql, limit)),
    );
  }
}

const keyOf = (operation: ItemOperation): string =>
  isWrite(operation) ? JSON.stringify([operation.namespace, operation.key]) : '';

/** The results by the items written to. */
async function write(
  sql: Sql,
  owner: Owner,
  view: ItemView,
  writes: readonly ItemWrite[],
): Promise<Map<string, StoreItem | boolean>> {
  const slots = await holdNamespaces(sql, owner, view, writes);
  const results = new Map<string, StoreItem | boolean>();
  for (const operation of lastWrites(writes)) {
    if (operation.kind === 'delete') results.set(keyOf(operation), await deleteItem(sql, slots, operation));
    else {
      const { namespace, key, value } = operation;
      results.set(keyOf(operation), {
        namespace,
        key,
        value,
        ...(await putItem(sql, owner, slots, operation)),
      });
    }
  }
  return results;
}

/** The reads of one call. */
class Reading {
  readonly #sql: Sql;
  readonly #owner: Owner;
  readonly #view: ItemView;
  readonly #nearest: NearestItems;
  /** What was read and is to live longer for it: the item to its row. */
  readonly #toRefresh = new Map<StoreItem, ItemRow>();

  constructor(sql: Sql, owner: Owner, view: ItemView, nearest: NearestItems) {
    this.#sql = sql;
    this.#owner = owner;
    this.#view = view;
    this.#nearest = nearest;
  }

  get needsRefresh(): boolean {
    return this.#toRefresh.size > 0;
  }

  /** Null in the places of writes. */
  async answer(operations: readonly ItemOperation[]): Promise<(ItemResult | null)[]> {
    const results: (ItemResult | null)[] = [];
    for (const operation of operations) {
      if (operation.kind === 'get') results.push(await this.#get(operation));
      else if (operation.kind === 'search') results.push(await this.#search(operation));
      else if (operation.kind === 'namespaces') results.push(await this.#namespaces(operation));
      else results.push(null);
    }
    return results;
  }

  /** Extends the expiry of items that were read; resolves with a function that applies it to a result. */
  async refresh(sql: Sql): Promise<<R extends ItemResult | null>(result: R) => R> {
    const now = sql.now.getTime();
    for (const ids of chunked([...this.#toRefresh.values()].map(({ id }) => id)))
      await refreshed(ids.length).run(sql, { ids, now });
    const shown = <I extends StoreItem>(item: I): I => {
      const ttlMs = this.#toRefresh.get(item)?.ttlMs ?? null;
      return ttlMs === null ? item : { ...item, expiresAt: new Date(now + ttlMs) };
    };
    return <R extends ItemResult | null>(result: R): R => {
      if (Array.isArray(result))
        return result.map((item: unknown) => (isItem(item) ? shown(item) : item)) as unknown as R;
      return isItem(result) ? shown(result) : result;
    };
  }

  async #get({ namespace, key, refreshTtl }: GetItem): Promise<StoreItem | null> {
    const path = JSON.stringify(namespace);
    const params = { owner: this.#owner, path, key: JSON.stringify(key), now: this.#sql.now.getTime() };
    const [record] = await byKey.all(this.#sql, params);
    if (record === undefined) return null;
    const row = toItemRow(record, this.#view);
    return this.#noted(row.item, row, refreshTtl);
  }

  async #search({ query, refreshTtl, ...wanted }: SearchItems): Promise<ItemResult<SearchItems>> {
    const found = await searchItems(
      this.#sql,
      { ...wanted, owner: this.#owner, view: this.#view },
      query,
      this.#nearest,
    );
    return found.map(({ row, score }) => this.#noted({ ...row.item, score }, row, refreshTtl));
  }

  async #namespaces(list: ListNamespaces): Promise<ItemResult<ListNamespaces>> {
    const below = { ...belowOf(this.#owner, commonPrefix(list)), now: this.#sql.now.getTime() };
    const records = await namespaces(this.#sql, below, this.#view);
    const { limit, offset } = list;
    return listNamespaces(
      records.map(({ path }) => JSON.parse(path) as Namespace),
      list,
    ).slice(offset, limit === null ? undefined : offset + limit);
  }

  #noted<I extends StoreItem>(item: I, row: ItemRow, refreshTtl: boolean): I {
    if (refreshTtl && row.ttlMs !== null) this.#toRefresh.set(item, row);
    return item;
  }
}

const isItem = (value: unknown): value is StoreItem =>
  typeof value === 'object' && value !== null && 'key' in value;
