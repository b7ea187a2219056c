import type { Json } from '../../domain/json.ts';
import { bringsToolTurns } from '../../domain/message.ts';
import type { Context } from '../context.ts';
import { databaseTroubleBehind } from '../ports/database-unavailable.ts';
import type { GraphStart } from '../ports/graph-host.ts';
import { eventOf, graphCallOf } from '../queries/thread-state.ts';
import { type ClaimedRun, dropPendingInput, requeueInput, requireCurrent } from './claim-runs.ts';

/** With what an attempt of a run calls its graph. */
export type RunStart = {
  readonly start: GraphStart;
  /** Root checkpoint to start from; null: the head. */
  readonly baseCheckpointId: string | null;
};

/**
 * The preparation is made outside of the transaction and dropped when the state moved under it; this often at
 * most.
 */
const MAX_MENDS = 3;

/**
 * Decides how an attempt begins: with the run's input or command, or going on from what an earlier attempt
 * (or the thread) left. New input finds a conversation that is complete: what it can't bring itself is
 * written here, under the run's id (design.md §5, points 6 and 7). Rejects with ClaimLostError when the claim
 * is no longer current.
 */
export async function prepareStart(context: Context, claimed: ClaimedRun): Promise<RunStart> {
  const { run } = claimed;
  const { checkpoints } = context;
  if (run.attempt > 1 && (await checkpoints.runHasCheckpoint(run.threadId, run.id)))
    return { start: { kind: 'continue' }, baseCheckpointId: null };
  // Only its own attempts move the head of a running run's thread: an earlier one has prepared the state, and
  // was lost before its input was in it.
  const isReconciled = run.attempt > 1 && (await checkpoints.head(run.threadId)) !== run.headBefore;
  const baseCheckpointId = isReconciled ? null : run.baseCheckpointId;
  if (run.command !== null) return { start: { kind: 'command', command: run.command }, baseCheckpointId };
  if (run.input === null) return { start: { kind: 'continue' }, baseCheckpointId };
  // What the preparation has written of the input already is dropped then.
  const ahead = isReconciled ? [] : claimed.carried;
  return startWithInput(
    context,
    { ...claimed, run: { ...run, baseCheckpointId }, carried: ahead },
    run.input,
  );
}

async function startWithInput(context: Context, claimed: ClaimedRun, input: Json): Promise<RunStart> {
  const { run, carried } = claimed;
  const { baseCheckpointId } = run;
  const startsAnew =
    baseCheckpointId === null && run.headBefore === null && carried.length === 0 && !bringsToolTurns(input);
  if (startsAnew) return { start: { kind: 'input', input }, baseCheckpointId };
  const { graphs, checkpoints } = context;
  const composed = await graphs.composeInput({
    graphId: run.graphId,
    call: graphCallOf(run),
    saver: checkpoints.reader(),
    baseCheckpointId,
    carried,
    input,
  });
  if (composed.refused.length > 0) await leaveOut(context, claimed, composed.refused);
  const start: GraphStart = { kind: 'input', input: composed.input };
  if (composed.addedBy === 'PREPARATION' && (await prepareHistory(context, claimed, composed.ahead)))
    return { start, baseCheckpointId: null };
  if (composed.dropsTold) await takeBack(context, claimed);
  if (composed.addedBy === 'INPUT') return { start, baseCheckpointId };
  if (carried.length > 0) await leave(context, claimed);
  return { start: { kind: 'input', input }, baseCheckpointId };
}

/**
 * Writes answers and carried messages ahead of the input. False, with nothing written: the graph's code
 * refuses them.
 */
async function prepareHistory(
  context: Context,
  { claim, run }: ClaimedRun,
  ahead: readonly Json[],
): Promise<boolean> {
  const { store, checkpoints, graphs, logger } = context;
  for (let tries = 0; tries < MAX_MENDS; tries += 1) {
    const buffer = await checkpoints.buffer(run.threadId, run.id);
    const { graphId, baseCheckpointId } = run;
    const events = await graphs
      .prepareHistory({ graphId, call: graphCallOf(run), buffer, baseCheckpointId, ahead })
      .catch((error: unknown) => {
        if (databaseTroubleBehind(error) !== null) throw error;
        logger.warn(
          { err: error, ...claim },
          'Preparing the conversation for new input failed; starting the run with it unchanged',
        );
        return null;
      });
    if (events === null || buffer.isEmpty) return false;
    const committed = await store.transaction(async (tx) => {
      await requireCurrent(tx, claim);
      if (!(await tx.checkpoints.commit(buffer))) return false;
      await tx.events.append(
        run.threadId,
        events.map((body) => eventOf(run, body)),
      );
      return true;
    });
    if (committed) return true;
  }
  throw new Error(
    `The state of thread ${run.threadId} changed repeatedly during the preparation of run ${run.id}`,
  );
}

/** Readers retract what no checkpoint holds; the run publishes again what it brings again. */
const takeBack = ({ store }: Context, { claim, run }: ClaimedRun): Promise<void> =>
  store.transaction(async (tx) => {
    await requireCurrent(tx, claim);
    await tx.events.append(run.threadId, [
      eventOf(run, { kind: 'MESSAGES_RESET', checkpointId: run.headBefore }),
    ]);
  });

/** Carried inputs that the graph's own reducer refuses: they would make every run fail that brings them. */
async function leaveOut(
  { store, logger }: Context,
  { claim, run }: ClaimedRun,
  refused: readonly number[],
): Promise<void> {
  const dropped = await store.transaction(async (tx) => {
    await requireCurrent(tx, claim);
    return dropPendingInput(tx, run, refused);
  });
  logger.warn({ ...claim, dropped }, "Discarded pending input that the graph's reducer rejects");
}

/** Nothing of this run writes what it carries: that waits for another carrier. */
const leave = ({ store }: Context, { claim }: ClaimedRun): Promise<void> =>
  store.transaction(async (tx) => {
    const { run } = await requireCurrent(tx, claim);
    await requeueInput(tx, run);
  });
