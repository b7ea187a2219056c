import type { BaseCheckpointSaver } from '@langchain/langgraph';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { ReadState } from '../orchestrator/ports/graph-host.ts';
import { storeTroubleBehind } from '../orchestrator/ports/store-trouble.ts';
import type { CompiledGraph, GraphSource } from './graph-source.ts';
import { runConfig } from './run-config.ts';
import { graphAt, snapshotOf } from './state-reader.ts';
import { toJson } from './to-json.ts';

/**
 * The input of a task that was prepared from a checkpoint: what a Send carried, or the channels that its node reads. Null where the
 * checkpoint or the node is gone, where the graph can't be had or the checkpoint is damaged, and for calls inside of a node, which no checkpoint
 * describes.
 */
export async function readTaskInput(graphs: GraphSource, request: ReadState, task: JsonObject): Promise<Json> {
  try {
    return await taskInput(graphs, request, task);
  } catch (error) {
    if (storeTroubleBehind(error) !== null) throw error;
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
  const graph = await graphAt(await graphs.graphFor(request.graphId, request.call, request.saver, 'threads.read'), request.ns ?? '');
  return graph === null ? null : readByNode(graph, name, snapshot.values, stored);
}

type Channels = Readonly<Record<string, unknown>>;

async function storedChannels({ graphId, call, saver, ns = '', checkpointId }: ReadState): Promise<Channels> {
  const tuple = await (saver.saver as BaseCheckpointSaver).getTuple(runConfig(graphId, call, { ns, checkpointId }) as object);
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
