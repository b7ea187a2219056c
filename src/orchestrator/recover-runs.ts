import type { RunId } from '../domain/ids.ts';
import type { Run } from '../domain/run.ts';
import type { ClaimedRun } from './claim-runs.ts';
import { takeOver } from './claim-runs.ts';
import type { Context } from './context.ts';
import { settle } from './settle.ts';
import { eventOf } from './thread-state.ts';

export type Recovered = {
  /** To be executed now. */
  readonly claimed: ClaimedRun[];
  /** It took as many as it was allowed to. */
  readonly mayBeMore: boolean;
};

/**
 * Takes over up to `limit` runs whose lease is over (their process died, paused or handed them back). Those that were lost too often end here,
 * WORKER_LOST; the others are returned for execution, their RUN_RESUMED written.
 *
 * @param isHere runs that this process still has to do with: it has not lost them, whatever the date says, and ends or hands them back itself
 */
export async function recoverRuns(context: Context, limit: number, isHere: (runId: RunId) => boolean = () => false): Promise<Recovered> {
  const taken = await context.store.transaction(async (tx) => {
    const runs: ClaimedRun[] = [];
    // Several threads are locked in the order of their ids, by everybody: another process's joint commit may hold one and wait for another.
    const lost = (await tx.runs.leaseExpired(limit)).toSorted((a, b) => (a.threadId < b.threadId ? -1 : 1));
    for (const found of lost) {
      const claimed = isHere(found.id) ? null : await takeOver(context, tx, found);
      if (claimed === null) continue;
      runs.push(claimed);
      const { run, claim } = claimed;
      // What the lost attempt had streamed since its last checkpoint is no part of the state: readers take it back, unless the run is only to be
      // settled by an INTERRUPT, which keeps it.
      const resumed = isLost(context, run) ? [] : [eventOf(run, { kind: 'RUN_RESUMED', attempt: claim.attempt })];
      const head = await tx.checkpoints.head(run.threadId);
      const reset = run.stop === null ? [eventOf(run, { kind: 'MESSAGES_RESET', checkpointId: head })] : [];
      await tx.events.append(run.threadId, [...resumed, ...reset]);
    }
    return runs;
  });
  const recovered: ClaimedRun[] = [];
  for (const claimed of taken) {
    const { claim, run } = claimed;
    if (isLost(context, run)) {
      const execution = { kind: 'lost', failures: run.failures } as const;
      await settle(context, {
        claim,
        execution,
        timedOut: false,
        interrupts: [],
        partials: [],
        told: undefined,
        mayBeUntold: false,
        newInput: undefined,
        began: true,
        abandoned: [],
      }).catch(
        // The others were taken over already and must be executed; this one's lease ends again.
        (error: unknown) => context.logger.error({ err: error, ...claim }, 'A lost run could not be settled'),
      );
      continue;
    }
    context.logger.warn({ ...claim, failures: run.failures }, 'Run taken over');
    recovered.push(claimed);
  }
  return { claimed: recovered, mayBeMore: taken.length === limit };
}

/** Lost too often to try again; one that is to stop is settled as its stop says instead. */
const isLost = ({ options }: Context, run: Run): boolean => run.stop === null && run.failures >= options.maxAttempts;
