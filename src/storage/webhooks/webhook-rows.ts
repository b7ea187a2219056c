import { defineEntity, p } from '@mikro-orm/core';
import { newDeliveryId } from '../../domain/ids.ts';
import type { Run } from '../../domain/run.ts';
import type { WebhookDelivery } from '../../domain/webhook.ts';
import type { WebhookTx } from '../../orchestrator/ports/webhooks.ts';
import { type Column, integer, nullable, RowMapper, text, textColumn, time } from '../row-mapper.ts';
import { runRows } from '../runs/run-rows.ts';
import type { Sql } from '../sql.ts';
import { placeholders } from '../sql.ts';

/** The outbox of webhooks. No foreign keys: what is to be told outlives the run and its thread. */
export const WebhookDeliveryRow = defineEntity({
  name: 'WebhookDelivery',
  tableName: 'webhook_delivery',
  properties: {
    id: textColumn().primary(),
    owner: textColumn(),
    runId: textColumn(),
    threadId: textColumn(),
    url: textColumn(),
    status: textColumn(),
    attempts: p.integer(),
    /** While it is claimed: when it is due again if nothing is heard of the claimer. */
    dueAt: p.bigint('number').nullable(),
    lastStatusCode: p.integer().nullable(),
    lastError: textColumn().nullable(),
    createdAt: p.bigint('number'),
    deliveredAt: p.bigint('number').nullable(),
    run: textColumn(),
    body: textColumn().nullable(),
  },
  indexes: [
    { name: 'webhook_delivery_due', properties: ['dueAt'], where: `"status" = 'PENDING'` },
    { name: 'webhook_delivery_owner', properties: ['owner', 'id'] },
    { name: 'webhook_delivery_run', properties: ['runId'] },
    { name: 'webhook_delivery_created', properties: ['createdAt'] },
  ],
});

/** A run inside of another row: the values of its own columns, by their names. */
const runColumn = (name: string): Column<Run> => ({
  name,
  encode: (run) => {
    const names = runRows.columnList.split(', ');
    const values = runRows.toParams(run);
    return JSON.stringify(Object.fromEntries(names.map((column, index) => [column, values[index]])));
  },
  // A column that came later is missing in older rows: that is null.
  decode: (stored) => {
    const missing = Object.fromEntries(runRows.columnList.split(', ').map((column) => [column, null]));
    return runRows.fromRow({ ...missing, ...(JSON.parse(stored as string) as Record<string, unknown>) });
  },
});

export const deliveryRows = new RowMapper<WebhookDelivery>({
  id: text('id'),
  owner: text('owner'),
  runId: text('run_id'),
  threadId: text('thread_id'),
  url: text('url'),
  status: text('status'),
  attempts: integer('attempts'),
  dueAt: nullable(time('due_at')),
  lastStatusCode: nullable(integer('last_status_code')),
  lastError: nullable(text('last_error')),
  createdAt: time('created_at'),
  deliveredAt: nullable(time('delivered_at')),
  run: runColumn('run'),
  body: nullable(text('body')),
});

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
