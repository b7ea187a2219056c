import type { Assistant } from '../../domain/assistant.ts';
import { newThreadId, parseThreadId, type ThreadId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Run } from '../../domain/run.ts';
import { mergeSettings, optionFaults, type RunSettings } from '../../domain/run-options.ts';
import type { Thread } from '../../domain/thread.ts';
import type { RunDeps } from '../context.ts';
import type { Accepted, Invalid, NotFound } from '../outcomes.ts';
import type { GraphCall, ValidationIssue } from '../ports/graph-host.ts';
import type { CreateRun } from '../requests.ts';
import { findAssistant } from './default-assistants.ts';
import { configurableHeaders, unknownBreakpoints } from './run-request.ts';
import { issue, type ValidCreateRun, validateCreateRun } from './validation.ts';

/** What a thread is made with; a temporary one is discarded after its run. */
export type NewThreadFields = { readonly metadata: JsonObject; readonly temporary: boolean };

/** What createRun was asked, with everything checked that can be before the thread's lock is held. */
export type RunRequest = {
  readonly threadId: ThreadId;
  readonly command: CreateRun;
  readonly valid: ValidCreateRun;
  readonly assistant: Assistant;
  /** The request's headers that are configurable. */
  readonly headers: JsonObject;
  /** The thread that is made where there is none; null: the thread has to be there. */
  readonly newThread: NewThreadFields | null;
  /** The thread as it was read while the run was checked; null: it wasn't found. Absent: it wasn't read. */
  readonly thread?: Thread | null;
};

/** Objects of the command's owner that its caller has read already; they are not looked up again. */
export type KnownForRun = { readonly assistant?: Assistant; readonly thread?: Thread };

export type PreparedRun = {
  readonly kind: 'prepared';
  readonly request: RunRequest;
  readonly ignored: Pick<Accepted<Run>, 'ignored'>;
};

/**
 * Checks what can be checked of a run beforehand, also by code of its graph: never inside of a transaction.
 * The thread need not exist yet.
 */
export async function prepareRun(
  deps: RunDeps,
  command: CreateRun,
  known: KnownForRun = {},
): Promise<PreparedRun | NotFound | Invalid> {
  const checked = validateCreateRun(command, deps.webhooks);
  if ('issues' in checked) return { kind: 'invalid', issues: checked.issues };
  const assistant = known.assistant ?? (await findAssistant(deps, command.owner, command.assistantId));
  if (assistant === null) return { kind: 'notFound', what: 'Assistant', id: command.assistantId };
  if (!deps.graphs.has(assistant.graphId))
    return {
      kind: 'invalid',
      issues: [issue('assistantId', `the assistant's graph "${assistant.graphId}" is not served here`)],
    };
  const threadId = parseThreadId(command.threadId);
  if (threadId === null) return { kind: 'notFound', what: 'Thread', id: command.threadId };
  const headers = configurableHeaders(deps.options.configurableHeaders, command.headers ?? {});
  const newThread =
    command.newThread === undefined ? null : { metadata: command.newThread, temporary: false };
  const request = { threadId, command, valid: checked.valid, assistant, headers, newThread };
  const merged = mergedIssues(request);
  if (merged.length > 0) return { kind: 'invalid', issues: merged };
  const unknown = await unknownBreakpoints(deps, command, assistant, callOf(request));
  const isIgnored = command.unknownBreakpoints === 'IGNORE';
  const issues = [...(await checkAgainstGraph(deps, request)), ...(isIgnored ? [] : unknown)];
  if (issues.length > 0) return { kind: 'invalid', issues };
  return { kind: 'prepared', request, ignored: unknown.length > 0 ? { ignored: unknown } : {} };
}

/**
 * The same for a run on a thread of its own, which is stored with it.
 *
 * @param metadata of the thread, beside what binds it to the assistant
 */
export async function prepareOnNewThread(
  deps: RunDeps,
  command: Omit<CreateRun, 'threadId'>,
  { metadata = {}, temporary }: Partial<NewThreadFields> & Pick<NewThreadFields, 'temporary'>,
): Promise<PreparedRun | NotFound | Invalid> {
  const prepared = await prepareRun(deps, { ...command, threadId: newThreadId() });
  if (prepared.kind !== 'prepared') return prepared;
  const { assistant } = prepared.request;
  const binding = { graph_id: assistant.graphId, assistant_id: assistant.id };
  return {
    ...prepared,
    request: { ...prepared.request, newThread: { metadata: { ...binding, ...metadata }, temporary } },
  };
}

/** What the run is executed with: the caller's over the thread's over the assistant's. */
export const settingsOf = (
  { assistant, valid, headers }: RunRequest,
  threadMetadata: JsonObject,
): RunSettings => mergeSettings({ assistant, threadMetadata, run: valid, headers });

/** The caller's own config has been checked: what is wrong now comes from the assistant. */
const mergedIssues = (request: RunRequest): ValidationIssue[] =>
  optionFaults(settingsOf(request, {}).config).map(({ path, message }) => ({
    path: ['config', ...path],
    message: `${message}; set by the assistant's configuration`,
  }));

export const callOf = (request: RunRequest): GraphCall => ({
  threadId: request.threadId,
  runId: null,
  assistantId: request.assistant.id,
  ...settingsOf(request, {}),
});

/**
 * What the graph itself can say of the request's input and command. Runs user code, so outside of the
 * transaction.
 */
async function checkAgainstGraph(deps: RunDeps, request: RunRequest): Promise<readonly ValidationIssue[]> {
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
