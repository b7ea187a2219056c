import type { Run } from '../../../domain/run.ts';
import type { Thread } from '../../../domain/thread.ts';
import { ownerOf, type RestDeps } from '../../deps.ts';
import { endOfRow } from '../position.ts';
import { CommandError } from './command.ts';

/** The thread. Throws invalid_argument when there is none: the protocol has no code of its own for that. */
export async function requireThreadOf({ orchestrator }: RestDeps, threadId: string): Promise<Thread> {
  const thread = await orchestrator.queries.thread(ownerOf(), threadId);
  if (thread === null) throw new CommandError('invalid_argument', `Thread with ID ${threadId} not found; run.start creates it`);
  return thread;
}

/** The thread's newest run. Throws no_such_run when it has none. */
export async function newestRun({ orchestrator }: RestDeps, thread: Thread): Promise<Run> {
  const [run] = await orchestrator.queries.runs(thread, undefined, { limit: 1, inverted: true });
  if (run === undefined) throw new CommandError('no_such_run', `Thread ${thread.id} has no run yet`);
  return run;
}

/** The end of the thread's events as it was read; what a run says that is started after that lies behind it. */
export const appliedThrough = (thread: Thread | null): number => (thread === null ? 0 : endOfRow(thread.nextSeq - 1));
