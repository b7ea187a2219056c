import { defineEntity } from '@mikro-orm/core';
import type { Owner, RunId, ThreadId } from '../../domain/ids.ts';
import type { Claim, Run, RunStatus } from '../../domain/run.ts';
import type { IdempotencyRecord, IdempotencyTx, RunPatch, RunTx } from '../../orchestrator/ports/store.ts';
import { text, time } from '../columns.ts';
import type { Sql } from '../sql.ts';
import { placeholders } from '../sql.ts';
import { aheadSql, isCarryOpenSql, isDueSql, isRunningSql, isUnfinishedSql, runRows, waitsForTrialSql } from './run-rows.ts';

/** No foreign key to run: the key outlives a run that was rolled back or deleted. */
export const IdempotencyRow = defineEntity({
  name: 'Idempotency',
  tableName: 'idempotency',
  properties: {
    owner: text<Owner>().primary(),
    key: text().primary(),
    requestHash: text(),
    runId: text<RunId>(),
    expiresAt: time(),
  },
  indexes: [{ name: 'idempotency_expires', properties: ['expiresAt'] }],
});

/** Expired keys that one insert removes: more than it adds, so that they never pile up. */
const SWEPT_PER_INSERT = 16;

export class SqlIdempotencyTx implements IdempotencyTx {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(owner: Owner, key: string): Promise<IdempotencyRecord | null> {
    const [row] = await this.#sql.all<{ request_hash: string; run_id: string }>(
      'select request_hash, run_id from idempotency where owner = ? and key = ? and expires_at > ?',
      [owner, key, this.#sql.now.getTime()],
    );
    return row === undefined ? null : { requestHash: row.request_hash, runId: row.run_id as RunId };
  }

  /** Rejects when the key stands and hasn't expired. */
  async insert(owner: Owner, key: string, { requestHash, runId }: IdempotencyRecord, expiresAt: Date): Promise<void> {
    const now = this.#sql.now.getTime();
    const stored = await this.#sql.run(
      `insert into idempotency (owner, key, request_hash, run_id, expires_at) values (?, ?, ?, ?, ?)
       on conflict (owner, key) do update set
         request_hash = excluded.request_hash, run_id = excluded.run_id, expires_at = excluded.expires_at
       where idempotency.expires_at <= ?`,
      [owner, key, requestHash, runId, expiresAt.getTime(), now],
    );
    if (stored !== 1) throw new Error(`The idempotency key ${key} is taken`);
    await this.#sql.run(
      `delete from idempotency where (owner, key) in (
         select owner, key from idempotency where expires_at <= ? order by expires_at limit ?${this.#sql.dialect.forUpdateSkipLocked}
       )`,
      [now, SWEPT_PER_INSERT],
    );
  }
}

type Ahead = { readonly status: RunStatus; readonly available_at: number | string };

export class SqlRunTx implements RunTx {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(id: RunId): Promise<Run | null> {
    const [run] = await this.#select('id = ?', [id]);
    return run ?? null;
  }

  unfinished(threadId: ThreadId): Promise<Run[]> {
    return this.#select(`thread_id = ? and ${isUnfinishedSql} order by position`, [threadId]);
  }

  async firstDue(threadId: ThreadId): Promise<Run | null> {
    const [run] = await this.#select(`thread_id = ? and ${isDueSql} order by position limit 1`, [threadId, this.#now]);
    return run ?? null;
  }

  async ahead(threadId: ThreadId): Promise<readonly Pick<Run, 'status' | 'availableAt'>[]> {
    const rows = await this.#sql.all<Ahead>(aheadSql, [threadId, threadId, this.#now]);
    if (rows.every(({ status }) => status !== 'PENDING')) rows.push(...(await this.#delayed(threadId)));
    return rows.map((row) => ({ status: row.status, availableAt: new Date(Number(row.available_at)) }));
  }

  /** The one of those that wait for their time that will be first. */
  #delayed(threadId: ThreadId): Promise<Ahead[]> {
    return this.#sql.all<Ahead>(
      `select status, available_at from run where thread_id = ? and ${isUnfinishedSql} and status = 'PENDING' order by available_at limit 1`,
      [threadId],
    );
  }

  async newestStarted(threadId: ThreadId): Promise<Run | null> {
    const [run] = await this.#select('thread_id = ? and started_at is not null order by started_at desc, position desc limit 1', [
      threadId,
    ]);
    return run ?? null;
  }

  async withCarry(threadId: ThreadId, carry: readonly Run['carry'][]): Promise<Run[]> {
    if (carry.length === 0) return [];
    const open = carry.every((state) => state === 'WAITING' || state === 'TAKEN') ? ` and ${isCarryOpenSql}` : '';
    return this.#select(`thread_id = ? and carry in (${placeholders(carry.length)})${open} order by position`, [threadId, ...carry]);
  }

  expireAllLeases(): Promise<number> {
    return this.#sql.run(`update run set lease_until = ? where ${isRunningSql} and not ${waitsForTrialSql}`, [this.#now]);
  }

  leaseExpired(limit: number): Promise<Run[]> {
    return this.#select(`${isRunningSql} and lease_until <= ? and not ${waitsForTrialSql} order by lease_until limit ?`, [
      this.#now,
      limit,
    ]);
  }

  heldBy(workers: readonly string[]): Promise<Run[]> {
    if (workers.length === 0) return Promise.resolve([]);
    // A held run has a lease: said for the index run_lease.
    return this.#select(`${isRunningSql} and lease_until > 0 and lease_owner in (${placeholders(workers.length)})`, workers);
  }

  async nextSuspect(): Promise<Run | null> {
    const [run] = await this.#select(`${isRunningSql} and lease_until <= ? and ${waitsForTrialSql} order by lease_until, id limit 1`, [
      this.#now,
    ]);
    return run ?? null;
  }

  async insert(run: Run): Promise<void> {
    await this.#sql.run(`insert into run (${runRows.columnList}) values (${placeholders(runRows.width)})`, runRows.toParams(run));
  }

  async update(id: RunId, patch: RunPatch): Promise<void> {
    const set = runRows.assignments({ updatedAt: this.#sql.now, ...patch });
    if (set === null) return;
    const updated = await this.#sql.run(`update run set ${set.text} where id = ?`, [...set.params, id]);
    if (updated !== 1) throw new Error(`There is no run ${id} to update`);
  }

  async renewLease({ runId, attempt }: Claim, leaseUntil: Date): Promise<boolean> {
    const renewed = await this.#sql.run(`update run set lease_until = ? where id = ? and ${isRunningSql} and attempt = ?`, [
      leaseUntil.getTime(),
      runId,
      attempt,
    ]);
    return renewed === 1;
  }

  async delete(id: RunId): Promise<void> {
    await this.#sql.run('update run set superseded_by = null where superseded_by = ?', [id]);
    await this.#sql.run(
      `update run set carried_by = null, carry = case carry when 'TAKEN' then 'WAITING' else carry end where carried_by = ?`,
      [id],
    );
    await this.#sql.run('delete from run where id = ?', [id]);
  }

  get #now(): number {
    return this.#sql.now.getTime();
  }

  async #select(condition: string, params: readonly unknown[]): Promise<Run[]> {
    const rows = await this.#sql.all(`select ${runRows.columnList} from run where ${condition}`, params);
    return rows.map((row) => runRows.fromRow(row));
  }
}
