import type { ThreadId } from '../../../domain/ids.ts';
import type { Sweep } from '../../../orchestrator/ports/retention.ts';
import { isRunningSql, isUnfinishedSql } from '../../runs/run-rows.ts';
import type { Sql } from '../../sql.ts';
import { chunked, placeholders } from '../../sql.ts';
import type { CheckpointMemory } from '../memory/checkpoint-memory.ts';
import { raiseStateVersion } from '../records/state-version.ts';
import { type CheckpointKey, keyOf, type PruneRecord, prunable } from './prune-plan.ts';
import { sweepBlobs } from './sweep.ts';

/** Checkpoints that one transaction removes. */
const BATCH = 500;

/** Threads with checkpoints that no pruning has looked at; `isOld`: some of them may be older than `before` (ms). */
export async function threadsToPrune(sql: Sql, before: number, { after, limit }: Sweep): Promise<{ id: ThreadId; isOld: boolean }[]> {
  const rows = await sql.all<{
    id: ThreadId;
    state_version: number | string;
    pruned_version: number | string;
    created_at: number | string;
  }>('select id, state_version, pruned_version, created_at from thread where id > ? order by id limit ?', [after ?? '', limit]);
  return rows.map((row) => ({
    id: row.id,
    isOld: Number(row.pruned_version) < Number(row.state_version) && Number(row.created_at) < before,
  }));
}

/** Is there anything for `pruneBatch`? Asked without a lock, for most threads have not. */
export async function hasOld(sql: Sql, threadId: ThreadId, before: number): Promise<boolean> {
  const thread = await readThread(sql, threadId, '');
  return thread !== null && (await oldUpTo(sql, thread, before)) > thread.prunedVersion;
}

/**
 * Removes some of the old checkpoints that nothing needs, with the blobs that only they refer to. A run's checkpoints are as old as its
 * end; those of no run as old as the next run's, or as the thread's last change.
 */
export async function pruneBatch(
  sql: Sql,
  memory: CheckpointMemory,
  threadId: ThreadId,
  before: number,
): Promise<{ readonly removed: number; readonly mayBeMore: boolean }> {
  const nothing = { removed: 0, mayBeMore: false };
  const thread = await readThread(sql, threadId, sql.dialect.forUpdate);
  // A running run's saver makes changes of lists that it has read, whatever has become of them since.
  if (thread === null || (await sql.all(`select 1 from run where thread_id = ? and ${isRunningSql}`, [threadId])).length > 0)
    return nothing;
  const upTo = await oldUpTo(sql, thread, before);
  if (upTo <= thread.prunedVersion) return nothing;
  const old = await prunableOf(sql, threadId, upTo, before);
  const batch = old.slice(0, BATCH);
  const isWhole = batch.length === old.length;
  if (batch.length > 0) {
    const version = await raiseStateVersion(sql, threadId);
    memory.supersede(threadId, version);
    await removeCheckpoints(sql, threadId, batch);
    if (isWhole) await sweepBlobs(sql, threadId, 0);
  }
  if (isWhole) {
    // The version change of this removal itself is not a reason to look again.
    const looked = upTo === thread.stateVersion ? 'state_version' : '?';
    await sql.run(`update thread set pruned_version = ${looked} where id = ?`, looked === '?' ? [upTo, threadId] : [threadId]);
  }
  return { removed: batch.length, mayBeMore: !isWhole };
}

type PrunedThread = { readonly id: ThreadId; readonly stateVersion: number; readonly prunedVersion: number; readonly changedAt: number };

async function readThread(sql: Sql, threadId: ThreadId, lock: string): Promise<PrunedThread | null> {
  const [row] = await sql.all<Record<'state_version' | 'pruned_version' | 'state_updated_at', number | string>>(
    `select state_version, pruned_version, state_updated_at from thread where id = ?${lock}`,
    [threadId],
  );
  if (row === undefined) return null;
  const { state_version, pruned_version, state_updated_at } = row;
  return {
    id: threadId,
    stateVersion: Number(state_version),
    prunedVersion: Number(pruned_version),
    changedAt: Number(state_updated_at),
  };
}

