import { decideAdmission } from '../../domain/admission.ts';
import { newRunId } from '../../domain/ids.ts';
import type { Run } from '../../domain/run.ts';
import { runOptions } from '../../domain/run-options.ts';
import type { Thread } from '../../domain/thread.ts';
import type { RunDeps } from '../context.ts';
import type { Busy, IdempotencyConflict, Invalid, NotFound } from '../outcomes.ts';
import type { Signal } from '../ports/environment.ts';
import type { ValidationIssue } from '../ports/graph-host.ts';
import type { Tx } from '../ports/store.ts';
import { eventOf, refreshThread } from '../queries/thread-state.ts';
import { callOf, type NewThreadFields, type RunRequest, settingsOf } from './prepare-run.ts';
import { checkResume, earlierRequestHash, requestHash } from './run-request.ts';
import { supersede } from './supersede.ts';
import { newThread } from './threads.ts';
import { issue } from './validation.ts';

/**
 * A resume is checked against the state it was read with; a state that changes under it is read again, this
 * often at most.
 */
const MAX_STATE_READS = 5;

type RunRefusal = Busy | NotFound | Invalid | IdempotencyConflict;
export type AdmittedRuns = { readonly runs: readonly Run[] };
export type RefusedRun = { readonly index: number; readonly refusal: RunRefusal };

type Admission =
  | { readonly kind: 'ok'; readonly run: Run; readonly signals: readonly Signal[] }
  | RunRefusal
  /** A resume was checked against a state that is no longer the thread's. */
  | { readonly kind: 'stateChanged' };

/**
 * Stores all of the prepared runs, in their order, or none of them: one transaction holds their threads'
 * locks, reads the unfinished runs, has decideAdmission say what becomes of them, and writes rows and events.
 * Signals go out after its commit. Where one is refused, nothing is stored, neither an idempotency key nor a
 * thread that was asked for, and `index` says which one it was.
 *
 * At most one of them may be on a thread that is there already: locks of several would have to be taken in
 * the order of their ids.
 *
 * @param alsoStore written in the same transaction, after the runs; what it throws rolls them back
 */
export async function admitRuns(
  deps: RunDeps,
  requests: readonly RunRequest[],
  alsoStore: (tx: Tx, runs: readonly Run[]) => Promise<void> = async () => {},
): Promise<AdmittedRuns | RefusedRun> {
  let changed = 0;
  for (let reads = 0; reads < MAX_STATE_READS; reads += 1) {
    const resumables: (Resumable | null)[] = [];
    for (const request of requests)
      resumables.push(await readResumable(deps, request, reads === 0 ? request.thread : undefined));
    try {
      const { runs, signals } = await deps.store.transaction(async (tx) => {
        const stored = await storeAll(deps, tx, requests, resumables);
        await alsoStore(tx, stored.runs);
        return stored;
      });
      for (const signal of signals) deps.signals.send(signal);
      return { runs };
    } catch (error) {
      if (!(error instanceof NotAdmitted)) throw error;
      if (error.why.kind !== 'stateChanged') return { index: error.index, refusal: error.why };
      changed = error.index;
    }
  }
  const reason = "the thread's state changed repeatedly during validation; try again";
  return { index: changed, refusal: { kind: 'invalid', issues: [issue('command.resume', reason)] } };
}

/** Rolls the transaction back, and carries what it came to. */
class NotAdmitted extends Error {
  readonly index: number;
  readonly why: Exclude<Admission, { kind: 'ok' }>;
  constructor(index: number, why: Exclude<Admission, { kind: 'ok' }>) {
    super(`Run not admitted: ${why.kind}`);
    this.index = index;
    this.why = why;
  }
}

type Stored = { readonly runs: readonly Run[]; readonly signals: readonly Signal[] };

