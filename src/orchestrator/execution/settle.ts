import { withoutDamage } from '../../domain/damage.ts';
import { decideEnding, type Ending, type ExecutionEnd } from '../../domain/ending.ts';
import type { EventBody, PendingInterrupt } from '../../domain/event.ts';
import type { Json } from '../../domain/json.ts';
import type { Claim, Run, RunFailure } from '../../domain/run.ts';
import { type RestingStatus, restingStatusAfter, type Thread } from '../../domain/thread.ts';
import { hasMessages, tellWebhook } from '../commands/supersede.ts';
import type { Context } from '../context.ts';
import type { Brought, StateBuffer } from '../ports/checkpoints.ts';
import type { PartialMessage } from '../ports/graph-host.ts';
import { ClaimLostError, type Tx } from '../ports/store.ts';
import { storeTroubleBehind } from '../ports/store-trouble.ts';
import type { WorkPlace } from '../ports/underway.ts';
import { eventOf, graphCallOf, refreshThread } from '../queries/thread-state.ts';
import { leaveCarried, markCarried, requireCurrent } from './claim-runs.ts';

/** New input, and where it was to start. */
export type NewInput = {
  /** Carried messages and tool answers included, as far as it brings them. */
  readonly input: Json;
  /** Null: the head. */
  readonly baseCheckpointId: string | null;
};

export type SettleRequest = {
  readonly claim: Claim;
  readonly execution: ExecutionEnd;
  readonly timedOut: boolean;
  readonly interrupts: readonly PendingInterrupt[];
  readonly partials: readonly PartialMessage[];
  /** The root checkpoint up to which readers were told of the conversation; undefined: of nothing since the run started. */
  readonly told: string | null | undefined;
  /**
   * Whether messages that a subgraph has stored may be missing in the log, refused or of an earlier attempt (a subgraph that goes on doesn't say them
   * again): then readers get the conversation anew.
   */
  readonly mayBeUntold: boolean;
  /** The input with which this attempt started; undefined: it had none, or it isn't known any more. */
  readonly newInput: NewInput | undefined;
  /** False when its graph was never called, by this attempt or another: without an input it leaves nothing behind then. */
  readonly began: boolean;
  /** Where this attempt's code is at work yet, beyond the grace period; [] as a rule. */
  readonly abandoned: readonly WorkPlace[];
};

/** Where the run's code was left at work, by this attempt and those before it. */
export const allAbandoned = (run: Run, now: readonly WorkPlace[]): readonly WorkPlace[] => [...new Set([...run.abandoned, ...now])];

/** How the run stands after settle: as it ended, null when it was removed, or 'unfinished' when it is not over (nothing was written). */
export type Settled = Run | null | 'unfinished';

/** Repairs are made outside of the transaction and dropped when the state moved under them; this often at most. */
const MAX_REPAIRS = 3;

/**
 * Ends a run, in one fenced transaction: repair, status, thread, last events. The run's stop request is read in that transaction,
 * so a stop that came while it was finishing counts. Rejects with ClaimLostError, writing nothing, when the claim is no longer current, and with
 * StoreUnavailableError while the database is in trouble: then it may be called again, for the fence lets it through once.
 *
 * Whatever else fails would fail each time, and the run be taken over for ever: it ends without a repair and without what it brought, ERROR unless it
 * was to stop.
 */
export async function settle(context: Context, request: SettleRequest): Promise<Settled> {
  try {
    return await settleAs(context, request, 0);
  } catch (error) {
    if (error instanceof ClaimLostError || storeTroubleBehind(error) !== null) throw error;
    context.logger.error({ err: error, ...request.claim }, 'The end of a run could not be stored; it ends without what it brought');
    return settleAs(context, bare(request), MAX_REPAIRS);
  }
}

const UNSTORED: RunFailure = { name: 'InternalError', message: 'The server could not store how this run ended.' };

/** The end without data that comes from the run's code. What the log has and the state hasn't is taken back. */
const bare = (request: SettleRequest): SettleRequest => ({
  ...request,
  execution: request.execution.kind === 'lost' ? request.execution : { kind: 'failed', error: UNSTORED },
  interrupts: [],
  partials: [],
  mayBeUntold: true,
  newInput: undefined,
});

