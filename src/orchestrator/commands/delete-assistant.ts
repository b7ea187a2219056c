import type { AssistantId, Owner, RunId, ThreadId } from '../../domain/ids.ts';
import type { Context } from '../context.ts';
import type { Deleted, Invalid, NotFound } from '../outcomes.ts';
import { joinRun } from '../queries/join-run.ts';
import { cancelRun, deleteRun } from './cancel-run.ts';
import { noAssistant } from './change-assistant.ts';
import type { DefaultAssistants } from './default-assistants.ts';
import { deleteThread } from './threads.ts';
import { issue } from './validation.ts';

const BATCH = 100;

/**
 * Removes threads (if asked) and runs first, the assistant last: a deletion that is cut off can be sent
 * again. A run whose graph doesn't stop in the grace period stays, as does one that somebody starts
 * meanwhile; neither needs its assistant any more.
 */
export async function deleteAssistant(
  context: Context & { readonly defaults: DefaultAssistants },
  { owner, id: given, deleteThreads }: DeleteAssistant,
): Promise<Deleted | NotFound | Invalid> {
  const { store, defaults } = context;
  const id = defaults.idOf(given);
  if (id === null) return noAssistant(given);
  await defaults.ensure(owner);
  const assistant = await store.reads.assistants.find(owner, id);
  if (assistant === null || !defaults.isShown(assistant)) return noAssistant(given);
  if (assistant.isDefault)
    return {
      kind: 'invalid',
      issues: [issue('id', 'a default assistant cannot be deleted; update it instead')],
    };
  // First, too, so that no more runs are started meanwhile.
  await store.transaction((tx) => tx.crons.deleteOfAssistant(owner, id));
  if (deleteThreads) await removeThreads(context, owner, id);
  await removeRuns(context, owner, id);
  await store.transaction(async (tx) => {
    // Takes the lock that creating a cron of it takes: afterwards there is no assistant for one.
    await tx.assistants.lock(owner, id);
    await tx.crons.deleteOfAssistant(owner, id);
    await tx.assistants.delete(owner, id);
  });
  return { kind: 'deleted', id };
}

async function removeThreads(context: Context, owner: Owner, id: AssistantId): Promise<void> {
  for (;;) {
    const threads = await context.store.reads.assistants.threads(owner, id, BATCH);
    for (const threadId of threads) await deleteThread(context, { owner, threadId });
    if (threads.length < BATCH) return;
  }
}

async function removeRuns(context: Context, owner: Owner, id: AssistantId): Promise<void> {
  for (let after: RunId | null = null; ; ) {
    const runs: { readonly id: RunId; readonly threadId: ThreadId }[] =
      await context.store.reads.assistants.runs(owner, id, after, BATCH);
    for (const run of runs) await removeRun(context, { owner, threadId: run.threadId, runId: run.id });
    after = runs.at(-1)?.id ?? after;
    if (runs.length < BATCH) return;
  }
}

async function removeRun(
  context: Context,
  ref: { readonly owner: Owner; readonly threadId: ThreadId; readonly runId: RunId },
): Promise<void> {
  const { graceMs, leaseMarginMs } = context.options;
  const asked = await cancelRun(context, { ...ref, action: 'INTERRUPT' });
  if (asked.kind === 'ok' && asked.value.status === 'RUNNING')
    await joinRun(context, { ...ref, timeoutSeconds: (graceMs + leaseMarginMs) / 1_000 });
  await deleteRun(context, ref);
}

export type DeleteAssistant = { readonly owner: Owner; readonly id: string; readonly deleteThreads: boolean };
