import { defineEntity } from '@mikro-orm/core';
import type { AssistantId, Owner, RunId } from '../../domain/ids.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type {
  Carry,
  MultitaskStrategy,
  Run,
  RunCommand,
  RunEndReason,
  RunStatus,
  StopRequest,
  ThreadStatus,
} from '../../domain/run.ts';
import { bigInteger, failure, flag, integer, json, partOf, text, time } from '../columns.ts';
import { type RowMapper, rowMapper } from '../row-mapper.ts';
import { ThreadRow } from '../threads/thread-rows.ts';

/**
 * `supersededBy` and `carriedBy` have no foreign key: removing a run settles them itself (RunTx.delete).
 * The attempt is the fencing token (design.md §4, Fence).
 */
export const RunRow = defineEntity({
  name: 'Run',
  tableName: 'run',
  properties: {
    id: text<RunId>().primary(),
    threadId: partOf(ThreadRow, 'thread_id'),
    owner: text<Owner>(),
    assistantId: text<AssistantId>(),
    graphId: text(),
    status: text<RunStatus>(),
    endReason: text<RunEndReason>().nullable(),
    error: failure().nullable(),
    strategy: text<MultitaskStrategy>(),
    input: json<Json>(),
    command: json<RunCommand>().nullable(),
    config: json<JsonObject>(),
    context: json<Json>(),
    metadata: json<JsonObject>(),
    interruptBefore: json<readonly string[]>().nullable(),
    interruptAfter: json<readonly string[]>().nullable(),
    recordEvents: flag(),
    position: bigInteger(),
    attempt: integer(),
    failures: integer(),
    suspicion: integer().default(0),
    suspectOf: text().nullable(),
    leaseOwner: text().nullable(),
    leaseUntil: time().nullable(),
    availableAt: time(),
    timeoutMs: bigInteger().nullable(),
    deadline: time().nullable(),
    stop: json<StopRequest>().nullable(),
    supersededBy: text<RunId>().nullable(),
    carry: text<Carry>(),
    carriedBy: text<RunId>().nullable(),
    baseCheckpointId: text().nullable(),
    headBefore: text().nullable(),
    headAfter: text().nullable(),
    threadStatusBefore: text<ThreadStatus>().nullable(),
    createdAt: time(),
    updatedAt: time(),
    startedAt: time().nullable(),
    finishedAt: time().nullable(),
    request: json<JsonObject>().nullable(),
    webhook: text().nullable(),
    abandoned: json<readonly string[]>().defaultRaw(`'[]'`),
  },
  uniques: [
    { name: 'run_thread_position', properties: ['threadId', 'position'] },
    { name: 'run_one_running', properties: ['threadId'], where: `"status" = 'RUNNING'` },
  ],
  indexes: [
    { name: 'run_lease', properties: ['leaseUntil'], where: `"status" = 'RUNNING'` },
    {
      name: 'run_unfinished',
      properties: ['threadId', 'position'],
      where: `"status" in ('PENDING', 'RUNNING')`,
    },
    { name: 'run_carry', properties: ['threadId', 'position'], where: `"carry" in ('WAITING', 'TAKEN')` },
    { name: 'run_assistant', properties: ['assistantId', 'id'] },
    { name: 'run_superseded_by', properties: ['supersededBy'], where: '"superseded_by" is not null' },
    { name: 'run_carried_by', properties: ['carriedBy'], where: '"carried_by" is not null' },
  ],
});

/** No foreign key to run: the key outlives a run that was rolled back or deleted. */
export const IdempotencyRow = defineEntity({
  name: 'Idempotency',
  tableName: 'idempotency',
  properties: {
    owner: text<Owner>().primary(),
    key: text().primary(),
    requestHash: text(),
    runId: text<RunId>(),
    expiresAt: time(),
  },
  indexes: [{ name: 'idempotency_expires', properties: ['expiresAt'] }],
});

export const runRows: RowMapper<Run, typeof RunRow> = rowMapper(RunRow);
