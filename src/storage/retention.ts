import type { ThreadId } from '../domain/ids.ts';
import type { Retention, Sweep, Swept } from '../orchestrator/ports/retention.ts';
import type { SqlCheckpointStore } from './checkpoints/sql-checkpoint-store.ts';
import type { Database } from './database.ts';
import { isUnfinished } from './runs/run-conditions.ts';
import type { Sql } from './sql.ts';
import { db, locking, type Params, statement } from './statement.ts';

const takeIfDue = statement((p: Params<{ name: string; holder: string; now: number; next: number }>) =>
  db
    .insertInto('maintenance')
    .values({ name: p('name'), holder: p('holder'), held_until: p('next'), next_at: p('next') })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet(({ ref }) => ({
          holder: ref('excluded.holder'),
          held_until: ref('excluded.held_until'),
          next_at: ref('excluded.next_at'),
        }))
        .where('maintenance.next_at', '<=', p('now')),
    ),
);

/** See Retention.takeTurn. The row's lock lets one of those who ask at once through. */
async function takeTurn(sql: Sql, name: string, holder: string, everyMs: number): Promise<boolean> {
  const now = sql.now.getTime();
  return (await takeIfDue.run(sql, { name, holder, now, next: now + everyMs })) === 1;
}

/** Seqs that one transaction goes over. */
const WINDOW = 2_000;

const firstEvents = statement((p: Params<{ after: ThreadId; limit: number }>) =>
  db
    .selectFrom('thread')
    .select((eb) => {
      const first = eb
        .selectFrom('run_event')
        .select('created_at')
        .whereRef('thread_id', '=', 'thread.id')
        .whereRef('seq', '>=', 'thread.events_from')
        .orderBy('seq')
        .limit(1);
      return [
        'id',
        eb
          .case()
          .when('events_from', '<', eb('next_seq', '-', 1))
          .then(first)
          .end()
          .as('first_at'),
      ];
    })
    .where('id', '>', p('after'))
    .orderBy('id')
    .limit(p('limit')),
);

/**
 * Threads whose first event, of those that were not gone over yet, is older than `before` (ms) and not their
 * newest.
 */
async function threadsToCut(
  sql: Sql,
  before: number,
  { after, limit }: Sweep,
): Promise<{ id: ThreadId; isOld: boolean }[]> {
  const rows = await firstEvents.all(sql, { after: after ?? ('' as ThreadId), limit });
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

type OfThread = { readonly threadId: ThreadId };
type Range = OfThread & { readonly from: number; readonly to: number };

const lockedThread = statement((p: Params<OfThread>, dialect) =>
  db
    .selectFrom('thread')
    .select(['events_from', 'next_seq'])
    .where('id', '=', p('threadId'))
    .$call(locking(dialect)),
);
const removeEvents = statement((p: Params<Range>) =>
  db
    .deleteFrom('run_event')
    .where('thread_id', '=', p('threadId'))
    .where('seq', '>=', p('from'))
    .where('seq', '<', p('to'))
    .where('kind', 'not in', ['RUN_ENDED', 'RUN_ROLLED_BACK']),
);
const setEventsFrom = statement((p: Params<OfThread & { seq: number }>) =>
  db
    .updateTable('thread')
    .set({ events_from: p('seq') })
    .where('id', '=', p('threadId')),
);
const firstYoung = statement((p: Params<Range & { before: number }>) =>
  db
    .selectFrom('run_event')
    .select('seq')
    .where('thread_id', '=', p('threadId'))
    .where('seq', '>=', p('from'))
    .where('seq', '<', p('to'))
    .where('created_at', '>=', p('before'))
    .orderBy('seq')
    .limit(1),
);
/**
 * What a running run has streamed is read from the log when it is taken over or stopped. Runs are queued in
 * the order of their positions.
 */
const firstOfUnfinished = statement((p: Params<OfThread>) => {
  const first = db
    .selectFrom('run')
    .select('id')
    .where('thread_id', '=', p('threadId'))
    .where(isUnfinished)
    .orderBy('position')
    .limit(1);
  return db.selectFrom('run_event').select('seq').where('run_id', '=', first).orderBy('seq').limit(1);
});

async function cutWindow(
  sql: Sql,
  threadId: ThreadId,
  before: number,
): Promise<{ removed: number; mayBeMore: boolean }> {
  const [thread] = await lockedThread.all(sql, { threadId });
  if (thread === undefined) return { removed: 0, mayBeMore: false };
  const from = Number(thread.events_from);
  const windowEnd = from + WINDOW;
  // The newest stays, so that who has seen all there is can come back however long nothing happens.
  const end = Math.min(
    windowEnd,
    Number(thread.next_seq) - 1,
    seqOr(await firstYoung.all(sql, { threadId, from, to: windowEnd, before }), Number.POSITIVE_INFINITY),
    seqOr(await firstOfUnfinished.all(sql, { threadId }), Number.POSITIVE_INFINITY),
  );
  if (end <= from) return { removed: 0, mayBeMore: false };
  const removed = await removeEvents.run(sql, { threadId, from, to: end });
  await setEventsFrom.run(sql, { threadId, seq: end });
  return { removed, mayBeMore: end === windowEnd };
}

const seqOr = ([row]: readonly { seq: number | string }[], otherwise: number): number =>
  row === undefined ? otherwise : Number(row.seq);

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
