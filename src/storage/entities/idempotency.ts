import { defineEntity, p } from '@mikro-orm/core';
import { textColumn } from './text-column.ts';

/** No foreign key to run: the key outlives a run that was rolled back or deleted. */
export const IdempotencyRow = defineEntity({
  name: 'Idempotency',
  tableName: 'idempotency',
  properties: {
    owner: textColumn().primary(),
    key: textColumn().primary(),
    requestHash: textColumn(),
    runId: textColumn(),
    expiresAt: p.bigint('number'),
  },
  indexes: [{ name: 'idempotency_expires', properties: ['expiresAt'] }],
});
