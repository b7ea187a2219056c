import { cosineSimilarity, type Vector } from '../../domain/embedding.ts';
import type { Owner } from '../../domain/ids.ts';
import { matchesFilter } from '../../domain/store-item.ts';
import type { ItemView, SearchItems } from '../../orchestrator/ports/item-store.ts';
import { type Given, ordered, paged, type Slice, search, type WindowParams } from '../search.ts';
import { inChunks, type Sql } from '../sql.ts';
import { byShape, db, type Params, statement } from '../statement.ts';
import { type Below, belowOf, type ItemRow, isBelow, items, ORDERS, toItemRow } from './item-queries.ts';

/** Rows that are read at a time where a filter decides how many it takes. */
export const PAGE_ROWS = 256;

export type CandidateQuery = Pick<SearchItems, 'prefix' | 'filter'> & {
  readonly owner: Owner;
  readonly view: ItemView;
};

export const passesFilter = ({ filter, view }: CandidateQuery, { item }: ItemRow): boolean =>
  filter === null || matchesFilter(item.value, filter, view === 'GRAPH' ? 'SCALARS' : 'DEEP');

type Options = { readonly view: ItemView; readonly isWithoutVectors: boolean };
export type Scope = Below & { readonly now: number };

function candidatesOf(p: Params<Scope>, given: Given<Below>, { isWithoutVectors }: Options) {
  const candidates = items(p).where(isBelow(p, given));
  if (!isWithoutVectors) return candidates;
  return candidates.where(({ exists, not, selectFrom }) =>
    not(exists(selectFrom('store_vector as v').select('v.item_id').whereRef('v.item_id', '=', 'i.id'))),
  );
}

const pageAfter = search((p: Params<Scope & WindowParams>, given, options: Options) =>
  paged(candidatesOf(p, given, options), { ...ORDERS[options.view], inverted: false }, p, given),
);
const pageAt = search((p: Params<Scope & Slice>, given, options: Options) => {
  const { columns, direction } = ORDERS[options.view];
  return ordered(candidatesOf(p, given, options), columns, direction)
    .limit(p('limit'))
    .offset(p('offset'));
});

export const scopeOf = (sql: Sql, { owner, prefix }: CandidateQuery): Scope => ({
  ...belowOf(owner, prefix),
  now: sql.now.getTime(),
});

/**
 * What a search is about, in the view's order: page after page, each with the items of it that pass the
 * filter.
 */
async function* candidates(
  sql: Sql,
  query: CandidateQuery,
  isWithoutVectors = false,
): AsyncGenerator<ItemRow[]> {
  const { view } = query;
  let last: ItemRow | undefined;
  do {
    const params = { ...scopeOf(sql, query), after: last?.place, before: undefined, limit: PAGE_ROWS };
    const rows = (await pageAfter(sql, params, { view, isWithoutVectors })).map((record) =>
      toItemRow(record, view),
    );
    yield rows.filter((row) => passesFilter(query, row));
    last = rows.length === PAGE_ROWS ? rows.at(-1) : undefined;
  } while (last !== undefined);
}

/** Items `offset` to `offset + limit` of those that pass; without a filter no others are read. */
async function candidatePage(
  sql: Sql,
  query: CandidateQuery,
  { limit, offset }: Slice,
  isWithoutVectors = false,
): Promise<ItemRow[]> {
  const { view, filter } = query;
  if (limit === 0) return [];
  if (filter === null) {
    const records = await pageAt(sql, { ...scopeOf(sql, query), limit, offset }, { view, isWithoutVectors });
    return records.map((record) => toItemRow(record, view));
  }
  const found: ItemRow[] = [];
  for await (const page of candidates(sql, query, isWithoutVectors)) {
    found.push(...page);
    if (found.length >= offset + limit) break;
  }
  return found.slice(offset, offset + limit);
}

export type ScoredRow = { readonly row: ItemRow; readonly score: number | null };
export type ItemSearch = CandidateQuery & Pick<SearchItems, 'limit' | 'offset'>;
/**
 * The nearest `limit` items behind the first `offset`, nearest first; equally near ones in the view's order.
 */
export type NearestItems = (sql: Sql, search: ItemSearch, query: Vector) => Promise<ScoredRow[]>;

/** A page of items; see SearchItems. */
export async function searchItems(
  sql: Sql,
  wanted: ItemSearch,
  query: Vector | null,
  nearest: NearestItems,
): Promise<ScoredRow[]> {
  if (query === null) return unscored(await candidatePage(sql, wanted, wanted));
  const scored = wanted.limit === 0 ? [] : await nearest(sql, wanted, query);
  const room = wanted.limit - scored.length;
  return [...scored, ...unscored(await candidatePage(sql, wanted, { limit: room, offset: 0 }, true))];
}

const unscored = (rows: readonly ItemRow[]): ScoredRow[] => rows.map((row) => ({ row, score: null }));

/**
 * Compares every vector there is with the query, in this process. Holds no more than a page of candidates and
 * the best so far.
 */
export const nearestByComparing: NearestItems = async (sql, search, query) => {
  const wanted = search.offset + search.limit;
  let best: (ScoredRow & { readonly score: number })[] = [];
  for await (const page of candidates(sql, search)) {
    const vectors = await vectorsOf(sql, page);
    for (const row of page) {
      const scores = (vectors.get(row.id) ?? []).map((vector) => cosineSimilarity(query, vector));
      if (scores.length > 0) best.push({ row, score: Math.max(...scores) });
    }
    // a stable sort keeps the view's order
    best = best.sort((left, right) => right.score - left.score).slice(0, wanted);
  }
  return best.slice(search.offset);
};

const vectors = byShape((size: number) =>
  statement((p: Params<{ ids: readonly string[] }>) =>
    db.selectFrom('store_vector').select(['item_id', 'vector']).where('item_id', 'in', p.list('ids', size)),
  ),
);

async function vectorsOf(sql: Sql, rows: readonly ItemRow[]): Promise<Map<string, Vector[]>> {
  const ids = rows.map(({ id }) => id);
  const found = new Map<string, Vector[]>();
  for (const { item_id, vector } of await inChunks(ids, (chunk) =>
    vectors(chunk.length).all(sql, { ids: chunk }),
  ))
    found.set(item_id, [...(found.get(item_id) ?? []), sql.dialect.vectors.decode(vector)]);
  return found;
}
