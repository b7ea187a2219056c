import { parseRunId, parseThreadId, type RunId } from '../../domain/ids.ts';
import { isUnfinished, type Run } from '../../domain/run.ts';
import type { Thread } from '../../domain/thread.ts';
import type { Context } from '../context.ts';
import type { Active, Deleted, Found, NotFound } from '../outcomes.ts';
import type { Tx } from '../ports/store.ts';
import { refreshThread } from '../queries/thread-state.ts';
import type { CancelRun, CancelRuns, RunRef } from '../requests.ts';
import { endWaiting, removeWaiting, requestStop, restingStatusAfterWaiting } from './supersede.ts';

const notFound = (id: string): NotFound => ({ kind: 'notFound', what: 'Run', id });

/**
 * Locks the run's thread and returns both as they are now; null where the run is not the owner's or not of
 * that thread.
 */
async function lockRun(tx: Tx, ref: RunRef): Promise<{ thread: Thread; run: Run } | null> {
  const [threadId, runId] = [parseThreadId(ref.threadId), parseRunId(ref.runId)];
  if (threadId === null || runId === null) return null;
  const thread = await tx.threads.lock(ref.owner, threadId);
  const run = thread === null ? null : await tx.runs.find(runId);
  return thread === null || run === null || run.threadId !== thread.id ? null : { thread, run };
}

/**
 * Asks a run to stop and returns it at once. A waiting run ends (INTERRUPT) or is removed (ROLLBACK; returned
 * as it was) right here, a running one when its executor has settled it, an ended one is returned unchanged.
 */
export async function cancelRun(context: Context, command: CancelRun): Promise<Found<Run> | NotFound> {
  const run = await context.store.transaction(async (tx) => {
    const found = await lockRun(tx, command);
    if (found === null) return null;
    const { thread, run } = found;
    if (!isUnfinished(run)) return run;
    if (run.status === 'RUNNING')
      return requestStop(tx, run, {
        action: command.action,
        reason: 'CANCELLED',
        by: null,
        keepPartialOutput: true,
      });
    if (command.action === 'ROLLBACK') {
      await removeWaiting(tx, thread, run);
      await refreshThread(tx, thread);
      return run;
    }
    const ended = await endWaiting(tx, thread, run, { endReason: 'CANCELLED', by: null, carry: false });
    await refreshThread(tx, thread, { restingStatus: restingStatusAfterWaiting(thread, 'CANCELLED') });
    return ended;
  });
  if (run === null) return notFound(command.runId);
  if (run.status === 'RUNNING') context.signals.send({ kind: 'stop', runId: run.id });
  else if (run.webhook !== null) context.signals.send({ kind: 'webhook' });
  return { kind: 'ok', value: run };
}

/**
 * Removes an ended run's record and events. The thread's state stays: of the run's checkpoints only those go
 * that nothing needs.
 */
export async function deleteRun(context: Context, command: RunRef): Promise<Deleted | NotFound | Active> {
  const outcome = await context.store.transaction(async (tx) => {
    const found = await lockRun(tx, command);
    if (found === null) return notFound(command.runId);
    const { thread, run } = found;
    if (isUnfinished(run)) return { kind: 'active', run } as const;
    await tx.checkpoints.releaseRun(thread.id, run.id);
    await tx.events.removeRun(thread.id, run.id);
    await tx.runs.delete(run.id);
    await refreshThread(tx, thread);
    return { kind: 'deleted', id: run.id, run } as const;
  });
  if (outcome.kind !== 'deleted') return outcome;
  context.subscriptions.runDeleted(outcome.run.threadId, outcome.run.id);
  return { kind: 'deleted', id: outcome.id };
}

const BATCH = 100;

/**
 * Cancels each by itself: what ends in between is returned as it is. Those named that aren't there are left
 * out.
 */
export async function cancelRuns(context: Context, command: CancelRuns): Promise<readonly Run[]> {
  const { owner, action } = command;
  const cancelled: Run[] = [];
  const cancel = async (threadId: string, runId: string): Promise<void> => {
    const outcome = await cancelRun(context, { owner, threadId, runId, action });
    if (outcome.kind === 'ok') cancelled.push(outcome.value);
  };
  if ('runIds' in command) for (const runId of command.runIds) await cancel(command.threadId, runId);
  else for await (const run of runsOf(context, command)) await cancel(run.threadId, run.id);
  return cancelled;
}

async function* runsOf(
  { store }: Context,
  { owner, status }: Extract<CancelRuns, { status: unknown }>,
): AsyncGenerator<Run> {
  for (let after: RunId | null = null; ; ) {
    const runs: Run[] = await store.reads.runsOfStatus(owner, status, after, BATCH);
    yield* runs;
    const last = runs.at(-1);
    if (last === undefined || runs.length < BATCH) return;
    after = last.id;
  }
}
