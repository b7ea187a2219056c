import {
  type BaseCheckpointSaver,
  DeltaChannel,
  messagesDeltaReducer,
  type StateSnapshot,
} from '@langchain/langgraph';
import type { CheckpointTuple } from '@langchain/langgraph-checkpoint';
import type { PendingInterrupt } from '../../domain/event.ts';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import { isHiddenKey } from '../../domain/run-options.ts';
import type { CheckpointJson, ThreadStateJson, ThreadTaskJson } from '../../orchestrator/ports/graph-host.ts';
import { messagesIn, stateMessageToJson } from '../execution/messages-channel.ts';
import { errorText, toPendingInterrupts } from '../execution/stream-mapper.ts';
import { toJson, toJsonObject } from './to-json.ts';

type Config = StateSnapshot['config'];
type Task = StateSnapshot['tasks'][number];

/** LangGraph's snapshot as it crosses the API (protocol.md §1.5). */
export function toThreadState(snapshot: StateSnapshot): ThreadStateJson {
  // LangGraph still lists the question of a task that was answered and has finished while another task of its
  // superstep waits on. Where none waits the superstep is over: its checkpoint is history, and can be resumed
  // again as the pause that it was.
  const isOpen = snapshot.tasks.some(
    ({ interrupts, result }) => interrupts.length > 0 && result === undefined,
  );
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
    parentCheckpoint:
      snapshot.parentConfig === undefined ? null : toCheckpoint(snapshot.parentConfig, parents),
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
    state:
      inner !== null && !('reference' in inner) && inner.createdAt !== undefined
        ? toThreadState(inner)
        : null,
    result: toJson(result),
  };
}

const isSnapshot = (state: Config | StateSnapshot): state is StateSnapshot => 'values' in state;

/**
 * @param parents the checkpoints that the graphs above were at, by namespace; LangGraph finds its way into a
 * subgraph by them
 */
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
    Object.entries(toJsonObject(metadata)).filter(
      ([key, value]) => !isHiddenKey(key) && !(key === 'checkpoint_ns' && value === ''),
    ),
  );

/** A state as its checkpoint alone says it, without the graph. */
export type StoredState = {
  /** Without next and tasks: only the graph knows those. */
  readonly snapshot: StateSnapshot;
  /** By task: what waits for a human. */
  readonly interrupts: Readonly<Record<string, readonly PendingInterrupt[]>>;
  /** Channels whose values only the graph can make. */
  readonly missing: readonly string[];
  /** The graph would fold results of finished tasks into the values. */
  readonly isFolded: boolean;
};

/** LangGraph's own channels; the others are keys of the graph's state. */
const isInternal = (channel: string): boolean => /^(__|branch:|join:)/.test(channel);
/** The channel whose value is the whole state: for states that are not objects, and for functional graphs. */
const WHOLE = ['__root__', '__end__'];
/** Writes that say something of a task and change no channel. */
const NO_OUTPUT: ReadonlySet<string> = new Set(['__error__', '__interrupt__', '__resume__', '__scheduled__']);
const NULL_TASK = '00000000-0000-0000-0000-000000000000';

/**
 * What a checkpoint says by itself. A messages channel that is stored as changes is put together with
 * LangGraph's own reducer; another delta channel's reducer is the graph's, so its value is missing.
 *
 * @param isHead a superstep that is under way belongs to the head only
 */
export async function storedState(
  tuple: CheckpointTuple,
  saver: BaseCheckpointSaver | null,
  isHead: boolean,
): Promise<StoredState> {
  const { checkpoint, metadata, parentConfig, pendingWrites = [] } = tuple;
  const stored = checkpoint.channel_values;
  const whole = WHOLE.find((channel) => channel in stored);
  const values: Record<string, unknown> = Object.fromEntries(
    Object.entries(stored).filter(([channel]) => !isInternal(channel)),
  );
  const missing: string[] = [];
  for (const channel of Object.keys(checkpoint.channel_versions)) {
    if (isInternal(channel) || channel in stored) continue;
    const messages = channel === 'messages' && saver !== null ? await replayedMessages(saver, tuple) : null;
    if (messages === null) missing.push(channel);
    else values[channel] = messages;
  }
  return {
    snapshot: {
      values: whole === undefined ? unwrapped(values) : stored[whole],
      next: [],
      tasks: [],
      config: tuple.config,
      createdAt: checkpoint.ts,
      ...(metadata === undefined ? {} : { metadata }),
      ...(parentConfig === undefined ? {} : { parentConfig }),
    },
    interrupts: openInterrupts(pendingWrites),
    missing,
    isFolded: pendingWrites.some(
      ([taskId, channel]) => !NO_OUTPUT.has(channel) && (isHead || taskId === NULL_TASK),
    ),
  };
}

/** Snapshots of delta channels as their values. */
const unwrapped = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([channel, value]) => [channel, fromDelta(value)]));

const fromDelta = (value: unknown): unknown =>
  (value as { readonly lg_name?: unknown } | null)?.lg_name === 'DeltaSnapshot'
    ? (value as { readonly value: unknown }).value
    : value;

/** Null where its history can't be read, or is of something else than messages. */
async function replayedMessages(
  saver: BaseCheckpointSaver,
  { config }: CheckpointTuple,
): Promise<readonly unknown[] | null> {
  const { messages } = await saver.getDeltaChannelHistory({ config, channels: ['messages'] });
  if (messages === undefined || (messages.seed === undefined && messages.writes.length === 0)) return null;
  const channel = new DeltaChannel(messagesDeltaReducer as never).fromCheckpoint(messages.seed as never);
  channel.replayWrites(messages.writes as never);
  const value: unknown = channel.get();
  return Array.isArray(value) ? value : null;
}

/** Of tasks that have not finished; a task that has was answered. */
function openInterrupts(
  writes: NonNullable<CheckpointTuple['pendingWrites']>,
): Record<string, readonly PendingInterrupt[]> {
  const finished = new Set(writes.filter(([, channel]) => !NO_OUTPUT.has(channel)).map(([taskId]) => taskId));
  const open: Record<string, PendingInterrupt[]> = {};
  for (const [taskId, channel, value] of writes) {
    if (channel !== '__interrupt__' || finished.has(taskId)) continue;
    open[taskId] = [...(open[taskId] ?? []), ...toPendingInterrupts([value].flat())];
  }
  return open;
}
