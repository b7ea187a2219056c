import {
  type ChannelVersions,
  type Checkpoint,
  type CheckpointMetadata,
  ERROR,
  type PendingWrite,
  WRITES_IDX_MAP,
} from '@langchain/langgraph-checkpoint';
import { describeRecord } from '../../domain/thrown.ts';
import type { KnownCheckpoints } from './known-checkpoints.ts';
import { isOldFormat, type StoredCheckpoint, type StoredWrite } from './stored-checkpoint.ts';
import type { StoredValue } from './stored-value.ts';
import type { TextSerde } from './text-serde.ts';
import { located, requireStorableName } from './unstorable-value.ts';
import type { ValueEncoder } from './value-encoder.ts';

export type Put = {
  readonly threadId: string;
  readonly ns: string;
  /** Null: it has none. */
  readonly parent: StoredCheckpoint | null;
  readonly parentId: string | null;
  readonly checkpoint: Checkpoint;
  readonly metadata: CheckpointMetadata;
  readonly newVersions: ChannelVersions;
};

export type PutWrites = {
  readonly threadId: string;
  readonly ns: string;
  readonly writes: readonly PendingWrite[];
  readonly taskId: string;
  readonly taskPath: string;
  /** '' for none. */
  readonly runId: string;
};

/** Makes what is stored of what LangGraph puts. Synchronous, so that nothing can change under it. Throws UnstorableValueError for what could not be read back. */
export class CheckpointEncoder {
  readonly #serde: TextSerde;
  readonly #values: ValueEncoder;

  constructor(serde: TextSerde, values: ValueEncoder) {
    this.#serde = serde;
    this.#values = values;
  }

  checkpoint({ threadId, ns, parent, parentId, checkpoint, metadata, newVersions }: Put, known: KnownCheckpoints): StoredCheckpoint {
    const { channel_values, ...body } = checkpoint;
    const carried = new Map<string, StoredValue>();
    const changed = new Map<string, unknown>();
    for (const [channel, version] of Object.entries(checkpoint.channel_versions)) {
      const before = parent?.values.get(channel);
      if (!Object.hasOwn(newVersions, channel) && before !== undefined && parent?.versions[channel] === version)
        carried.set(channel, before);
    }
    // A copy's parent is that of the checkpoint it copies: what the latter changed is in no list of new versions.
    const takesAll = parent !== null || metadata.source === 'fork';
    for (const [channel, value] of Object.entries(channel_values)) {
      if (value !== undefined && !carried.has(channel) && (takesAll || Object.hasOwn(newVersions, channel))) changed.set(channel, value);
    }
    const encoded = this.#values.encodeChannels(changed, (channel) => parent?.values.get(channel), known.lists(threadId, ns));
    return {
      ns,
      id: checkpoint.id,
      parentId,
      body: JSON.stringify(body),
      metadata: located('metadata', () => this.#serde.dumpsPlain(metadata)),
      versions: checkpoint.channel_versions,
      values: new Map([...carried, ...encoded]),
      fresh: [...encoded.values()],
      writes: [],
      parentSends: isOldFormat(checkpoint.v, parentId) ? 'unread' : null,
    };
  }

  writes({ threadId, ns, writes, taskId, taskPath, runId }: PutWrites, known: KnownCheckpoints): StoredWrite[] {
    const lists = known.lists(threadId, ns);
    const stored = new Map<number, StoredWrite>();
    for (const [index, [channel, value]] of writes.entries()) {
      requireStorableName(channel);
      const idx = (Object.hasOwn(WRITES_IDX_MAP, channel) ? WRITES_IDX_MAP[channel] : undefined) ?? index;
      stored.set(idx, { taskId, idx, runId, channel, taskPath, value: this.#values.encodePlain(channel, written(channel, value), lists) });
    }
    return [...stored.values()];
  }
}

/** What LangGraph records of a task's error is text as a rule, of any length; it is whatever the error has as its name and message. */
function written(channel: string, value: unknown): unknown {
  if (channel !== ERROR) return value;
  const { name, message } = describeRecord(value);
  return { message, name };
}
