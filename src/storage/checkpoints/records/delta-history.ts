import type { DeltaChannelHistory } from '@langchain/langgraph-checkpoint';
import type { Database } from '../../database.ts';
import type { Sql } from '../../sql.ts';
import { BlobDecoder, type BlobRecord, insideBases, readBlobs } from '../values/blob-loader.ts';
import type { SlotRegistry } from '../values/list-changes.ts';
import { StoredPlain } from '../values/stored-value.ts';
import type { TextSerde } from '../values/text-serde.ts';
import type { ValueDecoder } from '../values/value-decoder.ts';
import { readWrites, toWrite, type WriteRecord } from './checkpoint-records.ts';
import { pendingWrites } from './stored-checkpoint.ts';

export type DeltaQuery = {
  readonly threadId: string;
  readonly ns: string;
  /** Null: the head. */
  readonly id: string | null;
  readonly channels: readonly string[];
};

type Ref = number | readonly [string];
/** One ancestor's part in the channels' values. */
type Step = { readonly seeds: ReadonlyMap<string, Ref>; readonly writes: readonly WriteRecord[] };
type Ancestor = { readonly checkpoint_id: string; readonly parent_id: string | null; readonly refs: string };

/** Ancestors read at a time. */
const STRIDE = 64;

/**
 * What LangGraph makes the value of a delta channel of: the value stored at the nearest ancestor that has one, and the pending writes
 * from that ancestor on (the target's own belong to the next superstep). Never to be awaited within a transaction.
 */
export async function readDeltaHistory(
  database: Database,
  query: DeltaQuery,
  { serde, slots, decoder }: { readonly serde: TextSerde; readonly slots: SlotRegistry; readonly decoder: ValueDecoder },
): Promise<Record<string, DeltaChannelHistory>> {
  const { steps, blobs } = await database.snapshot(async (sql) => {
    const steps = await readSteps(sql, query);
    const refs = steps.flatMap(({ seeds }) => [...seeds.values()]).filter((ref) => typeof ref === 'number');
    const bases = steps.flatMap(({ writes }) => writes.flatMap((write) => insideBases(write)));
    return { steps, blobs: await readBlobs(sql, query.threadId, new Set([...refs, ...bases])) };
  });
  return new HistoryMaker(blobs, serde, slots, decoder).make(query.channels, steps);
}

/** From the parent on towards the root, until each channel has met a stored value. */
async function readSteps(sql: Sql, { threadId, ns, id, channels }: DeltaQuery): Promise<Step[]> {
  const steps: Step[] = [];
  const open = new Set(channels);
  for (let next = await parentOf(sql, threadId, ns, id); next !== null && open.size > 0; ) {
    const ancestors = await readAncestors(sql, threadId, ns, next);
    if (ancestors.length === 0) break;
    const owners = ancestors.map(({ checkpoint_id }) => ({ ns, id: checkpoint_id }));
    const writes = Map.groupBy(await readWrites(sql, threadId, owners), (write) => write.checkpoint_id);
    for (const { checkpoint_id, refs } of ancestors) {
      if (open.size === 0) break;
      const stored = new Map(Object.entries(JSON.parse(refs) as Record<string, Ref>).filter(([channel]) => open.has(channel)));
      const own = (writes.get(checkpoint_id) ?? []).filter(({ channel }) => open.has(channel));
      steps.push({ seeds: stored, writes: own });
      for (const channel of stored.keys()) open.delete(channel);
    }
    next = ancestors.at(-1)?.parent_id ?? null;
  }
  return steps;
}

async function parentOf(sql: Sql, threadId: string, ns: string, id: string | null): Promise<string | null> {
  const [row] = await sql.all<{ parent_id: string | null }>(
    id === null
      ? `select parent_id from checkpoint join checkpoint_head as head on head.thread_id = checkpoint.thread_id and head.ns = checkpoint.ns
           and head.checkpoint_id = checkpoint.checkpoint_id where checkpoint.thread_id = ? and checkpoint.ns = ?`
      : 'select parent_id from checkpoint where thread_id = ? and ns = ? and checkpoint_id = ?',
    id === null ? [threadId, ns] : [threadId, ns, id],
  );
  return row?.parent_id ?? null;
}

/** Nearest first. */
function readAncestors(sql: Sql, threadId: string, ns: string, id: string): Promise<Ancestor[]> {
  return sql.all<Ancestor>(
    `with recursive line (checkpoint_id, parent_id, refs, depth) as (
       select checkpoint_id, parent_id, refs, 0 from checkpoint where thread_id = ? and ns = ? and checkpoint_id = ?
       union all
       select checkpoint.checkpoint_id, checkpoint.parent_id, checkpoint.refs, line.depth + 1 from line
       join checkpoint on checkpoint.thread_id = ? and checkpoint.ns = ? and checkpoint.checkpoint_id = line.parent_id
       where line.depth + 1 < ${STRIDE}
     )
     select checkpoint_id, parent_id, refs from line order by depth`,
    [threadId, ns, id, threadId, ns],
  );
}

class HistoryMaker {
  readonly #blobs: BlobDecoder;
  readonly #decoder: ValueDecoder;

  constructor(blobs: ReadonlyMap<number, BlobRecord>, serde: TextSerde, slots: SlotRegistry, decoder: ValueDecoder) {
    this.#blobs = new BlobDecoder(blobs, serde, slots);
    this.#decoder = decoder;
  }

  async make(channels: readonly string[], steps: readonly Step[]): Promise<Record<string, DeltaChannelHistory>> {
    const history: Record<string, DeltaChannelHistory> = Object.fromEntries(channels.map((channel) => [channel, { writes: [] }]));
    for (const { seeds, writes } of steps) {
      const stored = [];
      for (const write of writes) stored.push(await toWrite(write, this.#blobs));
      const byChannel = Map.groupBy(await pendingWrites(stored, this.#decoder), ([, channel]) => channel);
      for (const [channel, own] of byChannel) history[channel]?.writes.unshift(...own);
      for (const [channel, ref] of seeds) {
        const value = typeof ref === 'number' ? await this.#blobs.value(ref) : new StoredPlain('json', ref[0]);
        const entry = history[channel];
        if (entry !== undefined) entry.seed = await this.#decoder.decode(value);
      }
    }
    return history;
  }
}
