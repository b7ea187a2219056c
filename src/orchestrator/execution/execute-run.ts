import { backoffMs } from '../../domain/backoff.ts';
import { DamagedRowError, damageOf } from '../../domain/damage.ts';
import { partialsFromLog } from '../../domain/message-fold.ts';
import type { Claim } from '../../domain/run.ts';
import { runOptions } from '../../domain/run-options.ts';
import { describeThrown, errorsBehind, isA } from '../../domain/thrown.ts';
import type { Context } from '../context.ts';
import { databaseTroubleBehind } from '../ports/database-unavailable.ts';
import type { Clock } from '../ports/environment.ts';
import { ClaimLostError, UnstorableEventError } from '../ports/store.ts';
import { Underway, type WorkPlace } from '../ports/underway.ts';
import { graphCallOf } from '../queries/thread-state.ts';
import { type ClaimedRun, requireCurrent } from './claim-runs.ts';
import { Grace, retryWhileUnavailable } from './grace-period.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { prepareStart, type RunStart } from './prepare-start.ts';
import { Trial } from './quarantine.ts';
import { bodiesOfRun, RunWriter } from './run-writer.ts';
import { allAbandoned, type NewInput, type SettleRequest, settle } from './settle.ts';
import type { StopRegistry } from './stop-registry.ts';

/** Why an execution is aborted before its graph has ended. */
type AbortKind = 'stop' | 'timeout' | 'claim-lost' | 'release' | 'database-unavailable' | 'unwritable';

/** The reason that a run's AbortSignal carries. */
class RunAborted extends Error {
  override readonly name = 'AbortError';
  readonly kind: AbortKind;
  constructor(kind: AbortKind) {
    super(`The run was aborted: ${kind}`);
    this.kind = kind;
  }
}

/**
 * Executes one claimed attempt of a run: drives its graph, keeps its lease, watches for stop requests, its
 * deadline and `release`, and settles it. Resolves when the run is settled, or this process has nothing more
 * to do with it (claim lost, released).
 *
 * A database failure is not the run's fault: writing its end is retried until it is stored, and an attempt
 * whose writes were refused before that is released. Only `release` ends those tries; then it rejects.
 *
 * @param onPassed called when a run that is on trial has passed where it was
 */
export async function executeRun(
  context: Context,
  stops: StopRegistry,
  claimed: ClaimedRun,
  release: AbortSignal,
  onPassed: () => void = () => {},
): Promise<void> {
  const { claim, run } = claimed;
  const { threadId, runId, attempt } = claim;
  const abort = new AbortController();
  const end = (kind: AbortKind) => abort.abort(new RunAborted(kind));
  const onRelease = () => end('release');
  if (release.aborted) onRelease();
  release.addEventListener('abort', onRelease, { once: true });
  try {
    using _lease = new LeaseKeeper(
      context,
      claim,
      (why) => end(why),
      () => end('stop'),
    );
    using _stop = stops.register(runId, () => end('stop'));
    using deadline = new Deadline(context.clock, claimed.timeLeftMs, () => end('timeout'));
    if (run.stop !== null) end('stop');
    context.logger.info(
      { threadId, runId, attempt, graph: run.graphId, strategy: run.strategy },
      'Run started',
    );
    await executeAndSettle(context, claimed, abort, deadline, release, onPassed);
  } catch (error) {
    if (error instanceof ClaimLostError)
      context.logger.warn(
        { threadId, runId, attempt },
        'Run was taken over or removed; discarding the results of this attempt',
      );
    else throw error;
  } finally {
    release.removeEventListener('abort', onRelease);
  }
}

/**
 * A run's deadline. The time that is left comes from the database's clock and is measured on one that never
 * goes back: this process's own date may be wrong.
 */
class Deadline implements Disposable {
  readonly #clock: Clock;
  readonly #atMs: number | null;
  readonly #timer: Disposable | null;

  constructor(clock: Clock, timeLeftMs: number | null, onOver: () => void) {
    this.#clock = clock;
    this.#atMs = timeLeftMs === null ? null : clock.monotonicMs() + timeLeftMs;
    this.#timer = timeLeftMs === null ? null : clock.timer(Math.max(timeLeftMs, 0), onOver);
  }

  get isOver(): boolean {
    return this.#atMs !== null && this.#clock.monotonicMs() >= this.#atMs;
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }
}

/** After the first refusal by the database; see `releaseMs`. */
const FIRST_RELEASE_MS = 250;

type Outcome = Pick<
  SettleRequest,
  'execution' | 'interrupts' | 'partials' | 'lastPublishedCheckpoint' | 'mayBeUnpublished' | 'abandoned'
>;

