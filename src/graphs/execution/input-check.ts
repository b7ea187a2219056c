import { type BaseCheckpointSaver, END } from '@langchain/langgraph';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { RunCommand } from '../../domain/run.ts';
import { describeThrown, isErrorLike, read } from '../../domain/thrown.ts';
import { databaseTroubleBehind } from '../../orchestrator/ports/database-unavailable.ts';
import type { ReadState, ValidationIssue } from '../../orchestrator/ports/graph-host.ts';
import type { CompiledGraph, GraphSource } from '../loading/graph-source.ts';
import { acceptsMessages } from '../reconcile/compose-input.ts';
import { graphAt, snapshotOf } from '../state/state-reader.ts';
import { toJson } from '../state/to-json.ts';
import { messageIssues } from './message-check.ts';
import { runConfig } from './run-config.ts';

/**
 * The check that LangGraph makes of a run's input before anything else. It isn't public, but it is the one
 * that decides.
 */
type WithInputCheck = { _validateInput?(input: unknown): Promise<unknown> };

/** Zod's issues, and those of the standard schema, have these in common. */
type SchemaIssue = { readonly message?: unknown; readonly path?: readonly unknown[] };

/** What the graph's runtime schema, or its messages channel, says against this input; [] for nothing. */
export async function checkInput(graph: CompiledGraph, input: Json): Promise<readonly ValidationIssue[]> {
  try {
    await (graph as unknown as WithInputCheck)._validateInput?.(input);
  } catch (error) {
    return toIssues(error);
  }
  return acceptsMessages(graph) ? messageIssues(graph, input) : [];
}

/** A StateSchema checks field by field and lists the issues in the text of its error. */
const FIELD_ERROR = /^Validation failed for field "([^"]*)": (\[.*\])$/s;

function toIssues(error: unknown): ValidationIssue[] {
  const issues = isErrorLike(error) ? read(error, 'issues') : undefined;
  if (Array.isArray(issues)) return issues.map((issue: SchemaIssue) => toIssue([], issue));
  const message = describeThrown(error).message;
  const [, field, listed] = FIELD_ERROR.exec(message) ?? [];
  if (field === undefined || listed === undefined) return [{ path: [], message }];
  return (JSON.parse(listed) as SchemaIssue[]).map((issue) => toIssue([field], issue));
}

function toIssue(above: readonly string[], { path = [], message }: SchemaIssue): ValidationIssue {
  // The standard schema allows { key } in place of a key.
  const keys = path.map((part) =>
    typeof part === 'object' && part !== null ? (part as { key?: unknown }).key : part,
  );
  return { path: [...above, ...keys.map(String)], message: String(message ?? 'is not valid') };
}

/**
 * The input of a task that was prepared from a checkpoint: what a Send carried, or the channels that its node
 * reads. Null where the checkpoint or the node is gone, where the graph can't be built or the checkpoint is
 * damaged, and for calls inside of a node, which no checkpoint describes.
 */
export async function readTaskInput(
  graphs: GraphSource,
  request: ReadState,
  task: JsonObject,
): Promise<Json> {
  try {
    return await taskInput(graphs, request, task);
  } catch (error) {
    if (databaseTroubleBehind(error) !== null) throw error;
    return null;
  }
}

async function taskInput(graphs: GraphSource, request: ReadState, task: JsonObject): Promise<Json> {
  const { id, name } = task;
  if (request.checkpointId === null || typeof name !== 'string') return null;
  const snapshot = await snapshotOf(graphs, request);
  if (snapshot === null) return null;
  const stored = await storedChannels(request);
  const triggers = Array.isArray(task['triggers']) ? task['triggers'] : [];
  if (triggers.includes('__pregel_push')) {
    const path = snapshot.tasks.find((described) => described.id === id)?.path;
    return typeof path?.[1] === 'number' ? sentInput(stored, path[1]) : null;
  }
  const graph = await graphAt(
    await graphs.graphFor(request.graphId, request.call, request.saver, 'threads.read'),
    request.ns ?? '',
  );
  return graph === null ? null : readByNode(graph, name, snapshot.values, stored);
}

