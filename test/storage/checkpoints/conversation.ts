import type { RunnableConfig } from '@langchain/core/runnables';
import {
  type BaseCheckpointSaver,
  type CheckpointTuple,
  type PendingWrite,
  uuid6,
} from '@langchain/langgraph-checkpoint';
import type { SaverHandle } from '../../../src/orchestrator/ports/checkpoints.ts';

export const saverOf = (handle: SaverHandle): BaseCheckpointSaver => handle.saver as BaseCheckpointSaver;
export const headConfig = (threadId: string, ns = ''): RunnableConfig => ({
  configurable: { thread_id: threadId, checkpoint_ns: ns },
});

/** Newest first. */
export async function historyOf(handle: SaverHandle, threadId: string, ns = ''): Promise<CheckpointTuple[]> {
  const tuples: CheckpointTuple[] = [];
  for await (const tuple of saverOf(handle).list(headConfig(threadId, ns))) tuples.push(tuple);
  return tuples;
}

/**
 * Puts checkpoints one after another into a namespace the way the Pregel loop does: all channels' values, and
 * which of them are new.
 */
export class Conversation {
  readonly #saver: BaseCheckpointSaver;
  #config: RunnableConfig;
  #values: Record<string, unknown> = {};
  #versions: Record<string, number> = {};
  #step = -1;

  private constructor(saver: BaseCheckpointSaver, config: RunnableConfig) {
    this.#saver = saver;
    this.#config = config;
  }

  /** Goes on from the namespace's head. */
  static async open(saver: BaseCheckpointSaver, threadId: string, ns = ''): Promise<Conversation> {
    const conversation = new Conversation(saver, headConfig(threadId, ns));
    const head = await saver.getTuple(headConfig(threadId, ns));
    if (head !== undefined) conversation.#takeUp(head);
    return conversation;
  }

  #takeUp(tuple: CheckpointTuple): void {
    this.#config = tuple.config;
    this.#values = { ...tuple.checkpoint.channel_values };
    this.#versions = { ...tuple.checkpoint.channel_versions } as Record<string, number>;
    this.#step = tuple.metadata?.step ?? -1;
  }

  get values(): Readonly<Record<string, unknown>> {
    return this.#values;
  }

  get id(): string {
    return this.#config.configurable?.['checkpoint_id'];
  }

  /** A superstep that changed these channels; undefined empties one. Returns the checkpoint's id. */
  async put(
    changes: Record<string, unknown>,
    step = ++this.#step,
    source: 'input' | 'loop' = 'loop',
  ): Promise<string> {
    const newVersions: Record<string, number> = {};
    for (const [channel, value] of Object.entries(changes)) {
      newVersions[channel] = this.#versions[channel] = (this.#versions[channel] ?? 0) + 1;
      if (value === undefined) delete this.#values[channel];
      else this.#values[channel] = value;
    }
    const checkpoint = {
      v: 4,
      id: uuid6(step),
      ts: '2026-01-01T00:00:00.000Z',
      channel_values: { ...this.#values },
      channel_versions: { ...this.#versions },
      versions_seen: { node: { ...newVersions } },
    };
    this.#config = await this.#saver.put(
      this.#config,
      checkpoint,
      { source, step, parents: {} },
      newVersions,
    );
    return checkpoint.id;
  }

  /** The checkpoint that takes a run's input in. */
  putInput(changes: Record<string, unknown>): Promise<string> {
    return this.put(changes, -1, 'input');
  }

  async write(taskId: string, writes: PendingWrite[], taskPath?: string): Promise<void> {
    await this.#saver.putWrites(this.#config, writes, taskId, taskPath);
  }
}
