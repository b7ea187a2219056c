import type { Sql } from '../sql.ts';
import { allOf, ITEM_COLUMNS, ITEM_TABLES, type ItemRecord, isAlive, isBelow, ORDERS, toItemRow } from './item-rows.ts';
import type { ItemSearch, NearestItems, ScoredRow } from './item-search.ts';
import { PAGE_ROWS, passesFilter } from './item-search.ts';

const FIND = `select s.nspname as schema from pg_extension e join pg_namespace s on s.oid = e.extnamespace where e.extname = 'vector'`;
const OFFERED = `select 1 as offered from pg_available_extensions where name = 'vector'`;

/**
 * Has PostgreSQL do the comparing, where it has pgvector; creates the extension where the server offers it and this user may. Null: it
 * is not to be had, and `told` was called with why not.
 */
export async function pgvectorOf(sql: Sql, told: (why: string) => void): Promise<NearestItems | null> {
  const installed = await sql.all<{ schema: string }>(FIND);
  if (installed[0] !== undefined) return nearestByPgvector(installed[0].schema);
  if ((await sql.all(OFFERED)).length === 0) {
    told('the server has no pgvector');
    return null;
  }
  try {
    await sql.run('create extension if not exists vector with schema public'); // outlives the schema of any one service
  } catch (error) {
    told(`the extension "vector" can't be created: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
  const created = await sql.all<{ schema: string }>(FIND);
  return created[0] === undefined ? null : nearestByPgvector(created[0].schema);
}

/** @param schema where the extension is; sessions need not have it in their search path */
function nearestByPgvector(schema: string): NearestItems {
  const type = `"${schema}".vector`;
  // A vector of zeros has no direction: its distance is NaN, its score 0 as in this process.
  const distance = `coalesce(nullif(v.vector::${type} operator("${schema}".<=>) ?::real[]::${type}, 'NaN'), 1)`;
  return async (sql, search, query) => {
    const parameter = sql.dialect.vectors.encode(query);
    if (search.filter === null) return page(sql, search, search.limit, search.offset);
    const found: ScoredRow[] = [];
    for (let read = 0; found.length < search.offset + search.limit; read += PAGE_ROWS) {
      const rows = await page(sql, search, PAGE_ROWS, read);
      found.push(...rows.filter(({ row }) => passesFilter(search, row)));
      if (rows.length < PAGE_ROWS) break;
    }
    return found.slice(search.offset, search.offset + search.limit);

    async function page(sql: Sql, { owner, view, prefix }: ItemSearch, limit: number, offset: number): Promise<ScoredRow[]> {
      const { columns, direction } = ORDERS[view];
      const { text, params } = allOf([isBelow(owner, prefix), isAlive(sql.now)]);
      const records = await sql.all<ItemRecord & { distance: number | string }>(
        `select ${ITEM_COLUMNS}, min(${distance}) as distance
         from ${ITEM_TABLES} join store_vector v on v.item_id = i.id where ${text} group by i.id, n.id
         order by distance, ${columns.map((column) => `${column} ${direction}`).join(', ')} limit ? offset ?`,
        [parameter, ...params, limit, offset],
      );
      return records.map((record) => ({ row: toItemRow(record, view), score: 1 - Number(record.distance) }));
    }
  };
}
