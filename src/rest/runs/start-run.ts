import type { Assistant } from '../../domain/assistant.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { Run } from '../../domain/run.ts';
import type { RequestContext } from '../../http/request-context.ts';
import type { CreateRun, CreateStatelessRun } from '../../orchestrator/requests.ts';
import type { RestDeps } from '../deps.ts';
import { warningHeader } from '../query-values.ts';
import { RestError, refusalOf, unprocessable } from '../refusals.ts';
import { requestedStream } from '../streaming/requested-stream.ts';
import { requireThread } from '../views.ts';
import { toStrategy } from './run-json.ts';
import { type StatefulRunBody, type StatelessRunBody, toRunContent } from './run-schema.ts';

type Named = {
  readonly ns: string;
  readonly id: string | undefined;
  readonly root: string | undefined;
  readonly path: readonly string[];
};

/**
 * The root checkpoint that a run is to start from; undefined: the newest. A subgraph's checkpoint stands for
 * the root checkpoint that it was made under, which its checkpoint_map says, or else the checkpoint itself.
 * Rejects with 422 where neither does.
 */
async function rootCheckpoint(
  deps: RestDeps,
  context: RequestContext,
  threadId: string,
  body: StatefulRunBody,
): Promise<string | undefined> {
  const { ns, id, root, path } = namedCheckpoint(body);
  if (ns === '') return id;
  if (root !== undefined) return root;
  const state =
    id === undefined
      ? null
      : await deps.orchestrator.queries.state(await requireThread(deps, context, threadId), id, false, ns);
  const parents = state?.metadata['parents'];
  const found = isJsonObject(parents) ? parents[''] : undefined;
  if (typeof found === 'string') return found;
  const message =
    'must be a checkpoint of the root graph, or of a subgraph with its checkpoint_id: unknown checkpoint of a subgraph';
  throw unprocessable([{ path, message }]);
}

/** A config without the keys that named a checkpoint. */
function withoutCheckpoint(config: JsonObject | undefined): JsonObject | undefined {
  const configurable = config?.['configurable'];
  if (!isJsonObject(configurable)) return config;
  const { checkpoint_id: _id, checkpoint_ns: _ns, checkpoint_map: _map, ...kept } = configurable;
  return { ...config, configurable: kept };
}

/** As `checkpoint`, as `checkpoint_id`, or in `config.configurable`: the first that names one counts. */
function namedCheckpoint({ checkpoint, checkpoint_id, config }: StatefulRunBody): Named {
  const configurable = config?.['configurable'];
  const configured = isJsonObject(configurable) ? configurable : {};
  if (checkpoint?.checkpoint_id !== undefined || (checkpoint?.checkpoint_ns ?? '') !== '')
    return named(checkpoint ?? {}, ['checkpoint', 'checkpoint_ns']);
  if (checkpoint_id !== undefined)
    return { ns: '', id: checkpoint_id, root: undefined, path: ['checkpoint_id'] };
  return named(configured, ['config', 'configurable', 'checkpoint_ns']);
}

function named(reference: Readonly<Record<string, unknown>>, path: readonly string[]): Named {
  const { checkpoint_ns: ns, checkpoint_id: id, checkpoint_map: map } = reference;
  const root = isJsonObject(map) ? map[''] : undefined;
  return {
    ns: typeof ns === 'string' ? ns : '',
    id: typeof id === 'string' ? id : undefined,
    root: typeof root === 'string' ? root : undefined,
    path,
  };
}

/**
 * A run that was started. `warning`: the header that says what was ignored of the request; empty: nothing.
 */
export type StartedRun = { readonly run: Run; readonly warning: Readonly<Record<string, string>> };

/**
 * Starts a run on a thread, which if_not_exists may create first. Rejects with the RestError that says why
 * not.
 */
