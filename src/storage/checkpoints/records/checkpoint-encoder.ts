import type { RunnableConfig } from '@langchain/core/runnables';
import {
  type ChannelVersions,
  type Checkpoint,
  type CheckpointMetadata,
  ERROR,
  type PendingWrite,
  WRITES_IDX_MAP,
} from '@langchain/langgraph-checkpoint';
import { describeRecord } from '../../../domain/thrown.ts';
import type { KnownCheckpoints } from '../memory/checkpoint-memory.ts';
import type { StoredValue } from '../values/stored-value.ts';
import type { TextSerde } from '../values/text-serde.ts';
import { located, requireStorableName, type ValueEncoder } from '../values/value-encoder.ts';
import { isOldFormat, type StoredCheckpoint, type StoredWrite } from './stored-checkpoint.ts';

/** What a saver adds to the metadata that LangGraph gives it, and what of it LangGraph sees again. */
export type MetadataPolicy = {
  readonly stored: (config: RunnableConfig, metadata: CheckpointMetadata) => CheckpointMetadata;
  readonly shown: (metadata: CheckpointMetadata) => CheckpointMetadata;
};

/** LangGraph's and authentication's own, and what only tells where in the thread the checkpoint is. */
const isOwnKey = (key: string): boolean =>
  key.startsWith('__') ||
  key.startsWith('langgraph_') ||
  key === 'checkpoint_id' ||
  key === 'checkpoint_ns' ||
  key === 'checkpoint_map';

const isScalar = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/**
 * With the metadata of the run that wrote it, and the scalars of its configurable (its ids among them), so
 * that a history can be searched for them (protocol.md §1.5). LangGraph doesn't get the run's id back: a run
 * that found its own id in the checkpoint it starts from, which holds what was written ahead of its input,
 * would take that input for a resume.
 */
export const metadataOfRuns: MetadataPolicy = {
  stored: ({ metadata, configurable }, own) =>
    ({
      ...kept(configurable, ([, value]) => isScalar(value)),
      ...kept(metadata, ([, value]) => value !== undefined),
      ...own,
    }) as CheckpointMetadata,
  shown: (metadata) => {
    const { run_id: _, ...shown } = metadata as CheckpointMetadata<{ run_id?: unknown }>;
    return shown as CheckpointMetadata;
  },
};

/** As LangGraph gives it, for readers and for its own tests. */
export const metadataAsGiven: MetadataPolicy = {
  stored: (_config, metadata) => metadata,
  shown: (metadata) => metadata,
};

function kept(
  members: object | undefined,
  isKept: (entry: [string, unknown]) => boolean,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members ?? {}).filter((entry) => !isOwnKey(entry[0]) && isKept(entry)),
  );
}

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

/**
 * Makes what is stored of what LangGraph puts. Synchronous, so that nothing can change under it. Throws
 * UnstorableValueError for what could not be read back.
 */
export class CheckpointEncoder {
  readonly #serde: TextSerde;
  readonly #values: ValueEncoder;

  constructor(serde: TextSerde, values: ValueEncoder) {
    this.#serde = serde;
    this.#values = values;
  }

  checkpoint(
    { threadId, ns, parent, parentId, checkpoint, metadata, newVersions }: Put,
    known: KnownCheckpoints,
  ): StoredCheckpoint {
    const { channel_values, ...body } = checkpoint;
    const carried = new Map<string, StoredValue>();
    const changed = new Map<string, unknown>();
    for (const [channel, version] of Object.entries(checkpoint.channel_versions)) {
      const before = parent?.values.get(channel);
      if (
        !Object.hasOwn(newVersions, channel) &&
        before !== undefined &&
        parent?.versions[channel] === version
      )
        carried.set(channel, before);
    }
    // A copy's parent is that of the checkpoint it copies: what the latter changed is in no list of new
    // versions.
    const takesAll = parent !== null || metadata.source === 'fork';
    for (const [channel, value] of Object.entries(channel_values)) {
      if (value !== undefined && !carried.has(channel) && (takesAll || Object.hasOwn(newVersions, channel)))
        changed.set(channel, value);
    }
    const encoded = this.#values.encodeChannels(
      changed,
      (channel) => parent?.values.get(channel),
      known.lists(threadId, ns),
    );
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

  writes(
    { threadId, ns, writes, taskId, taskPath, runId }: PutWrites,
    known: KnownCheckpoints,
  ): StoredWrite[] {
    const lists = known.lists(threadId, ns);
    const stored = new Map<number, StoredWrite>();
    for (const [index, [channel, value]] of writes.entries()) {
      requireStorableName(channel);
      const idx = (Object.hasOwn(WRITES_IDX_MAP, channel) ? WRITES_IDX_MAP[channel] : undefined) ?? index;
      stored.set(idx, {
        taskId,
        idx,
        runId,
        channel,
        taskPath,
        value: this.#values.encodePlain(channel, written(channel, value), lists),
      });
    }
    return [...stored.values()];
  }
}

/**
 * What LangGraph records of a task's error is text as a rule, of any length; it is whatever the error has as
 * its name and message.
 */
function written(channel: string, value: unknown): unknown {
  if (channel !== ERROR) return value;
  const { name, message } = describeRecord(value);
  return { message, name };
}
