import { defineEntity } from '@mikro-orm/core';
import type { DeliveryId, Owner, RunId, ThreadId } from '../../domain/ids.ts';
import type { Run } from '../../domain/run.ts';
import type { DeliveryStatus, WebhookDelivery } from '../../domain/webhook.ts';
import { integer, jsonOf, text, time } from '../columns.ts';
import { type RowMapper, rowMapper } from '../row-mapper.ts';
import { runRows } from '../runs/run-rows.ts';

/**
 * A run inside of another row: the values of its own columns, by their names. A column that came later is
 * missing in older rows: that is null.
 */
const ended = () =>
  jsonOf<Run>(
    'run',
    (run) => runRows.toRow(run),
    (row) => runRows.fromRow({ ...runRows.emptyRow, ...(row as Record<string, unknown>) }),
  );

/** The outbox of webhooks. No foreign keys: notifications outlive the run and its thread. */
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

export const deliveryRows: RowMapper<WebhookDelivery, typeof WebhookDeliveryRow> =
  rowMapper(WebhookDeliveryRow);
