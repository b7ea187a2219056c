import { newThreadId, type Owner, parseThreadId } from '../domain/ids.ts';
import { expiryOf, type Thread } from '../domain/thread.ts';
import type { Context } from './context.ts';
import type { Found, NotFound } from './orchestrator.ts';

/** A new thread with the state and the history of this one as they are now, and without its runs. What happens on either doesn't touch the other. */
export async function copyThread(
  { store }: Context,
  { owner, threadId }: { readonly owner: Owner; readonly threadId: string },
): Promise<Found<Thread> | NotFound> {
  const notFound: NotFound = { kind: 'notFound', what: 'Thread', id: threadId };
  const id = parseThreadId(threadId);
  if (id === null) return notFound;
  return store.transaction(async (tx) => {
    const source = await tx.threads.lock(owner, id);
    if (source === null || source.discardAt !== null) return notFound;
    const copy: Thread = {
      ...source,
      id: newThreadId(),
      status: source.restingStatus,
      nextSeq: 1,
      eventsFrom: 1,
      nextPosition: 1,
      claimableAt: null,
      createdAt: tx.now,
      updatedAt: tx.now,
      temporary: false,
      expiresAt: expiryOf(source.ttl, tx.now),
    };
    await tx.threads.insert(copy);
    await tx.checkpoints.copyThread(source.id, copy.id);
    return { kind: 'ok', value: copy };
  });
}
