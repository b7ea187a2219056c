import { cosineSimilarity, type Vector } from '../../domain/embedding.ts';
import type { Owner } from '../../domain/ids.ts';
import { matchesFilter } from '../../domain/store-item.ts';
import type { ItemView, SearchItems } from '../../orchestrator/ports/item-store.ts';
import type { Sql } from '../sql.ts';
import { type Condition, chunked, placeholders } from '../sql.ts';
import { allOf, ITEM_COLUMNS, ITEM_TABLES, type ItemRecord, type ItemRow, isAlive, isBelow, ORDERS, toItemRow } from './item-rows.ts';

/** Rows that are read at a time where a filter decides how many it takes. */
export const PAGE_ROWS = 256;

export type CandidateQuery = Pick<SearchItems, 'prefix' | 'filter'> & { readonly owner: Owner; readonly view: ItemView };

export const passesFilter = ({ filter, view }: CandidateQuery, { item }: ItemRow): boolean =>
  filter === null || matchesFilter(item.value, filter, view === 'GRAPH' ? 'SCALARS' : 'DEEP');

/** What a search is about, in the view's order: page after page, each with the items of it that pass the filter. */
async function* candidates(sql: Sql, query: CandidateQuery, extra: readonly Condition[] = []): AsyncGenerator<ItemRow[]> {
  const { owner, view, prefix } = query;
  const { columns, direction } = ORDERS[view];
  const order = columns.map((column) => `${column} ${direction}`).join(', ');
  const beyond = `(${columns.join(', ')}) ${direction === 'asc' ? '>' : '<'} (${columns.map(() => '?').join(', ')})`;
  const common = [isBelow(owner, prefix), isAlive(sql.now), ...extra];
  let last: ItemRow | undefined;
  do {
    const { text, params } = allOf(last === undefined ? common : [...common, { text: beyond, params: last.place }]);
    const records = await sql.all<ItemRecord>(
      `select ${ITEM_COLUMNS} from ${ITEM_TABLES} where ${text} order by ${order} limit ${PAGE_ROWS}`,
      params,
    );
    const rows = records.map((record) => toItemRow(record, view));
    yield rows.filter((row) => passesFilter(query, row));
    last = rows.length === PAGE_ROWS ? rows.at(-1) : undefined;
  } while (last !== undefined);
}

/** Items `offset` to `offset + limit` of those that pass; without a filter no others are read. */
async function candidatePage(
  sql: Sql,
  query: CandidateQuery,
  { limit, offset }: { readonly limit: number; readonly offset: number },
  extra: readonly Condition[] = [],
): Promise<ItemRow[]> {
  if (limit === 0) return [];
  if (query.filter === null) return unfilteredPage(sql, query, limit, offset, extra);
  const found: ItemRow[] = [];
  for await (const page of candidates(sql, query, extra)) {
    found.push(...page);
    if (found.length >= offset + limit) break;
  }
  return found.slice(offset, offset + limit);
}

async function unfilteredPage(
  sql: Sql,
  { owner, view, prefix }: CandidateQuery,
  limit: number,
  offset: number,
  extra: readonly Condition[],
): Promise<ItemRow[]> {
  const { columns, direction } = ORDERS[view];
  const { text, params } = allOf([isBelow(owner, prefix), isAlive(sql.now), ...extra]);
  const order = columns.map((column) => `${column} ${direction}`).join(', ');
  const records = await sql.all<ItemRecord>(`select ${ITEM_COLUMNS} from ${ITEM_TABLES} where ${text} order by ${order} limit ? offset ?`, [
    ...params,
    limit,
    offset,
  ]);
  return records.map((record) => toItemRow(record, view));
}

export type ScoredRow = { readonly row: ItemRow; readonly score: number | null };
export type ItemSearch = CandidateQuery & Pick<SearchItems, 'limit' | 'offset'>;
/** The nearest `limit` items behind the first `offset`, nearest first; equally near ones in the view's order. */
export type NearestItems = (sql: Sql, search: ItemSearch, query: Vector) => Promise<ScoredRow[]>;

const WITHOUT_VECTORS = { text: 'not exists (select 1 from store_vector v where v.item_id = i.id)', params: [] };

/** A page of items; see SearchItems. */
export async function searchItems(sql: Sql, search: ItemSearch, query: Vector | null, nearest: NearestItems): Promise<ScoredRow[]> {
  if (query === null) return unscored(await candidatePage(sql, search, search));
  const scored = search.limit === 0 ? [] : await nearest(sql, search, query);
  const room = search.limit - scored.length;
  return [...scored, ...unscored(await candidatePage(sql, search, { limit: room, offset: 0 }, [WITHOUT_VECTORS]))];
}

const unscored = (rows: readonly ItemRow[]): ScoredRow[] => rows.map((row) => ({ row, score: null }));

/** Compares every vector there is with the query, in this process. Holds no more than a page of candidates and the best so far. */
export const nearestByComparing: NearestItems = async (sql, search, query) => {
  const wanted = search.offset + search.limit;
  let best: (ScoredRow & { readonly score: number })[] = [];
  for await (const page of candidates(sql, search)) {
    const vectors = await vectorsOf(sql, page);
    for (const row of page) {
      const scores = (vectors.get(row.id) ?? []).map((vector) => cosineSimilarity(query, vector));
      if (scores.length > 0) best.push({ row, score: Math.max(...scores) });
    }
    best = best.sort((left, right) => right.score - left.score).slice(0, wanted); // a stable sort keeps the view's order
  }
  return best.slice(search.offset);
};

async function vectorsOf(sql: Sql, rows: readonly ItemRow[]): Promise<Map<string, Vector[]>> {
  const found = new Map<string, Vector[]>();
  for (const chunk of chunked(rows)) {
    const records = await sql.all<{ item_id: string; vector: unknown }>(
      `select item_id, vector from store_vector where item_id in (${placeholders(chunk.length)})`,
      chunk.map(({ id }) => id),
    );
    for (const { item_id, vector } of records) found.set(item_id, [...(found.get(item_id) ?? []), sql.dialect.vectors.decode(vector)]);
  }
  return found;
}
