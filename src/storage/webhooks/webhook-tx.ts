import { newDeliveryId } from '../../domain/ids.ts';
import type { Run } from '../../domain/run.ts';
import type { WebhookTx } from '../../orchestrator/ports/webhooks.ts';
import type { Sql } from '../sql.ts';
import { db, inColumns, type Params, statement, type Values } from '../statement.ts';
import { deliveryRows } from './webhook-rows.ts';

const insert = statement((p: Params<Values>) =>
  db.insertInto('webhook_delivery').values(inColumns(deliveryRows.columns, p)),
);

export class SqlWebhookTx implements WebhookTx {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async enqueue(run: Run & { readonly webhook: string }): Promise<void> {
    const { now } = this.#sql;
    const delivery = deliveryRows.toParams({
      id: newDeliveryId(),
      owner: run.owner,
      runId: run.id,
      threadId: run.threadId,
      url: run.webhook,
      status: 'PENDING',
      attempts: 0,
      dueAt: now,
      lastStatusCode: null,
      lastError: null,
      createdAt: now,
      deliveredAt: null,
      run,
      body: null,
    });
    await insert.run(this.#sql, delivery);
  }
}