type Channels = Readonly<Record<string, unknown>>;

async function storedChannels({ graphId, call, saver, ns = '', checkpointId }: ReadState): Promise<Channels> {
  const tuple = await (saver.saver as BaseCheckpointSaver).getTuple(
    runConfig(graphId, call, { ns, checkpointId }) as object,
  );
  return tuple?.checkpoint.channel_values ?? {};
}

function sentInput(stored: Channels, index: number): Json {
  const sends = stored['__pregel_tasks'];
  const send: unknown = Array.isArray(sends) ? sends[index] : undefined;
  return toJson((send as { args?: unknown } | undefined)?.args);
}

/** A node reads channels by name into an object, or the first of a list that has a value, as it is. */
function readByNode(graph: CompiledGraph, name: string, values: unknown, stored: Channels): Json {
  const channels = graph.nodes[name]?.channels;
  if (channels === undefined) return null;
  const state: Channels = isJsonObject(values) ? values : { __root__: values };
  if (Array.isArray(channels) || typeof channels === 'string') {
    const channel = [channels].flat().find((candidate) => candidate in state || candidate in stored);
    return channel === undefined ? null : toJson(channel in state ? state[channel] : stored[channel]);
  }
  const read = Object.entries(channels as Record<string, string>).filter(([, channel]) => channel in state);
  return toJson(Object.fromEntries(read.map(([key, channel]) => [key, state[channel]])));
}

/** Names in errors are cut to this many characters. */
const SHOWN = 100;

/** The graph's own nodes; LangGraph's (the start, error handlers) are not among them. */
export const nodesOf = (graph: CompiledGraph): string[] =>
  Object.keys(graph.nodes).filter((node) => !node.startsWith('__'));

/**
 * What LangGraph would drop without a word, or break the thread with: jumps to nodes that the graph does not
 * have, writes to keys that are not of its state, and messages with fields of the wrong shape. Paths are
 * within the command.
 */
export function commandIssues(graph: CompiledGraph, { goto, update }: RunCommand): ValidationIssue[] {
  return [...gotoIssues(graph, goto ?? null), ...updateIssues(graph, update ?? null)];
}

function gotoIssues(graph: CompiledGraph, goto: Json): ValidationIssue[] {
  if (goto === null) return [];
  const nodes = nodesOf(graph);
  const isTarget = (target: Json): boolean => {
    if (isJsonObject(target)) return nodes.includes(String(target['node']));
    const node = String(target);
    return node === END || (nodes.includes(node) && Object.hasOwn(graph.channels, `branch:to:${node}`));
  };
  const targets: readonly Json[] = Array.isArray(goto) ? goto : [goto];
  return targets.flatMap((target, index) => {
    if (isTarget(target)) return [];
    const name = String(isJsonObject(target) ? target['node'] : target).slice(0, SHOWN);
    const path = [
      'goto',
      ...(Array.isArray(goto) ? [String(index)] : []),
      ...(isJsonObject(target) ? ['node'] : []),
    ];
    return [{ path, message: `the graph has no node "${name}"; its nodes are ${nodes.join(', ')}` }];
  });
}

function updateIssues(graph: CompiledGraph, update: Json): ValidationIssue[] {
  if (update === null) return [];
  const keys = Array.isArray(update)
    ? update.map((pair) => String((pair as readonly Json[])[0]))
    : Object.keys(update as object);
  const state: readonly string[] = graph.streamChannelsList.map(String);
  const unknown = keys
    .filter((key) => !state.includes(key))
    .map((key) => ({
      path: ['update', key.slice(0, SHOWN)],
      message: `is not a key of the state; its keys are ${state.join(', ')}`,
    }));
  const writes = Array.isArray(update)
    ? update.map((pair) => Object.fromEntries([pair as [string, Json]]))
    : [update];
  const ofMessages = writes.flatMap((write) => messageIssues(graph, write));
  return [...unknown, ...ofMessages.map(({ path, message }) => ({ path: ['update', ...path], message }))];
}
