import { sql } from 'kysely';
import type { ItemView } from '../../orchestrator/ports/item-store.ts';
import { ordered, type Slice, search } from '../search.ts';
import type { Sql } from '../sql.ts';
import type { Params } from '../statement.ts';
import { isBelow, items, ORDERS, toItemRow } from './item-queries.ts';
import {
  type NearestItems,
  PAGE_ROWS,
  passesFilter,
  type Scope,
  type ScoredRow,
  scopeOf,
} from './item-search.ts';

const FIND = `select s.nspname as schema from pg_extension e join pg_namespace s on s.oid = e.extnamespace where e.extname = 'vector'`;
const OFFERED = `select 1 as offered from pg_available_extensions where name = 'vector'`;

/**
 * Has PostgreSQL do the comparing, where it has pgvector; creates the extension where the server offers it
 * and this user may. Null: it is not installed; `onMissing` was called with the reason.
 */
export async function pgvectorOf(sql: Sql, onMissing: (why: string) => void): Promise<NearestItems | null> {
  const installed = await sql.all<{ schema: string }>(FIND);
  if (installed[0] !== undefined) return nearestByPgvector(installed[0].schema);
  if ((await sql.all(OFFERED)).length === 0) {
    onMissing('pgvector is not installed on the server');
    return null;
  }
  try {
    // outlives the schema of any one service
    await sql.run('create extension if not exists vector with schema public');
  } catch (error) {
    onMissing(
      `the extension "vector" cannot be created: ${error instanceof Error ? error.message : String(error)}`,
    );
    return null;
  }
  const created = await sql.all<{ schema: string }>(FIND);
  return created[0] === undefined ? null : nearestByPgvector(created[0].schema);
}

/** @param schema where the extension is; sessions need not have it in their search path */
function nearestByPgvector(schema: string): NearestItems {
  const type = sql.id(schema, 'vector');
  const nearest = search((p: Params<Scope & Slice & { vector: unknown }>, given, view: ItemView) => {
    // A vector of zeros has no direction: its distance is NaN, its score 0 as in this process.
    const distance = sql<number | string>`min(coalesce(
      nullif(v.vector::${type} operator(${sql.id(schema)}.<=>) ${p('vector')}::real[]::${type}, 'NaN'), 1))`.as(
      'distance',
    );
    const { columns, direction } = ORDERS[view];
    const scored = items(p)
      .innerJoin('store_vector as v', 'v.item_id', 'i.id')
      .where(isBelow(p, given))
      .select(distance)
      .groupBy(['i.id', 'n.id'])
      .orderBy('distance');
    return ordered(scored, columns, direction).limit(p('limit')).offset(p('offset'));
  });
  return async (sql, wanted, query) => {
    const vector = sql.dialect.vectors.encode(query);
    const { view, filter, limit, offset } = wanted;
    const page = async (slice: Slice): Promise<ScoredRow[]> => {
      const records = await nearest(sql, { ...scopeOf(sql, wanted), vector, ...slice }, view);
      return records.map((record) => ({ row: toItemRow(record, view), score: 1 - Number(record.distance) }));
    };
    if (filter === null) return page({ limit, offset });
    const found: ScoredRow[] = [];
    for (let read = 0; found.length < offset + limit; read += PAGE_ROWS) {
      const rows = await page({ limit: PAGE_ROWS, offset: read });
      found.push(...rows.filter(({ row }) => passesFilter(wanted, row)));
      if (rows.length < PAGE_ROWS) break;
    }
    return found.slice(offset, offset + limit);
  };
}
