import type { DeltaChannelHistory } from '@langchain/langgraph-checkpoint';
import type { Database } from '../../database.ts';
import type { Sql } from '../../sql.ts';
import { listCheckpoints } from '../history.ts';
import type { CheckpointMemory, Remembered } from '../memory/checkpoint-memory.ts';
import type { MutationWatch } from '../memory/mutation-watch.ts';
import type { CheckpointSource, Listed, ListQuery } from '../saver.ts';
import { readHead } from '../sql-checkpoint-tx.ts';
import type { SlotRegistry } from '../values/list-changes.ts';
import type { TextSerde } from '../values/text-serde.ts';
import type { ValueDecoder } from '../values/value-decoder.ts';
import { type CheckpointRecord, type CheckpointRecords, checkpointColumns, RecordDecoder, readRecords } from './checkpoint-records.ts';
import { readDeltaHistory } from './delta-history.ts';
import { readStateVersion } from './state-version.ts';
import type { StoredCheckpoint } from './stored-checkpoint.ts';

/**
 * How it is known that what is remembered of a thread is still so. `trust`: nobody but this process writes to the database, and it
 * forgets threads that are deleted, so that no query is needed. `compare`: the thread's stateVersion is read each time.
 */
export type Freshness = 'trust' | 'compare';

export type ReaderParts = {
  readonly database: Database;
  readonly memory: CheckpointMemory;
  readonly serde: TextSerde;
  readonly slots: SlotRegistry;
  readonly decoder: ValueDecoder;
  readonly watch: MutationWatch;
  readonly freshness: Freshness;
};

type Found = { readonly record: CheckpointRecord | undefined; readonly isHead: boolean; readonly records: CheckpointRecords };

/** Reads checkpoints, from memory where it holds them. Never to be awaited within a transaction. */
export class CheckpointReader implements CheckpointSource {
  readonly #parts: ReaderParts;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  /** That checkpoint, or with null the namespace's head; null: there is none. */
  async find(threadId: string, ns: string, id: string | null): Promise<StoredCheckpoint | null> {
    const remembered = (await this.#remembered(threadId))?.heads.get(ns);
    if (remembered !== undefined && (id === null || remembered?.id === id)) return remembered;
    return this.#read(threadId, ns, id);
  }

  list(query: ListQuery): AsyncGenerator<Listed> {
    return listCheckpoints(this.#parts.database, query, this.#parts);
  }

  deltaHistory(threadId: string, ns: string, id: string | null, channels: readonly string[]): Promise<Record<string, DeltaChannelHistory>> {
    return readDeltaHistory(this.#parts.database, { threadId, ns, id, channels }, this.#parts);
  }

  async #read(threadId: string, ns: string, id: string | null): Promise<StoredCheckpoint | null> {
    const { database, memory, serde, slots, watch } = this.#parts;
    const { deletions } = memory;
    const { version, found } = await database.snapshot(async (sql) => {
      const version = await readStateVersion(sql, threadId);
      return { version, found: version === null ? null : await findRecords(sql, threadId, ns, id) };
    });
    if (version === null || found === null) return null;
    const { record, records, isHead } = found;
    const checkpoint = record === undefined ? null : await new RecordDecoder(records, serde, slots).checkpoint(record);
    if (id === null || isHead) {
      if (checkpoint !== null) watch.baseline(checkpoint);
      memory.learn(threadId, version, ns, checkpoint, deletions);
    }
    return checkpoint;
  }

  /** What is remembered of the thread and known to be so now. */
  async #remembered(threadId: string): Promise<Remembered | undefined> {
    const { memory, database, freshness } = this.#parts;
    const remembered = memory.of(threadId);
    if (remembered === undefined) return undefined;
    if (remembered.proposal !== null) {
      memory.decide(threadId, remembered, await isProven(database.read, threadId, remembered, remembered.proposal.proof));
      return memory.of(threadId);
    }
    if (freshness === 'trust' || (await readStateVersion(database.read, threadId)) === remembered.version) return remembered;
    return undefined;
  }
}

/** The proof's id was made for that one write: where it is the head at that version, the write has committed. */
async function isProven(sql: Sql, threadId: string, { version }: Remembered, proof: { ns: string; id: string }): Promise<boolean> {
  const [row] = await sql.all<{ state_version: number | string; checkpoint_id: string }>(
    `select thread.state_version, head.checkpoint_id from thread join checkpoint_head as head on head.thread_id = thread.id
     where thread.id = ? and head.ns = ?`,
    [threadId, proof.ns],
  );
  return row !== undefined && Number(row.state_version) === version && row.checkpoint_id === proof.id;
}

async function findRecords(sql: Sql, threadId: string, ns: string, id: string | null): Promise<Found> {
  const [row] = await sql.all<CheckpointRecord & { head_id: string }>(
    id === null
      ? `select ${checkpointColumns}, head.checkpoint_id as head_id from checkpoint_head as head
         join checkpoint on checkpoint.thread_id = head.thread_id and checkpoint.ns = head.ns and checkpoint.checkpoint_id = head.checkpoint_id
         where head.thread_id = ? and head.ns = ?`
      : `select ${checkpointColumns}, head.checkpoint_id as head_id from checkpoint
         join checkpoint_head as head on head.thread_id = checkpoint.thread_id and head.ns = checkpoint.ns
         where checkpoint.thread_id = ? and checkpoint.ns = ? and checkpoint.checkpoint_id = ?`,
    id === null ? [threadId, ns] : [threadId, ns, id],
  );
  if (row === undefined && id === null) await refuseHeadWithoutRow(sql, threadId, ns);
  const isHead = row !== undefined && row.checkpoint_id === row.head_id;
  return { record: row, isHead, records: await readRecords(sql, threadId, row === undefined ? [] : [row]) };
}

/** A thread whose newest checkpoint has lost its row is damaged and not empty. */
async function refuseHeadWithoutRow(sql: Sql, threadId: string, ns: string): Promise<void> {
  const head = await readHead(sql, threadId, ns);
  if (head !== null) throw new Error(`the row of checkpoint ${head} is missing`);
}
