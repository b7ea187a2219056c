import type { RunId, ThreadId } from '../../domain/ids.ts';
import type { Carry, Claim, Run } from '../../domain/run.ts';
import type { RunPatch, RunTx } from '../../orchestrator/ports/store.ts';
import type { ColumnName } from '../entity.ts';
import type { Sql } from '../sql.ts';
import { byShape, db, inColumns, type Params, statement, type Values } from '../statement.ts';
import { isCarryOpen, isRunning, isUnfinished, isWaitingForTrial, pendingOf } from './run-conditions.ts';
import { type RunRow, runRows } from './run-rows.ts';

type OfThread = { readonly threadId: ThreadId };

const runs = () => db.selectFrom('run').select(runRows.columns);

const byId = statement((p: Params<{ id: RunId }>) => runs().where('id', '=', p('id')));
const unfinished = statement((p: Params<OfThread>) =>
  runs().where('thread_id', '=', p('threadId')).where(isUnfinished).orderBy('position'),
);
const firstDue = statement((p: Params<OfThread & { now: number }>) =>
  pendingOf(p).select(runRows.columns).where('available_at', '<=', p('now')).orderBy('position').limit(1),
);
/** The RUNNING run and one that is due. */
const ahead = statement((p: Params<OfThread & { now: number }>) => {
  const running = db
    .selectFrom('run')
    .select(['status', 'available_at'])
    .where('thread_id', '=', p('threadId'))
    .where(isRunning)
    .limit(1);
  const due = pendingOf(p)
    .select(['status', 'available_at'])
    .where('available_at', '<=', p('now'))
    .orderBy('position')
    .limit(1);
  return db
    .selectFrom(running.as('running'))
    .selectAll()
    .unionAll(db.selectFrom(due.as('due')).selectAll());
});
/** The one of those that wait for their time that will be first. */
const delayed = statement((p: Params<OfThread>) =>
  pendingOf(p).select(['status', 'available_at']).orderBy('available_at').limit(1),
);
const newestStarted = statement((p: Params<OfThread>) =>
  runs()
    .where('thread_id', '=', p('threadId'))
    .where('started_at', 'is not', null)
    .orderBy('started_at', 'desc')
    .orderBy('position', 'desc')
    .limit(1),
);
const withCarry = byShape((states: readonly Carry[]) =>
  statement((p: Params<OfThread>) => {
    const isOpen = states.every((state) => state === 'WAITING' || state === 'TAKEN');
    const these = runs().where('thread_id', '=', p('threadId')).where('carry', 'in', states);
    return (isOpen ? these.where(isCarryOpen) : these).orderBy('position');
  }),
);
const expireLeases = statement((p: Params<{ now: number }>) =>
  db
    .updateTable('run')
    .set({ lease_until: p('now') })
    .where(isRunning)
    .where((eb) => eb.not(isWaitingForTrial(eb))),
);
const leaseExpired = statement((p: Params<{ now: number; limit: number }>) =>
  runs()
    .where(isRunning)
    .where('lease_until', '<=', p('now'))
    .where((eb) => eb.not(isWaitingForTrial(eb)))
    .orderBy('lease_until')
    .limit(p('limit')),
);
const heldBy = byShape((size: number) =>
  statement((p: Params<{ workers: readonly string[] }>) =>
    runs()
      .where(isRunning)
      .where('lease_until', '>', 0) // a held run has a lease: said for the index run_lease
      .where('lease_owner', 'in', p.list('workers', size)),
  ),
);
const nextSuspect = statement((p: Params<{ now: number }>) =>
  runs()
    .where(isRunning)
    .where('lease_until', '<=', p('now'))
    .where(isWaitingForTrial)
    .orderBy('lease_until')
    .orderBy('id')
    .limit(1),
);
const insert = statement((p: Params<Values>) => db.insertInto('run').values(inColumns(runRows.columns, p)));
/** The id comes after the columns' values. */
const update = byShape((columns: readonly ColumnName<typeof RunRow>[]) =>
  statement((p: Params<Values>) =>
    db
      .updateTable('run')
      .set(inColumns(columns, p))
      .where('id', '=', p(columns.length) as RunId),
  ),
);
const renewLease = statement((p: Params<Claim & { leaseUntil: number }>) =>
  db
    .updateTable('run')
    .set({ lease_until: p('leaseUntil') })
    .where('id', '=', p('runId'))
    .where(isRunning)
    .where('attempt', '=', p('attempt')),
);
const forgetSupersederOf = statement((p: Params<{ id: RunId }>) =>
  db.updateTable('run').set({ superseded_by: null }).where('superseded_by', '=', p('id')),
);
const releaseInputOf = statement((p: Params<{ id: RunId }>) =>
  db
    .updateTable('run')
    .set((eb) => ({
      carried_by: null,
      carry: eb.case('carry').when('TAKEN').then(eb.val<Carry>('WAITING')).else(eb.ref('carry')).end(),
    }))
    .where('carried_by', '=', p('id')),
);
const remove = statement((p: Params<{ id: RunId }>) => db.deleteFrom('run').where('id', '=', p('id')));

