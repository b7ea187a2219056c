import { withoutDamage } from '../../domain/damage.ts';
import { newThreadId, type Owner, parseThreadId, type RunId } from '../../domain/ids.ts';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import { expiryOf, type Thread } from '../../domain/thread.ts';
import type { Context } from '../context.ts';
import type { Deleted, Found, Invalid, NotFound } from '../outcomes.ts';
import type { Superstep } from '../ports/graph-host.ts';
import { refreshThread } from '../queries/thread-state.ts';
import type { CreateThread, CreateThreadOutcome, UpdateThread } from '../requests.ts';
import { removeWaiting, requestStop } from './supersede.ts';
import { bulkUpdateThreadState } from './update-thread-state.ts';
import { issue, metadataSizeIssues, validateMetadata, validateTtl } from './validation.ts';

const notFound = (id: string): NotFound => ({ kind: 'notFound', what: 'Thread', id });

export async function createThread(context: Context, command: CreateThread): Promise<CreateThreadOutcome> {
  const { store, options } = context;
  const issues = [
    ...validateMetadata(command.metadata),
    ...metadataSizeIssues({ metadata: command.metadata }, options.limits),
    ...validateTtl(command.ttl),
  ];
  const id = command.id === undefined ? newThreadId() : parseThreadId(command.id);
  if (id === null) issues.push(issue('id', 'must be a UUID'));
  if (id === null || issues.length > 0) return { kind: 'invalid', issues };
  const { temporary = false } = command;
  const ttl = temporary ? null : command.ttl === undefined ? options.defaultTtl : command.ttl;
  const metadata = isJsonObject(command.metadata) ? command.metadata : {};
  const created = await store.transaction(async (tx) => {
    const thread = newThread({ id, owner: command.owner, metadata, temporary, ttl }, tx.now);
    if (await tx.threads.insert(thread)) return { kind: 'ok', value: thread, isNew: true } as const;
    const existing = command.ifExists === 'RETURN' ? await tx.threads.lock(command.owner, id) : null;
    return existing === null
      ? ({ kind: 'exists', what: 'Thread', id } as const)
      : ({ kind: 'ok', value: existing, isNew: false } as const);
  });
  if (created.kind === 'exists') return created;
  const { supersteps = [] } = command;
  return supersteps.length > 0 && created.isNew
    ? seedThread(context, created.value, supersteps)
    : { kind: 'ok', value: created.value };
}

type NewThread = Pick<Thread, 'id' | 'owner' | 'metadata' | 'temporary' | 'ttl'>;

/** A thread on which nothing has happened. */
export const newThread = ({ id, owner, metadata, temporary, ttl }: NewThread, now: Date): Thread => ({
  id,
  owner,
  status: 'IDLE',
  restingStatus: 'IDLE',
  metadata,
  graphId: null,
  nextSeq: 1,
  eventsFrom: 1,
  nextPosition: 1,
  stateVersion: 0,
  claimableAt: null,
  createdAt: now,
  updatedAt: now,
  stateUpdatedAt: now,
  temporary,
  discardAt: null,
  ttl,
  expiresAt: expiryOf(ttl, now),
});

/** Writes a new thread's first states; where they are refused, the thread is gone again. */
async function seedThread(
  context: Context,
  { owner, id }: Thread,
  supersteps: readonly Superstep[],
): Promise<CreateThreadOutcome> {
  const seeded = await bulkUpdateThreadState(context, { owner, threadId: id, supersteps });
  if (seeded.kind === 'ok') {
    const thread = await context.store.reads.thread(owner, id);
    if (thread !== null) return { kind: 'ok', value: thread };
  }
  // Who knew the id beforehand may have been quicker with a run; that one's thread stays.
  if (seeded.kind === 'busy') return { kind: 'exists', what: 'Thread', id };
  if (seeded.kind === 'invalid') await deleteThread(context, { owner, threadId: id });
  const gone = [issue('supersteps', 'the thread was deleted during the update')];
  return { kind: 'invalid', issues: seeded.kind === 'invalid' ? seeded.issues : gone };
}

