import type { Owner, RunId } from '../domain/ids.ts';
import type { IdempotencyRecord, IdempotencyTx } from '../orchestrator/ports/store.ts';
import type { Sql } from './database.ts';

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