async function storeAll(
  deps: RunDeps,
  tx: Tx,
  requests: readonly RunRequest[],
  resumables: readonly (Resumable | null)[],
): Promise<Stored> {
  const runs: Run[] = [];
  const signals: Signal[] = [];
  for (const [index, request] of requests.entries()) {
    const admission = await admitRun(deps, tx, request, resumables[index] ?? null);
    if (admission.kind !== 'ok') throw new NotAdmitted(index, admission);
    runs.push(admission.run);
    signals.push(...admission.signals);
  }
  return { runs, signals };
}

/**
 * The state that a resume is checked against: which interrupts it holds, and the version at which that was
 * read.
 */
type Resumable = { readonly stateVersion: number; readonly issues: readonly ValidationIssue[] };

/** @param read the thread as it was read before; undefined: it is read now */
async function readResumable(
  deps: RunDeps,
  request: RunRequest,
  read: Thread | null | undefined,
): Promise<Resumable | null> {
  const { command, valid, assistant } = request;
  if (valid.command === null || !('resume' in valid.command)) return null;
  const thread = read === undefined ? await deps.store.reads.thread(command.owner, request.threadId) : read;
  // nothing waits there
  if (thread === null) return { stateVersion: 0, issues: checkResume(valid.command.resume ?? null, []) };
  const state = await deps.graphs.readState({
    graphId: assistant.graphId,
    call: callOf(request),
    saver: deps.checkpoints.reader(),
    checkpointId: command.checkpointId ?? null,
  });
  const issues =
    state?.incomplete == null
      ? checkResume(valid.command.resume ?? null, state?.interrupts ?? [])
      : [issue('', `the run cannot be resumed: ${state.incomplete.message}`)];
  return { stateVersion: thread.stateVersion, issues };
}

/**
 * One of them, within the transaction.
 *
 * @param resumable null unless the run resumes
 */
export async function admitRun(
  deps: RunDeps,
  tx: Tx,
  request: RunRequest,
  resumable: Resumable | null,
): Promise<Admission> {
  const { command } = request;
  if (request.newThread !== null) await tx.threads.insert(threadFor(deps, tx, request, request.newThread));
  const thread = await tx.threads.lock(command.owner, request.threadId);
  if (thread === null) return { kind: 'notFound', what: 'Thread', id: command.threadId };
  const repeated = await findRepeated(tx, request);
  if (repeated !== null) return repeated;
  const unfinished = await tx.runs.unfinished(thread.id);
  const unable = await checkStart(tx, thread, unfinished, request, resumable);
  if (unable !== null) return unable;

  const admission = decideAdmission(command.strategy, unfinished);
  if (admission.kind === 'refuse') {
    const blockingRun = unfinished.find((run) => run.id === admission.blockedBy);
    if (blockingRun === undefined)
      throw new Error(`Run ${admission.blockedBy} blocks its thread but is not unfinished`);
    return { kind: 'busy', blockingRun };
  }
  const run = newRun(tx, thread, request);
  await tx.runs.insert(run);
  const stopped =
    admission.kind === 'supersede'
      ? await supersede(tx, thread, unfinished, admission, run.id, command)
      : null;
  await tx.events.append(thread.id, [eventOf(run, { kind: 'RUN_QUEUED' })]);
  if (command.idempotencyKey !== undefined) {
    const expiresAt = new Date(tx.now.getTime() + deps.options.idempotencyTtlMs);
    await tx.idempotency.insert(
      command.owner,
      command.idempotencyKey,
      { requestHash: requestHash(hashed(request)), runId: run.id },
      expiresAt,
    );
  }
  const claimable = await refreshThread(tx, thread, {
    nextPosition: thread.nextPosition + 1,
    ...(command.threadMetadata === undefined
      ? {}
      : { metadata: { ...command.threadMetadata, ...thread.metadata } }),
    ...(stopped?.restingStatus === undefined ? {} : { restingStatus: stopped.restingStatus }),
  });
  const signals: Signal[] = claimable ? [{ kind: 'wake' }] : [];
  if (stopped?.running != null) signals.push({ kind: 'stop', runId: stopped.running });
  if (stopped?.hasWebhooks === true) signals.push({ kind: 'webhook' });
  return { kind: 'ok', run, signals };
}

