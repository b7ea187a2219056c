import { defineEntity } from '@mikro-orm/core';
import { type DeliveryId, newDeliveryId, type Owner, type RunId, type ThreadId } from '../../domain/ids.ts';
import type { Run } from '../../domain/run.ts';
import type { DeliveryStatus, WebhookDelivery } from '../../domain/webhook.ts';
import type { WebhookTx } from '../../orchestrator/ports/webhooks.ts';
import { integer, jsonOf, text, time } from '../columns.ts';
import { type RowMapper, rowMapper } from '../row-mapper.ts';
import { runRows } from '../runs/run-rows.ts';
import type { Sql } from '../sql.ts';
import { placeholders } from '../sql.ts';

/** A run inside of another row: the values of its own columns, by their names. A column that came later is missing in older rows: that is null. */
const ended = () =>
  jsonOf<Run>(
    'run',
    (run) => runRows.toRow(run),
    (row) => runRows.fromRow({ ...runRows.emptyRow, ...(row as Record<string, unknown>) }),
  );

/** The outbox of webhooks. No foreign keys: what is to be told outlives the run and its thread. */
export const WebhookDeliveryRow = defineEntity({
  name: 'WebhookDelivery',
  tableName: 'webhook_delivery',
  properties: {
    id: text<DeliveryId>().primary(),
    owner: text<Owner>(),
    runId: text<RunId>(),
    threadId: text<ThreadId>(),
    url: text(),
    status: text<DeliveryStatus>(),
    attempts: integer(),
    /** While it is claimed: when it is due again if nothing is heard of the claimer. */
    dueAt: time().nullable(),
    lastStatusCode: integer().nullable(),
    lastError: text().nullable(),
    createdAt: time(),
    deliveredAt: time().nullable(),
    run: ended(),
    body: text().nullable(),
  },
  indexes: [
    { name: 'webhook_delivery_due', properties: ['dueAt'], where: `"status" = 'PENDING'` },
    { name: 'webhook_delivery_owner', properties: ['owner', 'id'] },
    { name: 'webhook_delivery_run', properties: ['runId'] },
    { name: 'webhook_delivery_created', properties: ['createdAt'] },
  ],
});

export const deliveryRows: RowMapper<WebhookDelivery> = rowMapper(WebhookDeliveryRow);

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
    await this.#sql.run(`insert into webhook_delivery (${deliveryRows.columnList}) values (${placeholders(deliveryRows.width)})`, delivery);
  }
}
