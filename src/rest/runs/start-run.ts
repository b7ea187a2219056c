import type { Assistant } from '../../domain/assistant.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { Run } from '../../domain/run.ts';
import type { CreateRun, CreateStatelessRun, RequestHeaders } from '../../orchestrator/orchestrator.ts';
import { ownerOf, type RestDeps } from '../deps.ts';
import { toStrategy } from '../json/run.ts';
import { refusalOf } from '../refusals.ts';
import { RestError } from '../rest-error.ts';
import type { StatefulRunBody, StatelessRunBody } from '../schemas/create-run.ts';
import { requestedStream } from '../streaming/requested-stream.ts';
import { requireThread } from '../views.ts';
import { warningHeader } from '../warning-header.ts';
import { rootCheckpoint, withoutCheckpoint } from './root-checkpoint.ts';

/** A run that was started. `warning`: the header that says what was ignored of the request; empty: nothing. */
export type StartedRun = { readonly run: Run; readonly warning: Readonly<Record<string, string>> };

/** Starts a run on a thread, which if_not_exists may create first. Rejects with the RestError that says why not. */
export async function startRun(deps: RestDeps, threadId: string, body: StatefulRunBody, headers: RequestHeaders): Promise<StartedRun> {
  const { orchestrator } = deps;
  const assistant = await requireAssistant(deps, body.assistant_id);
  const binding: JsonObject = { graph_id: assistant.graphId, assistant_id: assistant.id };
  if (body.if_not_exists !== 'create') await requireThread(deps, threadId);
  const outcome = await orchestrator.createRun({
    ...runCommand({ ...body, config: withoutCheckpoint(body.config) }, headers),
    threadId,
    ...(body.if_not_exists === 'create' ? { newThread: { ...binding, ...body.metadata } } : {}),
    threadMetadata: binding,
    strategy: toStrategy(body.multitask_strategy),
    checkpointId: await rootCheckpoint(deps, threadId, body),
  });
  if (outcome.kind !== 'ok') throw refusalOf(outcome);
  return { run: outcome.value, warning: warningHeader(outcome) };
}

/** Starts a run on a thread made for it. Rejects with the RestError that says why not. */
export async function startStatelessRun(deps: RestDeps, body: StatelessRunBody, headers: RequestHeaders): Promise<StartedRun> {
  const outcome = await deps.orchestrator.createStatelessRun(statelessCommand(body, headers));
  if (outcome.kind !== 'ok') throw refusalOf(outcome);
  return { run: outcome.value, warning: warningHeader(outcome) };
}

/** Starts all of them, in order, or none. Rejects with the RestError that says which run is refused, and why. */
export async function startStatelessBatch(
  { orchestrator }: RestDeps,
  bodies: readonly StatelessRunBody[],
  headers: RequestHeaders,
): Promise<{ readonly runs: readonly Run[] } & Pick<StartedRun, 'warning'>> {
  const outcome = await orchestrator.createStatelessRuns(bodies.map((body) => statelessCommand(body, headers)));
  if (outcome.kind === 'ok') return { runs: outcome.value, warning: warningHeader(outcome) };
  if (outcome.kind === 'notFound') throw new RestError(404, `${outcome.index}: ${refusalOf(outcome).message}`);
  // The body is the list itself.
  const issues = outcome.issues.map(({ path, message }) => ({ path: path[0] === 'runs' ? path.slice(1) : path, message }));
  throw refusalOf({ kind: 'invalid', issues });
}

const statelessCommand = (body: StatelessRunBody, headers: RequestHeaders): CreateStatelessRun => ({
  ...runCommand(body, headers),
  keepThread: body.on_completion === 'keep',
  request: { ...requestedStream(body), temporary: body.on_completion !== 'keep' },
});

/** By id or graph name, or 404. */
export async function requireAssistant({ orchestrator }: RestDeps, idOrGraph: string): Promise<Assistant> {
  const assistant = await orchestrator.assistants.find(ownerOf(), idOrGraph);
  if (assistant === null) throw refusalOf({ kind: 'notFound', what: 'Assistant', id: idOrGraph });
  return assistant;
}

/** What runs with and without a thread are created with alike. */
export function runCommand(
  body: StatefulRunBody | StatelessRunBody,
  headers: RequestHeaders,
): Omit<CreateRun, 'threadId' | 'strategy' | 'checkpointId' | 'idempotencyKey' | 'newThread' | 'threadMetadata'> {
  const command = commandOf(body.command);
  return {
    owner: ownerOf(),
    assistantId: body.assistant_id,
    // Of both, the command counts (protocol.md §2.4).
    input: command === undefined ? body.input : undefined,
    command,
    keepPartialOutput: true,
    keepPendingInput: true,
    config: withDurability(body),
    context: body.context,
    metadata: body.metadata,
    interruptBefore: body.interrupt_before,
    interruptAfter: body.interrupt_after,
    unknownBreakpoints: 'IGNORE',
    afterSeconds: body.after_seconds,
    webhook: body.webhook,
    recordEvents: body.stream_mode?.some((mode) => mode === 'events' || mode === 'tools') ?? false,
    request: requestedStream(body),
    headers,
  };
}

/**
 * When checkpoints are stored is part of a run's config. `async` is served as the default, which stores one before the next step begins:
 * that keeps every promise of `async`, and the events of a step need not wait for the end of the run.
 */
function withDurability({ config, durability, checkpoint_during }: StatefulRunBody | StatelessRunBody): JsonObject | undefined {
  const asked = durability ?? (checkpoint_during === false ? 'exit' : undefined);
  return asked === 'exit' ? { ...config, durability: 'exit' } : config;
}

/** A command without any member is none. */
function commandOf(command: StatefulRunBody['command']): Json | undefined {
  const given = Object.entries(command ?? {}).filter(([key, value]) => value !== undefined && (key === 'resume' || value !== null));
  return given.length === 0 ? undefined : (Object.fromEntries(given) as JsonObject);
}
