import type { BaseCheckpointSaver, StateSnapshot } from '@langchain/langgraph';
import type { MessageJson } from '../domain/message.ts';
import type { ReadState, ThreadStateJson } from '../orchestrator/ports/graph-host.ts';
import type { CompiledGraph, GraphSource } from './graph-source.ts';
import { messagesIn, stateMessageToJson } from './messages-channel.ts';
import { runConfig } from './run-config.ts';
import { toThreadState } from './thread-state.ts';

/** A checkpoint as LangGraph sees it, with the head's finished tasks folded in; see GraphHost.readState. */
export async function readState(graphs: GraphSource, request: ReadState): Promise<ThreadStateJson | null> {
  const snapshot = await snapshotOf(graphs, request);
  return snapshot === null ? null : toThreadState(snapshot);
}

/** See GraphHost.readMessages. */
export async function readMessages(graphs: GraphSource, request: ReadState): Promise<readonly MessageJson[]> {
  const snapshot = await snapshotOf(graphs, request);
  return snapshot === null ? [] : messagesIn(snapshot.values).map(stateMessageToJson);
}

/** Null where there is no such checkpoint. */
export async function snapshotOf(graphs: GraphSource, request: ReadState): Promise<StateSnapshot | null> {
  const { graphId, call, saver, ns = '', checkpointId, subgraphs = false } = request;
  const graph = await graphs.graphFor(graphId, call, saver);
  const config = runConfig(graphId, call, { ns, checkpointId });
  if ((await graphAt(graph, ns)) === null) return bareSnapshot(saver.saver as BaseCheckpointSaver, config);
  const snapshot = await graph.getState(config as object, { subgraphs });
  // LangGraph gives an empty snapshot, without a time, where it finds no checkpoint.
  return snapshot.createdAt === undefined ? null : snapshot;
}

/** The graph that writes a namespace: the root for '', else the subgraph declared there; null: one that a node calls in its code. */
export async function graphAt(graph: CompiledGraph, ns: string): Promise<CompiledGraph | null> {
  if (ns === '') return graph;
  // A segment is node:taskId, and a bare number where a node has called its subgraph again.
  const path = ns
    .split('|')
    .filter((segment) => !/^\d+$/.test(segment))
    .map((segment) => segment.replace(/:.*$/, ''))
    .join('|');
  for await (const [, subgraph] of graph.getSubgraphsAsync(path, true)) return subgraph as CompiledGraph;
  return null;
}

/** Of a graph that nobody can name: its channels as they were stored. What comes next only that graph knows. */
async function bareSnapshot(saver: BaseCheckpointSaver, config: object): Promise<StateSnapshot | null> {
  const tuple = await saver.getTuple(config);
  if (tuple === undefined) return null;
  const { checkpoint, metadata, parentConfig } = tuple;
  const values = Object.entries(checkpoint.channel_values).filter(
    ([channel]) => !channel.startsWith('__') && !channel.startsWith('branch:'),
  );
  return {
    values: Object.fromEntries(values),
    next: [],
    tasks: [],
    config: tuple.config,
    createdAt: checkpoint.ts,
    ...(metadata === undefined ? {} : { metadata }),
    ...(parentConfig === undefined ? {} : { parentConfig }),
  };
}
