import { defineEntity } from '@mikro-orm/core';
import type { Cron, CronPayload, OnRunCompleted } from '../../domain/cron.ts';
import type { AssistantId, CronId, Owner, RunId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { MultitaskStrategy } from '../../domain/run.ts';
import { flag, integer, json, partOf, text, time } from '../columns.ts';
import { type RowMapper, rowMapper } from '../row-mapper.ts';
import { ThreadRow } from '../threads/thread-rows.ts';

export const CronRow = defineEntity({
  name: 'Cron',
  tableName: 'cron',
  properties: {
    id: text<CronId>().primary(),
    owner: text<Owner>(),
    assistantId: text<AssistantId>(),
    threadId: partOf(ThreadRow, 'thread_id').nullable(),
    onRunCompleted: text<OnRunCompleted>().nullable(),
    strategy: text<MultitaskStrategy>().nullable(),
    schedule: text(),
    timezone: text().nullable(),
    endTime: time().nullable(),
    enabled: flag(),
    payload: json<CronPayload>(),
    metadata: json<JsonObject>(),
    nextAt: time().nullable(),
    /** While it is claimed: when it is due again if nothing is heard of the claimer. */
    dueAt: time().nullable(),
    claims: integer(),
    lastAt: time().nullable(),
    lastRunId: text<RunId>().nullable(),
    lastError: text().nullable(),
    createdAt: time(),
    updatedAt: time(),
  },
  indexes: [
    { name: 'cron_due', properties: ['dueAt'], where: '"due_at" is not null' },
    { name: 'cron_owner', properties: ['owner', 'id'] },
    { name: 'cron_assistant', properties: ['assistantId'] },
    { name: 'cron_thread', properties: ['threadId'] },
  ],
});

export const cronRows: RowMapper<Cron, typeof CronRow> = rowMapper(CronRow);
