import type { RunId, ThreadId } from '../../src/domain/ids.ts';
import type { StateBuffer } from '../../src/orchestrator/ports/checkpoints.ts';
import {
  findCheckpoint,
  type StoredCheckpoint,
  type StoredWrite,
  type ThreadCheckpoints,
  withCheckpoint,
  withWrites,
  writesOf,
} from './thread-checkpoints.ts';

export type SaverConfig = { readonly configurable?: Readonly<Record<string, unknown>> };
export type SavedTuple = {
  readonly config: SaverConfig;
  readonly checkpoint: StoredCheckpoint['checkpoint'];
  readonly metadata: StoredCheckpoint['metadata'];
  readonly parentConfig?: SaverConfig;
  /** Task, channel, value. */
  readonly pendingWrites: readonly (readonly [string, string, unknown])[];
};

/** Changes of a thread's checkpoints, for whoever stores them. */
export type Change = (state: ThreadCheckpoints) => ThreadCheckpoints;
export type SaverParts = {
  readonly runId: RunId | null;
  read(threadId: ThreadId): Promise<ThreadCheckpoints>;
  write(threadId: ThreadId, change: Change): Promise<void>;
  /** The put of an input isn't waited for: the next put fails with it. */
  readonly inputGoesAhead: boolean;
};

/**
 * LangGraph gives its own channels fixed places in a task's writes; what is written there again replaces what
 * was.
 */
const PLACES: Readonly<Record<string, number>> = {
  __error__: -1,
  __scheduled__: -2,
  __interrupt__: -3,
  __resume__: -4,
};

/** The part of LangGraph's checkpointer that graphs and tests here use. */
export class MemorySaver {
  readonly #parts: SaverParts;
  readonly #uncommitted = new Map<string, Promise<void>>();
  #failed: Promise<void> | null = null;
  #written: Promise<void> = Promise.resolve();

  constructor(parts: SaverParts) {
    this.#parts = parts;
  }

  async getTuple(config: SaverConfig): Promise<SavedTuple | undefined> {
    const state = await this.#parts.read(threadOf(config));
    const found = findCheckpoint(state, nsOf(config), idOf(config));
    return found === null ? undefined : tupleOf(threadOf(config), state, found);
  }

  /** Newest first. */
  async *list(config: SaverConfig): AsyncGenerator<SavedTuple> {
    const state = await this.#parts.read(threadOf(config));
    const own = state.checkpoints.filter((one) => one.ns === nsOf(config)).sort((a, b) => b.seq - a.seq);
    for (const one of own) yield tupleOf(threadOf(config), state, one);
  }

  async put(
    config: SaverConfig,
    checkpoint: StoredCheckpoint['checkpoint'],
    metadata: StoredCheckpoint['metadata'],
  ): Promise<SaverConfig> {
    const { runId, inputGoesAhead } = this.#parts;
    const [threadId, ns, id] = [threadOf(config), nsOf(config), checkpoint.id];
    const put = { ns, id, parentId: idOf(config), runId, checkpoint, metadata };
    const written = this.#write(threadId, (state) => withCheckpoint(state, put));
    this.#uncommitted.set(`${ns}/${id}`, written);
    if (!(inputGoesAhead && metadata.source === 'input')) await written;
    return { configurable: { thread_id: threadId, checkpoint_ns: ns, checkpoint_id: id } };
  }

  async putWrites(
    config: SaverConfig,
    writes: readonly (readonly [string, unknown])[],
    taskId: string,
  ): Promise<void> {
    const [threadId, ns, checkpointId] = [threadOf(config), nsOf(config), idOf(config)];
    if (checkpointId === null) throw new Error('putWrites requires a checkpoint_id in config.configurable');
    const { runId } = this.#parts;
    const added = writes.map(
      ([channel, value], index): StoredWrite => ({
        ns,
        checkpointId,
        taskId,
        index: PLACES[channel] ?? index,
        channel,
        value,
        runId,
      }),
    );
    await this.#write(threadId, (state) => withWrites(state, added));
  }

  async committed(ns: string, checkpointId: string): Promise<void> {
    await this.#uncommitted.get(`${ns}/${checkpointId}`);
  }

  async flushed(): Promise<void> {
    await this.#written;
  }

  /** After one write has failed all later ones do. */
  #write(threadId: ThreadId, change: Change): Promise<void> {
    if (this.#failed !== null) return this.#failed;
    const written = this.#parts.write(threadId, change);
    this.#written = written.catch(() => {
      this.#failed ??= written;
    });
    return written;
  }
}

/** Puts that are kept until CheckpointTx.commit takes them. */
export class MemoryStateBuffer implements StateBuffer {
  readonly kind = 'buffer';
  readonly threadId: ThreadId;
  readonly stateVersion: number;
  readonly saver: MemorySaver;
  readonly #changes: Change[] = [];

  constructor(threadId: ThreadId, runId: RunId | null, stateVersion: number, stored: ThreadCheckpoints) {
    this.threadId = threadId;
    this.stateVersion = stateVersion;
    this.saver = new MemorySaver({
      runId,
      inputGoesAhead: false,
      read: async () => this.applyTo(stored),
      write: async (_, change) => void this.#changes.push(change),
    });
  }

  get isEmpty(): boolean {
    return this.#changes.length === 0;
  }

  applyTo(state: ThreadCheckpoints): ThreadCheckpoints {
    return this.#changes.reduce((changed, change) => change(changed), state);
  }
}

function tupleOf(
  threadId: ThreadId,
  state: ThreadCheckpoints,
  { ns, id, parentId, checkpoint, metadata }: StoredCheckpoint,
): SavedTuple {
  const configOf = (checkpointId: string) => ({
    configurable: { thread_id: threadId, checkpoint_ns: ns, checkpoint_id: checkpointId },
  });
  const pendingWrites = writesOf(state, ns, id).map(
    ({ taskId, channel, value }) => [taskId, channel, value] as const,
  );
  return {
    config: configOf(id),
    checkpoint,
    metadata,
    pendingWrites,
    ...(parentId === null ? {} : { parentConfig: configOf(parentId) }),
  };
}

const threadOf = ({ configurable }: SaverConfig): ThreadId => configurable?.['thread_id'] as ThreadId;
const nsOf = ({ configurable }: SaverConfig): string => (configurable?.['checkpoint_ns'] ?? '') as string;
const idOf = ({ configurable }: SaverConfig): string | null =>
  (configurable?.['checkpoint_id'] ?? null) as string | null;
