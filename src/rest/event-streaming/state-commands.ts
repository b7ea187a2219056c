import type { CheckpointSummary, StateGetResult } from '@langchain/protocol';
import { z } from 'zod';
import { formatNamespace } from '../../domain/event.ts';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { ThreadStateJson } from '../../orchestrator/ports/graph-host.ts';
import type { RestDeps } from '../deps.ts';
import { statefulRun } from '../runs/run-schema.ts';
import { startRun } from '../runs/start-run.ts';
import { absent, anyJson, jsonObject, text } from '../schema.ts';
import { UNREADABLE } from '../views.ts';
import {
  appliedThrough,
  CommandError,
  type CommandResult,
  newestRun,
  paramsOf,
  type ReceivedCommand,
  requireThreadOf,
} from './command.ts';
import { endOf, Subgraphs } from './lifecycle.ts';
import { WHOLE_STREAM } from './run-start.ts';

const getTree = z.object({ run_id: absent(text()) });

/**
 * agent.getTree: the run's graph with its subgraphs as the log has them now; of the newest run where none is
 * named.
 */
export async function agentTree(
  deps: RestDeps,
  threadId: string,
  command: ReceivedCommand,
): Promise<CommandResult> {
  const { run_id } = paramsOf(getTree, command);
  const { queries } = deps.orchestrator;
  const thread = await requireThreadOf(deps, command.context, threadId);
  const run = run_id === undefined ? await newestRun(deps, thread) : await queries.run(thread.owner, run_id);
  if (run === null || run.threadId !== thread.id)
    throw new CommandError('no_such_run', `Run ${run_id} not found on thread ${thread.id}`);
  const subgraphs = new Subgraphs();
  for (const body of await queries.log(run)) {
    if (body.kind === 'TASK') subgraphs.task(body.ns, body.task, 0);
    if (body.kind === 'RUN_ENDED') subgraphs.close(endOf(body), 0);
  }
  const status = run.status === 'PENDING' ? 'started' : endOf(run);
  return { result: { tree: subgraphs.tree({ status, graphName: run.graphId }) } };
}

const namespace = absent(z.array(text())).transform((segments) => formatNamespace(segments ?? []));
const stateGet = z.object({ namespace, keys: absent(z.array(text())) });
const listCheckpoints = z.object({
  namespace,
  limit: absent(z.int().min(1).max(1_000)).transform((limit) => limit ?? 10),
  before: absent(text()),
});
const stateFork = z.object({
  checkpoint_id: text().min(1),
  input: anyJson.optional(),
  config: absent(jsonObject),
});

/** state.get: the newest values of a namespace, all of them or those of `keys`. */
export async function getState(
  { orchestrator, ...deps }: RestDeps,
  threadId: string,
  command: ReceivedCommand,
): Promise<CommandResult> {
  const { namespace: ns, keys } = paramsOf(stateGet, command);
  const thread = await requireThreadOf({ orchestrator, ...deps }, command.context, threadId);
  const state = await orchestrator.queries.state(thread, null, false, ns);
  if (state === null && ns !== '')
    throw new CommandError('no_such_namespace', `No checkpoint in the namespace ${ns}`);
  if (state === null) return { result: { values: {} } satisfies StateGetResult };
  const all: JsonObject = isJsonObject(state.values) ? state.values : { value: state.values };
  const values =
    keys === undefined ? all : Object.fromEntries(Object.entries(all).filter(([key]) => keys.includes(key)));
  return {
    result: { values, checkpoint: { id: state.checkpoint.checkpointId, ns } } satisfies StateGetResult,
  };
}

/** state.listCheckpoints: newest first; `before` is the id of the last one of the page before. */
export async function checkpoints(
  deps: RestDeps,
  threadId: string,
  command: ReceivedCommand,
): Promise<CommandResult> {
  const { namespace: ns, limit, before } = paramsOf(listCheckpoints, command);
  const { queries } = deps.orchestrator;
  const thread = await requireThreadOf(deps, command.context, threadId);
  const after = before === undefined ? undefined : await queries.historyKey(thread, ns, before);
  if (after === null) throw new CommandError('no_such_checkpoint', `Checkpoint ${before} not found`);
  const entries = await queries.history(
    thread,
    undefined,
    { limit, inverted: false, ...(after === undefined ? {} : { after }) },
    ns,
  );
  const summaries = entries.map(({ checkpointId, state }): CheckpointSummary => {
    if (!(state instanceof Error)) return summaryOf(state);
    deps.logger.error(
      { err: state, threadId: thread.id, ns, checkpointId },
      'Reading a state of a history failed',
    );
    return {
      id: checkpointId,
      timestamp: new Date(0).toISOString(),
      step: -1,
      metadata: { error: UNREADABLE },
    };
  });
  return { result: { checkpoints: summaries } };
}

const summaryOf = ({ checkpoint, createdAt, metadata }: ThreadStateJson): CheckpointSummary => ({
  id: checkpoint.checkpointId,
  timestamp: createdAt.toISOString(),
  step: Number(metadata['step'] ?? -1),
  metadata: metadata as Record<string, unknown>,
});

/** state.fork: a run of the thread's assistant from that checkpoint. */
export async function fork(
  deps: RestDeps,
  threadId: string,
  command: ReceivedCommand,
): Promise<CommandResult> {
  const { checkpoint_id, input, config } = paramsOf(stateFork, command);
  const thread = await requireThreadOf(deps, command.context, threadId);
  const { assistantId } = await newestRun(deps, thread);
  const body = statefulRun.parse({
    assistant_id: assistantId,
    input,
    config,
    checkpoint: { checkpoint_id },
    ...WHOLE_STREAM,
  });
  const { run } = await startRun(deps, command.context, threadId, body);
  return { result: { run_id: run.id, thread_id: thread.id }, appliedThroughSeq: appliedThrough(thread) };
}
