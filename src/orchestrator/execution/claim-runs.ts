import { damageOf } from '../../domain/damage.ts';
import type { Owner, RunId } from '../../domain/ids.ts';
import type { Json } from '../../domain/json.ts';
import type { Claim, Run } from '../../domain/run.ts';
import type { Thread } from '../../domain/thread.ts';
import type { Context } from '../context.ts';
import { ClaimLostError, type Tx } from '../ports/store.ts';
import { eventOf } from '../queries/thread-state.ts';

/** A run that this process is to execute now. */
export type ClaimedRun = {
  readonly claim: Claim;
  /** As it is after the claim. */
  readonly run: Run;
  /** Inputs of superseded runs whose messages this run carries, by position. */
  readonly carried: readonly Json[];
  /** Until its deadline, when it was claimed, by the database's clock; null: it has none. May be negative. */
  readonly timeLeftMs: number | null;
  /** Null: not a suspect. */
  readonly trial: TrialTerms | null;
};

/**
 * Claims due runs of up to `limit` threads in one transaction: owner by owner in turn, beginning after
 * `after`, and of each the longest due. Fewer, or none, when there are not as many.
 */
export async function claimRuns(
  context: Context,
  limit: number,
  after: Owner | null = null,
): Promise<ClaimedRun[]> {
  return context.store.transaction(async (tx) => {
    const claimed: ClaimedRun[] = [];
    let last = after;
    while (claimed.length < limit) {
      const thread = await tx.threads.lockClaimable(last);
      if (thread === null) break;
      last = thread.owner;
      const due = await tx.runs.firstDue(thread.id);
      if (due === null) throw new Error(`Thread ${thread.id} is claimable but none of its runs is due`);
      claimed.push(await start(context, tx, thread, due));
    }
    return claimed;
  });
}

async function start({ options }: Context, tx: Tx, thread: Thread, run: Run): Promise<ClaimedRun> {
  const patch = {
    status: 'RUNNING',
    attempt: run.attempt + 1,
    leaseOwner: options.workerId,
    leaseUntil: new Date(tx.now.getTime() + options.leaseMs),
    startedAt: tx.now,
    deadline: run.timeoutMs === null ? null : new Date(tx.now.getTime() + run.timeoutMs),
    headBefore: await tx.checkpoints.head(thread.id),
    threadStatusBefore: thread.restingStatus,
    updatedAt: tx.now,
  } as const;
  await tx.runs.update(run.id, patch);
  // A damaged run ends before its graph is called (execute-run.ts), and carries nothing.
  const carried = damageOf(run) !== null || run.input === null ? [] : await takePendingInput(tx, run);
  await tx.events.append(thread.id, [eventOf(run, { kind: 'RUN_STARTED', attempt: patch.attempt })]);
  await tx.threads.update(thread.id, { graphId: run.graphId, claimableAt: null, updatedAt: tx.now });
  const started = { ...run, ...patch };
  return {
    claim: { runId: run.id, threadId: thread.id, attempt: patch.attempt },
    run: started,
    carried,
    timeLeftMs: timeLeft(tx, started),
    trial: null,
  };
}

const timeLeft = (tx: Tx, { deadline }: Run): number | null =>
  deadline === null ? null : deadline.getTime() - tx.now.getTime();

/** Has `run` carry what waits for a carrier; returns their inputs. */
async function takePendingInput(tx: Tx, run: Run): Promise<Json[]> {
  const waiting = (await tx.runs.withCarry(run.threadId, ['WAITING'])).filter(
    (one) => damageOf(one) === null,
  );
  for (const one of waiting) await tx.runs.update(one.id, { carry: 'TAKEN', carriedBy: run.id });
  return waiting.map((one) => one.input);
}

/** What `run` has taken and not written yet, by position. */
async function takenBy(tx: Tx, run: Run): Promise<Run[]> {
  const taken = await tx.runs.withCarry(run.threadId, ['TAKEN']);
  return taken.filter((one) => one.carriedBy === run.id && damageOf(one) === null);
}

/** What `run` carried is in the state now. */
export async function consumeInput(tx: Tx, run: Run): Promise<void> {
  for (const one of await takenBy(tx, run)) await tx.runs.update(one.id, { carry: 'CARRIED' });
}

/** Leaves what `run` took to the next run, for it isn't in the state. */
export async function requeueInput(tx: Tx, run: Run): Promise<void> {
  for (const one of await takenBy(tx, run))
    await tx.runs.update(one.id, { carry: 'WAITING', carriedBy: null });
}

/** Drops what `run` took, by its places among the carried inputs; returns the runs of which it was. */
export async function dropPendingInput(
  tx: Tx,
  run: Run,
  places: readonly number[],
): Promise<readonly RunId[]> {
  const taken = (await takenBy(tx, run)).filter((_one, index) => places.includes(index));
  for (const one of taken) await tx.runs.update(one.id, { carry: 'NONE', carriedBy: null });
  return taken.map(({ id }) => id);
}

/**
 * Locks the claim's thread and returns it with the run. Rejects with ClaimLostError when the claim is no
 * longer current.
 */
export async function requireCurrent(
  tx: Tx,
  claim: Claim,
): Promise<{ readonly thread: Thread; readonly run: Run }> {
  const thread = await tx.threads.lockAny(claim.threadId);
  const run = thread === null ? null : await tx.runs.find(claim.runId);
  if (thread === null || run === null || run.status !== 'RUNNING' || run.attempt !== claim.attempt)
    throw new ClaimLostError(claim);
  return { thread, run };
}

/**
 * A takeover: another attempt of a run without a worker. Its thread is locked, and `run` is as it is now.
 *
 * @param trial null: not a suspect
 */
export async function takeOver(
  context: Context,
  tx: Tx,
  run: Run,
  trial: TrialTerms | null,
): Promise<ClaimedRun> {
  const { options } = context;
  // A suspect already has the number of its next attempt, which has not started.
  const isCounted = run.suspectOf !== null;
  const patch = {
    attempt: run.attempt + (isCounted ? 0 : 1),
    suspectOf: null,
    leaseOwner: options.workerId,
    leaseUntil: new Date(tx.now.getTime() + options.leaseMs),
    updatedAt: tx.now,
  };
  await tx.runs.update(run.id, patch);
  // What was superseded since it started comes after its own input: the next run carries that.
  const carried = (await takenBy(tx, run)).map((one) => one.input);
  const claim = { runId: run.id, threadId: run.threadId, attempt: patch.attempt };
  return { claim, run: { ...run, ...patch }, carried, timeLeftMs: timeLeft(tx, run), trial };
}

/** How a suspect is tried (ADR 0032). */
export type TrialTerms = {
  /** Its process executes nothing else meanwhile. */
  readonly isAlone: boolean;
  /** After this others get their turn, though it has not passed. */
  readonly limitMs: number;
};
