import type { BaseCheckpointSaver, StateSnapshot } from '@langchain/langgraph';
import type { CheckpointTuple } from '@langchain/langgraph-checkpoint';
import type { PendingInterrupt } from '../../domain/event.ts';
import type { MessageJson } from '../../domain/message.ts';
import { describeThrown, errorsBehind, isA } from '../../domain/thrown.ts';
import { CheckpointDamagedError, type SalvagedCheckpoint } from '../../orchestrator/ports/checkpoints.ts';
import { databaseTroubleBehind } from '../../orchestrator/ports/database-unavailable.ts';
import type {
  ReadState,
  StateIncomplete,
  StateValuesJson,
  ThreadStateJson,
} from '../../orchestrator/ports/graph-host.ts';
import { messagesIn, stateMessageToJson } from '../execution/messages-channel.ts';
import { runConfig } from '../execution/run-config.ts';
import type { CompiledGraph, GraphSource } from '../loading/graph-source.ts';
import { graphTrouble } from '../loading/loaded-graphs.ts';
import { snapshotAt } from './snapshot.ts';
import { type StoredState, storedState, toThreadState } from './stored-state.ts';
import { toJson } from './to-json.ts';

/** A checkpoint as LangGraph sees it, with the head's finished tasks folded in; see GraphHost.readState. */
export async function readState(graphs: GraphSource, request: ReadState): Promise<ThreadStateJson | null> {
  try {
    const snapshot = await snapshotOf(graphs, request);
    return snapshot === null ? null : toThreadState(snapshot);
  } catch (error) {
    const left = await leftWithoutGraph(request, error);
    if (left === null) return null;
    const { stored, incomplete } = left;
    const unknown = ['next', 'tasks', ...incomplete.unknown];
    return {
      ...toThreadState(stored.snapshot),
      interrupts: Object.values(stored.interrupts).flat(),
      incomplete: { ...incomplete, unknown },
    };
  }
}

/** See GraphHost.readValues. A factory is not called where the checkpoint alone says all. */
export async function readValues(graphs: GraphSource, request: ReadState): Promise<StateValuesJson | null> {
  try {
    if (graphs.needsConfig(request.graphId)) {
      const stored = await readStored(request);
      if (stored === null) return null;
      if (stored.missing.length === 0 && !stored.isFolded) return storedValues(stored, null);
    }
    const snapshot = await snapshotOf(graphs, request);
    return snapshot === null ? null : valuesOf(toThreadState(snapshot));
  } catch (error) {
    const left = await leftWithoutGraph(request, error);
    if (left === null) return null;
    const { stored, incomplete } = left;
    return storedValues(stored, incomplete.unknown.length > 0 ? incomplete : null);
  }
}

/** See GraphHost.readMessages. */
export async function readMessages(graphs: GraphSource, request: ReadState): Promise<readonly MessageJson[]> {
  return (await readValues(graphs, request))?.messages ?? [];
}

/** Null where there is no such checkpoint. Rejects when the graph can't be built. */
export async function snapshotOf(graphs: GraphSource, request: ReadState): Promise<StateSnapshot | null> {
  const { graphId, call, saver, ns = '', checkpointId, subgraphs = false } = request;
  const graph = await graphs.graphFor(graphId, call, saver, 'threads.read');
  // Only the graph itself knows what comes next where a node's code names it.
  if ((await graphAt(graph, ns)) === null) return (await readStored(request))?.snapshot ?? null;
  const snapshot = await snapshotAt(graph, runConfig(graphId, call, { ns, checkpointId }), { subgraphs });
  // LangGraph gives an empty snapshot, without a time, where it finds no checkpoint.
  return snapshot.createdAt === undefined ? null : snapshot;
}

/**
 * The graph that writes a namespace: the root for '', else the subgraph declared there; null: one that a node
 * calls in its code.
 */
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

/**
 * Null where there is no such checkpoint. Rejects with CheckpointDamagedError, and when the database fails.
 */
async function readStored({
  graphId,
  call,
  saver,
  ns = '',
  checkpointId,
}: ReadState): Promise<StoredState | null> {
  const reader = saver.saver as BaseCheckpointSaver;
  const tuple = await reader.getTuple(runConfig(graphId, call, { ns, checkpointId }) as object);
  return tuple === undefined ? null : storedState(tuple, reader, checkpointId === null);
}

type Left = { readonly stored: StoredState; readonly incomplete: StateIncomplete };

/**
 * What is known of a state that couldn't be read with its graph, for this reason; `unknown` names values
 * only. Null: there is no such checkpoint. Rejects with the reason when it is the database's.
 */
async function leftWithoutGraph(request: ReadState, reason: unknown): Promise<Left | null> {
  if (isDamage(reason)) return salvaged(request, reason);
  if (databaseTroubleBehind(reason) !== null) throw reason;
  try {
    // Reads from storage first, so that its failures are not attributed to the graph.
    const stored = await readStored(request);
    if (stored === null) return null;
    const unknown = [
      ...stored.missing.map((channel) => `values.${channel}`),
      ...(stored.isFolded ? ['values'] : []),
    ];
    return { stored, incomplete: { ...graphTrouble(request.graphId, reason), unknown } };
  } catch (error) {
    if (isDamage(error)) return salvaged(request, error);
    throw error;
  }
}

async function salvaged(
  { call, ns = '', checkpointId, salvage }: ReadState,
  damage: unknown,
): Promise<Left | null> {
  const found = await salvage?.(call.threadId, ns, checkpointId);
  if (found === undefined || found === null) throw damage;
  const { tuple, unreadable } = found as SalvagedCheckpoint & { readonly tuple: CheckpointTuple };
  const stored = await storedState(tuple, null, checkpointId === null);
  const unknown = [...new Set([...unreadable, ...stored.missing])].map((channel) => `values.${channel}`);
  const message = describeThrown(damage).message;
  return { stored, incomplete: { reason: 'CHECKPOINT_DAMAGED', message, unknown } };
}

/** Libraries may wrap what the saver threw. */
function isDamage(error: unknown): boolean {
  return (
    databaseTroubleBehind(error)?.trouble === 'DAMAGED' ||
    errorsBehind(error).some((one) => isA(one, CheckpointDamagedError))
  );
}

const valuesOf = ({ values, messages, tasks }: ThreadStateJson): StateValuesJson => ({
  values,
  messages,
  interrupts: byTask(tasks.map(({ id, interrupts }) => [id, interrupts])),
  incomplete: null,
});

const storedValues = (
  { snapshot, interrupts }: StoredState,
  incomplete: StateIncomplete | null,
): StateValuesJson => ({
  values: toJson(snapshot.values),
  messages: messagesIn(snapshot.values).map(stateMessageToJson),
  interrupts,
  incomplete,
});

const byTask = (
  tasks: readonly (readonly [string, readonly PendingInterrupt[]])[],
): Record<string, readonly PendingInterrupt[]> =>
  Object.fromEntries(tasks.filter(([, interrupts]) => interrupts.length > 0));