export async function startRun(
  deps: RestDeps,
  context: RequestContext,
  threadId: string,
  body: StatefulRunBody,
): Promise<StartedRun> {
  const { orchestrator } = deps;
  const assistant = await requireAssistant(deps, context, body.assistant_id);
  const binding: JsonObject = { graph_id: assistant.graphId, assistant_id: assistant.id };
  const thread = body.if_not_exists === 'create' ? null : await requireThread(deps, context, threadId);
  const command: CreateRun = {
    ...runCommand({ ...body, config: withoutCheckpoint(body.config) }, context),
    threadId,
    ...(body.if_not_exists === 'create' ? { newThread: { ...binding, ...body.metadata } } : {}),
    threadMetadata: binding,
    strategy: toStrategy(body.multitask_strategy),
    checkpointId: await rootCheckpoint(deps, context, threadId, body),
  };
  const outcome = await orchestrator.createRun(command, {
    assistant,
    ...(thread === null ? {} : { thread }),
  });
  if (outcome.kind !== 'ok') throw refusalOf(outcome);
  return { run: outcome.value, warning: warningHeader(outcome) };
}

/** Starts a run on a thread made for it. Rejects with the RestError that says why not. */
export async function startStatelessRun(
  deps: RestDeps,
  context: RequestContext,
  body: StatelessRunBody,
): Promise<StartedRun> {
  const outcome = await deps.orchestrator.createStatelessRun(statelessCommand(body, context));
  if (outcome.kind !== 'ok') throw refusalOf(outcome);
  return { run: outcome.value, warning: warningHeader(outcome) };
}

/**
 * Starts all of them, in order, or none. Rejects with the RestError that says which run is refused, and why.
 */
export async function startStatelessBatch(
  { orchestrator }: RestDeps,
  context: RequestContext,
  bodies: readonly StatelessRunBody[],
): Promise<{ readonly runs: readonly Run[] } & Pick<StartedRun, 'warning'>> {
  const outcome = await orchestrator.createStatelessRuns(
    bodies.map((body) => statelessCommand(body, context)),
  );
  if (outcome.kind === 'ok') return { runs: outcome.value, warning: warningHeader(outcome) };
  if (outcome.kind === 'notFound')
    throw new RestError(404, `${outcome.index}: ${refusalOf(outcome).message}`);
  // The body is the list itself.
  const issues = outcome.issues.map(({ path, message }) => ({
    path: path[0] === 'runs' ? path.slice(1) : path,
    message,
  }));
  throw refusalOf({ kind: 'invalid', issues });
}

const statelessCommand = (body: StatelessRunBody, context: RequestContext): CreateStatelessRun => ({
  ...runCommand(body, context),
  keepThread: body.on_completion === 'keep',
  request: { ...requestedStream(body), temporary: body.on_completion !== 'keep' },
});

/** By id or graph name, or 404. */
async function requireAssistant(
  { orchestrator }: RestDeps,
  { owner }: RequestContext,
  idOrGraph: string,
): Promise<Assistant> {
  const assistant = await orchestrator.assistants.find(owner, idOrGraph);
  if (assistant === null) throw refusalOf({ kind: 'notFound', what: 'Assistant', id: idOrGraph });
  return assistant;
}

/** What runs with and without a thread are created with alike. */
function runCommand(
  body: StatefulRunBody | StatelessRunBody,
  { owner, headers }: RequestContext,
): Omit<
  CreateRun,
  'threadId' | 'strategy' | 'checkpointId' | 'idempotencyKey' | 'newThread' | 'threadMetadata'
> {
  const command = commandOf(body.command);
  return {
    ...toRunContent(body),
    owner,
    assistantId: body.assistant_id,
    // Of both, the command counts (protocol.md §2.4).
    input: command === undefined ? body.input : undefined,
    command,
    keepPartialOutput: true,
    keepPendingInput: true,
    config: withDurability(body),
    afterSeconds: body.after_seconds,
    request: requestedStream(body),
    headers,
  };
}

/**
 * When checkpoints are stored is part of a run's config. `async` is served as the default, which stores one
 * before the next step begins: that keeps every promise of `async`, and the events of a step need not wait
 * for the end of the run.
 */
function withDurability({
  config,
  durability,
  checkpoint_during,
}: StatefulRunBody | StatelessRunBody): JsonObject | undefined {
  const asked = durability ?? (checkpoint_during === false ? 'exit' : undefined);
  return asked === 'exit' ? { ...config, durability: 'exit' } : config;
}

/** A command without any member is none. */
function commandOf(command: StatefulRunBody['command']): Json | undefined {
  const given = Object.entries(command ?? {}).filter(
    ([key, value]) => value !== undefined && (key === 'resume' || value !== null),
  );
  return given.length === 0 ? undefined : (Object.fromEntries(given) as JsonObject);
}