export class SqlRunTx implements RunTx {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(id: RunId): Promise<Run | null> {
    return runRows.first(await byId.all(this.#sql, { id }));
  }

  async unfinished(threadId: ThreadId): Promise<Run[]> {
    return runRows.fromRows(await unfinished.all(this.#sql, { threadId }));
  }

  async firstDue(threadId: ThreadId): Promise<Run | null> {
    return runRows.first(await firstDue.all(this.#sql, { threadId, now: this.#now }));
  }

  async ahead(threadId: ThreadId): Promise<readonly Pick<Run, 'status' | 'availableAt'>[]> {
    const rows = await ahead.all(this.#sql, { threadId, now: this.#now });
    if (rows.every(({ status }) => status !== 'PENDING'))
      rows.push(...(await delayed.all(this.#sql, { threadId })));
    return rows.map((row) => ({ status: row.status, availableAt: new Date(Number(row.available_at)) }));
  }

  async newestStarted(threadId: ThreadId): Promise<Run | null> {
    return runRows.first(await newestStarted.all(this.#sql, { threadId }));
  }

  async withCarry(threadId: ThreadId, carry: readonly Carry[]): Promise<Run[]> {
    return carry.length === 0 ? [] : runRows.fromRows(await withCarry(carry).all(this.#sql, { threadId }));
  }

  expireAllLeases(): Promise<number> {
    return expireLeases.run(this.#sql, { now: this.#now });
  }

  async leaseExpired(limit: number): Promise<Run[]> {
    return runRows.fromRows(await leaseExpired.all(this.#sql, { now: this.#now, limit }));
  }

  async heldBy(workers: readonly string[]): Promise<Run[]> {
    return workers.length === 0
      ? []
      : runRows.fromRows(await heldBy(workers.length).all(this.#sql, { workers }));
  }

  async nextSuspect(): Promise<Run | null> {
    return runRows.first(await nextSuspect.all(this.#sql, { now: this.#now }));
  }

  async insert(run: Run): Promise<void> {
    await insert.run(this.#sql, runRows.toParams(run));
  }

  async update(id: RunId, patch: RunPatch): Promise<void> {
    const { columns, params } = runRows.patch({ updatedAt: this.#sql.now, ...patch });
    const updated = await update(columns).run(this.#sql, [...params, id]);
    if (updated !== 1) throw new Error(`Unknown run ${id}`);
  }

  async renewLease(claim: Claim, leaseUntil: Date): Promise<boolean> {
    return (await renewLease.run(this.#sql, { ...claim, leaseUntil: leaseUntil.getTime() })) === 1;
  }

  async delete(id: RunId): Promise<void> {
    await forgetSupersederOf.run(this.#sql, { id });
    await releaseInputOf.run(this.#sql, { id });
    await remove.run(this.#sql, { id });
  }

  get #now(): number {
    return this.#sql.now.getTime();
  }
}
