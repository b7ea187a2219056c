import { defineEntity, p } from '@mikro-orm/core';
import { textColumn } from '../entities/text-column.ts';
import { ThreadRow } from '../entities/thread.ts';

export const CronRow = defineEntity({
  name: 'Cron',
  tableName: 'cron',
  properties: {
    id: textColumn().primary(),
    owner: textColumn(),
    assistantId: textColumn(),
    thread: () => p.manyToOne(ThreadRow).nullable().deleteRule('cascade').updateRule('no action').fieldName('thread_id').index(false),
    onRunCompleted: textColumn().nullable(),
    strategy: textColumn().nullable(),
    schedule: textColumn(),
    timezone: textColumn().nullable(),
    endTime: p.bigint('number').nullable(),
    enabled: p.integer(),
    payload: textColumn(),
    metadata: textColumn(),
    nextAt: p.bigint('number').nullable(),
    /** While it is claimed: when it is due again if nothing is heard of the claimer. */
    dueAt: p.bigint('number').nullable(),
    claims: p.integer(),
    lastAt: p.bigint('number').nullable(),
    lastRunId: textColumn().nullable(),
    lastError: textColumn().nullable(),
    createdAt: p.bigint('number'),
    updatedAt: p.bigint('number'),
  },
  indexes: [
    { name: 'cron_due', properties: ['dueAt'], where: '"due_at" is not null' },
    { name: 'cron_owner', properties: ['owner', 'id'] },
    { name: 'cron_assistant', properties: ['assistantId'] },
    { name: 'cron_thread', properties: ['thread'] },
  ],
});
