import { parseRunId, parseThreadId } from '../../domain/ids.ts';
import { isUnfinished } from '../../domain/run.ts';
import { issue } from '../commands/validation.ts';
import type { Context } from '../context.ts';
import type { JoinRun, JoinRunOutcome } from '../requests.ts';

/** Waits until the run has ended. Any number of callers may join, before, while and after it runs. */
export async function joinRun(
  context: Context,
  { owner, timeoutSeconds, signal, capacity, ...asked }: JoinRun,
): Promise<JoinRunOutcome> {
  const { store, subscriptions, clock } = context;
  const notFound = { kind: 'notFound', what: 'Run', id: asked.runId } as const;
  if (timeoutSeconds !== undefined && !(timeoutSeconds >= 0))
    return { kind: 'invalid', issues: [issue('timeoutSeconds', 'must be 0 or more')] };
  const [threadId, runId] = [parseThreadId(asked.threadId), parseRunId(asked.runId)];
  if (threadId === null || runId === null) return notFound;
  // Read before the run is: an end that is committed in between is then still ahead of the follower.
  const find = async () => {
    const run = await store.reads.run(owner, runId);
    return run?.threadId === threadId ? run : null;
  };
  const before = await find();
  if (before === null) return notFound;
  if (!isUnfinished(before)) return { kind: 'joined', run: before };
  const afterSeq = (await store.reads.lastSeq(before.threadId)) ?? 0;
  const run = await find();
  if (run === null) return notFound;
  if (!isUnfinished(run)) return { kind: 'joined', run };

  using place = capacity?.take();
  if (place === null) return { kind: 'full' };
  const waiting = new AbortController();
  const timeOver = new Error('The wait timed out');
  using _timer =
    timeoutSeconds === undefined ? null : clock.timer(timeoutSeconds * 1_000, () => waiting.abort(timeOver));
  const signals = signal === undefined ? waiting.signal : AbortSignal.any([signal, waiting.signal]);
  try {
    await subscriptions.untilRunEnds(run.threadId, run.id, afterSeq, signals);
  } catch (error) {
    if (error !== timeOver) throw error;
    const still = await find();
    if (still !== null && isUnfinished(still)) return { kind: 'timeout', run: still };
  }
  const ended = await find();
  return ended === null ? notFound : { kind: 'joined', run: ended };
}
