import { chunked, type Sql } from '../../sql.ts';
import { byShape, db, inColumns, type Params, statement, type Values } from '../../statement.ts';
import { requireId, StoredList, StoredPlain, type StoredValue } from '../values/stored-value.ts';
import { raiseStateVersion } from './state-version.ts';
import type { StoredCheckpoint, StoredWrite } from './stored-checkpoint.ts';

/**
 * More changed channels than this in one superstep are refused; a blob's id is made of its put's seq and a
 * place below this.
 */
export const BLOBS_PER_PUT = 4096;

const BLOB_COLUMNS = ['thread_id', 'id', 'base_id', 'type', 'data', 'lists'] as const;
const CHECKPOINT_COLUMNS = [
  'thread_id',
  'ns',
  'checkpoint_id',
  'parent_id',
  'run_id',
  'seq',
  'body',
  'metadata',
  'refs',
] as const;
const WRITE_KEY = ['thread_id', 'ns', 'checkpoint_id', 'task_id', 'idx', 'run_id'] as const;
const WRITE_COLUMNS = [...WRITE_KEY, 'seq', 'channel', 'task_path', 'type', 'data', 'lists'] as const;

const insertBlobRows = byShape((size: number) =>
  statement((p: Params<Values>) =>
    db
      .insertInto('blob')
      .values(
        Array.from({ length: size }, (_, row) => inColumns(BLOB_COLUMNS, p, row * BLOB_COLUMNS.length)),
      ),
  ),
);
const putCheckpoint = statement((p: Params<Values>) =>
  db
    .insertInto('checkpoint')
    .values(inColumns(CHECKPOINT_COLUMNS, p))
    .onConflict((conflict) =>
      conflict.columns(['thread_id', 'ns', 'checkpoint_id']).doUpdateSet(({ ref }) => ({
        parent_id: ref('excluded.parent_id'),
        run_id: ref('excluded.run_id'),
        seq: ref('excluded.seq'),
        body: ref('excluded.body'),
        metadata: ref('excluded.metadata'),
        refs: ref('excluded.refs'),
      })),
    ),
);
const putHead = statement((p: Params<Values>) =>
  db
    .insertInto('checkpoint_head')
    .values(inColumns(['thread_id', 'ns', 'checkpoint_id'], p))
    .onConflict((conflict) =>
      conflict
        .columns(['thread_id', 'ns'])
        .doUpdateSet(({ ref }) => ({ checkpoint_id: ref('excluded.checkpoint_id') })),
    ),
);
/** A run's first write to a place stays, but a negative place takes the last. */
const putWriteRows = byShape((size: number) =>
  statement((p: Params<Values>) =>
    db
      .insertInto('checkpoint_write')
      .values(
        Array.from({ length: size }, (_, row) => inColumns(WRITE_COLUMNS, p, row * WRITE_COLUMNS.length)),
      )
      .onConflict((conflict) =>
        conflict
          .columns(WRITE_KEY)
          .doUpdateSet(({ ref }) => ({
            seq: ref('excluded.seq'),
            channel: ref('excluded.channel'),
            task_path: ref('excluded.task_path'),
            type: ref('excluded.type'),
            data: ref('excluded.data'),
            lists: ref('excluded.lists'),
          }))
          .where('excluded.idx', '<', 0),
      ),
  ),
);

/**
 * Writes the checkpoint with those of its values that are not written yet, and makes it its namespace's head.
 * Returns the new stateVersion.
 */
export async function writeCheckpoint(
  sql: Sql,
  threadId: string,
  runId: string | null,
  checkpoint: StoredCheckpoint,
): Promise<number> {
  const version = await raiseStateVersion(sql, threadId);
  await insertBlobs(sql, threadId, version, checkpoint.fresh.filter(isBlob));
  const { ns, id, parentId, body, metadata } = checkpoint;
  await putCheckpoint.run(sql, [
    threadId,
    ns,
    id,
    parentId,
    runId,
    version,
    body,
    metadata,
    refsOf(checkpoint),
  ]);
  await putHead.run(sql, [threadId, ns, id]);
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

async function insertBlobs(
  sql: Sql,
  threadId: string,
  version: number,
  values: readonly StoredValue[],
): Promise<void> {
  if (values.length > BLOBS_PER_PUT)
    throw new Error(`${values.length} channels changed in one superstep, more than ${BLOBS_PER_PUT}`);
  // Ids first: the state in a Send refers to the list of messages that comes with it.
  for (const [index, value] of values.entries()) value.id = version * BLOBS_PER_PUT + index;
  for (const chunk of chunked(values)) {
    const rows = chunk.flatMap((value) => [
      threadId,
      value.id,
      ...(value instanceof StoredList ? listColumns(value) : plainColumns(value)),
    ]);
    await insertBlobRows(chunk.length).run(sql, rows);
  }
}

function listColumns({ change }: StoredList): readonly unknown[] {
  if (change === null) throw new Error('List is already persisted');
  const { base, parts, data } = change;
  return base === null ? [null, 'list', data, null] : [requireId(base), 'list', data, JSON.stringify(parts)];
}

const plainColumns = (value: StoredPlain): readonly unknown[] => [
  null,
  value.type,
  value.data,
  insideColumn(value),
];

const insideColumn = ({ lists }: StoredPlain): string | null =>
  lists.length === 0
    ? null
    : JSON.stringify(lists.map(({ path, base, parts }) => [path, requireId(base), parts]));

function refsOf({ values }: StoredCheckpoint): string {
  const refs: Record<string, number | readonly [string]> = {};
  for (const [channel, value] of values)
    refs[channel] = value instanceof StoredPlain && value.isInline ? [value.data] : requireId(value);
  return JSON.stringify(refs);
}

/**
 * Adds pending writes: a run's first to a place stays, but a negative place takes the last. Returns the new
 * stateVersion.
 */
export async function writeWrites(
  sql: Sql,
  threadId: string,
  ns: string,
  checkpointId: string,
  writes: readonly StoredWrite[],
): Promise<number> {
  const version = await raiseStateVersion(sql, threadId);
  for (const chunk of chunked(writes)) {
    const rows = chunk.flatMap(({ taskId, idx, runId, channel, taskPath, value }) => [
      ...[threadId, ns, checkpointId, taskId, idx, runId, version, channel, taskPath],
      ...[value.type, value.data, insideColumn(value)],
    ]);
    await putWriteRows(chunk.length).run(sql, rows);
  }
  return version;
}
