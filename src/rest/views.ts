import type { Run } from '../domain/run.ts';
import type { Thread } from '../domain/thread.ts';
import type { RequestContext } from '../http/request-context.ts';
import { concernsOneObject } from '../orchestrator/ports/database-unavailable.ts';
import type { RestDeps } from './deps.ts';
import { refusalOf } from './refusals.ts';
import { errorOf } from './threads/state-json.ts';
import type { ThreadView } from './threads/thread-json.ts';

/** The thread, or 404. */
export async function requireThread(
  { orchestrator }: RestDeps,
  { owner }: RequestContext,
  threadId: string,
): Promise<Thread> {
  const thread = await orchestrator.queries.thread(owner, threadId);
  if (thread === null) throw refusalOf({ kind: 'notFound', what: 'Thread', id: threadId });
  return thread;
}

/** The run of that thread, or 404; a run of another thread isn't there. */
export async function requireRun(
  { orchestrator }: RestDeps,
  { owner }: RequestContext,
  threadId: string,
  runId: string,
): Promise<Run> {
  const run = await orchestrator.queries.run(owner, runId);
  if (run === null || run.threadId !== threadId)
    throw refusalOf({ kind: 'notFound', what: 'Run', id: runId });
  return run;
}

/** Where nothing beside the row is to be shown. */
export const NO_STATE: ThreadView = { state: null, error: null };

/** What is read beside a thread's row to show it. */
export async function threadView({ orchestrator }: RestDeps, thread: Thread): Promise<ThreadView> {
  const { queries } = orchestrator;
  const [state, failed] = await Promise.all([
    queries.values(thread),
    thread.status === 'ERROR' ? queries.runs(thread, ['ERROR', 'TIMEOUT'], { limit: 1, inverted: true }) : [],
  ]);
  const failure = failed[0]?.error ?? null;
  const { incomplete = null } = state ?? {};
  const error =
    incomplete !== null
      ? errorOf(incomplete)
      : failure === null
        ? null
        : { error: failure.name, message: failure.message };
  return { state, error };
}

/** The same of one thread among others: what can't be read is its error, and costs the others nothing. */
export async function listedThreadView(deps: RestDeps, thread: Thread): Promise<ThreadView> {
  try {
    return await threadView(deps, thread);
  } catch (error) {
    if (!concernsOneObject(error)) throw error;
    deps.logger.error({ err: error, threadId: thread.id }, 'Reading the state of a listed thread failed');
    return { state: null, error: UNREADABLE };
  }
}

/** What a fault of the server in reading one object is to its reader; the log has the cause. */
export const UNREADABLE = { error: 'InternalServerError', message: 'The state could not be read.' };
