import type { RunId } from '../../domain/ids.ts';
import { type Run, waitsForTrial } from '../../domain/run.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../ports/store.ts';
import { eventOf } from '../queries/thread-state.ts';
import type { ClaimedRun } from './claim-runs.ts';
import { takeOver } from './claim-runs.ts';
import type { Room } from './quarantine.ts';
import { mustBeAlone, trialMs } from './quarantine.ts';
import { settle } from './settle.ts';

export type Recovered = {
  /** To be executed now; with one that is to be alone there is no other. */
  readonly claimed: ClaimedRun[];
  /** Something was found, so that there may be more. */
  readonly mayBeMore: boolean;
  /**
   * The suspect whose turn it is must be alone, and runs are executed here: how long they may take to end
   * (ms). Nothing was taken over then. Else null.
   */
  readonly needsRestMs: number | null;
  readonly hasSuspects: boolean;
};

/** What the process that recovers runs is doing. */
export type Here = {
  /**
   * Runs that this process still has to do with: it has not lost them, whatever the date says, and ends or
   * hands them back itself.
   */
  isHere(runId: RunId): boolean;
  readonly room: Room;
};

const NOTHING_HERE: Here = { isHere: () => false, room: 'ALONE' };

/**
 * Looks for runs whose lease is over. Those whose process died or paused become suspects (ADR 0032); those
 * that were alone with it too often end here, WORKER_LOST. Returns for execution, their RUN_RESUMED written,
 * up to `limit`: what was released, what is to stop, and the suspect whose turn it is.
 */
export async function recoverRuns(
  context: Context,
  limit: number,
  here: Here = NOTHING_HERE,
): Promise<Recovered> {
  const found = await context.store.transaction((tx) => recover(context, tx, limit, here));
  const { lost, accused, claimed } = found;
  for (const { claim, run } of lost)
    await settle(context, {
      claim,
      execution: { kind: 'lost', failures: run.failures },
      timedOut: false,
      interrupts: [],
      partials: [],
      lastPublishedCheckpoint: undefined,
      mayBeUnpublished: false,
      newInput: undefined,
      wasStarted: true,
      abandoned: [],
    }).catch(
      // The others were taken over already and must be executed; this one's lease ends again.
      (error: unknown) => context.logger.error({ err: error, ...claim }, 'Finalizing a lost run failed'),
    );
  for (const { id: runId, threadId, suspectOf, failures, suspicion } of accused)
    context.logger.warn({ runId, threadId, worker: suspectOf, failures, suspicion }, 'Worker of a run lost');
  for (const { claim, run, trial } of claimed)
    context.logger.warn(
      {
        ...claim,
        failures: run.failures,
        ...(trial === null ? {} : { onTrial: trial.isAlone ? 'alone' : 'alongside others' }),
      },
      'Run taken over',
    );
  // Each process tries one at a time: others may take the rest.
  if (accused.length > 1) context.signals.send({ kind: 'released' });
  return found;
}

type Found = Recovered & { readonly lost: readonly ClaimedRun[]; readonly accused: readonly Run[] };

async function recover(context: Context, tx: Tx, limit: number, { isHere, room }: Here): Promise<Found> {
  const next = await tx.runs.nextSuspect();
  const expired = (await tx.runs.leaseExpired(limit)).filter(({ id }) => !isHere(id));
  // All of a dead worker's runs are locked and judged together: each must know of the others, also when
  // another process looks at the same time.
  const held = await tx.runs.heldBy([...workersOf(expired)]);
  const runs = await lockAll(tx, [...expired, ...held, ...(next === null ? [] : [next])]);
  const isOver = ({ id, leaseUntil }: Run) => leaseUntil !== null && leaseUntil <= tx.now && !isHere(id);
  const over = runs.filter(isOver);

  const accused = await accuse(tx, runs, over);
  const lost: ClaimedRun[] = [];
  for (const run of accused.filter((one) => isLost(context, one))) lost.push(await resume(context, tx, run));

  const suspect = over.find(({ id }) => id === next?.id);
  const isTried = suspect !== undefined && waitsForTrial(suspect) && room !== 'NONE';
  const needsAlone = isTried && mustBeAlone(suspect);
  const claimed: ClaimedRun[] = [];
  if (isTried && limit > 0 && (!needsAlone || room === 'ALONE'))
    claimed.push(await resume(context, tx, suspect, needsAlone));
  const free = needsAlone ? [] : over.filter((run) => run.leaseOwner === null && !waitsForTrial(run));
  for (const run of free.slice(0, limit - claimed.length)) claimed.push(await resume(context, tx, run));

  const wasTaken = next !== null && !runs.some((run) => run.id === next.id && waitsForTrial(run));
  return {
    lost,
    accused: accused.filter((one) => !isLost(context, one)),
    claimed,
    mayBeMore: accused.length + claimed.length > 0 || wasTaken,
    needsRestMs: needsAlone && room === 'BESIDE' ? trialMs(context, suspect) : null,
    hasSuspects: next !== null,
  };
}

