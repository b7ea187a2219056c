import {
  type Cron,
  type CronPayload,
  type Durability,
  nextStart,
  type OnRunCompleted,
  scheduleProblem,
  timezoneProblem,
} from '../../domain/cron.ts';
import { newCronId, type Owner, parseCronId, parseThreadId, type ThreadId } from '../../domain/ids.ts';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { MultitaskStrategy } from '../../domain/run.ts';
import { DEFAULT_RUN_OPTIONS, namesBreakpoints, runOptions } from '../../domain/run-options.ts';
import type { RunDeps } from '../context.ts';
import type { Accepted, Deleted, Invalid, NotFound } from '../outcomes.ts';
import type { ValidationIssue } from '../ports/graph-host.ts';
import type { CreateRun, RunContent } from '../requests.ts';
import { findAssistant } from './default-assistants.ts';
import { type PreparedRun, prepareOnNewThread, prepareRun } from './prepare-run.ts';
import { issue, metadataSizeIssues, validateMetadata } from './validation.ts';

export type RunSource = Pick<
  Cron,
  'id' | 'owner' | 'assistantId' | 'threadId' | 'onRunCompleted' | 'strategy' | 'payload' | 'metadata'
>;

/** A run of it as far as it can be checked whatever its thread is like, or why it would be refused. */
export function prepareCronRun(deps: RunDeps, cron: RunSource): Promise<PreparedRun | NotFound | Invalid> {
  const { id, threadId, onRunCompleted } = cron;
  if (threadId !== null) return prepareRun(deps, { ...cronRun(cron), threadId });
  return prepareOnNewThread(deps, cronRun(cron), {
    metadata: { cron_id: id },
    temporary: onRunCompleted !== 'KEEP',
  });
}

function cronRun(cron: RunSource): Omit<CreateRun, 'threadId'> {
  const { id, owner, assistantId, threadId, onRunCompleted, strategy, payload, metadata } = cron;
  const { durability, request, webhook, unknownBreakpoints } = payload;
  return {
    owner,
    assistantId,
    // A new thread has no state to go on from: without an input the graph gets an empty one.
    input: payload.input ?? (threadId === null ? {} : undefined),
    strategy: strategy ?? 'ENQUEUE',
    keepPartialOutput: true,
    keepPendingInput: true,
    // `async` is served as the default (protocol.md §2.4).
    config: durability === 'exit' ? { ...payload.config, durability } : payload.config,
    context: payload.context ?? undefined,
    metadata: { ...metadata, cron_id: id },
    ...runOptions(payload),
    unknownBreakpoints,
    webhook: webhook ?? undefined,
    request: requestOf(request, onRunCompleted === 'DELETE'),
  };
}

const requestOf = (request: JsonObject | null, temporary: boolean): JsonObject | undefined =>
  request === null && !temporary ? undefined : { ...request, temporary };

const noCron = (id: string): NotFound => ({ kind: 'notFound', what: 'Cron', id });
const noThread = (id: string): NotFound => ({ kind: 'notFound', what: 'Thread', id });

const NO_PAYLOAD: CronPayload = {
  ...DEFAULT_RUN_OPTIONS,
  input: null,
  config: {},
  context: null,
  webhook: null,
  durability: null,
  request: null,
};

