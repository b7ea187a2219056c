import type { RunnableConfig } from '@langchain/core/runnables';
import {
  BaseCheckpointSaver,
  type ChannelVersions,
  type Checkpoint,
  type CheckpointListOptions,
  type CheckpointMetadata,
  type CheckpointTuple,
  type DeltaChannelHistory,
  getCheckpointId,
  type PendingWrite,
} from '@langchain/langgraph-checkpoint';
import { CheckpointDamagedError } from '../../orchestrator/ports/checkpoints.ts';
import { concernsOneObject } from '../../orchestrator/ports/database-unavailable.ts';
import { KnownCheckpoints } from './memory/checkpoint-memory.ts';
import type { CheckpointEncoder, MetadataPolicy } from './records/checkpoint-encoder.ts';
import { configOf, type StoredCheckpoint, type StoredWrite, toTuple } from './records/stored-checkpoint.ts';
import type { TextSerde } from './values/text-serde.ts';
import type { ValueDecoder } from './values/value-decoder.ts';

/**
 * Reads a checkpoint. What keeps it from being read, other than a database that can't work at all, is damage
 * to that checkpoint.
 */
async function orDamaged<T>(ns: string, checkpointId: string | null, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw concernsOneObject(error) ? new CheckpointDamagedError(ns, checkpointId, error) : error;
  }
}

export type ListQuery = {
  /** Undefined: of every thread. */
  readonly threadId: string | undefined;
  /** Undefined: of every namespace. */
  readonly ns: string | undefined;
  readonly id: string | undefined;
  /** Only what was put before this checkpoint. */
  readonly before: { readonly threadId: string | undefined; readonly id: string } | undefined;
  readonly limit: number | undefined;
  /** Metadata keys with the values that they must have. */
  readonly filter: Readonly<Record<string, unknown>>;
};

export type Listed = { readonly threadId: string; readonly checkpoint: StoredCheckpoint };

/** Where a saver's checkpoints come from. */
export interface CheckpointSource {
  /** That checkpoint, or with null the namespace's head; null: there is none. */
  find(threadId: string, ns: string, id: string | null): Promise<StoredCheckpoint | null>;
  /** By thread, newest first. */
  list(query: ListQuery): AsyncGenerator<Listed>;
  /**
   * As LangGraph's getDeltaChannelHistory; null: walk the ancestors through getTuple instead. `id` null: from
   * the head.
   */
  deltaHistory(
    threadId: string,
    ns: string,
    id: string | null,
    channels: readonly string[],
  ): Promise<Record<string, DeltaChannelHistory> | null>;
}

/** Where a saver's checkpoints go. Calls of one saver are written in the order in which they are made. */
export interface CheckpointWriter {
  /** The run that they belong to; null: none. */
  readonly runId: string | null;
  /** After one write has failed all later ones do. */
  readonly failsForGood: boolean;
  put(threadId: string, checkpoint: StoredCheckpoint): Promise<void>;
  putWrites(
    threadId: string,
    ns: string,
    checkpointId: string,
    writes: readonly StoredWrite[],
  ): Promise<void>;
  deleteThread(threadId: string): Promise<void>;
}

export type SaverParts = {
  readonly source: CheckpointSource;
  readonly sink: CheckpointWriter;
  readonly encoder: CheckpointEncoder;
  readonly decoder: ValueDecoder;
  readonly serde: TextSerde;
  readonly metadata: MetadataPolicy;
};

/**
 * LangGraph's checkpointer over our tables. What it may write, and when that counts, is its sink's business.
 */
export class SqlSaver extends BaseCheckpointSaver {
  readonly #parts: SaverParts;
  readonly #known = new KnownCheckpoints();
  /**
   * A put is encoded as a change of the one before, so that they are encoded one after another, in the order
   * of the calls.
   */
  #encoding: Promise<unknown> = Promise.resolve();
  /** The last write: a sink writes in the order of the calls. */
  #written: Promise<unknown> = Promise.resolve();
  /**
   * The put of an input, which is not awaited: no node runs before the checkpoint of the first superstep, put
   * right after it, so that one commit takes both. Should it fail, the next put does.
   */
  #ahead: Promise<unknown> = Promise.resolve();
  /**
   * Why nothing more is written: what couldn't be encoded would be missing below everything that comes after
   * it.
   */
  #failure: { readonly error: unknown } | null = null;
  /**
   * By checkpoint: puts from the moment of their calls until they have committed, and those that never will.
   */
  readonly #uncommitted = new Map<string, Promise<void>>();

  constructor(parts: SaverParts) {
    super(parts.serde);
    this.#parts = parts;
  }

