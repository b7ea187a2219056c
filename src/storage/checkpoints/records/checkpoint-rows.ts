import { defineEntity } from '@mikro-orm/core';
import type { RunId } from '../../../domain/ids.ts';
import { bigInteger, integer, partOf, text } from '../../columns.ts';
import { ThreadRow } from '../../threads/thread-rows.ts';

/** One checkpoint of LangGraph's, without its channel values: `refs` says where each of them is. */
export const CheckpointRow = defineEntity({
  name: 'Checkpoint',
  tableName: 'checkpoint',
  properties: {
    threadId: partOf(ThreadRow, 'thread_id').primary(),
    ns: text().primary(),
    checkpointId: text().primary(),
    parentId: text().nullable(),
    /** Null: of no run, or of one that was deleted. */
    runId: text<RunId>().nullable(),
    /**
     * The thread's stateVersion after the put. History and heads follow it; ids carry some process's clock
     * and don't count.
     */
    seq: bigInteger(),
    /** The checkpoint as JSON, without channel_values. */
    body: text(),
    metadata: text(),
    /** JSON object: channel to blob id, or to a one-element array with the value's own JSON text. */
    refs: text(),
  },
  indexes: [
    { name: 'checkpoint_history', properties: ['threadId', 'ns', 'seq'] },
    { name: 'checkpoint_run', properties: ['runId'], where: '"run_id" is not null' },
  ],
});

/**
 * A pending write. Several runs may write to the same task of a paused checkpoint; the newest run's row
 * counts, the others wait below it.
 */
export const CheckpointWriteRow = defineEntity({
  name: 'CheckpointWrite',
  tableName: 'checkpoint_write',
  properties: {
    threadId: partOf(ThreadRow, 'thread_id').primary(),
    ns: text().primary(),
    checkpointId: text().primary(),
    taskId: text().primary(),
    idx: integer().primary(),
    /** '' for writes of no run. */
    runId: text().primary(),
    seq: bigInteger(),
    channel: text(),
    taskPath: text(),
    type: text<Exclude<BlobType, 'list'>>(),
    data: text(),
    lists: text().nullable(),
  },
  indexes: [{ name: 'checkpoint_write_run', properties: ['runId'], where: `"run_id" <> ''` }],
});

/** What a value's `data` is: a list with each item, a value as JSON, or bytes. */
export type BlobType = 'list' | 'json' | 'bytes';

/**
 * A channel's value, shared by all checkpoints that refer to it. Of no run: it goes when nothing refers to it
 * any more.
 */
export const BlobRow = defineEntity({
  name: 'Blob',
  tableName: 'blob',
  properties: {
    threadId: partOf(ThreadRow, 'thread_id').primary(),
    /**
     * seq of the checkpoint that brought it × BLOBS_PER_PUT + its place among that checkpoint's blobs. A blob
     * refers to older ids only.
     */
    id: bigInteger().primary(),
    /** The list that this list is a change of. */
    baseId: bigInteger().nullable(),
    type: text<BlobType>(),
    data: text(),
    /** JSON: which arrays in `data` are changes of stored lists; null: none. */
    lists: text().nullable(),
  },
});

/** Which checkpoint is the latest of a namespace. */
export const CheckpointHeadRow = defineEntity({
  name: 'CheckpointHead',
  tableName: 'checkpoint_head',
  properties: {
    threadId: partOf(ThreadRow, 'thread_id').primary(),
    ns: text().primary(),
    checkpointId: text(),
  },
});
