import { decideAdmission } from '../../domain/admission.ts';
import type { Assistant } from '../../domain/assistant.ts';
import { newRunId, parseThreadId, type ThreadId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Run, RunCommand } from '../../domain/run.ts';
import { mergeSettings, optionFaults, type RunSettings, runOptions } from '../../domain/run-options.ts';
import type { Thread } from '../../domain/thread.ts';
import type { RunDeps } from '../context.ts';
import type { Accepted, Invalid, NotFound } from '../outcomes.ts';
import type { Signal } from '../ports/environment.ts';
import type { GraphCall, ValidationIssue } from '../ports/graph-host.ts';
import type { Tx } from '../ports/store.ts';
import { NO_WEBHOOKS } from '../ports/webhooks.ts';
import { eventOf, refreshThread } from '../queries/thread-state.ts';
import type { CreateRun, CreateRunOutcome } from '../requests.ts';
import { findAssistant } from './default-assistants.ts';
import { checkResume, configurableHeaders, earlierRequestHash, requestHash, unknownBreakpoints } from './run-request.ts';
import { supersede } from './supersede.ts';
import { newThread } from './threads.ts';
import { issue, metadataSizeIssues, type ValidCreateRun, validateCreateRun } from './validation.ts';

/** A resume is checked against the state it was read with; a state that changes under it is read again, this often at most. */
const MAX_STATE_READS = 5;

/** What createRun was asked, with everything checked that can be before the thread's lock is held. */
type Request = {
  readonly threadId: ThreadId;
  readonly command: CreateRun;
  readonly valid: ValidCreateRun;
  readonly assistant: Assistant;
  /** The request's headers that are configurable. */
  readonly headers: JsonObject;
};
type Decided = { readonly outcome: CreateRunOutcome; readonly signals: readonly Signal[] } | 'STATE_CHANGED';

/**
 * Stores a run, or refuses it, in one transaction that holds the thread's lock: the unfinished runs are read, decideAdmission says what
 * becomes of them, and rows and events are written. Signals go out after the commit. Refused: nothing is stored, neither the idempotency key nor
 * the thread that it asked for.
 */
export async function createRun(deps: RunDeps, command: CreateRun): Promise<CreateRunOutcome> {
  const tooLarge = metadataSizeIssues(command, deps.options.limits);
  if (tooLarge.length > 0) return { kind: 'invalid', issues: tooLarge };
  const prepared = await prepareRun(deps, command);
  if (prepared.kind !== 'prepared') return prepared;
  const { request, ignored } = prepared;
  const damage = await damageOf(deps, request);
  if (damage !== null) return { kind: 'invalid', issues: [issue(command.checkpointId === undefined ? '' : 'checkpointId', damage)] };
  for (let reads = 0; reads < MAX_STATE_READS; reads += 1) {
    const resumable = await readResumable(deps, request);
    const decided = await transaction(deps, (tx) => admitRun(deps, tx, request, resumable));
    if (decided === 'STATE_CHANGED') continue;
    for (const signal of decided.signals) deps.signals.send(signal);
    return decided.outcome.kind === 'ok' ? { ...decided.outcome, ...ignored } : decided.outcome;
  }
  return { kind: 'invalid', issues: [issue('command.resume', 'the state of the thread kept changing while it was checked; try again')] };
}

/** Rolls the transaction back, and carries what it came to. */
class NotStored extends Error {
  readonly decided: Decided;
  constructor(decided: Decided) {
    super('The run was not stored');
    this.decided = decided;
  }
}

/** Stores nothing unless a run is stored. */
async function transaction({ store }: RunDeps, decide: (tx: Tx) => Promise<Decided>): Promise<Decided> {
  try {
    return await store.transaction(async (tx) => {
      const decided = await decide(tx);
      if (decided === 'STATE_CHANGED' || decided.outcome.kind !== 'ok') throw new NotStored(decided);
      return decided;
    });
  } catch (error) {
    if (error instanceof NotStored) return error.decided;
    throw error;
  }
}

/** Why the checkpoint that the run would start from can't be read; null: it can, or there is none. */
async function damageOf({ store, checkpoints }: RunDeps, { command, threadId }: Request): Promise<string | null> {
  const thread = await store.reads.thread(command.owner, threadId);
  if (thread === null || thread.stateVersion === 0) return null;
  const damaged = await checkpoints.damage(threadId, '', command.checkpointId ?? null);
  return damaged === null ? null : `${damaged.message}; a run can start from an intact checkpoint of the thread's history (checkpointId)`;
}

