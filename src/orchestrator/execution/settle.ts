import { withoutDamage } from '../../domain/damage.ts';
import { decideEnding, type Ending, type ExecutionEnd } from '../../domain/ending.ts';
import type { EventBody, PendingInterrupt } from '../../domain/event.ts';
import type { Json } from '../../domain/json.ts';
import type { Claim, Run, RunFailure } from '../../domain/run.ts';
import { type RestingStatus, restingStatusAfter, type Thread } from '../../domain/thread.ts';
import { enqueueWebhook, hasMessages } from '../commands/supersede.ts';
import type { Context } from '../context.ts';
import type { Brought, StateBuffer } from '../ports/checkpoints.ts';
import { databaseTroubleBehind } from '../ports/database-unavailable.ts';
import type { PartialMessage } from '../ports/graph-host.ts';
import { ClaimLostError, type Tx } from '../ports/store.ts';
import type { WorkPlace } from '../ports/underway.ts';
import { eventOf, graphCallOf, refreshThread } from '../queries/thread-state.ts';
import { consumeInput, requeueInput, requireCurrent } from './claim-runs.ts';

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
  /**
   * The root checkpoint up to which the conversation was published; undefined: nothing since the run started.
   */
  readonly lastPublishedCheckpoint: string | null | undefined;
  /**
   * Whether messages that a subgraph has stored may be missing in the log, refused or of an earlier attempt
   * (a subgraph that continues doesn't publish them again): then readers get the conversation anew.
   */
  readonly mayBeUnpublished: boolean;
  /** The input with which this attempt started; undefined: it had none, or it isn't known any more. */
  readonly newInput: NewInput | undefined;
  /**
   * False when its graph was never called, by this attempt or another: without an input it leaves nothing
   * behind then.
   */
  readonly wasStarted: boolean;
  /** Where this attempt's code is at work yet, beyond the grace period; [] as a rule. */
  readonly abandoned: readonly WorkPlace[];
};

/** Where the run's code was left at work, by this attempt and those before it. */
export const allAbandoned = (run: Run, now: readonly WorkPlace[]): readonly WorkPlace[] => [
  ...new Set([...run.abandoned, ...now]),
];

/**
 * How the run stands after settle: as it ended, null when it was removed, or 'unfinished' when it is not over
 * (nothing was written).
 */
export type Settled = Run | null | 'unfinished';

/**
 * Reconciliations are made outside of the transaction and dropped when the state moved under them; this often
 * at most.
 */
const MAX_RECONCILIATIONS = 3;

/**
 * Ends a run, in one fenced transaction: reconciliation, status, thread, last events. The run's stop request
 * is read in that transaction, so a stop that came while it was finishing counts. Rejects with
 * ClaimLostError, writing nothing, when the claim is no longer current, and with DatabaseUnavailableError
 * while the database is in trouble: then it may be called again, for the fence lets it through once.
 *
 * Whatever else fails would fail each time, and the run be taken over for ever: it ends without a
 * reconciliation and without what it brought, ERROR unless it was to stop.
 */
export async function settle(context: Context, request: SettleRequest): Promise<Settled> {
  try {
    return await settleAs(context, request, 0);
  } catch (error) {
    if (error instanceof ClaimLostError || databaseTroubleBehind(error) !== null) throw error;
    context.logger.error(
      { err: error, ...request.claim },
      'Storing the end of a run failed; ending it without its results',
    );
    return settleAs(context, bare(request), MAX_RECONCILIATIONS);
  }
}

const UNSTORED: RunFailure = {
  name: 'InternalError',
  message: 'The server failed to store the result of this run.',
};

/**
 * The end without data that comes from the run's code. What the log has and the state hasn't is taken back.
 */
const bare = (request: SettleRequest): SettleRequest => ({
  ...request,
  execution: request.execution.kind === 'lost' ? request.execution : { kind: 'failed', error: UNSTORED },
  interrupts: [],
  partials: [],
  mayBeUnpublished: true,
  newInput: undefined,
});

