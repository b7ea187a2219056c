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
import type { Sql } from '../sql.ts';
import { chunked, placeholders } from '../sql.ts';
import { allOf, ITEM_COLUMNS, ITEM_TABLES, type ItemRecord, type ItemRow, isAlive, isBelow, toItemRow } from './item-rows.ts';
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

/** The prefix that all patterns share with every namespace that matches, to read no others. */
const commonPrefix = ({ prefixes }: ListNamespaces): Namespace => prefixes.find((prefix) => !prefix.includes('*')) ?? [];

const isWrite = (operation: ItemOperation): operation is ItemWrite => operation.kind === 'put' || operation.kind === 'delete';

export class SqlItemStore implements ItemStore {
  readonly #database: Database;
  readonly #nearest: NearestItems;

  /** @param nearest who compares vectors; default: this process */
  constructor(database: Database, nearest: NearestItems = nearestByComparing) {
    this.#database = database;
    this.#nearest = nearest;
  }

  async perform(owner: Owner, view: ItemView, operations: readonly ItemOperation[]): Promise<readonly ItemResult[]> {
    if (operations.some(isWrite)) {
      return this.#database.transaction(async (sql) => {
        const reading = new Reading(sql, owner, view, this.#nearest);
        const results = await reading.answer(operations);
        const refreshed = await reading.refresh(sql);
        const written = await write(sql, owner, view, operations.filter(isWrite));
        return operations.map((operation, index) => written.get(keyOf(operation)) ?? refreshed(results[index] ?? null));
      });
    }
    const reading = new Reading(this.#database.read, owner, view, this.#nearest);
    const results = await reading.answer(operations);
    if (!reading.needsRefresh) return results;
    const refreshed = await this.#database.transaction((sql) => reading.refresh(sql));
    return results.map(refreshed);
  }

  removeExpired(limit: number): Promise<number> {
    return this.#database.transaction(async (sql) => (await removeExpiredItems(sql, limit)) + (await removeEmptyNamespaces(sql, limit)));
  }
}

const keyOf = (operation: ItemOperation): string => (isWrite(operation) ? JSON.stringify([operation.namespace, operation.key]) : '');

/** The results by the items written to. */
async function write(sql: Sql, owner: Owner, view: ItemView, writes: readonly ItemWrite[]): Promise<Map<string, StoreItem | boolean>> {
  const slots = await holdNamespaces(sql, owner, view, writes);
  const results = new Map<string, StoreItem | boolean>();
  for (const operation of lastWrites(writes)) {
    if (operation.kind === 'delete') results.set(keyOf(operation), await deleteItem(sql, slots, operation));
    else {
      const { namespace, key, value } = operation;
      results.set(keyOf(operation), { namespace, key, value, ...(await putItem(sql, owner, slots, operation)) });
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

  /** Moves the end of what was read ahead; resolves with how to tell it in a result. */
  async refresh(sql: Sql): Promise<<R extends ItemResult | null>(result: R) => R> {
    const now = sql.now.getTime();
    // A row that is locked is just being refreshed or written by somebody else: nobody waits for it, so that nobody waits in a circle.
    for (const chunk of chunked([...this.#toRefresh.values()].map(({ id }) => id)))
      await sql.run(
        `update store_item set expires_at = cast(? as bigint) + ttl_ms where id in (
           select id from store_item where id in (${placeholders(chunk.length)}) and expires_at > ?${sql.dialect.forUpdateSkipLocked}
         )`,
        [now, ...chunk, now],
      );
    const told = <I extends StoreItem>(item: I): I => {
      const ttlMs = this.#toRefresh.get(item)?.ttlMs ?? null;
      return ttlMs === null ? item : { ...item, expiresAt: new Date(now + ttlMs) };
    };
    return <R extends ItemResult | null>(result: R): R => {
      if (Array.isArray(result)) return result.map((item: unknown) => (isItem(item) ? told(item) : item)) as unknown as R;
      return isItem(result) ? told(result) : result;
    };
  }

  async #get({ namespace, key, refreshTtl }: GetItem): Promise<StoreItem | null> {
    const { text, params } = allOf([
      { text: 'n.owner = ? and n.path = ? and i.key = ?', params: [this.#owner, JSON.stringify(namespace), JSON.stringify(key)] },
      isAlive(this.#sql.now),
    ]);
    const [record] = await this.#sql.all<ItemRecord>(`select ${ITEM_COLUMNS} from ${ITEM_TABLES} where ${text}`, params);
    if (record === undefined) return null;
    const row = toItemRow(record, this.#view);
    return this.#noted(row.item, row, refreshTtl);
  }

  async #search({ query, refreshTtl, ...search }: SearchItems): Promise<ItemResult<SearchItems>> {
    const found = await searchItems(this.#sql, { ...search, owner: this.#owner, view: this.#view }, query, this.#nearest);
    return found.map(({ row, score }) => this.#noted({ ...row.item, score }, row, refreshTtl));
  }

  async #namespaces(list: ListNamespaces): Promise<ItemResult<ListNamespaces>> {
    const below = isBelow(this.#owner, commonPrefix(list));
    const alive = isAlive(this.#sql.now);
    const conditions =
      this.#view === 'GRAPH'
        ? [below]
        : [below, { text: `exists (select 1 from store_item i where i.namespace_id = n.id and ${alive.text})`, params: alive.params }];
    const { text, params } = allOf(conditions);
    const records = await this.#sql.all<{ path: string }>(
      `select n.path from store_namespace n where ${text} order by n.seq, n.path`,
      params,
    );
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

const isItem = (value: unknown): value is StoreItem => typeof value === 'object' && value !== null && 'key' in value;
