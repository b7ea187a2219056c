import type { DeltaChannelHistory } from '@langchain/langgraph-checkpoint';
import type { Database } from '../../database.ts';
import type { Sql } from '../../sql.ts';
import { db, type Params, statement } from '../../statement.ts';
import { listCheckpoints } from '../history.ts';
import type { CheckpointMemory, Remembered } from '../memory/checkpoint-memory.ts';
import type { MutationWatch } from '../memory/mutation-watch.ts';
import type { CheckpointSource, Listed, ListQuery } from '../saver.ts';
import { readHead } from '../sql-checkpoint-tx.ts';
import type { SlotRegistry } from '../values/list-changes.ts';
import type { TextSerde } from '../values/text-serde.ts';
import type { ValueDecoder } from '../values/value-decoder.ts';
import {
  CHECKPOINT_COLUMNS,
  type CheckpointRecord,
  type CheckpointRecords,
  headOf,
  RecordDecoder,
  readRecords,
} from './checkpoint-records.ts';
import { readDeltaHistory } from './delta-history.ts';
import { type OfThread, readStateVersion, threadIdOf } from './state-version.ts';
import type { StoredCheckpoint } from './stored-checkpoint.ts';

/**
 * How it is known that what is remembered of a thread is still so. `trust`: nobody but this process writes to
 * the database, and it forgets threads that are deleted, so that no query is needed. `compare`: the thread's
 * stateVersion is read each time.
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

type Found = {
  readonly record: CheckpointRecord | undefined;
  readonly isHead: boolean;
  readonly records: CheckpointRecords;
};

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

  deltaHistory(
    threadId: string,
    ns: string,
    id: string | null,
    channels: readonly string[],
  ): Promise<Record<string, DeltaChannelHistory>> {
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
    const checkpoint =
      record === undefined ? null : await new RecordDecoder(records, serde, slots).checkpoint(record);
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
      memory.decide(
        threadId,
        remembered,
        await isProven(database.read, threadId, remembered, remembered.proposal.proof),
      );
      return memory.of(threadId);
    }
    if (freshness === 'trust' || (await readStateVersion(database.read, threadId)) === remembered.version)
      return remembered;
    return undefined;
  }
}

const versionAndHead = statement((p: Params<OfThread & { ns: string }>) =>
  db
    .selectFrom('thread')
    .innerJoin('checkpoint_head as head', 'head.thread_id', 'thread.id')
    .select(['thread.state_version', 'head.checkpoint_id'])
    .where('thread.id', '=', threadIdOf(p))
    .where('head.ns', '=', p('ns')),
);

/**
 * The proof's id was made for that one write: where it is the head at that version, the write has committed.
 */
async function isProven(
  sql: Sql,
  threadId: string,
  { version }: Remembered,
  proof: { ns: string; id: string },
): Promise<boolean> {
  const [row] = await versionAndHead.all(sql, { threadId, ns: proof.ns });
  return row !== undefined && Number(row.state_version) === version && row.checkpoint_id === proof.id;
}

const named = statement((p: Params<OfThread & { ns: string; id: string }>) =>
  db
    .selectFrom('checkpoint')
    .innerJoin('checkpoint_head as head', (join) =>
      join.onRef('head.thread_id', '=', 'checkpoint.thread_id').onRef('head.ns', '=', 'checkpoint.ns'),
    )
    .select([...CHECKPOINT_COLUMNS, 'head.checkpoint_id as head_id'])
    .where('checkpoint.thread_id', '=', threadIdOf(p))
    .where('checkpoint.ns', '=', p('ns'))
    .where('checkpoint.checkpoint_id', '=', p('id')),
);
const head = statement((p: Params<OfThread & { ns: string }>) =>
  headOf(p).select([...CHECKPOINT_COLUMNS, 'head.checkpoint_id as head_id']),
);

async function findRecords(sql: Sql, threadId: string, ns: string, id: string | null): Promise<Found> {
  const [row] =
    id === null ? await head.all(sql, { threadId, ns }) : await named.all(sql, { threadId, ns, id });
  if (row === undefined && id === null) await refuseHeadWithoutRow(sql, threadId, ns);
  const isHead = row !== undefined && row.checkpoint_id === row.head_id;
  return { record: row, isHead, records: await readRecords(sql, threadId, row === undefined ? [] : [row]) };
}

/** A thread whose newest checkpoint has lost its row is damaged and not empty. */
async function refuseHeadWithoutRow(sql: Sql, threadId: string, ns: string): Promise<void> {
  const id = await readHead(sql, threadId, ns);
  if (id !== null) throw new Error(`the row of checkpoint ${id} is missing`);
}