export type PreparedRun = {
  readonly kind: 'prepared';
  readonly request: Request;
  readonly ignored: Pick<Accepted<Run>, 'ignored'>;
};

/** Checks what can be checked of a run beforehand, also by code of its graph: never inside of a transaction. The thread need not exist yet. */
export async function prepareRun(deps: RunDeps, command: CreateRun): Promise<PreparedRun | NotFound | Invalid> {
  const checked = validateCreateRun(command, deps.webhooks ?? NO_WEBHOOKS);
  if ('issues' in checked) return { kind: 'invalid', issues: checked.issues };
  const assistant = await findAssistant(deps, command.owner, command.assistantId);
  if (assistant === null) return { kind: 'notFound', what: 'Assistant', id: command.assistantId };
  if (!deps.graphs.has(assistant.graphId))
    return { kind: 'invalid', issues: [issue('assistantId', `the assistant's graph "${assistant.graphId}" is not served here`)] };
  const threadId = parseThreadId(command.threadId);
  if (threadId === null) return { kind: 'notFound', what: 'Thread', id: command.threadId };
  const headers = configurableHeaders(deps.options.configurableHeaders, command.headers ?? {});
  const request = { threadId, command, valid: checked.valid, assistant, headers };
  const merged = mergedIssues(request);
  if (merged.length > 0) return { kind: 'invalid', issues: merged };
  const unknown = await unknownBreakpoints(deps, command, assistant, callOf(request));
  const isIgnored = command.unknownBreakpoints === 'IGNORE';
  const issues = [...(await checkAgainstGraph(deps, request)), ...(isIgnored ? [] : unknown)];
  if (issues.length > 0) return { kind: 'invalid', issues };
  return { kind: 'prepared', request, ignored: unknown.length > 0 ? { ignored: unknown } : {} };
}

/** What the run is executed with: the caller's over the thread's over the assistant's. */
const settingsOf = ({ assistant, valid, headers }: Request, threadMetadata: JsonObject): RunSettings =>
  mergeSettings({ assistant, threadMetadata, run: valid, headers });

/** The caller's own config has been checked: what is wrong now comes from the assistant. */
const mergedIssues = (request: Request): ValidationIssue[] =>
  optionFaults(settingsOf(request, {}).config).map(({ path, message }) => ({
    path: ['config', ...path],
    message: `${message}; the assistant's configuration says so`,
  }));

const callOf = (request: Request): GraphCall => ({
  threadId: request.threadId,
  runId: null,
  assistantId: request.assistant.id,
  ...settingsOf(request, {}),
});

/** What the graph itself can say of the request's input and command. Runs user code, so outside of the transaction. */
async function checkAgainstGraph(deps: RunDeps, request: Request): Promise<readonly ValidationIssue[]> {
  const { valid, assistant } = request;
  const issues: ValidationIssue[] = [];
  if (valid.input !== null) {
    const found = await deps.graphs.checkInput(assistant.graphId, callOf(request), valid.input);
    issues.push(...found.map(({ path, message }) => ({ path: ['input', ...path], message })));
  }
  if (valid.command !== null) {
    const found = await deps.graphs.checkCommand(assistant.graphId, callOf(request), valid.command);
    issues.push(...found.map(({ path, message }) => ({ path: ['command', ...path], message })));
  }
  return issues;
}

/** The state that a resume is checked against: which interrupts it holds, and the version at which that was read. */
type Resumable = { readonly stateVersion: number; readonly issues: readonly ValidationIssue[] };

async function readResumable(deps: RunDeps, request: Request): Promise<Resumable | null> {
  const { command, valid, assistant } = request;
  if (valid.command === null || !('resume' in valid.command)) return null;
  const thread = await deps.store.reads.thread(command.owner, request.threadId);
  if (thread === null) return resumableOfNewThread(valid.command);
  const state = await deps.graphs.readState({
    graphId: assistant.graphId,
    call: callOf(request),
    saver: deps.checkpoints.reader(),
    checkpointId: command.checkpointId ?? null,
  });
  const issues =
    state?.incomplete == null
      ? checkResume(valid.command.resume ?? null, state?.interrupts ?? [])
      : [issue('', `the run can't be resumed: ${state.incomplete.message}`)];
  return { stateVersion: thread.stateVersion, issues };
}

