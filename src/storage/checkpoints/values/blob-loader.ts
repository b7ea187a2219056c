import type { Sql } from '../../sql.ts';
import { byShape, db, type Params, statement } from '../../statement.ts';
import type { BlobType } from '../records/checkpoint-rows.ts';
import { type OfThread, threadIdOf } from '../records/state-version.ts';
import type { Part } from './list-changes.ts';
import { changedItems, type Item, isScalar, Slot, type SlotRegistry } from './list-changes.ts';
import { ROW_BYTES, StoredList, StoredPlain, type StoredValue } from './stored-value.ts';
import type { TextSerde } from './text-serde.ts';

export type BlobRecord = {
  readonly id: number;
  readonly baseId: number | null;
  readonly type: BlobType;
  readonly data: string;
  readonly lists: string | null;
};
/** As `lists` has it for data of type json. */
export type InsideRecord = readonly [
  path: readonly (string | number)[],
  baseId: number,
  parts: readonly Part[],
];

/** The blobs, with every blob that is needed to make values of them. @throws Error when one is missing */
export async function readBlobs(
  sql: Sql,
  threadId: string,
  ids: Iterable<number>,
): Promise<ReadonlyMap<number, BlobRecord>> {
  const records = new Map<number, BlobRecord>();
  for (let missing = new Set(ids); missing.size > 0; ) {
    for (const record of await readChains(sql, threadId, [...missing])) records.set(record.id, record);
    for (const id of missing)
      if (!records.has(id)) throw new Error(`Blob ${id} of thread ${threadId} is missing`);
    missing = new Set([...records.values()].flatMap(insideBases).filter((id) => !records.has(id)));
  }
  return records;
}

const insideOf = ({ type, lists }: Pick<BlobRecord, 'type' | 'lists'>): readonly InsideRecord[] =>
  type === 'json' && lists !== null ? JSON.parse(lists) : [];

export const insideBases = (record: Pick<BlobRecord, 'type' | 'lists'>): readonly number[] =>
  insideOf(record).map(([, baseId]) => baseId);

/** Some of a thread's blobs, and those that they are changes of, down to the first. */
const chains = byShape((size: number) =>
  statement((p: Params<OfThread & { ids: readonly number[] }>) =>
    db
      .withRecursive('wanted(id, base_id)', (wanted) =>
        db
          .selectFrom('blob')
          .select(['id', 'base_id'])
          .where('thread_id', '=', threadIdOf(p))
          .where('id', 'in', p.list('ids', size))
          .union(
            wanted
              .selectFrom('wanted')
              .innerJoin('blob', (join) =>
                join.on('blob.thread_id', '=', threadIdOf(p)).onRef('blob.id', '=', 'wanted.base_id'),
              )
              .select(['blob.id', 'blob.base_id']),
          ),
      )
      .selectFrom('wanted')
      .innerJoin('blob', (join) =>
        join.on('blob.thread_id', '=', threadIdOf(p)).onRef('blob.id', '=', 'wanted.id'),
      )
      .select(['blob.id', 'blob.base_id', 'blob.type', 'blob.data', 'blob.lists']),
  ),
);

async function readChains(sql: Sql, threadId: string, ids: readonly number[]): Promise<BlobRecord[]> {
  // Filled up to a power of two with one of them, so that there are few texts to prepare.
  const filled = Array.from(
    { length: 2 ** Math.ceil(Math.log2(ids.length)) },
    (_, index) => ids[index] ?? ids[0] ?? 0,
  );
  const rows = await chains(filled.length).all(sql, { threadId, ids: filled });
  return rows.map(({ id, base_id, type, data, lists }) => ({
    id: Number(id),
    baseId: base_id === null ? null : Number(base_id),
    type,
    data,
    lists,
  }));
}

/** Makes stored values of blob rows; lists that share rows share their items. */
export class BlobDecoder {
  readonly #records: ReadonlyMap<number, BlobRecord>;
  readonly #serde: TextSerde;
  readonly #slots: SlotRegistry;
  readonly #ownItems = new Map<number, readonly Item[]>();
  readonly #values = new Map<number, StoredValue>();

  constructor(records: ReadonlyMap<number, BlobRecord>, serde: TextSerde, slots: SlotRegistry) {
    this.#records = records;
    this.#serde = serde;
    this.#slots = slots;
  }

  async value(id: number): Promise<StoredValue> {
    const known = this.#values.get(id);
    if (known !== undefined) return known;
    const record = this.#record(id);
    const value =
      record.type === 'list'
        ? await this.#list(record)
        : await this.plain(record.type, record.data, record.lists);
    value.id = id;
    this.#values.set(id, value);
    return value;
  }

  async plain(type: 'json' | 'bytes', data: string, lists: string | null): Promise<StoredPlain> {
    const inside = [];
    for (const [path, baseId, parts] of insideOf({ type, lists }))
      inside.push({ path, base: await this.#listValue(baseId), parts });
    return new StoredPlain(type, data, inside);
  }

  async #listValue(id: number): Promise<StoredList> {
    const value = await this.value(id);
    if (value instanceof StoredList) return value;
    throw new Error(`Blob ${id} is not a list`);
  }

  async #list(top: BlobRecord): Promise<StoredList> {
    const chain: { parts: readonly Part[]; stored: readonly Item[] }[] = [];
    let chainSize = 0;
    for (let record: BlobRecord | null = top; record !== null; ) {
      const stored = this.#itemsOf(record);
      chain.push({ parts: record.lists === null ? [stored.length] : JSON.parse(record.lists), stored });
      chainSize += record.data.length + ROW_BYTES;
      record = record.baseId === null ? null : this.#record(record.baseId);
    }
    const items = changedItems(chain);
    const size = items.reduce(
      (sum: number, item) => sum + (item instanceof Slot ? item.size : String(item).length + 1),
      0,
    );
    return new StoredList(items, { size, chainSize }, { id: top.id });
  }

  #itemsOf({ id, data }: BlobRecord): readonly Item[] {
    const known = this.#ownItems.get(id);
    if (known !== undefined) return known;
    const revived = this.#serde.loads(data) as unknown[];
    const size = Math.ceil(data.length / Math.max(1, revived.length));
    const items = revived.map((item) => this.#item(item, size));
    this.#ownItems.set(id, items);
    return items;
  }

  #item(item: unknown, size: number): Item {
    if (isScalar(item)) return item;
    const slot = new Slot(size, null, null, { item });
    if (typeof item === 'object' && item !== null) this.#slots.bind(item, slot);
    return slot;
  }

  #record(id: number): BlobRecord {
    const record = this.#records.get(id);
    if (record === undefined) throw new Error(`Blob ${id} was not read`);
    return record;
  }
}