async function settleAs(context: Context, request: SettleRequest, failed: number): Promise<Settled> {
  let reconciliation = request.execution.kind === 'aborted' ? await reconcileAhead(context, request) : null;
  let failures = failed;
  for (;;) {
    const prepared = reconciliation;
    const result = await context.store.transaction((tx) => attempt(context, tx, request, prepared, failures));
    if (result.kind === 'settled') {
      context.signals.send({ kind: 'wake' });
      if (result.run !== null && result.run.webhook !== null) context.signals.send({ kind: 'webhook' });
      return result.run;
    }
    if (result.kind === 'unfinished') return 'unfinished';
    if (prepared !== null) failures += 1;
    reconciliation = await reconcile(context, request, result.run);
  }
}

/**
 * The reconciliation of a run whose execution was stopped, made before the first transaction of settle. It is
 * made for the stop request as it is now, and that transaction reads it again. Null where there is nothing to
 * reconcile yet, or the claim is no longer current.
 */
async function reconcileAhead(context: Context, request: SettleRequest): Promise<Reconciled | null> {
  const { threadId, runId, attempt } = request.claim;
  const stored = await context.store.reads.activeRun(threadId);
  if (stored === null || stored.id !== runId || stored.attempt !== attempt) return null;
  const run = withoutDamage(stored);
  const ending = decideEnding(run.stop, request.execution, request.timedOut);
  return ending.kind === 'end' && ending.reconcile ? reconcile(context, request, run) : null;
}

const ALL: Brought = { input: true, ahead: true };

type Reconciled = {
  readonly buffer: StateBuffer | null;
  readonly events: readonly EventBody[];
  readonly keepPartialOutput: boolean;
};
type Attempt =
  | { readonly kind: 'settled'; readonly run: Run | null }
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'reconcile'; readonly run: Run };

async function attempt(
  context: Context,
  tx: Tx,
  request: SettleRequest,
  reconciliation: Reconciled | null,
  failures: number,
): Promise<Attempt> {
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
      const isPublished = await isAllPublished(tx, run, request);
      if (ending.reconcile && failures < MAX_RECONCILIATIONS) {
        if (reconciliation === null || reconciliation.keepPartialOutput !== keepsPartials(run))
          return { kind: 'reconcile', run };
        if (reconciliation.buffer !== null && !(await tx.checkpoints.commit(reconciliation.buffer)))
          return { kind: 'reconcile', run };
      }
      const applied = ending.reconcile && failures < MAX_RECONCILIATIONS ? reconciliation : null;
      return {
        kind: 'settled',
        run: await end(context, tx, thread, run, ending, { ...request, isPublished }, applied),
      };
    }
  }
}

/**
 * True when everything in the state was published. A stream that is broken off may not have published the
 * last checkpoint that it stored; one that ended by itself has, and the head of a lost run was published when
 * it was taken over.
 */
async function isAllPublished(
  tx: Tx,
  run: Run,
  { execution, lastPublishedCheckpoint, mayBeUnpublished }: SettleRequest,
): Promise<boolean> {
  if (execution.kind === 'finished' || execution.kind === 'lost') return true;
  if (mayBeUnpublished) return false;
  return (
    (await tx.checkpoints.head(run.threadId)) ===
    (lastPublishedCheckpoint === undefined ? run.headBefore : lastPublishedCheckpoint)
  );
}

const keepsPartials = (run: Run): boolean => run.stop?.keepPartialOutput ?? true;

/**
 * What the stopped run leaves behind, in a buffer. Settle never depends on user code: if it can't be made,
 * the run ends without it and the next start reconciles.
 */
