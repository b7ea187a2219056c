import type { ExpressionBuilder } from 'kysely';
import type { DeliveryId, Owner } from '../../domain/ids.ts';
import type { DeliveryStatus, WebhookDelivery } from '../../domain/webhook.ts';
import type { AttemptEnd, DeliveryQuery, WebhookOutbox } from '../../orchestrator/ports/webhooks.ts';
import type { Database } from '../database.ts';
import type { Tables } from '../entities.ts';
import { paged, search, type WindowParams, windowParams } from '../search.ts';
import type { Sql } from '../sql.ts';
import { db, type Params, skippingLocked, statement } from '../statement.ts';
import { deliveryRows } from './webhook-rows.ts';

/** The condition of the index webhook_delivery_due. */
const isPending = (eb: ExpressionBuilder<Tables, 'webhook_delivery'>) => eb('status', '=', 'PENDING');

const deliveries = () => db.selectFrom('webhook_delivery').select(deliveryRows.columns);

const claim = statement((p: Params<{ now: number; until: number; limit: number }>, dialect) => {
  const due = db
    .selectFrom('webhook_delivery')
    .select('id')
    .where(isPending)
    .where('due_at', '<=', p('now'))
    .orderBy('due_at')
    .limit(p('limit'))
    .$call(skippingLocked(dialect));
  return db
    .updateTable('webhook_delivery')
    .set((eb) => ({ attempts: eb('attempts', '+', 1), due_at: p('until') }))
    .where('id', 'in', due)
    .returning(deliveryRows.columns);
});
const nextDue = statement(() =>
  db.selectFrom('webhook_delivery').select('due_at').where(isPending).orderBy('due_at').limit(1),
);

/** `attempts`: as it was claimed. */
type Claimed = { readonly id: DeliveryId; readonly attempts: number };

/** The guard: another process's claim has raised `attempts`, an end has changed `status`. */
const claimed = (p: Params<Claimed>) =>
  db
    .updateTable('webhook_delivery')
    .where('id', '=', p('id'))
    .where('attempts', '=', p('attempts'))
    .where(isPending);

const keepBody = statement((p: Params<Claimed & { body: string }>) => claimed(p).set({ body: p('body') }));
const endDelivered = statement((p: Params<Claimed & { statusCode: number; now: number }>) =>
  claimed(p).set({
    status: 'DELIVERED',
    due_at: null,
    last_status_code: p('statusCode'),
    last_error: null,
    delivered_at: p('now'),
  }),
);
type Failure = {
  readonly status: DeliveryStatus;
  readonly dueAt: number | null;
  readonly statusCode: number | null;
  readonly error: string | null;
};
const endFailed = statement((p: Params<Claimed & Failure>) =>
  claimed(p).set({
    status: p('status'),
    due_at: p('dueAt'),
    last_status_code: p('statusCode'),
    last_error: p('error'),
  }),
);
const endBrokenOff = statement((p: Params<Claimed & { now: number }>) =>
  claimed(p).set({ due_at: p('now') }),
);

type Key = { readonly owner: Owner; readonly id: DeliveryId };
const byKey = statement((p: Params<Key>) =>
  deliveries().where('id', '=', p('id')).where('owner', '=', p('owner')),
);

const page = search(
  (p: Params<Pick<DeliveryQuery, 'owner' | 'status' | 'runId'> & WindowParams>, given, inverted: boolean) => {
    let select = deliveries().where('owner', '=', p('owner'));
    if (given.status > 0) select = select.where('status', 'in', p.list('status', given.status));
    if (given.runId > 0) select = select.where('run_id', '=', p('runId'));
    return paged(select, { columns: ['id'], direction: 'DESC', inverted }, p, given);
  },
);
const resend = statement((p: Params<Key & { now: number }>) =>
  db
    .updateTable('webhook_delivery')
    .set({ status: 'PENDING', due_at: p('now'), delivered_at: null })
    .where('id', '=', p('id'))
    .where('owner', '=', p('owner'))
    .returning(deliveryRows.columns),
);
const removeOld = statement((p: Params<{ before: number; limit: number }>, dialect) => {
  const old = db
    .selectFrom('webhook_delivery')
    .select('id')
    .where('created_at', '<=', p('before'))
    .where('status', '<>', 'PENDING')
    .orderBy('created_at')
    .limit(p('limit'))
    .$call(skippingLocked(dialect));
  return db.deleteFrom('webhook_delivery').where('id', 'in', old);
});

export class SqlWebhookOutbox implements WebhookOutbox {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  claimDue(limit: number, claimMs: number): Promise<WebhookDelivery[]> {
    return this.#database.transaction(async (sql) => {
      const now = sql.now.getTime();
      return deliveryRows.fromRows(await claim.all(sql, { now, until: now + claimMs, limit }));
    });
  }

  keepBody({ id, attempts }: WebhookDelivery, body: string): Promise<boolean> {
    return this.#database.transaction(async (sql) => (await keepBody.run(sql, { id, attempts, body })) === 1);
  }

  end({ id, attempts }: WebhookDelivery, end: AttemptEnd): Promise<boolean> {
    return this.#database.transaction(async (sql) => (await endOf(sql, { id, attempts }, end)) === 1);
  }

  async dueInMs(): Promise<number | null> {
    const { read } = this.#database;
    const [row] = await nextDue.all(read, {});
    return row === undefined ? null : Math.max(0, Number(row.due_at) - read.now.getTime());
  }

  async find(owner: Owner, id: DeliveryId): Promise<WebhookDelivery | null> {
    return deliveryRows.first(await byKey.all(this.#database.read, { owner, id }));
  }

  async list({ owner, status, runId, window }: DeliveryQuery): Promise<WebhookDelivery[]> {
    if (status?.length === 0) return [];
    const params = { owner, status, runId, ...windowParams(window, (id) => [id]) };
    return deliveryRows.fromRows(await page(this.#database.read, params, window.inverted));
  }

  resend(owner: Owner, id: DeliveryId): Promise<WebhookDelivery | null> {
    return this.#database.transaction(async (sql) =>
      deliveryRows.first(await resend.all(sql, { owner, id, now: sql.now.getTime() })),
    );
  }

  removeOld(ageMs: number, limit: number): Promise<number> {
    return this.#database.transaction((sql) =>
      removeOld.run(sql, { before: sql.now.getTime() - ageMs, limit }),
    );
  }
}

function endOf(sql: Sql, claim: Claimed, end: AttemptEnd): Promise<number> {
  const now = sql.now.getTime();
  switch (end.kind) {
    case 'delivered':
      return endDelivered.run(sql, { ...claim, statusCode: end.statusCode, now });
    case 'failed': {
      const { pauseMs, statusCode, error } = end;
      const next =
        pauseMs === null
          ? ({ status: 'FAILED', dueAt: null } as const)
          : ({ status: 'PENDING', dueAt: now + pauseMs } as const);
      return endFailed.run(sql, { ...claim, ...next, statusCode, error });
    }
    case 'broken-off':
      return endBrokenOff.run(sql, { ...claim, now });
  }
}
