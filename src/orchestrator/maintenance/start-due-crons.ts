import { type Cron, nextStart, overdue } from '../../domain/cron.ts';
import { newThreadId } from '../../domain/ids.ts';
import type { Run } from '../../domain/run.ts';
import { cronRun } from '../commands/change-cron.ts';
import { admitRun, type PreparedRun, prepareRun } from '../commands/create-run.ts';
import { admitOnNewThread, RunRefused } from '../commands/stateless-run.ts';
import type { RunDeps } from '../context.ts';
import { describeRefusal } from '../outcomes.ts';
import type { CronStore } from '../ports/crons.ts';
import type { Signal } from '../ports/environment.ts';
import type { Tx } from '../ports/store.ts';
import { CLAIM_MS, DueWork } from './due-work.ts';

/** What became of a claimed occurrence. `lost`: it is another's by now, or nobody's; nothing was stored. */
export type Started = { readonly kind: 'started' | 'refused' | 'lost' };

type Occurrence = { readonly claimed: Cron; readonly prepared: PreparedRun };

/** The claim is no longer current. Rolls the transaction back. */
class ClaimLost extends Error {}

/**
 * Starts the run of a claimed cron's occurrence. One transaction stores the run (with its thread, where it gets a new one) and sets the cron to its
 * next occurrence, under the claim's fence: whoever dies, at whatever moment, both are there or neither is (ADR 0022). An occurrence whose run is
 * refused is over, too, and the cron says why. Rejects when the database or the graph's own code does; then it is due again after the claim.
 */
export async function startOccurrence(deps: RunDeps, claimed: Cron): Promise<Started> {
  const late = overdue(claimed, deps.store.reads.now);
  if (late !== null) return skip(deps, claimed, late);
  const prepared = await prepareRun(deps, cronRun(claimed, claimed.threadId ?? newThreadId()));
  if (prepared.kind !== 'prepared') return skip(deps, claimed, describeRefusal(prepared).message);
  try {
    const signals = await deps.store.transaction((tx) => storeRun(deps, tx, { claimed, prepared }));
    for (const signal of signals) deps.signals.send(signal);
    return { kind: 'started' };
  } catch (error) {
    if (error instanceof ClaimLost) return { kind: 'lost' };
    if (error instanceof RunRefused) return skip(deps, claimed, describeRefusal(error.refusal).message);
    throw error;
  }
}

/** The thread's lock comes before the cron's row: who deletes a thread takes them in this order. */
async function storeRun(deps: RunDeps, tx: Tx, { claimed, prepared }: Occurrence): Promise<readonly Signal[]> {
  const { run, signals } = await (claimed.threadId === null ? onNewThread(deps, tx, claimed, prepared) : onItsThread(deps, tx, prepared));
  const isCurrent = await tx.crons.finish(claimed, { nextAt: nextAfter(claimed, tx.now), runId: run.id, error: null });
  if (!isCurrent) throw new ClaimLost(`Cron ${claimed.id} is claimed elsewhere`);
  return signals;
}

type Admitted = { readonly run: Run; readonly signals: readonly Signal[] };

function onNewThread(deps: RunDeps, tx: Tx, { id, onRunCompleted }: Cron, prepared: PreparedRun): Promise<Admitted> {
  const { assistant } = prepared.request;
  const metadata = { graph_id: assistant.graphId, assistant_id: assistant.id, cron_id: id };
  return admitOnNewThread(deps, tx, prepared, { metadata, temporary: onRunCompleted !== 'KEEP' });
}

async function onItsThread(deps: RunDeps, tx: Tx, { request }: PreparedRun): Promise<Admitted> {
  const decided = await admitRun(deps, tx, request, null);
  if (decided === 'STATE_CHANGED') throw new Error("A cron's run resumes nothing, yet was checked against a state");
  if (decided.outcome.kind !== 'ok') throw new RunRefused(decided.outcome);
  return { run: decided.outcome.value, signals: decided.signals };
}

async function skip({ store, logger }: RunDeps, claimed: Cron, error: string): Promise<Started> {
  const isCurrent = await store.transaction((tx) => tx.crons.finish(claimed, { nextAt: nextAfter(claimed, tx.now), runId: null, error }));
  if (!isCurrent) return { kind: 'lost' };
  logger.warn({ cronId: claimed.id, occurrence: claimed.nextAt, reason: error }, 'A scheduled run was not started');
  return { kind: 'refused' };
}

/** From now on, however many were missed; never the same again, also where the database's clock was put back. */
function nextAfter(cron: Cron, now: Date): Date | null {
  const { nextAt } = cron;
  return nextStart(cron, nextAt !== null && nextAt > now ? nextAt : now);
}

export type CronDeps = RunDeps & { readonly crons: CronStore };

/** Starts the runs of crons as they become due; of many processes the one that claims a cron starts its run. Disposed, it lets what is being started be stored. */
export const keepCrons = (deps: CronDeps): AsyncDisposable =>
  new DueWork({
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
      looking: 'Could not look for crons that are due; the next sweep tries again',
      piece: 'A scheduled run could not be started; it is due again when its claim is over',
      of: ({ id }) => ({ cronId: id }),
    },
  });
