import type { EventDraft } from '../domain/event.ts';
import type { Thread } from '../domain/thread.ts';
import { claimableAt, expiryOf, type RestingStatus, threadStatus } from '../domain/thread.ts';
import type { ThreadPatch, Tx } from './ports/store.ts';

/**
 * Brings a thread's derived columns (status, claimableAt) in line with its runs. The last step of every transaction that changed one;
 * returns true when a run of it may now be claimed.
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
 * Since when, or from when on, the thread waits to be claimed. One that was at rest or had a run running queues up anew, however long its next run has
 * waited: otherwise a thread with a thousand waiting runs would go before every other until they are through.
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
export const eventOf = (run: { readonly id: EventDraft['runId'] }, body: EventDraft['body']): EventDraft => ({ runId: run.id, body });
