import type { ThreadId } from '../../domain/ids.ts';
import type { Sql } from '../database.ts';
import { removeCheckpoints } from './prune.ts';
import { type CheckpointKey, type PruneRecord, prunable } from './prune-plan.ts';
import { sweepBlobs } from './sweep.ts';

/** See CheckpointTx.keepLatest. */
export async function keepLatest(sql: Sql, threadId: ThreadId): Promise<number> {
  const unneeded = prunable({
    records: await sql.all<PruneRecord>(
      'select ns, checkpoint_id, parent_id, seq, body, metadata, refs from checkpoint where thread_id = ?',
      [threadId],
    ),
    upTo: Number.POSITIVE_INFINITY,
    heads: await sql.all<CheckpointKey>('select ns, checkpoint_id as id from checkpoint_head where thread_id = ?', [threadId]),
    needed: [],
    isYounger: () => false,
  });
  if (unneeded.length === 0) return 0;
  await removeCheckpoints(sql, threadId, unneeded);
  // What is left is the beginning of the history now.
  await sql.run(
    `update checkpoint set parent_id = null where thread_id = ? and parent_id is not null
       and not exists (select 1 from checkpoint as parent where parent.thread_id = checkpoint.thread_id and parent.ns = checkpoint.ns
         and parent.checkpoint_id = checkpoint.parent_id)`,
    [threadId],
  );
  await sweepBlobs(sql, threadId, 0);
  return unneeded.length;
}
