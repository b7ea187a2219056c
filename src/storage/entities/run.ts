import { defineEntity, p } from '@mikro-orm/core';
import { textColumn } from './text-column.ts';
import { ThreadRow } from './thread.ts';

/**
 * `supersededBy` and `carriedBy` have no foreign key: removing a run settles them itself (RunTx.delete).
 * The attempt is the fencing token (design.md §4, Fence).
 */
export const RunRow = defineEntity({
  name: 'Run',
  tableName: 'run',
  properties: {
    id: textColumn().primary(),
    thread: () => p.manyToOne(ThreadRow).deleteRule('cascade').updateRule('no action').fieldName('thread_id').index(false),
    owner: textColumn(),
    assistantId: textColumn(),
    graphId: textColumn(),
    status: textColumn(),
    endReason: textColumn().nullable(),
    error: textColumn().nullable(),
    strategy: textColumn(),
    input: textColumn(),
    command: textColumn().nullable(),
    config: textColumn(),
    context: textColumn(),
    metadata: textColumn(),
    interruptBefore: textColumn().nullable(),
    interruptAfter: textColumn().nullable(),
    recordEvents: p.integer(),
    position: p.bigint('number'),
    attempt: p.integer(),
    failures: p.integer(),
    suspicion: p.integer().default(0),
    suspectOf: textColumn().nullable(),
    leaseOwner: textColumn().nullable(),
    leaseUntil: p.bigint('number').nullable(),
    availableAt: p.bigint('number'),
    timeoutMs: p.bigint('number').nullable(),
    deadline: p.bigint('number').nullable(),
    stop: textColumn().nullable(),
    supersededBy: textColumn().nullable(),
    carry: textColumn(),
    carriedBy: textColumn().nullable(),
    baseCheckpointId: textColumn().nullable(),
    headBefore: textColumn().nullable(),
    headAfter: textColumn().nullable(),
    threadStatusBefore: textColumn().nullable(),
    createdAt: p.bigint('number'),
    updatedAt: p.bigint('number'),
    startedAt: p.bigint('number').nullable(),
    finishedAt: p.bigint('number').nullable(),
    request: textColumn().nullable(),
    webhook: textColumn().nullable(),
    abandoned: textColumn().defaultRaw(`'[]'`),
  },
  uniques: [
    { name: 'run_thread_position', properties: ['thread', 'position'] },
    { name: 'run_one_running', properties: ['thread'], where: `"status" = 'RUNNING'` },
  ],
  indexes: [
    { name: 'run_lease', properties: ['leaseUntil'], where: `"status" = 'RUNNING'` },
    { name: 'run_unfinished', properties: ['thread', 'position'], where: `"status" in ('PENDING', 'RUNNING')` },
    { name: 'run_carry', properties: ['thread', 'position'], where: `"carry" in ('WAITING', 'TAKEN')` },
    { name: 'run_assistant', properties: ['assistantId', 'id'] },
    { name: 'run_superseded_by', properties: ['supersededBy'], where: '"superseded_by" is not null' },
    { name: 'run_carried_by', properties: ['carriedBy'], where: '"carried_by" is not null' },
  ],
});