async function executeAndSettle(
  context: Context,
  claimed: ClaimedRun,
  abort: AbortController,
  deadline: Deadline,
  release: AbortSignal,
  onPassed: () => void,
): Promise<void> {
  const { claim, run } = claimed;
  const stored = <T>(what: string, write: () => Promise<T>): Promise<T> =>
    retryWhileUnavailable(context, `${what} of run ${claim.runId}`, write, release);
  using grace = new Grace(context, abort.signal);
  let newInput: NewInput | undefined;
  let wasStarted = run.attempt > 1;
  let outcome: Outcome;
  try {
    const damage = damageOf(run);
    if (damage !== null) throw damage;
    // This makes the graph already, where the thread has a conversation: user code, which may take its time.
    const prepared = await grace.for(prepareStart(context, claimed));
    if (prepared === null) outcome = await givenUp(context, claimed, []);
    else {
      const { start, baseCheckpointId } = prepared;
      newInput = start.kind === 'input' ? { input: start.input, baseCheckpointId } : undefined;
      // A run that was asked to stop before it started isn't started; what it would have been given is kept
      // by the reconciliation.
      wasStarted ||= !abort.signal.aborted;
      outcome = await execute(context, claimed, prepared, abort, grace, onPassed);
    }
  } catch (error) {
    if (error instanceof ClaimLostError) throw error;
    if (databaseTroubleBehind(error) !== null) outcome = await cutOff(context, claimed, error, abort, stored);
    else {
      const isInLog = abort.signal.reason instanceof RunAborted && abort.signal.reason.kind === 'unwritable';
      const published = isInLog
        ? await stored('streamed events', () => publishedInLog(context, claim))
        : NOTHING_PUBLISHED;
      outcome = { ...inexecutable(context, claimed, error), ...published };
    }
  }
  const reason = abort.signal.reason instanceof RunAborted ? abort.signal.reason.kind : null;
  if (reason === 'claim-lost') throw new ClaimLostError(claim);
  if (reason === 'database-unavailable')
    return stored('the release', () =>
      releaseRun(context, claimed, outcome.abandoned, releaseMs(context, claimed)),
    );
  if (reason === 'release' && outcome.execution.kind === 'aborted')
    return stored('the release', () => releaseRun(context, claimed, outcome.abandoned));
  const timedOut = reason === 'timeout' || (outcome.execution.kind === 'aborted' && deadline.isOver);
  const settled = await stored('the end', () =>
    settle(context, { claim, ...outcome, timedOut, newInput, wasStarted }),
  );
  if (settled === 'unfinished')
    await stored('the release', () => releaseRun(context, claimed, outcome.abandoned));
}

/** Not the graph's fault: the run must still come to an end. */
function inexecutable({ logger }: Context, { claim }: ClaimedRun, error: unknown): Outcome {
  logger.error({ err: error, ...claim }, 'Executing a run failed');
  const own = errorsBehind(error).find((one) => isA(one, DamagedRowError) || isA(one, UnstorableEventError));
  const { name, message } =
    own === undefined
      ? { name: 'InternalError', message: 'The server failed to execute this run.' }
      : describeThrown(own);
  const failure = { name, message };
  return {
    execution: { kind: 'failed', error: failure },
    interrupts: [],
    ...NOTHING_PUBLISHED,
    abandoned: [],
  };
}

/**
 * The database refused what the run wrote or read. A run that was to end already keeps what the log has of
 * it; any other is to be released.
 */
async function cutOff(
  context: Context,
  { claim }: ClaimedRun,
  error: unknown,
  abort: AbortController,
  stored: <T>(what: string, write: () => Promise<T>) => Promise<T>,
): Promise<Outcome> {
  context.logger.warn({ err: error, ...claim }, 'Database rejected a write of a run');
  abort.abort(new RunAborted('database-unavailable')); // nothing, where it was aborted before
  const { kind } = abort.signal.reason as RunAborted;
  const isEnding = kind === 'stop' || kind === 'timeout';
  const published = isEnding
    ? await stored('streamed events', () => publishedInLog(context, claim))
    : NOTHING_PUBLISHED;
  return { execution: { kind: 'aborted' }, interrupts: [], abandoned: [], ...published };
}

/**
 * How long a run stays released after trouble with the database: doubling with its attempts, so that one that
 * is always refused costs little.
 */
function releaseMs({ options }: Context, { run }: ClaimedRun): number {
  return backoffMs({ firstMs: FIRST_RELEASE_MS, longestMs: options.leaseMs }, run.attempt - run.failures);
}

/**
 * Drives the graph until its stream and, unless it ended by itself, the functions that it called have
 * settled, or the grace period is over. A stream that is aborted or fails is over before its functions are:
 * they would be at work beside the thread's next run.
 */