/** What its runs would be refused for is refused here, as far as it can be known beforehand. */
export async function createCron(
  deps: RunDeps,
  command: CreateCron,
): Promise<Accepted<Cron> | NotFound | Invalid> {
  const { owner, schedule } = command;
  const issues = fieldIssues(command, deps);
  if (issues.length > 0) return { kind: 'invalid', issues };
  const assistant = await findAssistant(deps, owner, command.assistantId);
  if (assistant === null) return { kind: 'notFound', what: 'Assistant', id: command.assistantId };
  const threadId = command.threadId === undefined ? null : parseThreadId(command.threadId);
  if (command.threadId !== undefined && threadId === null) return noThread(command.threadId);
  const misplaced = misplacedFields(command, threadId);
  if (misplaced.length > 0) return { kind: 'invalid', issues: misplaced };
  const source: RunSource = {
    id: newCronId(),
    owner,
    assistantId: assistant.id,
    threadId,
    onRunCompleted: threadId === null ? (command.onRunCompleted ?? 'DELETE') : null,
    strategy: threadId === null ? null : (command.strategy ?? 'ENQUEUE'),
    payload: withFields(NO_PAYLOAD, command),
    metadata: isJsonObject(command.metadata) ? command.metadata : {},
  };
  const checked = await prepareCronRun(deps, source);
  if (checked.kind !== 'prepared') return checked;
  const outcome = await deps.store.transaction(async (tx): Promise<Accepted<Cron> | NotFound> => {
    // Locked in this order everywhere: thread, assistant, cron.
    const thread = threadId === null ? null : await tx.threads.lock(owner, threadId);
    if (threadId !== null && (thread === null || thread.discardAt !== null)) return noThread(threadId);
    if ((await tx.assistants.lock(owner, assistant.id)) === null)
      return { kind: 'notFound', what: 'Assistant', id: command.assistantId };
    const times = {
      schedule,
      timezone: command.timezone ?? null,
      endTime: command.endTime ?? null,
      enabled: command.enabled ?? true,
    };
    const nextAt = nextStart(times, tx.now);
    const cron: Cron = {
      ...source,
      ...times,
      nextAt,
      dueAt: nextAt,
      claims: 0,
      lastAt: null,
      lastRunId: null,
      lastError: null,
      createdAt: tx.now,
      updatedAt: tx.now,
    };
    await tx.crons.insert(cron);
    return { kind: 'ok', value: cron, ...checked.ignored };
  });
  if (outcome.kind === 'ok') deps.signals.send({ kind: 'cron' });
  return outcome;
}

/**
 * An occurrence that is being started at this moment is started as the cron was, or not at all when this
 * changes its times.
 */
export async function updateCron(
  deps: RunDeps,
  command: UpdateCron,
): Promise<Accepted<Cron> | NotFound | Invalid> {
  const { owner } = command;
  const issues = fieldIssues(command, deps);
  if (issues.length > 0) return { kind: 'invalid', issues };
  const id = parseCronId(command.id);
  const current = id === null ? null : await deps.crons.find(owner, id);
  if (current === null) return noCron(command.id);
  const misplaced = misplacedFields(command, current.threadId);
  if (misplaced.length > 0) return { kind: 'invalid', issues: misplaced };
  const checked = await prepareCronRun(deps, withChanges(current, command));
  if (checked.kind !== 'prepared') return checked;
  const outcome = await deps.store.transaction(async (tx): Promise<Accepted<Cron> | NotFound | Invalid> => {
    const stored = await tx.crons.lock(owner, current.id);
    if (stored === null) return noCron(command.id);
    const changed = { ...rescheduled(stored, withChanges(stored, command), tx.now), updatedAt: tx.now };
    const tooLarge =
      command.metadata == null ? [] : metadataSizeIssues({ metadata: changed.metadata }, deps.options.limits);
    if (tooLarge.length > 0) return { kind: 'invalid', issues: tooLarge };
    await tx.crons.update(changed);
    return { kind: 'ok', value: changed, ...checked.ignored };
  });
  if (outcome.kind === 'ok') deps.signals.send({ kind: 'cron' });
  return outcome;
}

export async function deleteCron(
  { store }: Pick<RunDeps, 'store'>,
  { owner, id: given }: { readonly owner: UpdateCron['owner']; readonly id: string },
): Promise<Deleted | NotFound> {
  const id = parseCronId(given);
  if (id === null || !(await store.transaction((tx) => tx.crons.delete(owner, id)))) return noCron(given);
  return { kind: 'deleted', id };
}

/** Changed times count from now; an earlier claim of the cron is void then. */
function rescheduled(before: Cron, after: Cron, now: Date): Cron {
  const isSame =
    before.schedule === after.schedule &&
    before.timezone === after.timezone &&
    before.enabled === after.enabled &&
    before.endTime?.getTime() === after.endTime?.getTime();
  if (isSame) return after;
  const nextAt = nextStart(after, now);
  return { ...after, nextAt, dueAt: nextAt, claims: before.claims + 1 };
}