async function reconcile(context: Context, request: SettleRequest, run: Run): Promise<Reconciled> {
  const { checkpoints, graphs, logger, clock, options } = context;
  const keepPartialOutput = keepsPartials(run);
  const nothing: Reconciled = { buffer: null, events: [], keepPartialOutput };
  if (!request.wasStarted && request.newInput === undefined) return nothing;
  const giveUp = new AbortController();
  using _limit = clock.timer(options.graceMs, () => giveUp.abort());
  try {
    const buffer = await checkpoints.buffer(run.threadId, run.id);
    const isInputIn = run.input === null || (await checkpoints.runHasCheckpoint(run.threadId, run.id));
    // Without its input the run was lost before it was in the state; what is there is another run's.
    if (!isInputIn && request.newInput === undefined) return nothing;
    const events = await graphs.reconcile({
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
    if (databaseTroubleBehind(error) !== null) throw error;
    logger.warn(
      { err: error, threadId: run.threadId, runId: run.id },
      'Reconciling an interrupted run failed; the next run of its thread retries',
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
    // Also where the head is what it was: readers may have seen messages that were streamed but never reached
    // a checkpoint.
    { runId: null, body: { kind: 'MESSAGES_RESET', checkpointId: restored } },
  ]);
  // The state is again what an earlier run left, perhaps with another graph.
  const graphId = (await tx.runs.newestStarted(thread.id))?.graphId ?? thread.graphId;
  await refreshThread(tx, thread, { graphId, restingStatus: before(run, thread) });
}

/** What the thread rested in before the run. */
const before = (run: Run, thread: Thread): RestingStatus =>
  (run.threadStatusBefore ?? thread.restingStatus) as RestingStatus;

async function end(
  context: Context,
  tx: Tx,
  thread: Thread,
  run: Run,
  ending: Extract<Ending, { kind: 'end' }>,
  request: SettleRequest & { readonly isPublished: boolean },
  applied: Reconciled | null,
): Promise<Run> {
  const head = await tx.checkpoints.head(thread.id);
  const wrote = head !== run.headBefore;
  const by = run.stop?.by ?? null;
  const supersededBy =
    ending.end.endReason === 'SUPERSEDED' && by !== null && (await tx.runs.find(by)) !== null ? by : null;
  // What a reconciliation writes comes after the input, which it brings where that is still to be done.
  const brought = applied?.buffer != null ? ALL : await tx.checkpoints.broughtBy(thread.id, run.id);
  // A run that ended before its input was in the state leaves its messages to the next one, like a run that
  // never started.
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
  if (run.input !== null) await (brought.ahead ? consumeInput : requeueInput)(tx, run);
  else if (brought.input || applied?.buffer != null) await markApplied(tx, run);
  const interrupts = ending.end.endReason === 'AWAITING_HUMAN' ? request.interrupts : [];
  const { status, endReason, error } = ending.end;
  const lastPublishedCheckpoint = request.isPublished ? (applied?.events ?? []) : [];
  // Text that was streamed and is in no state (a node that threw in the middle of it): its readers take it
  // back.
  const isOtherwise =
    !request.isPublished || (request.partials.length > 0 && lastPublishedCheckpoint.length === 0);
  const takenBack: EventBody[] = isOtherwise ? [{ kind: 'MESSAGES_RESET', checkpointId: head }] : [];
  await tx.events.append(thread.id, [
    ...[...lastPublishedCheckpoint, ...takenBack].map((body) => eventOf(run, body)),
    eventOf(run, { kind: 'RUN_ENDED', status, endReason, error, interrupts, ...named(abandoned) }),
  ]);
  const ended: Run = { ...run, ...patch };
  await refreshThread(tx, thread, { restingStatus: restingStatusAfter(ended, before(run, thread)) });
  await enqueueWebhook(tx, ended);
  logEnd(context, ended);
  return ended;
}

/**
 * A run without an input that continues from a checkpoint which only holds another run's input has applied
 * that.
 */
async function markApplied(tx: Tx, run: Run): Promise<void> {
  const base = run.baseCheckpointId ?? run.headBefore;
  const held = base === null ? null : await tx.checkpoints.inputHeldBy(run.threadId, base);
  const other = held === null ? null : await tx.runs.find(held);
  if (other?.carry === 'WAITING') await tx.runs.update(other.id, { carry: 'CARRIED', carriedBy: run.id });
}

function logEnd({ logger }: Context, run: Run): void {
  const { threadId, id: runId, attempt, status, endReason, error, abandoned } = run;
  const since = (from: Date | null) =>
    run.finishedAt === null || from === null ? null : run.finishedAt.getTime() - from.getTime();
  const fields = {
    threadId,
    runId,
    attempt,
    status,
    endReason,
    runMs: since(run.startedAt),
    totalMs: since(run.createdAt),
  };
  if (error === null && abandoned.length === 0) logger.info(fields, 'Run ended');
  else logger.warn({ ...fields, error, ...named(abandoned) }, 'Run ended');
}