async function execute(
  context: Context,
  claimed: ClaimedRun,
  prepared: RunStart,
  abort: AbortController,
  grace: Grace,
  onPassed: () => void,
): Promise<Outcome> {
  const { claim, run } = claimed;
  await using trial = new Trial(context, claimed, onPassed);
  const writer = new RunWriter(context.store, claim, (error) =>
    abort.abort(new RunAborted(whyRefused(error))),
  );
  if (abort.signal.aborted) {
    const published = await publishedInLog(context, claim);
    return {
      execution: { kind: 'aborted' },
      interrupts: [],
      abandoned: [],
      ...published,
      mayBeUnpublished: claim.attempt > 1,
    };
  }
  const underway = new Underway();
  const saver = context.checkpoints.claimed(claim);
  const streaming = context.graphs.execute({
    graphId: run.graphId,
    call: graphCallOf(run),
    attempt: claim.attempt,
    ...prepared,
    ...runOptions(run),
    saver,
    underway,
    signal: abort.signal,
    emit: (bodies) => {
      trial.see(bodies);
      return writer.emit(bodies);
    },
  });
  const end = await grace.for(streaming).catch(async (error: unknown) => {
    await abandonedBy(context, claim, underway, grace);
    throw error;
  });
  // What it says from now on would be in the log and in no state: the reconciliation takes the text from the
  // log as it is in a moment.
  if (end === null) writer.close();
  const abandoned = end?.kind === 'finished' ? [] : await abandonedBy(context, claim, underway, grace);
  // What they have put before they settled comes ahead of the end.
  if (end !== null && end.kind !== 'finished' && abandoned.length === 0) await saver.flushed();
  await writer.flushed();
  if (end === null) return givenUp(context, claimed, abandoned);
  const interrupts = end.kind === 'finished' ? end.interrupts : [];
  return {
    execution: end,
    interrupts,
    partials: end.partials,
    lastPublishedCheckpoint: writer.lastPublishedCheckpoint,
    mayBeUnpublished: claim.attempt > 1,
    abandoned,
  };
}

/** Why nothing more of an attempt is written, by the error of the write. */
function whyRefused(error: unknown): AbortKind {
  if (databaseTroubleBehind(error) !== null) return 'database-unavailable';
  return errorsBehind(error).some((one) => isA(one, ClaimLostError)) ? 'claim-lost' : 'unwritable';
}

/**
 * Waits for the functions under way; the places of those that are at work yet when the grace period ends.
 * They can start nothing more then.
 */
async function abandonedBy(
  { logger, options }: Context,
  claim: Claim,
  underway: Underway,
  grace: Grace,
): Promise<readonly WorkPlace[]> {
  grace.begin();
  const isAtRest = await grace.settles(underway.settled());
  underway.close();
  const abandoned = isAtRest ? [] : underway.places;
  if (abandoned.length > 0)
    logger.warn(
      { ...claim, abandoned, graceMs: options.graceMs },
      'Abandoned nodes or tools that ignored the stop of their run',
    );
  return abandoned;
}

/** A run whose graph did not stop in time. */
async function givenUp(
  context: Context,
  { claim }: ClaimedRun,
  abandoned: readonly WorkPlace[],
): Promise<Outcome> {
  const { graceMs } = context.options;
  context.logger.warn(
    { ...claim, graceMs },
    'Graph did not stop within the grace period; finalizing its run',
  );
  return {
    execution: { kind: 'aborted' },
    interrupts: [],
    abandoned,
    ...(await publishedInLog(context, claim)),
  };
}

type Published = Pick<SettleRequest, 'partials' | 'lastPublishedCheckpoint' | 'mayBeUnpublished'>;
const NOTHING_PUBLISHED: Published = {
  partials: [],
  lastPublishedCheckpoint: undefined,
  mayBeUnpublished: false,
};

/**
 * What had been streamed, from the log: where the execution doesn't know it (any more). Its last output may
 * have been refused, or never sent.
 */
async function publishedInLog({ store }: Context, claim: Claim): Promise<Published> {
  const bodies = await bodiesOfRun(store.reads, claim);
  return { partials: partialsFromLog(bodies), lastPublishedCheckpoint: undefined, mayBeUnpublished: true };
}

/**
 * Releases the lease: the status stays RUNNING and another process takes the run over, at once or after
 * `delayMs`. A deploy is no failure.
 */
async function releaseRun(
  { store, signals, logger }: Context,
  { claim }: ClaimedRun,
  abandoned: readonly WorkPlace[],
  delayMs = 0,
): Promise<void> {
  await store.transaction(async (tx) => {
    const { run } = await requireCurrent(tx, claim);
    const leaseUntil = new Date(tx.now.getTime() + delayMs);
    await tx.runs.update(claim.runId, {
      leaseOwner: null,
      leaseUntil,
      suspectOf: null,
      abandoned: allAbandoned(run, abandoned),
    });
  });
  signals.send({ kind: 'released' });
  logger.info({ ...claim, delayMs }, 'Run released');
}
