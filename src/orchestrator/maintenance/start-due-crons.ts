import { type Cron, nextStart, overdue } from '../../domain/cron.ts';
import { admitRuns } from '../commands/admit-runs.ts';
import { prepareCronRun } from '../commands/change-cron.ts';
import type { RunDeps } from '../context.ts';
import { describeRefusal } from '../outcomes.ts';
import { CLAIM_MS, DueQueue } from './due-queue.ts';

/** The outcome of a claimed occurrence. `lost`: the claim is no longer ours; nothing was stored. */
export type Started = { readonly kind: 'started' | 'refused' | 'lost' };

/** The claim is no longer current. Rolls the transaction back. */
class ClaimLost extends Error {}

/**
 * Starts the run of a claimed cron's occurrence. One transaction stores the run (with its thread, where it
 * gets a new one) and sets the cron to its next occurrence, under the claim's fence: whichever process dies,
 * at any moment, both are stored or neither (ADR 0022). An occurrence whose run is refused is over, too, and
 * the cron says why. Rejects when the database or the graph's own code does; then it is due again after the
 * claim.
 */
export async function startOccurrence(deps: RunDeps, claimed: Cron): Promise<Started> {
  const late = overdue(claimed, deps.store.reads.now);
  if (late !== null) return skip(deps, claimed, late);
  const prepared = await prepareCronRun(deps, claimed);
  if (prepared.kind !== 'prepared') return skip(deps, claimed, describeRefusal(prepared).message);
  try {
    // The thread's lock comes before the cron's row: who deletes a thread takes them in this order.
    const admitted = await admitRuns(deps, [prepared.request], async (tx, [run]) => {
      const isCurrent = await tx.crons.finish(claimed, {
        nextAt: nextAfter(claimed, tx.now),
        runId: run?.id ?? null,
        error: null,
      });
      if (!isCurrent) throw new ClaimLost(`Cron ${claimed.id} is claimed elsewhere`);
    });
    return 'refusal' in admitted
      ? skip(deps, claimed, describeRefusal(admitted.refusal).message)
      : { kind: 'started' };
  } catch (error) {
    if (error instanceof ClaimLost) return { kind: 'lost' };
    throw error;
  }
}

async function skip({ store, logger }: RunDeps, claimed: Cron, error: string): Promise<Started> {
  const isCurrent = await store.transaction((tx) =>
    tx.crons.finish(claimed, { nextAt: nextAfter(claimed, tx.now), runId: null, error }),
  );
  if (!isCurrent) return { kind: 'lost' };
  logger.warn({ cronId: claimed.id, occurrence: claimed.nextAt, reason: error }, 'Scheduled run not started');
  return { kind: 'refused' };
}

/**
 * From now on, however many were missed; never the same again, also where the database's clock was put back.
 */
function nextAfter(cron: Cron, now: Date): Date | null {
  const { nextAt } = cron;
  return nextStart(cron, nextAt !== null && nextAt > now ? nextAt : now);
}

/**
 * Starts the runs of crons as they become due; of many processes the one that claims a cron starts its run.
 * Disposed, it lets what is being started be stored.
 */
export const startCrons = (deps: RunDeps): AsyncDisposable =>
  new DueQueue({
    clock: deps.clock,
    logger: deps.logger,
    signals: deps.signals,
    signal: 'cron',
    claimDue: (limit) => deps.crons.claimDue(limit, CLAIM_MS),
    dueInMs: () => deps.crons.dueInMs(),
    // Each runs code of its graph (checks of the input) before it is stored.
    work: async (cron) => {
      await startOccurrence(deps, cron);
    },
    log: {
      looking: 'Looking for due crons failed; the next sweep retries',
      piece: 'Starting a scheduled run failed; it is due again when its claim expires',
      of: ({ id }) => ({ cronId: id }),
    },
  });
