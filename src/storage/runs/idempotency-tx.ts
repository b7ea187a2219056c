import type { Owner } from '../../domain/ids.ts';
import type { IdempotencyRecord, IdempotencyTx } from '../../orchestrator/ports/store.ts';
import type { Sql } from '../sql.ts';
import { db, type Params, skippingLocked, statement } from '../statement.ts';

/** Expired keys that one insert removes: more than it adds, so that they never pile up. */
const SWEPT_PER_INSERT = 16;

type Key = { readonly owner: Owner; readonly key: string; readonly now: number };

const valid = statement((p: Params<Key>) =>
  db
    .selectFrom('idempotency')
    .select(['request_hash', 'run_id'])
    .where('owner', '=', p('owner'))
    .where('key', '=', p('key'))
    .where('expires_at', '>', p('now')),
);
/** Takes the place of one that has expired. */
const insert = statement((p: Params<Key & IdempotencyRecord & { expiresAt: number }>) =>
  db
    .insertInto('idempotency')
    .values({
      owner: p('owner'),
      key: p('key'),
      request_hash: p('requestHash'),
      run_id: p('runId'),
      expires_at: p('expiresAt'),
    })
    .onConflict((conflict) =>
      conflict
        .columns(['owner', 'key'])
        .doUpdateSet((eb) => ({
          request_hash: eb.ref('excluded.request_hash'),
          run_id: eb.ref('excluded.run_id'),
          expires_at: eb.ref('excluded.expires_at'),
        }))
        .where('idempotency.expires_at', '<=', p('now')),
    ),
);
const removeExpired = statement((p: Params<{ now: number }>, dialect) =>
  db
    .deleteFrom('idempotency')
    .where((eb) =>
      eb(
        eb.refTuple('owner', 'key'),
        'in',
        eb
          .selectFrom('idempotency')
          .select(['owner', 'key'])
          .where('expires_at', '<=', p('now'))
          .orderBy('expires_at')
          .limit(SWEPT_PER_INSERT)
          .$call(skippingLocked(dialect))
          .$asTuple('owner', 'key'),
      ),
    ),
);

export class SqlIdempotencyTx implements IdempotencyTx {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(owner: Owner, key: string): Promise<IdempotencyRecord | null> {
    const [row] = await valid.all(this.#sql, { owner, key, now: this.#sql.now.getTime() });
    return row === undefined ? null : { requestHash: row.request_hash, runId: row.run_id };
  }

  /** Rejects when the key stands and hasn't expired. */
  async insert(owner: Owner, key: string, record: IdempotencyRecord, expiresAt: Date): Promise<void> {
    const now = this.#sql.now.getTime();
    const stored = await insert.run(this.#sql, {
      owner,
      key,
      ...record,
      expiresAt: expiresAt.getTime(),
      now,
    });
    if (stored !== 1) throw new Error(`The idempotency key ${key} is in use`);
    await removeExpired.run(this.#sql, { now });
  }
}