const withChanges = (cron: Cron, command: UpdateCron): Cron => ({
  ...cron,
  schedule: command.schedule ?? cron.schedule,
  timezone: command.timezone === undefined ? cron.timezone : command.timezone,
  endTime: command.endTime === undefined ? cron.endTime : command.endTime,
  enabled: command.enabled ?? cron.enabled,
  onRunCompleted: command.onRunCompleted ?? cron.onRunCompleted,
  strategy: command.strategy ?? cron.strategy,
  payload: withFields(cron.payload, command),
  metadata: { ...cron.metadata, ...(isJsonObject(command.metadata) ? command.metadata : {}) },
});

const withFields = (payload: CronPayload, fields: CronFields): CronPayload => ({
  ...runOptions(fields, payload),
  input: fields.input ?? payload.input,
  config: isJsonObject(fields.config) ? fields.config : payload.config,
  context: fields.context ?? payload.context,
  webhook: fields.webhook === undefined ? payload.webhook : fields.webhook,
  unknownBreakpoints: namesBreakpoints(fields)
    ? (fields.unknownBreakpoints ?? 'REFUSE')
    : (payload.unknownBreakpoints ?? 'REFUSE'),
  durability: fields.durability ?? payload.durability,
  request:
    fields.request === undefined
      ? payload.request
      : ({ ...payload.request, ...fields.request } as JsonObject),
});

function fieldIssues(
  fields: CronFields & { readonly schedule?: string | undefined },
  { store, options }: RunDeps,
): ValidationIssue[] {
  const issues: ValidationIssue[] = [
    ...validateMetadata(fields.metadata),
    ...metadataSizeIssues(fields, options.limits),
  ];
  const schedule = fields.schedule === undefined ? null : scheduleProblem(fields.schedule, store.reads.now);
  if (schedule !== null) issues.push(issue('schedule', schedule));
  const timezone = fields.timezone == null ? null : timezoneProblem(fields.timezone);
  if (timezone !== null) issues.push(issue('timezone', timezone));
  if (fields.config != null && !isJsonObject(fields.config))
    issues.push(issue('config', 'must be a JSON object'));
  return issues;
}

/** Each of the two only means something for one kind of cron. */
function misplacedFields(
  { onRunCompleted, strategy }: CronFields,
  threadId: ThreadId | null,
): ValidationIssue[] {
  if (threadId !== null && onRunCompleted !== undefined)
    return [issue('onRunCompleted', 'is only allowed for crons without a threadId')];
  if (threadId === null && strategy !== undefined)
    return [issue('multitaskStrategy', 'is only allowed for crons with a threadId')];
  return [];
}

/**
 * What both creating and changing may say. Absent: the default, or as it is. Of an update, metadata and
 * request are merged, shallow; unknownBreakpoints is for the breakpoints beside it, and for those that the
 * cron has already.
 */
export type CronFields = RunContent & {
  /** Null: UTC. */
  readonly timezone?: string | null | undefined;
  /** Null: it has no end. */
  readonly endTime?: Date | null | undefined;
  readonly enabled?: boolean | undefined;
  /** Null: none. */
  readonly webhook?: string | null | undefined;
  readonly durability?: Durability | undefined;
  /** Only where there is a new thread each time; default: DELETE. */
  readonly onRunCompleted?: OnRunCompleted | undefined;
  /** Only where it runs on one thread; default: ENQUEUE. */
  readonly strategy?: MultitaskStrategy | undefined;
};

export type CreateCron = CronFields & {
  readonly owner: Owner;
  readonly assistantId: string;
  /** Absent: a new thread each time. */
  readonly threadId?: string | undefined;
  readonly schedule: string;
};

export type UpdateCron = CronFields & {
  readonly owner: Owner;
  readonly id: string;
  readonly schedule?: string | undefined;
};