async function settleAs(context: Context, request: SettleRequest, repairsFailed: number): Promise<Settled> {
  let repair: Repaired | null = null;
  let failedRepairs = repairsFailed;
  for (;;) {
    const prepared: Repaired | null = repair;
    const result = await context.store.transaction((tx) => attempt(context, tx, request, prepared, failedRepairs));
    if (result.kind === 'settled') {
      context.signals.send({ kind: 'wake' });
      if (result.run !== null && result.run.webhook !== null) context.signals.send({ kind: 'webhook' });
      return result.run;
    }
    if (result.kind === 'unfinished') return 'unfinished';
    if (prepared !== null) failedRepairs += 1;
    repair = await makeRepair(context, request, result.run);
  }
}

const ALL: Brought = { input: true, ahead: true };

type Repaired = { readonly buffer: StateBuffer | null; readonly events: readonly EventBody[]; readonly keepPartialOutput: boolean };
type Attempt =
  | { readonly kind: 'settled'; readonly run: Run | null }
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'repair'; readonly run: Run };

async function attempt(context: Context, tx: Tx, request: SettleRequest, repair: Repaired | null, failedRepairs: number): Promise<Attempt> {
  const { claim } = request;
  const { thread, run: stored } = await requireCurrent(tx, claim);
  const run = withoutDamage(stored); // what is lost of it keeps no run from ending
  const ending = decideEnding(run.stop, request.execution, request.timedOut);
  switch (ending.kind) {
    case 'unfinished':
      return ending;
    case 'remove':
      await remove(tx, thread, run, allAbandoned(run, request.abandoned));
      return { kind: 'settled', run: null };
    case 'end': {
      const isTold = await isAllTold(tx, run, request);
      if (ending.repair && failedRepairs < MAX_REPAIRS) {
        if (repair === null || repair.keepPartialOutput !== keepsPartials(run)) return { kind: 'repair', run };
        if (repair.buffer !== null && !(await tx.checkpoints.commit(repair.buffer))) return { kind: 'repair', run };
      }
      const repaired = ending.repair && failedRepairs < MAX_REPAIRS ? repair : null;
      return { kind: 'settled', run: await end(context, tx, thread, run, ending, { ...request, isTold }, repaired) };
    }
  }
}

/**
 * Whether readers were told of all that the state holds. A stream that is broken off may not have told of the last checkpoint that it
 * stored; one that ended by itself has, and those of a lost run were told of the head when it was taken over.
 */
async function isAllTold(tx: Tx, run: Run, { execution, told, mayBeUntold }: SettleRequest): Promise<boolean> {
  if (execution.kind === 'finished' || execution.kind === 'lost') return true;
  if (mayBeUntold) return false;
  return (await tx.checkpoints.head(run.threadId)) === (told === undefined ? run.headBefore : told);
}

const keepsPartials = (run: Run): boolean => run.stop?.keepPartialOutput ?? true;

/** What the stopped run leaves behind, in a buffer. Settle never depends on user code: if it can't be made, the run ends without it and the next start repairs. */
async function makeRepair(context: Context, request: SettleRequest, run: Run): Promise<Repaired> {
  const { checkpoints, graphs, logger, clock, options } = context;
  const keepPartialOutput = keepsPartials(run);
  const nothing: Repaired = { buffer: null, events: [], keepPartialOutput };
  if (!request.began && request.newInput === undefined) return nothing;
  const giveUp = new AbortController();
  using _limit = clock.timer(options.graceMs, () => giveUp.abort());
  try {
    const buffer = await checkpoints.buffer(run.threadId, run.id);
    const isInputIn = run.input === null || (await checkpoints.runHasCheckpoint(run.threadId, run.id));
    // Without its input the run was lost before it was in the state; what is there is another run's.
    if (!isInputIn && request.newInput === undefined) return nothing;
    const events = await graphs.repair({
      graphId: run.graphId,
      call: graphCallOf(run),
      buffer,
      uncommittedInput: isInputIn ? undefined : request.newInput?.input,
      baseCheckpointId: request.newInput?.baseCheckpointId ?? null,
      startedFrom: run.baseCheckpointId ?? run.headBefore,
      partials: request.partials,
      keepPartialOutput,
      giveUp: giveUp.signal,
    });
    return { buffer: buffer.isEmpty ? null : buffer, events, keepPartialOutput };
  } catch (error) {
    if (storeTroubleBehind(error) !== null) throw error;
    logger.warn(
      { err: error, threadId: run.threadId, runId: run.id },
      'An interrupted run could not be repaired; the next run of its thread will',
    );
    return nothing;
  }
}

/** As the events have it. */
const named = (abandoned: readonly WorkPlace[]) => (abandoned.length === 0 ? {} : { abandoned });

