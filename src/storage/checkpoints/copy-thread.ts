import type { ThreadId } from '../../domain/ids.ts';
import type { Sql } from '../database.ts';

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
