import {
  type Checkpoint,
  type CheckpointMetadata,
  type CheckpointPendingWrite,
  type CheckpointTuple,
  compareWritesSortKeys,
  maxChannelVersion,
  TASKS,
  writesSortKey,
} from '@langchain/langgraph-checkpoint';
import { StoredList, type StoredPlain, type StoredValue } from '../values/stored-value.ts';
import type { ValueDecoder } from '../values/value-decoder.ts';

export type ChannelVersions = Readonly<Record<string, number | string>>;

/** One pending write of one run. */
export type StoredWrite = {
  readonly taskId: string;
  /**
   * Its place among its task's writes; negative for those of which a task has one at most (WRITES_IDX_MAP).
   */
  readonly idx: number;
  /** '' for no run. */
  readonly runId: string;
  readonly channel: string;
  readonly taskPath: string;
  readonly value: StoredPlain;
};

/** A checkpoint as it is stored, read or to be written. Immutable but for what StoredValue says. */
export type StoredCheckpoint = {
  readonly ns: string;
  readonly id: string;
  readonly parentId: string | null;
  /** LangGraph's checkpoint as JSON, without channel_values. */
  readonly body: string;
  readonly metadata: string;
  readonly versions: ChannelVersions;
  readonly values: ReadonlyMap<string, StoredValue>;
  /**
   * Those of its values that came with it; the others are an older checkpoint's. Empty for one that was read.
   */
  readonly fresh: readonly StoredValue[];
  /** Oldest first, those included that a newer run's cover. */
  readonly writes: readonly StoredWrite[];
  /**
   * What the parent's tasks wrote to the channel of Sends, for checkpoints of LangGraph's formats before 4,
   * which kept them there only; null for all others. 'unread': it is of such a format, and what they wrote
   * wasn't looked up.
   */
  readonly parentSends: readonly StoredWrite[] | null | 'unread';
};

const sameWrite = (a: StoredWrite, b: StoredWrite): boolean =>
  a.taskId === b.taskId && a.idx === b.idx && a.runId === b.runId;

/**
 * What the table holds after `added` was written: a run's first write to a place stays, but a negative place
 * takes the last.
 */
export function withWrites(
  existing: readonly StoredWrite[],
  added: readonly StoredWrite[],
): readonly StoredWrite[] {
  const writes = [...existing];
  for (const write of added) {
    const place = writes.findIndex((other) => sameWrite(write, other));
    if (place >= 0 && write.idx >= 0) continue;
    if (place >= 0) writes.splice(place, 1);
    writes.push(write);
  }
  return writes;
}

/** The newest of each task's place: several runs may have resumed the same paused checkpoint. */
function visibleWrites(writes: readonly StoredWrite[]): readonly StoredWrite[] {
  const newest = new Map(writes.map((write) => [`${write.idx} ${write.taskId}`, write]));
  return [...newest.values()];
}

/** Whether graph code has changed in place what would be handed out for it. */
export const isSpoilt = ({ values, writes }: StoredCheckpoint): boolean =>
  [...values.values(), ...writes.map((write) => write.value)].some((value) =>
    value instanceof StoredList ? value.isSpoilt : value.lists.some(({ base }) => base.isSpoilt),
  );

/** LangGraph's format since which a checkpoint holds its Sends itself. */
const FORMAT_WITH_SENDS = 4;
export const isOldFormat = (format: number, parentId: string | null): boolean =>
  parentId !== null && format < FORMAT_WITH_SENDS;

/** Makes LangGraph's tuple of a stored checkpoint: new objects each time, but for the items of lists. */
export async function toTuple(
  threadId: string,
  stored: StoredCheckpoint,
  decoder: ValueDecoder,
): Promise<CheckpointTuple> {
  const channel_values: Record<string, unknown> = {};
  for (const [channel, value] of stored.values) channel_values[channel] = await decoder.decode(value);
  const checkpoint: Checkpoint = { ...JSON.parse(stored.body), channel_values };
  if (stored.parentSends !== null && stored.parentSends !== 'unread')
    await addSends(checkpoint, stored.parentSends, decoder);
  const tuple: CheckpointTuple = {
    config: configOf(threadId, stored.ns, stored.id),
    checkpoint,
    metadata: JSON.parse(stored.metadata) as CheckpointMetadata,
    pendingWrites: await pendingWrites(stored.writes, decoder),
  };
  if (stored.parentId !== null) tuple.parentConfig = configOf(threadId, stored.ns, stored.parentId);
  return tuple;
}

export const configOf = (threadId: string, ns: string, id: string) => ({
  configurable: { thread_id: threadId, checkpoint_ns: ns, checkpoint_id: id },
});

/** The visible writes in the order in which LangGraph applies those of a superstep. */
export async function pendingWrites(
  writes: readonly StoredWrite[],
  decoder: ValueDecoder,
): Promise<CheckpointPendingWrite[]> {
  const pending: CheckpointPendingWrite[] = [];
  for (const { taskId, channel, value } of inOrder(visibleWrites(writes)))
    pending.push([taskId, channel, await decoder.decode(value)]);
  return pending;
}

const inOrder = (writes: readonly StoredWrite[]): StoredWrite[] =>
  [...writes].sort((a, b) =>
    compareWritesSortKeys(
      writesSortKey(a.taskPath, a.taskId, a.idx),
      writesSortKey(b.taskPath, b.taskId, b.idx),
    ),
  );

/** LangGraph's formats before 4 kept the Sends of a superstep as its parent's pending writes only. */
async function addSends(
  checkpoint: Checkpoint,
  sends: readonly StoredWrite[],
  decoder: ValueDecoder,
): Promise<void> {
  const versions = Object.values(checkpoint.channel_versions);
  checkpoint.channel_values[TASKS] = (await pendingWrites(sends, decoder)).map(([, , value]) => value);
  checkpoint.channel_versions[TASKS] = versions.length > 0 ? maxChannelVersion(...versions) : 1;
}
