import type { Sql } from '../database.ts';

/** See Retention.takeTurn. The row's lock lets one of those who ask at once through. */
export async function takeTurn(sql: Sql, name: string, holder: string, everyMs: number): Promise<boolean> {
  const now = sql.now.getTime();
  const taken = await sql.run(
    `insert into maintenance (name, holder, held_until, next_at) values (?, ?, ?, ?)
     on conflict (name) do update set holder = excluded.holder, held_until = excluded.held_until, next_at = excluded.next_at
     where maintenance.next_at <= ?`,
    [name, holder, now + everyMs, now + everyMs, now],
  );
  return taken === 1;
}
