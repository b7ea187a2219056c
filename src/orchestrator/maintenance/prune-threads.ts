import { parseThreadId, type ThreadId } from '../../domain/ids.ts';
import type { Thread, TtlStrategy } from '../../domain/thread.ts';
import { issue } from '../commands/validation.ts';
import type { Context } from '../context.ts';
import type { Found, Invalid } from '../outcomes.ts';
import type { Tx } from '../ports/store.ts';
import type { PrunedThreads, PruneThreads } from '../requests.ts';
import { startSweeping } from './sweeps.ts';

/** Threads that one command may name. */
const MAX_THREADS = 1_000;
/** Threads that a sweep reads at a time. */
const BATCH = 100;

/**
 * Deletes threads, or all of their states but the newest, each in a transaction of its own. A thread with an
 * unfinished run is left as it is, so nothing that runs or waits is cut; one that isn't there is passed over.
 */
export async function pruneThreads(
  context: Context,
  { owner, threadIds, strategy }: PruneThreads,
): Promise<Found<PrunedThreads> | Invalid> {
  if (threadIds.length > MAX_THREADS)
    return { kind: 'invalid', issues: [issue('threadIds', `must be at most ${MAX_THREADS} ids`)] };
  const pruned: ThreadId[] = [];
  const busy: ThreadId[] = [];
  for (const id of new Set(threadIds.map(parseThreadId))) {
    if (id === null) continue;
    const outcome = await prune(
      context,
      id,
      strategy,
      (thread) => thread.owner === owner && thread.discardAt === null,
    );
    if (outcome === 'PRUNED') pruned.push(id);
    if (outcome === 'BUSY') busy.push(id);
  }
  return { kind: 'ok', value: { pruned, busy } };
}

/** Does to the threads whose ttl is over what it says, to as many as one sweep may. */
async function expireThreads(context: Context, stop: AbortSignal): Promise<void> {
  const limit = context.options.ttlSweepLimit ?? Number.POSITIVE_INFINITY;
  let count = 0;
  while (!stop.aborted) {
    const batch = Math.min(BATCH, limit - count);
    if (batch <= 0) return;
    const due = await context.store.reads.expired(batch);
    let pruned = 0;
    for (const { id, ttl } of due) {
      if (stop.aborted) return;
      const isDue = (thread: Thread, now: Date): boolean =>
        thread.expiresAt !== null && thread.expiresAt <= now && thread.ttl?.strategy === ttl?.strategy;
      if ((await prune(context, id, ttl?.strategy ?? 'DELETE', isDue)) === 'PRUNED') pruned += 1;
    }
    count += pruned;
    if (due.length < batch || pruned === 0) return;
  }
}

/** Of several processes each may do it: the thread's lock and a second look at it decide. */
export const startExpiring = (context: Context): AsyncDisposable =>
  startSweeping(context, {
    everyMs: context.options.ttlSweepMs,
    sweep: (stop) => expireThreads(context, stop),
    failed: 'Pruning expired threads failed; the next sweep retries',
  });

async function prune(
  { store, subscriptions, signals }: Context,
  id: ThreadId,
  strategy: TtlStrategy,
  isMeant: (thread: Thread, now: Date) => boolean,
): Promise<'PRUNED' | 'BUSY' | 'OTHER'> {
  const outcome = await store.transaction(async (tx) => {
    const thread = await tx.threads.lockAny(id);
    if (thread === null || !isMeant(thread, tx.now)) return 'OTHER';
    if ((await tx.runs.unfinished(id)).length > 0) return 'BUSY';
    if (strategy === 'DELETE') await tx.threads.delete(id);
    else await keepLatest(tx, thread);
    return 'PRUNED';
  });
  if (outcome === 'PRUNED' && strategy === 'DELETE') {
    subscriptions.threadDeleted(id);
    signals.send({ kind: 'events', threadId: id, seq: null });
  }
  return outcome;
}

async function keepLatest(tx: Tx, thread: Thread): Promise<void> {
  const removed = await tx.checkpoints.keepLatest(thread.id);
  const head = await tx.checkpoints.head(thread.id);
  // A replay omits events that refer to removed data; from here on its readers have the whole conversation
  // again.
  if (removed > 0 && head !== null)
    await tx.events.append(thread.id, [
      { runId: null, body: { kind: 'MESSAGES_RESET', checkpointId: head } },
    ]);
  if (thread.expiresAt !== null && thread.expiresAt <= tx.now)
    await tx.threads.update(thread.id, { expiresAt: null });
}
