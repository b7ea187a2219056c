import { defineEntity, p } from '@mikro-orm/core';
import { textColumn } from '../entities/text-column.ts';
import { ThreadRow } from '../entities/thread.ts';

const thread = () => p.manyToOne(ThreadRow).primary().deleteRule('cascade').updateRule('no action').fieldName('thread_id').index(false);

/** One checkpoint of LangGraph's, without its channel values: `refs` says where each of them is. */
export const CheckpointRow = defineEntity({
  name: 'Checkpoint',
  tableName: 'checkpoint',
  properties: {
    thread,
    ns: textColumn().primary(),
    checkpointId: textColumn().primary(),
    parentId: textColumn().nullable(),
    /** Null: of no run, or of one that was deleted. */
    runId: textColumn().nullable(),
    /** The thread's stateVersion after the put. History and heads follow it; ids carry some process's clock and don't count. */
    seq: p.bigint('number'),
    /** The checkpoint as JSON, without channel_values. */
    body: textColumn(),
    metadata: textColumn(),
    /** JSON object: channel to blob id, or to a one-element array with the value's own JSON text. */
    refs: textColumn(),
  },
  indexes: [
    { name: 'checkpoint_history', properties: ['thread', 'ns', 'seq'] },
    { name: 'checkpoint_run', properties: ['runId'], where: '"run_id" is not null' },
  ],
});

/** A pending write. Several runs may write to the same task of a paused checkpoint; the newest run's row counts, the others wait below it. */
export const CheckpointWriteRow = defineEntity({
  name: 'CheckpointWrite',
  tableName: 'checkpoint_write',
  properties: {
    thread,
    ns: textColumn().primary(),
    checkpointId: textColumn().primary(),
    taskId: textColumn().primary(),
    idx: p.integer().primary(),
    /** '' for writes of no run. */
    runId: textColumn().primary(),
    seq: p.bigint('number'),
    channel: textColumn(),
    taskPath: textColumn(),
    type: textColumn(),
    data: textColumn(),
    lists: textColumn().nullable(),
  },
  indexes: [{ name: 'checkpoint_write_run', properties: ['runId'], where: `"run_id" <> ''` }],
});

/** A channel's value, shared by all checkpoints that refer to it. Of no run: it goes when nothing refers to it any more. */
export const BlobRow = defineEntity({
  name: 'Blob',
  tableName: 'blob',
  properties: {
    thread,
    /** seq of the checkpoint that brought it × BLOBS_PER_PUT + its place among that checkpoint's blobs. A blob refers to older ids only. */
    id: p.bigint('number').primary(),
    /** The list that this list is a change of. */
    baseId: p.bigint('number').nullable(),
    type: textColumn(),
    data: textColumn(),
    /** JSON: which arrays in `data` are changes of stored lists; null: none. */
    lists: textColumn().nullable(),
  },
});

/** Which checkpoint is the latest of a namespace. */
export const CheckpointHeadRow = defineEntity({
  name: 'CheckpointHead',
  tableName: 'checkpoint_head',
  properties: {
    thread,
    ns: textColumn().primary(),
    checkpointId: textColumn(),
  },
});
