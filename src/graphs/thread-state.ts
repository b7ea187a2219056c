import type { StateSnapshot } from '@langchain/langgraph';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import { isHiddenKey } from '../domain/reserved-keys.ts';
import type { CheckpointJson, ThreadStateJson, ThreadTaskJson } from '../orchestrator/ports/graph-host.ts';
import { messagesIn, stateMessageToJson } from './messages-channel.ts';
import { errorText, toPendingInterrupts } from './stream-mapper.ts';
import { toJson, toJsonObject } from './to-json.ts';

type Config = StateSnapshot['config'];
type Task = StateSnapshot['tasks'][number];

/** LangGraph's snapshot as it crosses the API (protocol.md §1.5). */
export function toThreadState(snapshot: StateSnapshot): ThreadStateJson {
  // LangGraph still lists the question of a task that was answered and has finished while another task of its superstep waits on. Where none waits
  // the superstep is over: its checkpoint is history, and can be resumed again as the pause that it was.
  const isOpen = snapshot.tasks.some(({ interrupts, result }) => interrupts.length > 0 && result === undefined);
  const tasks = snapshot.tasks.map((task) => toTask(task, isOpen));
  const metadata = toMetadata(snapshot.metadata);
  const parents = isJsonObject(metadata['parents']) ? metadata['parents'] : {};
  return {
    values: toJson(snapshot.values),
    messages: messagesIn(snapshot.values).map(stateMessageToJson),
    next: snapshot.next,
    tasks,
    interrupts: tasks.flatMap(({ interrupts }) => interrupts),
    checkpoint: toCheckpoint(snapshot.config, parents),
    parentCheckpoint: snapshot.parentConfig === undefined ? null : toCheckpoint(snapshot.parentConfig, parents),
    metadata,
    createdAt: new Date(snapshot.createdAt ?? 0),
    incomplete: null,
  };
}

function toTask({ id, name, path, error, interrupts, state, result }: Task, isOpen: boolean): ThreadTaskJson {
  const inner = state === undefined ? null : isSnapshot(state) ? state : { reference: state };
  return {
    id,
    name: String(name),
    path: path === undefined ? ['__pregel_pull', String(name)] : path.map(toJson),
    error: error === undefined || error === null ? null : errorText(error),
    interrupts: isOpen && result !== undefined ? [] : toPendingInterrupts(interrupts),
    checkpoint: inner !== null && 'reference' in inner ? toCheckpoint(inner.reference, {}) : null,
    // A subgraph that hasn't begun has no checkpoint yet.
    state: inner !== null && !('reference' in inner) && inner.createdAt !== undefined ? toThreadState(inner) : null,
    result: toJson(result),
  };
}

const isSnapshot = (state: Config | StateSnapshot): state is StateSnapshot => 'values' in state;

/** @param parents the checkpoints that the graphs above were at, by namespace; LangGraph finds its way into a subgraph by them */
function toCheckpoint({ configurable }: Config, parents: JsonObject): CheckpointJson {
  const checkpointId = String(configurable?.['checkpoint_id'] ?? '');
  const checkpointNs = String(configurable?.['checkpoint_ns'] ?? '');
  return {
    threadId: String(configurable?.['thread_id'] ?? ''),
    checkpointId,
    checkpointNs,
    checkpointMap: Object.keys(parents).length === 0 ? null : { ...parents, [checkpointNs]: checkpointId },
  };
}

const toMetadata = (metadata: unknown): JsonObject =>
  Object.fromEntries(
    Object.entries(toJsonObject(metadata)).filter(([key, value]) => !isHiddenKey(key) && !(key === 'checkpoint_ns' && value === '')),
  );
