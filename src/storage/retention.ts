import type { ThreadId } from '../domain/ids.ts';
import type { Retention, Sweep, Swept } from '../orchestrator/ports/retention.ts';
import type { SqlCheckpointStore } from './checkpoints/sql-checkpoint-store.ts';
import type { Database } from './database.ts';
import { isUnfinishedSql } from './runs/run-rows.ts';
import type { Sql } from './sql.ts';

/** See Retention.takeTurn. The row's lock lets one of those who ask at once through. */
async function takeTurn(sql: Sql, name: string, holder: string, everyMs: number): Promise<boolean> {
  const now = sql.now.getTime();
  const taken = await sql.run(
    `insert into maintenance (name, holder, held_until, next_at) values (?, ?, ?, ?)
     on conflict (name) do update set holder = excluded.holder, held_until = excluded.held_until, next_at = excluded.next_at
     where maintenance.next_at <= ?`,
    [name, holder, now + everyMs, now + everyMs, now],
  );
  return taken === 1;
}

/** Seqs that one transaction goes over. */
const WINDOW = 2_000;

/** Threads whose first event, of those that were not gone over yet, is older than `before` (ms) and not their newest. */
async function threadsToCut(sql: Sql, before: number, { after, limit }: Sweep): Promise<{ id: ThreadId; isOld: boolean }[]> {
  const rows = await sql.all<{ id: ThreadId; first_at: number | string | null }>(
    `select id, case when events_from < next_seq - 1 then
         (select created_at from run_event where thread_id = thread.id and seq >= thread.events_from order by seq limit 1)
       end as first_at
     from thread where id > ? order by id limit ?`,
    [after ?? '', limit],
  );
  return rows.map(({ id, first_at }) => ({ id, isOld: first_at !== null && Number(first_at) < before }));
}

/** Removes the thread's events older than `ageMs`, a window at a time. Resolves with how many. */
async function cutLog(database: Database, threadId: ThreadId, ageMs: number): Promise<number> {
  let removed = 0;
  for (;;) {
    const step = await database.transaction((sql) => cutWindow(sql, threadId, sql.now.getTime() - ageMs));
    removed += step.removed;
    if (!step.mayBeMore) return removed;
  }
}

async function cutWindow(sql: Sql, threadId: ThreadId, before: number): Promise<{ removed: number; mayBeMore: boolean }> {
  const [thread] = await sql.all<{ events_from: number | string; next_seq: number | string }>(
    `select events_from, next_seq from thread where id = ?${sql.dialect.forUpdate}`,
    [threadId],
  );
  if (thread === undefined) return { removed: 0, mayBeMore: false };
  const from = Number(thread.events_from);
  const windowEnd = from + WINDOW;
  // The newest stays, so that who has seen all there is can come back however long nothing happens.
  const end = Math.min(
    windowEnd,
    Number(thread.next_seq) - 1,
    await firstYoung(sql, threadId, { from, to: windowEnd, before }),
    await firstOfUnfinished(sql, threadId),
  );
  if (end <= from) return { removed: 0, mayBeMore: false };
  const removed = await sql.run(
    `delete from run_event where thread_id = ? and seq >= ? and seq < ? and kind not in ('RUN_ENDED', 'RUN_ROLLED_BACK')`,
    [threadId, from, end],
  );
  await sql.run('update thread set events_from = ? where id = ?', [end, threadId]);
  return { removed, mayBeMore: end === windowEnd };
}

async function firstYoung(sql: Sql, threadId: ThreadId, range: { from: number; to: number; before: number }): Promise<number> {
  const rows = await sql.all<{ seq: number | string }>(
    'select seq from run_event where thread_id = ? and seq >= ? and seq < ? and created_at >= ? order by seq limit 1',
    [threadId, range.from, range.to, range.before],
  );
  return seqOr(rows, Number.POSITIVE_INFINITY);
}

/** What a running run has streamed is read from the log when it is taken over or stopped. Runs are queued in the order of their positions. */
async function firstOfUnfinished(sql: Sql, threadId: ThreadId): Promise<number> {
  const rows = await sql.all<{ seq: number | string }>(
    `select seq from run_event
     where run_id = (select id from run where thread_id = ? and ${isUnfinishedSql} order by position limit 1) order by seq limit 1`,
    [threadId],
  );
  return seqOr(rows, Number.POSITIVE_INFINITY);
}

const seqOr = ([row]: readonly { seq: number | string }[], otherwise: number): number => (row === undefined ? otherwise : Number(row.seq));

/** Retention over our tables. Each thread is locked for one small transaction at a time. */
export class SqlRetention implements Retention {
  readonly #database: Database;
  readonly #checkpoints: Pick<SqlCheckpointStore, 'prune' | 'threadsToPrune'>;

  constructor(database: Database, checkpoints: Pick<SqlCheckpointStore, 'prune' | 'threadsToPrune'>) {
    this.#database = database;
    this.#checkpoints = checkpoints;
  }

  takeTurn(name: string, holder: string, everyMs: number): Promise<boolean> {
    return this.#database.transaction((sql) => takeTurn(sql, name, holder, everyMs));
  }

  async cutLogs(ageMs: number, sweep: Sweep): Promise<Swept> {
    const { read } = this.#database;
    const threads = await threadsToCut(read, read.now.getTime() - ageMs, sweep);
    let removed = 0;
    for (const { id, isOld } of threads) if (isOld) removed += await cutLog(this.#database, id, ageMs);
    return { removed, next: nextAfter(threads, sweep) };
  }

  async pruneCheckpoints(ageMs: number, sweep: Sweep): Promise<Swept> {
    const threads = await this.#checkpoints.threadsToPrune(ageMs, sweep);
    let removed = 0;
    for (const { id, isOld } of threads) if (isOld) removed += await this.#checkpoints.prune(id, ageMs);
    return { removed, next: nextAfter(threads, sweep) };
  }

  reclaimSpace(): Promise<boolean> {
    return this.#database.reclaimSpace();
  }
}

const nextAfter = (threads: readonly { readonly id: ThreadId }[], { limit }: Sweep): ThreadId | null =>
  threads.length < limit ? null : (threads.at(-1)?.id ?? null);
