import type { ThreadId } from '../../../domain/ids.ts';
import type { Sql } from '../../sql.ts';
import { chunked, placeholders } from '../../sql.ts';
import { BLOBS_PER_PUT } from '../records/checkpoint-writes.ts';
import { type BlobType, insideBases } from '../values/blob-loader.ts';

/** What is copied as it is. Blobs are numbered within their thread, so their references hold. */
const TABLES = {
  blob: 'id, base_id, type, data, lists',
  checkpoint_write: 'ns, checkpoint_id, task_id, idx, run_id, seq, channel, task_path, type, data, lists',
  checkpoint_head: 'ns, checkpoint_id',
};

/** See CheckpointTx.copyThread. The new thread's row, with the same stateVersion, is there already. */
export async function copyCheckpoints(sql: Sql, from: ThreadId, to: ThreadId): Promise<void> {
  for (const [table, columns] of Object.entries(TABLES))
    await sql.run(`insert into ${table} (thread_id, ${columns}) select ?, ${columns} from ${table} where thread_id = ?`, [to, from]);
  // The metadata names the thread, as JSON.stringify wrote it.
  const named = (id: ThreadId): string => `"thread_id":${JSON.stringify(id)}`;
  const columns = 'ns, checkpoint_id, parent_id, seq, body, refs';
  await sql.run(
    `insert into checkpoint (thread_id, run_id, metadata, ${columns})
     select ?, null, replace(metadata, ?, ?), ${columns} from checkpoint where thread_id = ?`,
    [to, named(from), named(to), from],
  );
}

type BlobRow = { id: number | string; base_id: number | string | null; type: BlobType; lists: string | null };

/**
 * Removes the blobs that nothing needs any more, of those that came at `sinceSeq` or later. What refers to a blob came no earlier than
 * the blob did, so that older checkpoints and writes needn't be looked at.
 */
export async function sweepBlobs(sql: Sql, threadId: string, sinceSeq: number): Promise<void> {
  const blobs = new Map(
    (
      await sql.all<BlobRow>(
        `select id, base_id, type, case when type = 'json' then lists end as lists from blob where thread_id = ? and id >= ?`,
        [threadId, sinceSeq * BLOBS_PER_PUT],
      )
    ).map((row) => [Number(row.id), row]),
  );
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
  for (const chunk of chunked(unneeded)) {
    await sql.run(`delete from blob where thread_id = ? and id in (${placeholders(chunk.length)})`, [threadId, ...chunk]);
  }
}

/** The blobs that checkpoints and pending writes since then refer to themselves. */
async function referred(sql: Sql, threadId: string, sinceSeq: number): Promise<number[]> {
  const checkpoints = await sql.all<{ refs: string }>('select refs from checkpoint where thread_id = ? and seq >= ?', [threadId, sinceSeq]);
  const writes = await sql.all<{ lists: string }>(
    'select lists from checkpoint_write where thread_id = ? and seq >= ? and lists is not null',
    [threadId, sinceSeq],
  );
  const refs = checkpoints.flatMap((row) => Object.values(JSON.parse(row.refs) as Record<string, unknown>));
  return [...refs.filter((ref) => typeof ref === 'number'), ...writes.flatMap(({ lists }) => insideBases({ type: 'json', lists }))];
}
