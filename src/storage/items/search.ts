import { cosineSimilarity, type Vector } from '../../domain/vectors.ts';
import type { SearchItems } from '../../orchestrator/ports/item-store.ts';
import type { Sql } from '../database.ts';
import { chunked, placeholders } from '../multi-row.ts';
import { type CandidateQuery, candidatePage, candidates } from './candidates.ts';
import type { ItemRow } from './rows.ts';

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
