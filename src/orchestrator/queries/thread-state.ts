import { withoutDamage } from '../../domain/damage.ts';
import type { EventDraft } from '../../domain/event.ts';
import type { Run } from '../../domain/run.ts';
import { claimableAt, expiryOf, type RestingStatus, type Thread, threadStatus } from '../../domain/thread.ts';
import type { CheckpointStore } from '../ports/checkpoints.ts';
import type { GraphCall, GraphHost, ReadState } from '../ports/graph-host.ts';
import type { Reads, ThreadPatch, Tx } from '../ports/store.ts';

/** What a run's graph is built and called with. */
export function graphCallOf(run: Run): GraphCall {
  // A damaged run is never executed; reading the state that it left needs a graph all the same.
  const { threadId, id: runId, assistantId, config, context, metadata } = withoutDamage(run);
  return { threadId, runId, assistantId, config: config ?? {}, context, metadata: metadata ?? {} };
}

type Parts = { readonly reads: Pick<Reads, 'runBehind'>; readonly graphs: Pick<GraphHost, 'needsConfig'> };

/**
 * What a thread's graph is built with to read or write the state at a checkpoint (null: the head): for a
 * factory, the configuration of the run that wrote the checkpoint, else of the newest run of that graph.
 * Other graphs need none.
 */
export async function graphCallAt(
  { reads, graphs }: Parts,
  thread: Pick<Thread, 'id'>,
  graphId: string,
  at: { readonly ns: string; readonly checkpointId: string | null },
): Promise<GraphCall> {
  const run = graphs.needsConfig(graphId)
    ? await reads.runBehind({ threadId: thread.id, graphId, ...at })
    : null;
  // No run is at work in this call: its id would say so to the graph.
  return run === null ? graphCallOfThread(thread) : { ...graphCallOf(run), runId: null };
}

/** The same without any run at hand. */
const graphCallOfThread = (thread: Pick<Thread, 'id'>): GraphCall => ({
  threadId: thread.id,
  runId: null,
  assistantId: null,
  config: {},
  context: null,
  metadata: {},
});

/**
 * Brings a thread's derived columns (status, claimableAt) in line with its runs. The last step of every
 * transaction that changed one; returns true when a run of it may now be claimed.
 */
export async function refreshThread(
  tx: Tx,
  thread: Thread,
  change: ThreadPatch & { readonly restingStatus?: RestingStatus } = {},
): Promise<boolean> {
  const unfinished = await tx.runs.ahead(thread.id);
  const due = turnOf(thread, claimableAt(unfinished), tx.now);
  await tx.threads.update(thread.id, {
    ...change,
    status: threadStatus(unfinished, change.restingStatus ?? thread.restingStatus),
    claimableAt: due,
    updatedAt: tx.now,
    stateUpdatedAt: tx.now,
    ...(thread.ttl === null ? {} : { expiresAt: expiryOf(thread.ttl, tx.now) }),
    ...(thread.temporary ? { discardAt: unfinished.length === 0 ? discardTime(tx) : null } : {}),
  });
  return due !== null;
}

/**
 * Since when, or from when on, the thread waits to be claimed. One that was at rest or had a run running
 * queues up anew, however long its next run has waited: otherwise a thread with a thousand waiting runs would
 * go before every other until they are through.
 */
function turnOf(thread: Thread, due: Date | null, now: Date): Date | null {
  if (due === null) return null;
  const since = thread.claimableAt === null || thread.claimableAt > now ? now : thread.claimableAt;
  return due > since ? due : since;
}

/** Late joiners get their answer until then (design.md §6). */
const TEMPORARY_TTL_MS = 10 * 60 * 1_000;
const discardTime = (tx: Tx): Date => new Date(tx.now.getTime() + TEMPORARY_TTL_MS);

/** A draft of the run's own event. */
export const eventOf = (run: { readonly id: EventDraft['runId'] }, body: EventDraft['body']): EventDraft => ({
  runId: run.id,
  body,
});

type Checkpoints = Pick<CheckpointStore, 'reader' | 'salvage'>;
type ReadParts = {
  readonly reads: Pick<Reads, 'runBehind'>;
  readonly graphs: Pick<GraphHost, 'needsConfig'>;
  readonly checkpoints: Checkpoints;
};

/** How a thread's state is read with the graph that it has now. Null: no graph has run on it. */
export async function readRequest(
  parts: ReadParts,
  thread: Pick<Thread, 'id' | 'graphId'>,
  at: { readonly ns?: string; readonly checkpointId: string | null },
): Promise<ReadState | null> {
  const { graphId } = thread;
  if (graphId === null) return null;
  const { ns = '', checkpointId } = at;
  const call = await graphCallAt(parts, thread, graphId, { ns, checkpointId });
  return { graphId, call, ...sourceOf(parts.checkpoints), ns, checkpointId };
}

/** How a state is read with a run's own graph and configuration. */
export const readRequestOfRun = (
  { checkpoints }: Pick<ReadParts, 'checkpoints'>,
  run: Run,
  at: { readonly ns?: string; readonly checkpointId: string | null },
): ReadState => ({ graphId: run.graphId, call: graphCallOf(run), ...sourceOf(checkpoints), ...at });

const sourceOf = (checkpoints: Checkpoints): Pick<ReadState, 'saver' | 'salvage'> => ({
  saver: checkpoints.reader(),
  salvage: (threadId, ns, checkpointId) => checkpoints.salvage(threadId, ns, checkpointId),
});