const workersOf = (runs: readonly Run[]): ReadonlySet<string> =>
  new Set(runs.flatMap(({ leaseOwner }) => leaseOwner ?? []));

/** Locks the runs' threads and returns those that are RUNNING yet, as they are now. */
async function lockAll(tx: Tx, found: readonly Run[]): Promise<Run[]> {
  const runs: Run[] = [];
  // Several threads are always locked in the order of their ids: another process's joint commit may hold one
  // and wait for another.
  const byThread = new Map(found.map((run) => [run.threadId, run]));
  for (const { id, threadId } of [...byThread.values()].toSorted((a, b) =>
    a.threadId < b.threadId ? -1 : 1,
  )) {
    const run = (await tx.threads.lockAny(threadId)) === null ? null : await tx.runs.find(id);
    if (run?.status === 'RUNNING') runs.push(run);
  }
  return runs;
}

/**
 * Makes suspects of the runs in `over` that a worker held; returns them. The attempt is raised, so that a
 * worker that only stood still can write nothing any more. One that was alone with its worker counts a
 * failure. What the worker holds by a lease that is not over yet is marked, so that it is known not to have
 * been alone.
 */
async function accuse(tx: Tx, runs: readonly Run[], over: readonly Run[]): Promise<Run[]> {
  const workers = workersOf(over);
  const accused: Run[] = [];
  for (const run of runs) {
    const { leaseOwner } = run;
    if (leaseOwner === null || !workers.has(leaseOwner)) continue;
    if (!over.includes(run)) {
      if (run.suspectOf !== leaseOwner) await tx.runs.update(run.id, { suspectOf: leaseOwner });
      continue;
    }
    const hadCompany =
      run.suspectOf === leaseOwner || runs.some((other) => other !== run && other.leaseOwner === leaseOwner);
    const patch = {
      attempt: run.attempt + 1,
      failures: run.failures + (hadCompany ? 0 : 1),
      suspicion: run.suspicion + 1,
      suspectOf: leaseOwner,
      leaseOwner: null,
      leaseUntil: tx.now,
      updatedAt: tx.now,
    };
    await tx.runs.update(run.id, patch);
    accused.push({ ...run, ...patch });
  }
  return accused;
}

async function resume(context: Context, tx: Tx, lost: Run, isAlone = false): Promise<ClaimedRun> {
  const head = await tx.checkpoints.head(lost.threadId);
  const isOnTrial = waitsForTrial(lost) && !isLost(context, lost);
  const claimed = await takeOver(
    context,
    tx,
    lost,
    isOnTrial ? { isAlone, limitMs: trialMs(context, lost) } : null,
  );
  const { run, claim } = claimed;
  // What the lost attempt had streamed since its last checkpoint is not part of the state: readers retract
  // it, unless the run is only to be settled by an INTERRUPT, which keeps it.
  const resumed = isLost(context, run) ? [] : [eventOf(run, { kind: 'RUN_RESUMED', attempt: claim.attempt })];
  const reset = run.stop === null ? [eventOf(run, { kind: 'MESSAGES_RESET', checkpointId: head })] : [];
  await tx.events.append(run.threadId, [...resumed, ...reset]);
  return claimed;
}

/** Lost too often to try again; one that is to stop is settled as its stop says instead. */
const isLost = ({ options }: Context, run: Run): boolean =>
  run.stop === null && run.failures >= options.maxAttempts;
