import { defineEntity } from '@mikro-orm/core';
import { AssistantRow, AssistantVersionRow } from './assistants/assistant-rows.ts';
import { BlobRow, CheckpointHeadRow, CheckpointRow, CheckpointWriteRow } from './checkpoints/records/checkpoint-rows.ts';
import { bigInteger, text, time } from './columns.ts';
import { CronRow } from './crons/cron-rows.ts';
import type { TableOf } from './entity.ts';
import { StoreItemRow, StoreNamespaceRow, StoreVectorRow } from './items/item-rows.ts';
import { RunEventRow } from './log/event-rows.ts';
import { ThreadsAndRuns } from './migrations/0001-threads-and-runs.ts';
import { Checkpoints } from './migrations/0002-checkpoints.ts';
import { Retention } from './migrations/0003-retention.ts';
import { Protocol } from './migrations/0004-protocol.ts';
import { ThreadTtl } from './migrations/0005-thread-ttl.ts';
import { Assistants } from './migrations/0006-assistants.ts';
import { LongTermStore } from './migrations/0007-store.ts';
import { Webhooks } from './migrations/0008-webhooks.ts';
import { Crons } from './migrations/0009-crons.ts';
import { Instance } from './migrations/0012-instance.ts';
import { Stops } from './migrations/0015-stops.ts';
import { LastBatch } from './migrations/0016-last-batch.ts';
import { Suspects } from './migrations/0018-suspects.ts';
import { IdempotencyRow, RunRow } from './runs/run-rows.ts';
import { ThreadRow } from './threads/thread-rows.ts';
import { WebhookDeliveryRow } from './webhooks/webhook-rows.ts';

/** The one row that says which database this is. */
const InstanceRow = defineEntity({
  name: 'Instance',
  tableName: 'instance',
  properties: {
    id: text().primary(),
    /** Rises now and then while a server writes, on SQLite: a file whose number is lower than was seen lacks commits. */
    marks: bigInteger(),
  },
});

/** A piece of background work that one process at a time does for all. */
const MaintenanceRow = defineEntity({
  name: 'Maintenance',
  tableName: 'maintenance',
  properties: {
    name: text().primary(),
    /** The process that does it, or did it last. */
    holder: text(),
    /** Until when it is this process's alone. */
    heldUntil: time(),
    /** When it is to be done next. */
    nextAt: time(),
  },
});

/** Every table. A test proves that they agree with what the migrations make. */
export const entities = [
  ThreadRow,
  RunRow,
  RunEventRow,
  IdempotencyRow,
  MaintenanceRow,
  AssistantRow,
  AssistantVersionRow,
  CheckpointRow,
  CheckpointWriteRow,
  BlobRow,
  CheckpointHeadRow,
  StoreNamespaceRow,
  StoreItemRow,
  StoreVectorRow,
  WebhookDeliveryRow,
  CronRow,
  InstanceRow,
];

/** The tables as statements know them. */
export type Tables = { readonly [E in (typeof entities)[number] as E['tableName']]: TableOf<E> };

/** Append-only, in the order in which they run; a name is what the database remembers. */
export const migrations = [
  { name: '0001-threads-and-runs', class: ThreadsAndRuns },
  { name: '0002-checkpoints', class: Checkpoints },
  { name: '0003-retention', class: Retention },
  { name: '0004-protocol', class: Protocol },
  { name: '0005-thread-ttl', class: ThreadTtl },
  { name: '0006-assistants', class: Assistants },
  { name: '0007-store', class: LongTermStore },
  { name: '0008-webhooks', class: Webhooks },
  { name: '0009-crons', class: Crons },
  { name: '0012-instance', class: Instance },
  { name: '0015-stops', class: Stops },
  { name: '0016-last-batch', class: LastBatch },
  { name: '0018-suspects', class: Suspects },
];