async function remove(tx: Tx, thread: Thread, run: Run, abandoned: readonly WorkPlace[]): Promise<void> {
  await tx.checkpoints.rollBackRun(thread.id, run.id);
  await tx.events.removeRun(thread.id, run.id);
  await tx.runs.delete(run.id);
  const restored = await tx.checkpoints.head(thread.id);
  await tx.events.append(thread.id, [
    eventOf(run, { kind: 'RUN_ROLLED_BACK', ...named(abandoned) }),
    // Also where the head is what it was: readers may have seen messages that were streamed but never reached a checkpoint.
    { runId: null, body: { kind: 'MESSAGES_RESET', checkpointId: restored } },
  ]);
  // The state is again what an earlier run left, perhaps with another graph.
  const graphId = (await tx.runs.newestStarted(thread.id))?.graphId ?? thread.graphId;
  await refreshThread(tx, thread, { graphId, restingStatus: before(run, thread) });
}

/** What the thread rested in before the run. */
const before = (run: Run, thread: Thread): RestingStatus => (run.threadStatusBefore ?? thread.restingStatus) as RestingStatus;

async function end(
  context: Context,
  tx: Tx,
  thread: Thread,
  run: Run,
  ending: Extract<Ending, { kind: 'end' }>,
  request: SettleRequest & { readonly isTold: boolean },
  repaired: Repaired | null,
): Promise<Run> {
  const head = await tx.checkpoints.head(thread.id);
  const wrote = head !== run.headBefore;
  const by = run.stop?.by ?? null;
  const supersededBy = ending.end.endReason === 'SUPERSEDED' && by !== null && (await tx.runs.find(by)) !== null ? by : null;
  // What a repair writes comes after the input, which it brings where that is still to be done.
  const brought = repaired?.buffer != null ? ALL : await tx.checkpoints.broughtBy(thread.id, run.id);
  // A run that ended before its input was in the state leaves its messages to the next one, like a run that never started.
  const leavesInput = ending.end.status !== 'SUCCESS' && !brought.input && hasMessages(run);
  const abandoned = allAbandoned(run, request.abandoned);
  const patch = {
    ...ending.end,
    supersededBy,
    abandoned,
    ...(leavesInput ? { carry: 'WAITING' as const } : {}),
    headAfter: wrote ? head : null,
    leaseOwner: null,
    leaseUntil: null,
    finishedAt: tx.now,
    updatedAt: tx.now,
  };
  await tx.runs.update(run.id, patch);
  if (run.input !== null) await (brought.ahead ? markCarried : leaveCarried)(tx, run);
  else if (brought.input || repaired?.buffer != null) await markApplied(tx, run);
  const interrupts = ending.end.endReason === 'AWAITING_HUMAN' ? request.interrupts : [];
  const { status, endReason, error } = ending.end;
  const told = request.isTold ? (repaired?.events ?? []) : [];
  // Text that was streamed and is in no state (a node that threw in the middle of it): its readers take it back.
  const isOtherwise = !request.isTold || (request.partials.length > 0 && told.length === 0);
  const takenBack: EventBody[] = isOtherwise ? [{ kind: 'MESSAGES_RESET', checkpointId: head }] : [];
  await tx.events.append(thread.id, [
    ...[...told, ...takenBack].map((body) => eventOf(run, body)),
    eventOf(run, { kind: 'RUN_ENDED', status, endReason, error, interrupts, ...named(abandoned) }),
  ]);
  const ended: Run = { ...run, ...patch };
  await refreshThread(tx, thread, { restingStatus: restingStatusAfter(ended, before(run, thread)) });
  await tellWebhook(tx, ended);
  logEnd(context, ended);
  return ended;
}

/** A run without an input that goes on from a checkpoint which only holds another run's input has applied that. */
async function markApplied(tx: Tx, run: Run): Promise<void> {
  const base = run.baseCheckpointId ?? run.headBefore;
  const held = base === null ? null : await tx.checkpoints.inputHeldBy(run.threadId, base);
  const other = held === null ? null : await tx.runs.find(held);
  if (other?.carry === 'WAITING') await tx.runs.update(other.id, { carry: 'CARRIED', carriedBy: run.id });
}

function logEnd({ logger }: Context, run: Run): void {
  const { threadId, id: runId, attempt, status, endReason, error, abandoned } = run;
  const since = (from: Date | null) => (run.finishedAt === null || from === null ? null : run.finishedAt.getTime() - from.getTime());
  const fields = { threadId, runId, attempt, status, endReason, runMs: since(run.startedAt), totalMs: since(run.createdAt) };
  if (error === null && abandoned.length === 0) logger.info(fields, 'Run ended');
  else logger.warn({ ...fields, error, ...named(abandoned) }, 'Run ended');
}
