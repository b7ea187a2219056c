import type { ThreadId } from '../../../domain/ids.ts';
import { chunked, type Sql } from '../../sql.ts';
import { byShape, db, type Params, statement } from '../../statement.ts';
import { BLOBS_PER_PUT } from '../records/checkpoint-writes.ts';
import { type OfThread, threadIdOf } from '../records/state-version.ts';
import { insideBases } from '../values/blob-loader.ts';

type Copy = { readonly from: ThreadId; readonly to: ThreadId };

const BLOB = ['id', 'base_id', 'type', 'data', 'lists'] as const;
const WRITE = [
  'ns',
  'checkpoint_id',
  'task_id',
  'idx',
  'run_id',
  'seq',
  'channel',
  'task_path',
  'type',
  'data',
  'lists',
] as const;
const HEAD = ['ns', 'checkpoint_id'] as const;
const CHECKPOINT = ['ns', 'checkpoint_id', 'parent_id', 'seq', 'body', 'refs'] as const;

// Blobs are numbered within their thread, so references to them hold.
const copyBlobs = statement((p: Params<Copy>) =>
  db
    .insertInto('blob')
    .columns(['thread_id', ...BLOB])
    .expression(
      db
        .selectFrom('blob')
        .select(({ val }) => [val(p('to')).as('to'), ...BLOB])
        .where('thread_id', '=', p('from')),
    ),
);
const copyWrites = statement((p: Params<Copy>) =>
  db
    .insertInto('checkpoint_write')
    .columns(['thread_id', ...WRITE])
    .expression(
      db
        .selectFrom('checkpoint_write')
        .select(({ val }) => [val(p('to')).as('to'), ...WRITE])
        .where('thread_id', '=', p('from')),
    ),
);
const copyHeads = statement((p: Params<Copy>) =>
  db
    .insertInto('checkpoint_head')
    .columns(['thread_id', ...HEAD])
    .expression(
      db
        .selectFrom('checkpoint_head')
        .select(({ val }) => [val(p('to')).as('to'), ...HEAD])
        .where('thread_id', '=', p('from')),
    ),
);
/** Their metadata names the thread. */
const copyCheckpointRows = statement((p: Params<Copy & { fromName: string; toName: string }>) =>
  db
    .insertInto('checkpoint')
    .columns(['thread_id', 'metadata', ...CHECKPOINT])
    .expression(
      db
        .selectFrom('checkpoint')
        .select(({ fn, val }) => [
          val(p('to')).as('to'),
          fn<string>('replace', ['metadata', val(p('fromName')), val(p('toName'))]).as('renamed'),
          ...CHECKPOINT,
        ])
        .where('thread_id', '=', p('from')),
    ),
);

/** See CheckpointTx.copyThread. The new thread's row, with the same stateVersion, is there already. */
export async function copyCheckpoints(sql: Sql, from: ThreadId, to: ThreadId): Promise<void> {
  for (const copy of [copyBlobs, copyWrites, copyHeads]) await copy.run(sql, { from, to });
  const nameOf = (id: ThreadId): string => `"thread_id":${JSON.stringify(id)}`; // as JSON.stringify wrote it
  await copyCheckpointRows.run(sql, { from, to, fromName: nameOf(from), toName: nameOf(to) });
}

type Since = OfThread & { readonly since: number };

const blobsSince = statement((p: Params<Since>) =>
  db
    .selectFrom('blob')
    .select((eb) => [
      'id',
      'base_id',
      'type',
      eb.case().when('type', '=', 'json').then(eb.ref('lists')).end().as('lists'),
    ])
    .where('thread_id', '=', threadIdOf(p))
    .where('id', '>=', p('since')),
);
const refsSince = statement((p: Params<Since>) =>
  db
    .selectFrom('checkpoint')
    .select('refs')
    .where('thread_id', '=', threadIdOf(p))
    .where('seq', '>=', p('since')),
);
const listsSince = statement((p: Params<Since>) =>
  db
    .selectFrom('checkpoint_write')
    .select(({ ref }) => ref('lists').$notNull().as('lists'))
    .where('thread_id', '=', threadIdOf(p))
    .where('seq', '>=', p('since'))
    .where('lists', 'is not', null),
);
const removeBlobs = byShape((size: number) =>
  statement((p: Params<OfThread & { ids: readonly number[] }>) =>
    db.deleteFrom('blob').where('thread_id', '=', threadIdOf(p)).where('id', 'in', p.list('ids', size)),
  ),
);

/**
 * Removes the blobs that nothing needs any more, of those that came at `sinceSeq` or later. What refers to a
 * blob came no earlier than the blob did, so that older checkpoints and writes needn't be looked at.
 */
export async function sweepBlobs(sql: Sql, threadId: string, sinceSeq: number): Promise<void> {
  const rows = await blobsSince.all(sql, { threadId, since: sinceSeq * BLOBS_PER_PUT });
  const blobs = new Map(rows.map((row) => [Number(row.id), row]));
  if (blobs.size === 0) return;
  const needed = new Set<number>();
  const open = await referred(sql, threadId, sinceSeq);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const blob = blobs.get(id);
    if (blob === undefined || needed.has(id)) continue; // an older one stays anyway
    needed.add(id);
    if (blob.base_id !== null) open.push(Number(blob.base_id));
    open.push(...insideBases(blob));
  }
  const unneeded = [...blobs.keys()].filter((id) => !needed.has(id));
  for (const ids of chunked(unneeded)) await removeBlobs(ids.length).run(sql, { threadId, ids });
}

/** The blobs that checkpoints and pending writes since then refer to themselves. */
async function referred(sql: Sql, threadId: string, sinceSeq: number): Promise<number[]> {
  const checkpoints = await refsSince.all(sql, { threadId, since: sinceSeq });
  const writes = await listsSince.all(sql, { threadId, since: sinceSeq });
  const refs = checkpoints.flatMap((row) => Object.values(JSON.parse(row.refs) as Record<string, unknown>));
  return [
    ...refs.filter((ref) => typeof ref === 'number'),
    ...writes.flatMap(({ lists }) => insideBases({ type: 'json', lists })),
  ];
}
