import { defineEntity } from '@mikro-orm/core';
import { AssistantRow, AssistantVersionRow } from './assistants/assistant-rows.ts';
import {
  BlobRow,
  CheckpointHeadRow,
  CheckpointRow,
  CheckpointWriteRow,
} from './checkpoints/records/checkpoint-rows.ts';
import { bigInteger, text, time } from './columns.ts';
import { CronRow } from './crons/cron-rows.ts';
import type { TableOf } from './entity.ts';
import { StoreItemRow, StoreNamespaceRow, StoreVectorRow } from './items/item-rows.ts';
import { RunEventRow } from './log/event-rows.ts';
import { IdempotencyRow, RunRow } from './runs/run-rows.ts';
import { ThreadRow } from './threads/thread-rows.ts';
import { WebhookDeliveryRow } from './webhooks/webhook-rows.ts';

/** The one row that says which database this is. */
const InstanceRow = defineEntity({
  name: 'Instance',
  tableName: 'instance',
  properties: {
    id: text().primary(),
    /**
     * Rises now and then while a server writes, on SQLite: a file whose number is lower than was seen lacks
     * commits.
     */
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
