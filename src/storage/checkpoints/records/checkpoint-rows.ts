import { defineEntity } from '@mikro-orm/core';
import type { RunId } from '../../../domain/ids.ts';
import { bigInteger, integer, partOf, text } from '../../columns.ts';
import type { Sql } from '../../sql.ts';
import { chunked, tuples } from '../../sql.ts';
import { ThreadRow } from '../../threads/thread-rows.ts';
import { requireId, StoredList, StoredPlain, type StoredValue } from '../values/stored-value.ts';
import type { StoredCheckpoint, StoredWrite } from './stored-checkpoint.ts';

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
    /** The thread's stateVersion after the put. History and heads follow it; ids carry some process's clock and don't count. */
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

/** A pending write. Several runs may write to the same task of a paused checkpoint; the newest run's row counts, the others wait below it. */
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
    type: text(),
    data: text(),
    lists: text().nullable(),
  },
  indexes: [{ name: 'checkpoint_write_run', properties: ['runId'], where: `"run_id" <> ''` }],
});

/** A channel's value, shared by all checkpoints that refer to it. Of no run: it goes when nothing refers to it any more. */
export const BlobRow = defineEntity({
  name: 'Blob',
  tableName: 'blob',
  properties: {
    threadId: partOf(ThreadRow, 'thread_id').primary(),
    /** seq of the checkpoint that brought it × BLOBS_PER_PUT + its place among that checkpoint's blobs. A blob refers to older ids only. */
    id: bigInteger().primary(),
    /** The list that this list is a change of. */
    baseId: bigInteger().nullable(),
    type: text(),
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

/** More changed channels than this in one superstep are refused; a blob's id is made of its put's seq and a place below this. */
export const BLOBS_PER_PUT = 4096;

/** Raises the thread's stateVersion and returns it: also the seq of what is written with it. @throws Error when there is no such thread */
export async function raiseStateVersion(sql: Sql, threadId: string): Promise<number> {
  const [row] = await sql.all<{ state_version: number | string }>(
    'update thread set state_version = state_version + 1 where id = ? returning state_version',
    [threadId],
  );
  if (row === undefined) throw new Error(`Unknown thread ${threadId}`);
  return Number(row.state_version);
}

/** Null: there is no such thread. */
export async function readStateVersion(sql: Sql, threadId: string): Promise<number | null> {
  const [row] = await sql.all<{ state_version: number | string }>('select state_version from thread where id = ?', [threadId]);
  return row === undefined ? null : Number(row.state_version);
}

/** Writes the checkpoint with those of its values that are not written yet, and makes it its namespace's head. Returns the new stateVersion. */
export async function writeCheckpoint(sql: Sql, threadId: string, runId: string | null, checkpoint: StoredCheckpoint): Promise<number> {
  const version = await raiseStateVersion(sql, threadId);
  await insertBlobs(sql, threadId, version, checkpoint.fresh.filter(isBlob));
  const { ns, id, parentId, body, metadata } = checkpoint;
  await sql.run(
    `insert into checkpoint (thread_id, ns, checkpoint_id, parent_id, run_id, seq, body, metadata, refs) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (thread_id, ns, checkpoint_id) do update set parent_id = excluded.parent_id, run_id = excluded.run_id, seq = excluded.seq,
       body = excluded.body, metadata = excluded.metadata, refs = excluded.refs`,
    [threadId, ns, id, parentId, runId, version, body, metadata, refsOf(checkpoint)],
  );
  await sql.run(
    `insert into checkpoint_head (thread_id, ns, checkpoint_id) values (?, ?, ?)
     on conflict (thread_id, ns) do update set checkpoint_id = excluded.checkpoint_id`,
    [threadId, ns, id],
  );
  return version;
}

const isBlob = (value: StoredValue): boolean => value instanceof StoredList || !value.isInline;

/** To be called after the commit: what was written needs no more to be kept for writing. */
export function markWritten({ fresh }: StoredCheckpoint): void {
  for (const value of fresh) if (value instanceof StoredList) value.change = null;
}

/** To be called when the write has failed: nothing may refer to the ids that it gave. */
export function markFailed({ fresh }: StoredCheckpoint): void {
  for (const value of fresh) value.id = null;
}

async function insertBlobs(sql: Sql, threadId: string, version: number, values: readonly StoredValue[]): Promise<void> {
  if (values.length > BLOBS_PER_PUT) throw new Error(`${values.length} channels changed in one superstep, more than ${BLOBS_PER_PUT}`);
  // Ids first: the state in a Send refers to the list of messages that comes with it.
  for (const [index, value] of values.entries()) value.id = version * BLOBS_PER_PUT + index;
  for (const chunk of chunked(values)) {
    const rows = chunk.flatMap((value) => [
      threadId,
      value.id,
      ...(value instanceof StoredList ? listColumns(value) : plainColumns(value)),
    ]);
    await sql.run(`insert into blob (thread_id, id, base_id, type, data, lists) values ${tuples(chunk.length, 6)}`, rows);
  }
}

function listColumns({ change }: StoredList): readonly unknown[] {
  if (change === null) throw new Error('List is already persisted');
  const { base, parts, data } = change;
  return base === null ? [null, 'list', data, null] : [requireId(base), 'list', data, JSON.stringify(parts)];
}

const plainColumns = (value: StoredPlain): readonly unknown[] => [null, value.type, value.data, insideColumn(value)];

const insideColumn = ({ lists }: StoredPlain): string | null =>
  lists.length === 0 ? null : JSON.stringify(lists.map(({ path, base, parts }) => [path, requireId(base), parts]));

function refsOf({ values }: StoredCheckpoint): string {
  const refs: Record<string, number | readonly [string]> = {};
  for (const [channel, value] of values) refs[channel] = value instanceof StoredPlain && value.isInline ? [value.data] : requireId(value);
  return JSON.stringify(refs);
}

/** Adds pending writes: a run's first to a place stays, but a negative place takes the last. Returns the new stateVersion. */
export async function writeWrites(
  sql: Sql,
  threadId: string,
  ns: string,
  checkpointId: string,
  writes: readonly StoredWrite[],
): Promise<number> {
  const version = await raiseStateVersion(sql, threadId);
  for (const chunk of chunked(writes)) {
    await sql.run(
      `insert into checkpoint_write (thread_id, ns, checkpoint_id, task_id, idx, run_id, seq, channel, task_path, type, data, lists)
       values ${tuples(chunk.length, 12)}
       on conflict (thread_id, ns, checkpoint_id, task_id, idx, run_id) do update set seq = excluded.seq, channel = excluded.channel,
         task_path = excluded.task_path, type = excluded.type, data = excluded.data, lists = excluded.lists where excluded.idx < 0`,
      chunk.flatMap(({ taskId, idx, runId, channel, taskPath, value }) => [
        ...[threadId, ns, checkpointId, taskId, idx, runId, version, channel, taskPath],
        ...[value.type, value.data, insideColumn(value)],
      ]),
    );
  }
  return version;
}