/**
 * Merges metadata, shallow: keys that are given replace, others stay. A ttl that is given counts from now.
 */
export async function updateThread(
  { store, options }: Context,
  command: UpdateThread,
): Promise<Found<Thread> | NotFound | Invalid> {
  const { metadata, ttl } = command;
  if (metadata !== undefined && !isJsonObject(metadata))
    return { kind: 'invalid', issues: [issue('metadata', 'must be a JSON object')] };
  const issues = validateTtl(ttl);
  if (issues.length > 0) return { kind: 'invalid', issues };
  const threadId = parseThreadId(command.threadId);
  if (threadId === null) return notFound(command.threadId);
  return store.transaction(async (tx) => {
    const found = await tx.threads.lock(command.owner, threadId);
    if (found === null) return notFound(command.threadId);
    const thread = withoutDamage(found); // metadata that can't be read any more is replaced
    const merged: JsonObject = { ...thread.metadata, ...metadata };
    const tooLarge = metadata === undefined ? [] : metadataSizeIssues({ metadata: merged }, options.limits);
    if (tooLarge.length > 0) return { kind: 'invalid', issues: tooLarge };
    const patch = {
      metadata: merged,
      updatedAt: tx.now,
      ...(ttl === undefined ? {} : { ttl, expiresAt: expiryOf(ttl, tx.now) }),
    };
    await tx.threads.update(thread.id, patch);
    return { kind: 'ok', value: { ...thread, ...patch } };
  });
}

/**
 * Stops a running run first (its graph gets the grace period to settle), then removes the thread with
 * everything in it. A graph that doesn't settle in time is fenced off by the removal of its run.
 */
export async function deleteThread(
  context: Context,
  command: { readonly owner: Owner; readonly threadId: string },
): Promise<Deleted | NotFound> {
  const { owner } = command;
  const threadId = parseThreadId(command.threadId);
  if (threadId === null) return notFound(command.threadId);
  const { store, signals, subscriptions, clock, options } = context;
  const deadlineMs = clock.monotonicMs() + options.graceMs + options.leaseMarginMs;
  for (;;) {
    const isLate = clock.monotonicMs() >= deadlineMs;
    const step = await store.transaction(async (tx) => {
      const thread = await tx.threads.lock(owner, threadId);
      if (thread === null) return { kind: 'gone' } as const;
      const unfinished = await tx.runs.unfinished(thread.id);
      const running = unfinished.find((run) => run.status === 'RUNNING');
      if (running === undefined || isLate) {
        await tx.threads.delete(thread.id);
        return { kind: 'deleted', thread, stillRunning: running?.id ?? null } as const;
      }
      for (const run of unfinished) if (run !== running) await removeWaiting(tx, thread, run);
      await requestStop(tx, running, {
        action: 'ROLLBACK',
        reason: 'CANCELLED',
        by: null,
        keepPartialOutput: false,
      });
      await refreshThread(tx, thread);
      return { kind: 'stopping', thread, runId: running.id } as const;
    });
    if (step.kind === 'gone') return notFound(threadId);
    if (step.kind === 'deleted') {
      subscriptions.threadDeleted(step.thread.id);
      signals.send({ kind: 'events', threadId: step.thread.id, seq: null });
      if (step.stillRunning !== null) signals.send({ kind: 'stop', runId: step.stillRunning });
      return { kind: 'deleted', id: step.thread.id };
    }
    signals.send({ kind: 'stop', runId: step.runId });
    await settled(context, step.thread, step.runId, deadlineMs - clock.monotonicMs());
  }
}

/** Resolves when the run has ended or was removed, or the time is over. */
async function settled(
  { subscriptions, clock }: Context,
  thread: Thread,
  runId: RunId,
  limitMs: number,
): Promise<void> {
  const limit = new AbortController();
  using _timer = clock.timer(limitMs, () => limit.abort());
  await subscriptions.untilRunEnds(thread.id, runId, 0, limit.signal).catch((error: unknown) => {
    if (!limit.signal.aborted) throw error;
  });
}

/**
 * A new thread with the state and the history of this one as they are now, and without its runs. What happens
 * on either doesn't touch the other.
 */
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
