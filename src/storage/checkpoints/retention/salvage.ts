import type {
  Checkpoint,
  CheckpointMetadata,
  CheckpointPendingWrite,
  CheckpointTuple,
} from '@langchain/langgraph-checkpoint';
import type { SalvagedCheckpoint } from '../../../orchestrator/ports/checkpoints.ts';
import { concernsOneObject } from '../../../orchestrator/ports/database-unavailable.ts';
import type { Database } from '../../database.ts';
import type { Sql } from '../../sql.ts';
import { db, type Params, statement } from '../../statement.ts';
import {
  CHECKPOINT_COLUMNS,
  type CheckpointRecord,
  headOf,
  readWrites,
  toWrite,
  type WriteRecord,
} from '../records/checkpoint-records.ts';
import { type OfThread, threadIdOf } from '../records/state-version.ts';
import { configOf, pendingWrites } from '../records/stored-checkpoint.ts';
import { BlobDecoder, insideBases, readBlobs } from '../values/blob-loader.ts';
import type { SlotRegistry } from '../values/list-changes.ts';
import { StoredPlain } from '../values/stored-value.ts';
import type { TextSerde } from '../values/text-serde.ts';
import type { ValueDecoder } from '../values/value-decoder.ts';

export type SalvageParts = {
  readonly database: Database;
  readonly serde: TextSerde;
  readonly slots: SlotRegistry;
  readonly decoder: ValueDecoder;
};
type OfNs = OfThread & { readonly ns: string };
type Ref = number | readonly [string];

/**
 * Reads a damaged checkpoint value by value and leaves out what can't be read. Where the newest checkpoint's
 * own row is missing, the one stored before it. Null: there is none. Never to be awaited within a
 * transaction.
 */
export async function salvageCheckpoint(
  parts: SalvageParts,
  threadId: string,
  ns: string,
  id: string | null,
): Promise<SalvagedCheckpoint | null> {
  const sql = parts.database.read;
  const record = await readRow(sql, threadId, ns, id);
  if (record === null) return null;
  const channel_values: Record<string, unknown> = {};
  const unreadable: string[] = [];
  for (const [channel, ref] of Object.entries(
    (await attempt(async () => JSON.parse(record.refs) as Record<string, Ref>)) ?? {},
  )) {
    const read = await attempt(async () => ({ value: await decoded(parts, threadId, ref) }));
    if (read === null) unreadable.push(channel);
    else channel_values[channel] = read.value;
  }
  const body = await attempt(async () => JSON.parse(record.body) as Omit<Checkpoint, 'channel_values'>);
  const checkpoint: Checkpoint = { ...(body ?? EMPTY_BODY), id: record.checkpoint_id, channel_values };
  const metadata = await attempt(
    async () => (await parts.serde.loads(record.metadata)) as CheckpointMetadata,
  );
  const tuple: CheckpointTuple = {
    config: configOf(threadId, ns, record.checkpoint_id),
    checkpoint,
    ...(metadata === null ? {} : { metadata }),
    pendingWrites: await readableWrites(parts, threadId, ns, record.checkpoint_id),
    ...(record.parent_id === null ? {} : { parentConfig: configOf(threadId, ns, record.parent_id) }),
  };
  return { tuple, unreadable };
}

const EMPTY_BODY = { v: 4, id: '', ts: new Date(0).toISOString(), channel_versions: {}, versions_seen: {} };

/** Null: damaged. Rejects when the database can't work at all. */
async function attempt<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (concernsOneObject(error)) return null;
    throw error;
  }
}

const checkpointsOf = (p: Params<OfNs>) =>
  db
    .selectFrom('checkpoint')
    .select(CHECKPOINT_COLUMNS)
    .where('thread_id', '=', threadIdOf(p))
    .where('ns', '=', p('ns'));
const head = statement((p: Params<OfNs>) => headOf(p).select(CHECKPOINT_COLUMNS));
const newest = statement((p: Params<OfNs>) => checkpointsOf(p).orderBy('seq', 'desc').limit(1));
const named = statement((p: Params<OfNs & { id: string }>) =>
  checkpointsOf(p).where('checkpoint_id', '=', p('id')),
);

async function readRow(
  sql: Sql,
  threadId: string,
  ns: string,
  id: string | null,
): Promise<CheckpointRecord | null> {
  const reads =
    id === null
      ? [() => head.all(sql, { threadId, ns }), () => newest.all(sql, { threadId, ns })]
      : [() => named.all(sql, { threadId, ns, id })];
  for (const read of reads) {
    const rows = await attempt(read);
    if (rows?.[0] !== undefined) return rows[0];
  }
  return null;
}

async function decoded(
  { database, serde, slots, decoder }: SalvageParts,
  threadId: string,
  ref: Ref,
): Promise<unknown> {
  if (typeof ref !== 'number') return decoder.decode(new StoredPlain('json', ref[0]));
  const blobs = await readBlobs(database.read, threadId, [ref]);
  return decoder.decode(await new BlobDecoder(blobs, serde, slots).value(ref));
}

async function readableWrites(
  { database, serde, slots, decoder }: SalvageParts,
  threadId: string,
  ns: string,
  id: string,
): Promise<CheckpointPendingWrite[]> {
  const records: readonly WriteRecord[] =
    (await attempt(() => readWrites(database.read, threadId, [{ ns, id }]))) ?? [];
  const writes: CheckpointPendingWrite[] = [];
  for (const record of records) {
    const read = await attempt(async () => {
      const blobs = await readBlobs(database.read, threadId, new Set(insideBases(record)));
      return pendingWrites([await toWrite(record, new BlobDecoder(blobs, serde, slots))], decoder);
    });
    writes.push(...(read ?? []));
  }
  return writes;
}
