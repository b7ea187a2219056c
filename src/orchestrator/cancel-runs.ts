import type { RunId } from '../domain/ids.ts';
import type { Run } from '../domain/run.ts';
import { cancelRun } from './cancel-run.ts';
import type { Context } from './context.ts';
import type { CancelRuns } from './orchestrator.ts';

const BATCH = 100;

/** Cancels each by itself: what ends in between is returned as it is. Those named that aren't there are left out. */
export async function cancelRuns(context: Context, command: CancelRuns): Promise<readonly Run[]> {
  const { owner, action } = command;
  const cancelled: Run[] = [];
  const cancel = async (threadId: string, runId: string): Promise<void> => {
    const outcome = await cancelRun(context, { owner, threadId, runId, action });
    if (outcome.kind === 'ok') cancelled.push(outcome.value);
  };
  if ('runIds' in command) for (const runId of command.runIds) await cancel(command.threadId, runId);
  else for await (const run of runsOf(context, command)) await cancel(run.threadId, run.id);
  return cancelled;
}

async function* runsOf({ store }: Context, { owner, status }: Extract<CancelRuns, { status: unknown }>): AsyncGenerator<Run> {
  for (let after: RunId | null = null; ; ) {
    const runs: Run[] = await store.reads.runsOfStatus(owner, status, after, BATCH);
    yield* runs;
    const last = runs.at(-1);
    if (last === undefined || runs.length < BATCH) return;
    after = last.id;
  }
}
