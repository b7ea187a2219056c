import type { Context } from './context.ts';
import { keepSweeping } from './sweeping.ts';
import { deleteThread } from './threads.ts';

/** How often it is looked for threads to discard. */
const SWEEP_MS = 60_000;
const BATCH = 100;

/** Removes temporary threads whose time has come. Resolves with how many. */
export async function discardThreads(context: Context): Promise<number> {
  const due = await context.store.reads.discardable(BATCH);
  for (const { owner, id } of due) await deleteThread(context, { owner, threadId: id });
  return due.length;
}

/** Of several processes each may do it: a thread that is gone already is no trouble. */
export const keepDiscarding = (context: Context): Disposable =>
  keepSweeping(context, {
    everyMs: SWEEP_MS,
    sweep: () => discardThreads(context),
    failed: 'Could not discard the threads of ended runs; the next sweep tries again',
  });
