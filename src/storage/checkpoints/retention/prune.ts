import type { ThreadId } from '../../../domain/ids.ts';
import type { Sweep } from '../../../orchestrator/ports/retention.ts';
import { chunked, type Sql } from '../../sql.ts';
import type { CheckpointMemory } from '../memory/checkpoint-memory.ts';
import { raiseStateVersion } from '../records/state-version.ts';
import { type CheckpointKey, keyOf, type PruneRecord, prunable } from './prune-plan.ts';
import * as statements from './prune-statements.ts';
import { sweepBlobs } from './sweep.ts';

/** Checkpoints that one transaction removes. */
const BATCH = 500;

/**
 * Threads with checkpoints that no pruning has looked at; `isOld`: some of them may be older than `before`
 * (ms).
 */
export async function threadsToPrune(
  sql: Sql,
  before: number,
  { after, limit }: Sweep,
): Promise<{ id: ThreadId; isOld: boolean }[]> {
  const rows = await statements.threadsAfter.all(sql, { after: after ?? ('' as ThreadId), limit });
  return rows.map((row) => ({
    id: row.id,
    isOld: Number(row.pruned_version) < Number(row.state_version) && Number(row.created_at) < before,
  }));
}

/** Is there anything for `pruneBatch`? Asked without a lock, for most threads have not. */
export async function hasOld(sql: Sql, threadId: ThreadId, before: number): Promise<boolean> {
  const thread = versionsOf(await statements.thread.all(sql, { threadId }));
  return thread !== null && (await oldUpTo(sql, thread, before)) > thread.prunedVersion;
}

/**
 * Removes some of the old checkpoints that nothing needs, with the blobs that only they refer to. A run's
 * checkpoints are as old as its end; those of no run as old as the next run's, or as the thread's last
 * change.
 */
export async function pruneBatch(
  sql: Sql,
  memory: CheckpointMemory,
  threadId: ThreadId,
  before: number,
): Promise<{ readonly removed: number; readonly mayBeMore: boolean }> {
  const nothing = { removed: 0, mayBeMore: false };
  const thread = versionsOf(await statements.lockedThread.all(sql, { threadId }));
  // A running run's saver makes changes of lists that it has read, whatever has become of them since.
  if (thread === null || (await statements.runningRun.all(sql, { threadId })).length > 0) return nothing;
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
    if (upTo === thread.stateVersion) await statements.setPrunedToNow.run(sql, { threadId });
    else await statements.setPruned.run(sql, { threadId, upTo });
  }
  return { removed: batch.length, mayBeMore: !isWhole };
}

type PrunedThread = {
  readonly id: ThreadId;
  readonly stateVersion: number;
  readonly prunedVersion: number;
  readonly changedAt: number;
};

function versionsOf([row]: Awaited<ReturnType<typeof statements.thread.all>>): PrunedThread | null {
  if (row === undefined) return null;
  return {
    id: row.id,
    stateVersion: Number(row.state_version),
    prunedVersion: Number(row.pruned_version),
    changedAt: Number(row.state_updated_at),
  };
}

/** The seq up to which the thread's checkpoints are old; 0: none is. */
async function oldUpTo(
  sql: Sql,
  { id, stateVersion, changedAt }: PrunedThread,
  before: number,
): Promise<number> {
  const [runs] = await statements.ages.all(sql, { threadId: id, before });
  if (changedAt < before && Number(runs?.unfinished ?? 0) === 0) return stateVersion;
  const young = runs?.young ?? null;
  return Math.min(young === null ? Number.POSITIVE_INFINITY : Number(young) - 1, Number(runs?.old ?? 0));
}

async function prunableOf(
  sql: Sql,
  threadId: ThreadId,
  upTo: number,
  before: number,
): Promise<readonly PruneRecord[]> {
  const old = await statements.checkpointsUpTo.all(sql, { threadId, upTo });
  const younger = await statements.keysAfter.all(sql, { threadId, upTo });
  const ofOld = new Set(old.map(({ ns, checkpoint_id }) => keyOf({ ns, id: checkpoint_id })));
  const children = younger.filter(
    ({ ns, parent_id }) => parent_id !== null && ofOld.has(keyOf({ ns, id: parent_id })),
  );
  const boundary: PruneRecord[] = [];
  for (const { ns, id } of children)
    boundary.push(...(await statements.checkpoint.all(sql, { threadId, ns, id })));
  const ofYounger = new Set(younger.map(keyOf));
  return prunable({
    records: [...old, ...boundary],
    upTo,
    heads: await statements.heads.all(sql, { threadId }),
    needed: [
      ...(await statements.neededByRuns.all(sql, { threadId, before })),
      ...(await ofEvents(sql, threadId)),
    ],
    isYounger: (key) => ofYounger.has(keyOf(key)),
  });
}

/** What the events that are left are expanded from when they are read. */
async function ofEvents(sql: Sql, threadId: ThreadId): Promise<CheckpointKey[]> {
  const rows = await statements.expandedEvents.all(sql, { threadId });
  const keys = rows.map(
    ({ payload }) => JSON.parse(payload) as { readonly ns?: string; readonly checkpointId: string | null },
  );
  return keys.flatMap(({ ns, checkpointId }) =>
    checkpointId === null ? [] : [{ ns: ns ?? '', id: checkpointId }],
  );
}

async function removeCheckpoints(
  sql: Sql,
  threadId: ThreadId,
  records: readonly PruneRecord[],
): Promise<void> {
  for (const [ns, group] of Map.groupBy(records, (record) => record.ns)) {
    for (const ids of chunked(group.map((record) => record.checkpoint_id)))
      for (const removal of statements.removals) await removal(ids.length).run(sql, { threadId, ns, ids });
  }
}

/** See CheckpointTx.keepLatest. */
export async function keepLatest(sql: Sql, threadId: ThreadId): Promise<number> {
  const unneeded = prunable({
    records: await statements.checkpoints.all(sql, { threadId }),
    upTo: Number.POSITIVE_INFINITY,
    heads: await statements.heads.all(sql, { threadId }),
    needed: [],
    isYounger: () => false,
  });
  if (unneeded.length === 0) return 0;
  await removeCheckpoints(sql, threadId, unneeded);
  await statements.forgetParents.run(sql, { threadId });
  await sweepBlobs(sql, threadId, 0);
  return unneeded.length;
}
