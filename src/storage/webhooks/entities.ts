import { defineEntity, p } from '@mikro-orm/core';
import { textColumn } from '../entities/text-column.ts';

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
