import { defineEntity, p } from '@mikro-orm/core';
import { textColumn } from './text-column.ts';
import { ThreadRow } from './thread.ts';

/** The log: one row is one event is one cursor. `run_id` has no foreign key: who removes a run decides what becomes of its events. */
export const RunEventRow = defineEntity({
  name: 'RunEvent',
  tableName: 'run_event',
  properties: {
    thread: () => p.manyToOne(ThreadRow).primary().deleteRule('cascade').updateRule('no action').fieldName('thread_id').index(false),
    seq: p.bigint('number').primary(),
    runId: textColumn().nullable(),
    kind: textColumn(),
    payload: textColumn(),
    createdAt: p.bigint('number'),
  },
  indexes: [{ name: 'run_event_run', properties: ['runId', 'seq'] }],
});
