import { defineEntity, p } from '@mikro-orm/core';
import type { Run } from '../../domain/run.ts';
import { failure, flag, integer, json, nullable, RowMapper, text, textColumn, time } from '../row-mapper.ts';
import { ThreadRow } from '../threads/thread-rows.ts';

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

export const runRows = new RowMapper<Run>({
  id: text('id'),
  threadId: text('thread_id'),
  owner: text('owner'),
  assistantId: text('assistant_id'),
  graphId: text('graph_id'),
  status: text('status'),
  endReason: nullable(text('end_reason')),
  error: nullable(failure('error')),
  strategy: text('strategy'),
  input: json('input'),
  command: nullable(json('command')),
  config: json('config'),
  context: json('context'),
  metadata: json('metadata'),
  interruptBefore: nullable(json('interrupt_before')),
  interruptAfter: nullable(json('interrupt_after')),
  recordEvents: flag('record_events'),
  position: integer('position'),
  attempt: integer('attempt'),
  failures: integer('failures'),
  suspicion: integer('suspicion'),
  suspectOf: nullable(text('suspect_of')),
  leaseOwner: nullable(text('lease_owner')),
  leaseUntil: nullable(time('lease_until')),
  availableAt: time('available_at'),
  timeoutMs: nullable(integer('timeout_ms')),
  deadline: nullable(time('deadline')),
  stop: nullable(json('stop')),
  supersededBy: nullable(text('superseded_by')),
  carry: text('carry'),
  carriedBy: nullable(text('carried_by')),
  baseCheckpointId: nullable(text('base_checkpoint_id')),
  headBefore: nullable(text('head_before')),
  headAfter: nullable(text('head_after')),
  threadStatusBefore: nullable(text('thread_status_before')),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
  startedAt: nullable(time('started_at')),
  finishedAt: nullable(time('finished_at')),
  request: nullable(json('request')),
  webhook: nullable(text('webhook')),
  abandoned: json('abandoned'),
});

/**
 * The conditions of run's partial indexes (migration 0001), word for word: SQLite uses such an index only for a query that says the same.
 */
export const isUnfinishedSql = `status in ('PENDING', 'RUNNING')`;
export const isRunningSql = `status = 'RUNNING'`;
export const isCarryOpenSql = `carry in ('WAITING', 'TAKEN')`;

/** A run that waits and may be claimed. Parameter: now. */
export const isDueSql = `${isUnfinishedSql} and status = 'PENDING' and available_at <= ?`;

/** A suspect that waits for its trial (waitsForTrial), among the RUNNING. */
export const waitsForTrialSql = `(lease_owner is null and suspicion > case when stop is null then 0 else 1 end)`;

/** The RUNNING run and one that is due. Parameters: the thread; the thread and now. */
export const aheadSql = `select * from (select status, available_at from run where thread_id = ? and ${isRunningSql} limit 1) as running
  union all select * from (select status, available_at from run where thread_id = ? and ${isDueSql} order by position limit 1) as due`;
