import type { Run } from '../domain/run.ts';
import type { Thread } from '../domain/thread.ts';
import { ownerOf, type RestDeps } from './deps.ts';
import type { ThreadView } from './json/thread.ts';
import { notFound } from './rest-error.ts';

/** The thread, or 404. */
export async function requireThread({ orchestrator }: RestDeps, threadId: string): Promise<Thread> {
  const thread = await orchestrator.queries.thread(ownerOf(), threadId);
  if (thread === null) throw notFound(`Thread with ID ${threadId} not found`);
  return thread;
}

/** The run of that thread, or 404; a run of another thread isn't there. */
export async function requireRun({ orchestrator }: RestDeps, threadId: string, runId: string): Promise<Run> {
  const run = await orchestrator.queries.run(ownerOf(), runId);
  if (run === null || run.threadId !== threadId) throw notFound('Run not found');
  return run;
}

/** Where nothing beside the row is to be shown. */
export const NO_STATE: ThreadView = { state: null, failure: null };

/** What is read beside a thread's row to show it. */
export async function threadView({ orchestrator }: RestDeps, thread: Thread): Promise<ThreadView> {
  const { queries } = orchestrator;
  const [state, failed] = await Promise.all([
    queries.state(thread, null, false),
    thread.status === 'ERROR' ? queries.runs(thread, ['ERROR', 'TIMEOUT'], { limit: 1, inverted: true }) : [],
  ]);
  return { state, failure: failed[0]?.error ?? null };
}