/** The seq up to which the thread's checkpoints are old; 0: none is. */
async function oldUpTo(sql: Sql, { id, stateVersion, changedAt }: PrunedThread, before: number): Promise<number> {
  const [runs] = await sql.all<Record<'young' | 'old' | 'unfinished', number | string | null>>(
    `select
       (select min(seq) from checkpoint where thread_id = ?
          and run_id in (select id from run where thread_id = ? and (finished_at is null or finished_at >= ?))) as young,
       (select max(seq) from checkpoint where thread_id = ?
          and run_id in (select id from run where thread_id = ? and finished_at < ?)) as old,
       (select count(*) from run where thread_id = ? and ${isUnfinishedSql}) as unfinished`,
    [id, id, before, id, id, before, id],
  );
  if (changedAt < before && Number(runs?.unfinished ?? 0) === 0) return stateVersion;
  const young = runs?.young ?? null;
  return Math.min(young === null ? Number.POSITIVE_INFINITY : Number(young) - 1, Number(runs?.old ?? 0));
}

async function prunableOf(sql: Sql, threadId: ThreadId, upTo: number, before: number): Promise<readonly PruneRecord[]> {
  const columns = 'ns, checkpoint_id, parent_id, seq, body, metadata, refs';
  const old = await sql.all<PruneRecord>(`select ${columns} from checkpoint where thread_id = ? and seq <= ?`, [threadId, upTo]);
  const younger = await sql.all<{ ns: string; id: string; parent_id: string | null }>(
    'select ns, checkpoint_id as id, parent_id from checkpoint where thread_id = ? and seq > ?',
    [threadId, upTo],
  );
  const ofOld = new Set(old.map(({ ns, checkpoint_id }) => keyOf({ ns, id: checkpoint_id })));
  const children = younger.filter(({ ns, parent_id }) => parent_id !== null && ofOld.has(keyOf({ ns, id: parent_id })));
  const boundary: PruneRecord[] = [];
  for (const { ns, id } of children) {
    boundary.push(
      ...(await sql.all<PruneRecord>(`select ${columns} from checkpoint where thread_id = ? and ns = ? and checkpoint_id = ?`, [
        threadId,
        ns,
        id,
      ])),
    );
  }
  const ofYounger = new Set(younger.map(keyOf));
  return prunable({
    records: [...old, ...boundary],
    upTo,
    heads: await sql.all<CheckpointKey>('select ns, checkpoint_id as id from checkpoint_head where thread_id = ?', [threadId]),
    needed: [...(await ofRuns(sql, threadId, before)), ...(await ofEvents(sql, threadId))],
    isYounger: (key) => ofYounger.has(keyOf(key)),
  });
}

/** Where unfinished runs begin, what a rollback of them restores, and what runs that ended lately were joined for. */
function ofRuns(sql: Sql, threadId: ThreadId, before: number): Promise<CheckpointKey[]> {
  const these = 'from run where thread_id = ? and (finished_at is null or finished_at >= ?)';
  return sql.all<CheckpointKey>(
    `select '' as ns, base_checkpoint_id as id ${these} and base_checkpoint_id is not null
     union all select '' as ns, head_before as id ${these} and head_before is not null
     union all select '' as ns, head_after as id ${these} and head_after is not null`,
    [threadId, before, threadId, before, threadId, before],
  );
}

/** What the events that are left are expanded from when they are read. */
async function ofEvents(sql: Sql, threadId: ThreadId): Promise<CheckpointKey[]> {
  const rows = await sql.all<{ payload: string }>(
    `select payload from run_event where thread_id = ? and kind in ('VALUES', 'CHECKPOINT', 'MESSAGES_RESET', 'TASK')`,
    [threadId],
  );
  const keys = rows.map(({ payload }) => JSON.parse(payload) as { readonly ns?: string; readonly checkpointId: string | null });
  return keys.flatMap(({ ns, checkpointId }) => (checkpointId === null ? [] : [{ ns: ns ?? '', id: checkpointId }]));
}

async function removeCheckpoints(sql: Sql, threadId: ThreadId, records: readonly PruneRecord[]): Promise<void> {
  for (const [ns, group] of Map.groupBy(records, (record) => record.ns)) {
    for (const chunk of chunked(group.map((record) => record.checkpoint_id))) {
      const these = `thread_id = ? and ns = ? and checkpoint_id in (${placeholders(chunk.length)})`;
      for (const table of ['checkpoint_write', 'checkpoint', 'checkpoint_head'])
        await sql.run(`delete from ${table} where ${these}`, [threadId, ns, ...chunk]);
    }
  }
}

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