/** Why the run can't start from the thread's state as it is under its lock; null: it can. */
async function checkStart(
  tx: Tx,
  thread: Thread,
  [oldest]: readonly Run[],
  { command: { checkpointId }, valid: { input, command } }: RunRequest,
  resumable: Resumable | null,
): Promise<Exclude<Admission, { kind: 'ok' }> | null> {
  if (checkpointId !== undefined && !(await tx.checkpoints.exists(thread.id, checkpointId)))
    return { kind: 'notFound', what: 'Checkpoint', id: checkpointId };
  if (command !== null && 'resume' in command) {
    if (oldest !== undefined) return { kind: 'busy', blockingRun: oldest };
    if (resumable?.stateVersion !== thread.stateVersion) return { kind: 'stateChanged' };
    if (resumable.issues.length > 0) return { kind: 'invalid', issues: resumable.issues };
  }
  const hasStart =
    input !== null ||
    command !== null ||
    checkpointId !== undefined ||
    (await tx.checkpoints.head(thread.id)) !== null;
  return hasStart ? null : { kind: 'invalid', issues: [issue('input', NO_START)] };
}

const NO_START = 'input or command is required: the thread has no checkpoint to continue from';

const hashed = ({ assistant, ...request }: RunRequest) => ({ ...request, assistantId: assistant.id });

/** The answer to a call whose idempotency key was used before; null for a new one. */
async function findRepeated(tx: Tx, request: RunRequest): Promise<Admission | null> {
  const { command } = request;
  if (command.idempotencyKey === undefined) return null;
  const known = await tx.idempotency.find(command.owner, command.idempotencyKey);
  if (known === null) return null;
  const isSame = [requestHash(hashed(request)), earlierRequestHash(hashed(request))].includes(
    known.requestHash,
  );
  if (!isSame) return { kind: 'idempotencyConflict', idempotencyKey: command.idempotencyKey };
  const run = await tx.runs.find(known.runId);
  return run === null ? { kind: 'notFound', what: 'Run', id: known.runId } : { kind: 'ok', run, signals: [] };
}

const threadFor = (
  { options }: RunDeps,
  tx: Tx,
  { threadId: id, command: { owner } }: RunRequest,
  fields: NewThreadFields,
): Thread => newThread({ id, owner, ...fields, ttl: fields.temporary ? null : options.defaultTtl }, tx.now);

function newRun(tx: Tx, thread: Thread, request: RunRequest): Run {
  const { command, valid, assistant } = request;
  const { config, context, metadata } = settingsOf(request, thread.metadata);
  return {
    id: newRunId(),
    threadId: thread.id,
    owner: command.owner,
    assistantId: assistant.id,
    graphId: assistant.graphId,
    status: 'PENDING',
    endReason: null,
    error: null,
    strategy: command.strategy,
    input: valid.input,
    command: valid.command,
    config,
    context,
    metadata,
    ...runOptions(command),
    position: thread.nextPosition,
    attempt: 0,
    failures: 0,
    suspicion: 0,
    suspectOf: null,
    leaseOwner: null,
    leaseUntil: null,
    availableAt: new Date(tx.now.getTime() + valid.afterMs),
    timeoutMs: valid.timeoutMs,
    deadline: null,
    stop: null,
    supersededBy: null,
    carry: 'NONE',
    carriedBy: null,
    baseCheckpointId: command.checkpointId ?? null,
    headBefore: null,
    headAfter: null,
    threadStatusBefore: null,
    createdAt: tx.now,
    updatedAt: tx.now,
    startedAt: null,
    finishedAt: null,
    request: command.request ?? null,
    webhook: valid.webhook,
    abandoned: [],
  };
}