  override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    const threadId = config.configurable?.['thread_id'];
    if (threadId === undefined) return undefined;
    await this.#encoding;
    await this.#ahead;
    const ns = namespaceOf(config);
    const id = getCheckpointId(config) || null;
    return orDamaged(ns, id, async () => {
      const stored = await this.#parts.source.find(threadId, ns, id);
      if (stored === null) return undefined;
      this.#known.add(threadId, stored);
      return this.#tuple(threadId, stored);
    });
  }

  override async *list(
    config: RunnableConfig,
    options: CheckpointListOptions = {},
  ): AsyncGenerator<CheckpointTuple> {
    const { thread_id: threadId, checkpoint_ns: ns } = config.configurable ?? {};
    const beforeId = options.before === undefined ? '' : getCheckpointId(options.before);
    const listed = this.#parts.source.list({
      threadId,
      ns,
      id: getCheckpointId(config) || undefined,
      before:
        beforeId === ''
          ? undefined
          : { threadId: options.before?.configurable?.['thread_id'] ?? threadId, id: beforeId },
      limit: options.limit,
      filter: options.filter ?? {},
    });
    for await (const { threadId, checkpoint } of listed) yield await this.#tuple(threadId, checkpoint);
  }

  override async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    given: CheckpointMetadata,
    newVersions: ChannelVersions,
  ): Promise<RunnableConfig> {
    const metadata = this.#parts.metadata.stored(config, given);
    const threadId = requireThreadId(config);
    const ns = namespaceOf(config);
    const parentId = getCheckpointId(config) || null;
    const turn = this.#inTurn(
      async () => {
        const parent = parentId === null ? null : await this.#parent(threadId, ns, parentId);
        const stored = this.#parts.encoder.checkpoint(
          { threadId, ns, parent, parentId, checkpoint, metadata, newVersions },
          this.#known,
        );
        this.#known.add(threadId, stored);
        return stored;
      },
      (stored) => this.#parts.sink.put(threadId, stored),
    );
    const committed = turn.then(({ written }) => written);
    this.#track(ns, checkpoint.id, committed);
    await turn;
    if (this.#parts.sink.failsForGood && metadata.source === 'input') this.#ahead = committed.catch(() => {});
    else await committed;
    return configOf(threadId, ns, checkpoint.id);
  }

  /**
   * Resolves once that checkpoint is committed, at once for one that wasn't put here; rejects as its put did.
   */
  async committed(ns: string, checkpointId: string): Promise<void> {
    await this.#uncommitted.get(keyOf(ns, checkpointId));
  }

  /** Resolves once all that was put so far is committed or was refused. */
  async flushed(): Promise<void> {
    await this.#encoding;
    await this.#written;
  }

  #track(ns: string, checkpointId: string, committed: Promise<void>): void {
    const key = keyOf(ns, checkpointId);
    this.#uncommitted.set(key, committed);
    committed.then(
      () => this.#uncommitted.delete(key),
      () => {}, // kept for later readers; put rejects with it
    );
  }

  override async putWrites(
    config: RunnableConfig,
    writes: PendingWrite[],
    taskId: string,
    taskPath = '',
  ): Promise<void> {
    const threadId = requireThreadId(config);
    const ns = namespaceOf(config);
    const checkpointId = getCheckpointId(config);
    if (checkpointId === '') throw new Error('putWrites requires a checkpoint_id in config.configurable');
    const { encoder, sink } = this.#parts;
    const { written } = await this.#inTurn(
      async () =>
        encoder.writes({ threadId, ns, writes, taskId, taskPath, runId: sink.runId ?? '' }, this.#known),
      (stored) => sink.putWrites(threadId, ns, checkpointId, stored),
    );
    await written;
  }

  override async deleteThread(threadId: string): Promise<void> {
    await this.#encoding;
    this.#known.forget(threadId);
    await this.#parts.sink.deleteThread(threadId);
  }

  override async getDeltaChannelHistory(options: {
    config: RunnableConfig;
    channels: string[];
  }): Promise<Record<string, DeltaChannelHistory>> {
    const { config, channels } = options;
    if (channels.length === 0) return {};
    const id = getCheckpointId(config) || null;
    const history = await this.#parts.source.deltaHistory(
      requireThreadId(config),
      namespaceOf(config),
      id,
      channels,
    );
    return history ?? super.getDeltaChannelHistory(options);
  }

  /**
   * Encodes when what earlier calls put is encoded and on its way; resolves when this is encoded, with the
   * promise of its writing.
   */
  #inTurn<T>(
    encode: () => Promise<T>,
    write: (encoded: T) => Promise<void>,
  ): Promise<{ readonly written: Promise<void> }> {
    const turn = this.#encoding.then(async () => {
      const encoded = await this.#encoded(encode);
      const written = write(encoded); // not awaited in turn: the next is encoded while this is written
      this.#written = written.catch(() => {}); // its own caller gets the error
      return { written };
    });
    this.#encoding = turn.catch(() => {}); // its own caller gets the error
    return turn;
  }

  async #encoded<T>(encode: () => Promise<T>): Promise<T> {
    if (this.#failure !== null) throw this.#failure.error;
    try {
      return await encode();
    } catch (error) {
      if (this.#parts.sink.failsForGood) this.#failure = { error };
      throw error;
    }
  }

  async #tuple(threadId: string, stored: StoredCheckpoint): Promise<CheckpointTuple> {
    const tuple = await toTuple(threadId, stored, this.#parts.decoder);
    if (tuple.metadata !== undefined) tuple.metadata = this.#parts.metadata.shown(tuple.metadata);
    return tuple;
  }

  async #parent(threadId: string, ns: string, id: string): Promise<StoredCheckpoint | null> {
    return this.#known.get(threadId, ns, id) ?? this.#parts.source.find(threadId, ns, id);
  }
}

const keyOf = (ns: string, id: string): string => JSON.stringify([ns, id]);

const namespaceOf = (config: RunnableConfig): string => config.configurable?.['checkpoint_ns'] ?? '';

function requireThreadId(config: RunnableConfig): string {
  const threadId = config.configurable?.['thread_id'];
  if (typeof threadId !== 'string' || threadId === '')
    throw new Error('The checkpointer requires a thread_id in config.configurable');
  return threadId;
}