/** Nothing waits on a thread that has no state yet. */
export const resumableOfNewThread = ({ resume = null }: RunCommand): Resumable => ({ stateVersion: 0, issues: checkResume(resume, []) });

/**
 * Stores a prepared run, or refuses it, within the caller's transaction. Signals are for the caller to send after the commit.
 *
 * @param resumable null unless the run resumes
 */
export async function admitRun(deps: RunDeps, tx: Tx, request: Request, resumable: Resumable | null): Promise<Decided> {
  const { command, valid } = request;
  const refuse = (outcome: CreateRunOutcome): Decided => ({ outcome, signals: [] });
  if (command.newThread !== undefined) await tx.threads.insert(threadFor(deps, tx, request, command.newThread));
  const thread = await tx.threads.lock(command.owner, request.threadId);
  if (thread === null) return refuse({ kind: 'notFound', what: 'Thread', id: command.threadId });
  const repeated = await findRepeated(tx, request);
  if (repeated !== null) return refuse(repeated);

  const unfinished = await tx.runs.unfinished(thread.id);
  const { checkpointId } = command;
  if (checkpointId !== undefined && !(await tx.checkpoints.exists(thread.id, checkpointId)))
    return refuse({ kind: 'notFound', what: 'Checkpoint', id: checkpointId });
  if (valid.command !== null && 'resume' in valid.command) {
    const oldest = unfinished[0];
    if (oldest !== undefined) return refuse({ kind: 'busy', blockingRun: oldest });
    if (resumable?.stateVersion !== thread.stateVersion) return 'STATE_CHANGED';
    if (resumable.issues.length > 0) return refuse({ kind: 'invalid', issues: resumable.issues });
  }
  if (valid.input === null && valid.command === null && checkpointId === undefined && (await tx.checkpoints.head(thread.id)) === null)
    return refuse({
      kind: 'invalid',
      issues: [issue('input', 'give input or command: the thread has no checkpoint yet from which the graph could go on')],
    });

  const admission = decideAdmission(command.strategy, unfinished);
  if (admission.kind === 'refuse') {
    const blockingRun = unfinished.find((run) => run.id === admission.blockedBy);
    if (blockingRun === undefined) throw new Error(`Run ${admission.blockedBy} blocks its thread but is not unfinished`);
    return refuse({ kind: 'busy', blockingRun });
  }
  const run = newRun(tx, thread, request);
  await tx.runs.insert(run);
  const stopped = admission.kind === 'supersede' ? await supersede(tx, thread, unfinished, admission, run.id, command) : null;
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
    ...(command.threadMetadata === undefined ? {} : { metadata: { ...command.threadMetadata, ...thread.metadata } }),
    ...(stopped?.restingStatus === undefined ? {} : { restingStatus: stopped.restingStatus }),
  });
  const signals: Signal[] = claimable ? [{ kind: 'wake' }] : [];
  if (stopped?.running != null) signals.push({ kind: 'stop', runId: stopped.running });
  if (stopped?.hasWebhooks === true) signals.push({ kind: 'webhook' });
  return { outcome: { kind: 'ok', value: run }, signals };
}

const hashed = ({ assistant, ...request }: Request) => ({ ...request, assistantId: assistant.id });

/** The answer to a call whose idempotency key was used before; null for a new one. */
async function findRepeated(tx: Tx, request: Request): Promise<CreateRunOutcome | null> {
  const { command } = request;
  if (command.idempotencyKey === undefined) return null;
  const known = await tx.idempotency.find(command.owner, command.idempotencyKey);
  if (known === null) return null;
  const isSame = [requestHash(hashed(request)), earlierRequestHash(hashed(request))].includes(known.requestHash);
  if (!isSame) return { kind: 'idempotencyConflict', idempotencyKey: command.idempotencyKey };
  const run = await tx.runs.find(known.runId);
  return run === null ? { kind: 'notFound', what: 'Run', id: known.runId } : { kind: 'ok', value: run };
}

const threadFor = ({ options }: RunDeps, tx: Tx, { threadId: id, command: { owner } }: Request, metadata: JsonObject): Thread =>
  newThread({ id, owner, metadata, temporary: false, ttl: options.defaultTtl }, tx.now);

function newRun(tx: Tx, thread: Thread, request: Request): Run {
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
