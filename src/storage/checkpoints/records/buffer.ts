import type { DeltaChannelHistory } from '@langchain/langgraph-checkpoint';
import type { RunId, ThreadId } from '../../../domain/ids.ts';
import type { StateBuffer } from '../../../orchestrator/ports/checkpoints.ts';
import type { Sql } from '../../sql.ts';
import { matches } from '../history.ts';
import type { CheckpointSource, CheckpointWriter, Listed, ListQuery, SqlSaver } from '../saver.ts';
import { writeCheckpoint, writeWrites } from './checkpoint-writes.ts';
import { type StoredCheckpoint, type StoredWrite, withWrites } from './stored-checkpoint.ts';

type Write = (sql: Sql) => Promise<number>;

/**
 * What was put and isn't written: a source that shows it on top of the stored state, and a sink that takes
 * more. Holds nothing of the database, so that dropping it leaves nothing behind.
 */
export class BufferedPuts implements CheckpointSource, CheckpointWriter {
  readonly threadId: ThreadId;
  readonly runId: RunId | null;
  readonly failsForGood = false;
  readonly #stored: CheckpointSource;
  readonly #put = new Map<string, StoredCheckpoint>();
  /** By checkpoint: writes to stored ones as well. */
  readonly #added = new Map<string, readonly StoredWrite[]>();
  readonly #heads = new Map<string, string>();
  readonly #writes: Write[] = [];

  constructor(threadId: ThreadId, runId: RunId | null, stored: CheckpointSource) {
    this.threadId = threadId;
    this.runId = runId;
    this.#stored = stored;
  }

  get isEmpty(): boolean {
    return this.#writes.length === 0;
  }

  /** The namespaces' heads among what was put. */
  get heads(): { readonly ns: string; readonly id: string }[] {
    return [...this.#heads].map(([ns, id]) => ({ ns, id }));
  }

  /** What becomes of these heads when it is written. */
  over(heads: ReadonlyMap<string, StoredCheckpoint | null>): Map<string, StoredCheckpoint | null> {
    const after = new Map(heads);
    for (const { ns, id } of this.heads) after.set(ns, this.#put.get(keyOf(ns, id)) ?? null);
    for (const [ns, head] of after) if (head !== null) after.set(ns, this.#withAdded(head));
    return after;
  }

  /** Writes it all, in order; returns the thread's new stateVersion. */
  async write(sql: Sql): Promise<number> {
    let version = 0;
    for (const write of this.#writes) version = await write(sql);
    return version;
  }

  async find(threadId: string, ns: string, id: string | null): Promise<StoredCheckpoint | null> {
    const wanted = id ?? this.#heads.get(ns) ?? null;
    const own = wanted === null ? undefined : this.#put.get(keyOf(ns, wanted));
    const found = own ?? (await this.#stored.find(threadId, ns, wanted));
    return found === null ? null : this.#withAdded(found);
  }

  async *list(query: ListQuery): AsyncGenerator<Listed> {
    let left = query.limit ?? Number.POSITIVE_INFINITY;
    for (const checkpoint of this.#putNewestFirst(query)) {
      if (left-- <= 0) return;
      yield { threadId: this.threadId, checkpoint: this.#withAdded(checkpoint) };
    }
    for await (const { threadId, checkpoint } of this.#stored.list(
      left === Number.POSITIVE_INFINITY ? query : { ...query, limit: left },
    )) {
      yield { threadId, checkpoint: this.#withAdded(checkpoint) };
    }
  }

  #putNewestFirst({ threadId, ns, id, before, filter }: ListQuery): StoredCheckpoint[] {
    if (threadId !== undefined && threadId !== this.threadId) return [];
    const put = [...this.#put.values()];
    const end =
      before === undefined ? put.length : put.findIndex((checkpoint) => checkpoint.id === before.id);
    return put
      .slice(0, Math.max(0, end)) // a stored one is older than all of these
      .reverse()
      .filter((checkpoint) => ns === undefined || checkpoint.ns === ns)
      .filter((checkpoint) => id === undefined || checkpoint.id === id)
      .filter((checkpoint) => matches(checkpoint.metadata, filter));
  }

  async deltaHistory(
    ...args: Parameters<CheckpointSource['deltaHistory']>
  ): Promise<Record<string, DeltaChannelHistory> | null> {
    return this.isEmpty ? this.#stored.deltaHistory(...args) : null;
  }

  async put(threadId: string, checkpoint: StoredCheckpoint): Promise<void> {
    this.#put.set(keyOf(checkpoint.ns, checkpoint.id), checkpoint);
    this.#heads.set(checkpoint.ns, checkpoint.id);
    this.#writes.push((sql) => writeCheckpoint(sql, threadId, this.runId, checkpoint));
  }

  async putWrites(
    threadId: string,
    ns: string,
    checkpointId: string,
    writes: readonly StoredWrite[],
  ): Promise<void> {
    const key = keyOf(ns, checkpointId);
    this.#added.set(key, [...(this.#added.get(key) ?? []), ...writes]);
    this.#writes.push((sql) => writeWrites(sql, threadId, ns, checkpointId, writes));
  }

  async deleteThread(threadId: string): Promise<void> {
    throw new Error(`Thread ${threadId} cannot be deleted through a buffer`);
  }

  #withAdded(checkpoint: StoredCheckpoint): StoredCheckpoint {
    const added = this.#added.get(keyOf(checkpoint.ns, checkpoint.id));
    return added === undefined ? checkpoint : { ...checkpoint, writes: withWrites(checkpoint.writes, added) };
  }
}

const keyOf = (ns: string, id: string): string => JSON.stringify([ns, id]);

/** The port's view of buffered puts. */
export class SqlStateBuffer implements StateBuffer {
  readonly kind = 'buffer';
  readonly stateVersion: number;
  readonly saver: SqlSaver;
  readonly puts: BufferedPuts;

  constructor(stateVersion: number, puts: BufferedPuts, saver: SqlSaver) {
    this.stateVersion = stateVersion;
    this.puts = puts;
    this.saver = saver;
  }

  get threadId(): ThreadId {
    return this.puts.threadId;
  }

  get isEmpty(): boolean {
    return this.puts.isEmpty;
  }
}
