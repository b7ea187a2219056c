import { TASKS } from '@langchain/langgraph-checkpoint';
import type { Selectable } from 'kysely';
import type { Tables } from '../../entities.ts';
import type { Sql } from '../../sql.ts';
import { byShape, db, type Params, statement } from '../../statement.ts';
import { BlobDecoder, type BlobRecord, insideBases, readBlobs } from '../values/blob-loader.ts';
import type { SlotRegistry } from '../values/list-changes.ts';
import { StoredPlain, type StoredValue } from '../values/stored-value.ts';
import type { TextSerde } from '../values/text-serde.ts';
import { type OfThread, threadIdOf } from './state-version.ts';
import {
  type ChannelVersions,
  isOldFormat,
  type StoredCheckpoint,
  type StoredWrite,
} from './stored-checkpoint.ts';

export const CHECKPOINT_COLUMNS = [
  'checkpoint.thread_id',
  'checkpoint.ns',
  'checkpoint.checkpoint_id',
  'checkpoint.parent_id',
  'checkpoint.seq',
  'checkpoint.body',
  'checkpoint.metadata',
  'checkpoint.refs',
] as const;
/** A row of checkpoint, as far as a checkpoint is made of it. */
export type CheckpointRecord = Omit<Selectable<Tables['checkpoint']>, 'run_id'>;

/** A namespace's newest checkpoint, and its head. */
export const headOf = (p: Params<OfThread & { ns: string }>) =>
  db
    .selectFrom('checkpoint_head as head')
    .innerJoin('checkpoint', (join) =>
      join
        .onRef('checkpoint.thread_id', '=', 'head.thread_id')
        .onRef('checkpoint.ns', '=', 'head.ns')
        .onRef('checkpoint.checkpoint_id', '=', 'head.checkpoint_id'),
    )
    .where('head.thread_id', '=', threadIdOf(p))
    .where('head.ns', '=', p('ns'));

const writesOf = byShape((size: number) =>
  statement((p: Params<OfThread & { ns: string; ids: readonly string[] }>) =>
    db
      .selectFrom('checkpoint_write')
      .select([
        'ns',
        'checkpoint_id',
        'task_id',
        'idx',
        'run_id',
        'channel',
        'task_path',
        'type',
        'data',
        'lists',
      ])
      .where('thread_id', '=', threadIdOf(p))
      .where('ns', '=', p('ns'))
      .where('checkpoint_id', 'in', p.list('ids', size))
      .orderBy('seq'),
  ),
);
export type WriteRecord = Omit<Selectable<Tables['checkpoint_write']>, 'thread_id' | 'seq'>;

/**
 * Some checkpoints of one thread with all the rows that they are made of; read in one transaction, decoded
 * after it.
 */
export type CheckpointRecords = {
  readonly checkpoints: readonly CheckpointRecord[];
  /** Of these checkpoints, and of the parents of those in an old format; oldest first. */
  readonly writes: readonly WriteRecord[];
  readonly blobs: ReadonlyMap<number, BlobRecord>;
};

type Refs = Readonly<Record<string, number | readonly [string]>>;
type Body = { readonly v: number; readonly channel_versions: ChannelVersions };

export async function readRecords(
  sql: Sql,
  threadId: string,
  checkpoints: readonly CheckpointRecord[],
): Promise<CheckpointRecords> {
  const owners = checkpoints.flatMap((record) => {
    const own = { ns: record.ns, id: record.checkpoint_id };
    return record.parent_id !== null && isOldFormat((JSON.parse(record.body) as Body).v, record.parent_id)
      ? [own, { ns: record.ns, id: record.parent_id }]
      : [own];
  });
  const writes = await readWrites(sql, threadId, owners);
  const ids = checkpoints
    .flatMap(({ refs }) => Object.values(JSON.parse(refs) as Refs))
    .filter((ref) => typeof ref === 'number');
  const bases = writes.flatMap((write) => insideBases(write));
  return { checkpoints, writes, blobs: await readBlobs(sql, threadId, new Set([...ids, ...bases])) };
}

/** The pending writes of the checkpoints, covered ones included, oldest first. */
export async function readWrites(
  sql: Sql,
  threadId: string,
  owners: readonly { readonly ns: string; readonly id: string }[],
): Promise<WriteRecord[]> {
  const byNs = Map.groupBy(owners, (owner) => owner.ns);
  const writes: WriteRecord[] = [];
  for (const [ns, group] of byNs) {
    const size = 2 ** Math.ceil(Math.log2(group.length)); // few texts to prepare
    const ids = Array.from({ length: size }, (_, index) => (group[index] ?? group[0])?.id ?? '');
    writes.push(...(await writesOf(size).all(sql, { threadId, ns, ids })));
  }
  return writes;
}

/** Makes checkpoints of records; those that share blobs share their items. */
export class RecordDecoder {
  readonly #records: CheckpointRecords;
  readonly #blobs: BlobDecoder;

  constructor(records: CheckpointRecords, serde: TextSerde, slots: SlotRegistry) {
    this.#records = records;
    this.#blobs = new BlobDecoder(records.blobs, serde, slots);
  }

  async checkpoint(record: CheckpointRecord): Promise<StoredCheckpoint> {
    const values = new Map<string, StoredValue>();
    for (const [channel, ref] of Object.entries(JSON.parse(record.refs) as Refs)) {
      values.set(
        channel,
        typeof ref === 'number' ? await this.#blobs.value(ref) : new StoredPlain('json', ref[0]),
      );
    }
    const body = JSON.parse(record.body) as Body;
    return {
      ns: record.ns,
      id: record.checkpoint_id,
      parentId: record.parent_id,
      body: record.body,
      metadata: record.metadata,
      versions: body.channel_versions,
      values,
      fresh: [],
      writes: await this.#writes(record.ns, record.checkpoint_id),
      parentSends: isOldFormat(body.v, record.parent_id)
        ? (await this.#writes(record.ns, record.parent_id)).filter(({ channel }) => channel === TASKS)
        : null,
    };
  }

  async #writes(ns: string, checkpointId: string | null): Promise<StoredWrite[]> {
    const writes: StoredWrite[] = [];
    for (const record of this.#records.writes) {
      if (record.checkpoint_id === checkpointId && record.ns === ns)
        writes.push(await toWrite(record, this.#blobs));
    }
    return writes;
  }
}

export async function toWrite(record: WriteRecord, blobs: BlobDecoder): Promise<StoredWrite> {
  return {
    taskId: record.task_id,
    idx: Number(record.idx),
    runId: record.run_id,
    channel: record.channel,
    taskPath: record.task_path,
    value: await blobs.plain(record.type, record.data, record.lists),
  };
}
