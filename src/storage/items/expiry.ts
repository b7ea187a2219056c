import type { Sql } from '../database.ts';

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
