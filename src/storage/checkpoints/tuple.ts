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
import { type StoredCheckpoint, type StoredWrite, visibleWrites } from './stored-checkpoint.ts';
import type { ValueDecoder } from './value-decoder.ts';

/** Makes LangGraph's tuple of a stored checkpoint: new objects each time, but for the items of lists. */
export async function toTuple(threadId: string, stored: StoredCheckpoint, decoder: ValueDecoder): Promise<CheckpointTuple> {
  const channel_values: Record<string, unknown> = {};
  for (const [channel, value] of stored.values) channel_values[channel] = await decoder.decode(value);
  const checkpoint: Checkpoint = { ...JSON.parse(stored.body), channel_values };
  if (stored.parentSends !== null && stored.parentSends !== 'unread') await addSends(checkpoint, stored.parentSends, decoder);
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
export async function pendingWrites(writes: readonly StoredWrite[], decoder: ValueDecoder): Promise<CheckpointPendingWrite[]> {
  const pending: CheckpointPendingWrite[] = [];
  for (const { taskId, channel, value } of inOrder(visibleWrites(writes))) pending.push([taskId, channel, await decoder.decode(value)]);
  return pending;
}

const inOrder = (writes: readonly StoredWrite[]): StoredWrite[] =>
  [...writes].sort((a, b) => compareWritesSortKeys(writesSortKey(a.taskPath, a.taskId, a.idx), writesSortKey(b.taskPath, b.taskId, b.idx)));

/** LangGraph's formats before 4 kept the Sends of a superstep as its parent's pending writes only. */
async function addSends(checkpoint: Checkpoint, sends: readonly StoredWrite[], decoder: ValueDecoder): Promise<void> {
  const versions = Object.values(checkpoint.channel_versions);
  checkpoint.channel_values[TASKS] = (await pendingWrites(sends, decoder)).map(([, , value]) => value);
  checkpoint.channel_versions[TASKS] = versions.length > 0 ? maxChannelVersion(...versions) : 1;
}
