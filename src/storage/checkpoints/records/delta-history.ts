import type { DeltaChannelHistory } from '@langchain/langgraph-checkpoint';
import type { Database } from '../../database.ts';
import type { Sql } from '../../sql.ts';
import { db, type Params, statement } from '../../statement.ts';
import { BlobDecoder, type BlobRecord, insideBases, readBlobs } from '../values/blob-loader.ts';
import type { SlotRegistry } from '../values/list-changes.ts';
import { StoredPlain } from '../values/stored-value.ts';
import type { TextSerde } from '../values/text-serde.ts';
import type { ValueDecoder } from '../values/value-decoder.ts';
import { headOf, readWrites, toWrite, type WriteRecord } from './checkpoint-records.ts';
import { type OfThread, threadIdOf } from './state-version.ts';
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

/** Ancestors read at a time. */
const STRIDE = 64;

/**
 * What LangGraph makes the value of a delta channel of: the value stored at the nearest ancestor that has
 * one, and the pending writes from that ancestor on (the target's own belong to the next superstep). Never to
 * be awaited within a transaction.
 */
export async function readDeltaHistory(
  database: Database,
  query: DeltaQuery,
  {
    serde,
    slots,
    decoder,
  }: { readonly serde: TextSerde; readonly slots: SlotRegistry; readonly decoder: ValueDecoder },
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
    const line = await ancestors.all(sql, { threadId, ns, id: next });
    if (line.length === 0) break;
    const owners = line.map(({ checkpoint_id }) => ({ ns, id: checkpoint_id }));
    const writes = Map.groupBy(await readWrites(sql, threadId, owners), (write) => write.checkpoint_id);
    for (const { checkpoint_id, refs } of line) {
      if (open.size === 0) break;
      const stored = new Map(
        Object.entries(JSON.parse(refs) as Record<string, Ref>).filter(([channel]) => open.has(channel)),
      );
      const own = (writes.get(checkpoint_id) ?? []).filter(({ channel }) => open.has(channel));
      steps.push({ seeds: stored, writes: own });
      for (const channel of stored.keys()) open.delete(channel);
    }
    next = line.at(-1)?.parent_id ?? null;
  }
  return steps;
}

const parentOfHead = statement((p: Params<OfThread & { ns: string }>) =>
  headOf(p).select('checkpoint.parent_id'),
);
const parentOfNamed = statement((p: Params<OfThread & { ns: string; id: string }>) =>
  db
    .selectFrom('checkpoint')
    .select('parent_id')
    .where('thread_id', '=', threadIdOf(p))
    .where('ns', '=', p('ns'))
    .where('checkpoint_id', '=', p('id')),
);

async function parentOf(sql: Sql, threadId: string, ns: string, id: string | null): Promise<string | null> {
  const [row] =
    id === null
      ? await parentOfHead.all(sql, { threadId, ns })
      : await parentOfNamed.all(sql, { threadId, ns, id });
  return row?.parent_id ?? null;
}

/** A checkpoint and its ancestors, the nearest first, STRIDE of them at most. */
const ancestors = statement((p: Params<OfThread & { ns: string; id: string }>) =>
  db
    .withRecursive('line(checkpoint_id, parent_id, refs, depth)', (line) =>
      db
        .selectFrom('checkpoint')
        .select(({ lit }) => ['checkpoint_id', 'parent_id', 'refs', lit<number>(0).as('depth')])
        .where('thread_id', '=', threadIdOf(p))
        .where('ns', '=', p('ns'))
        .where('checkpoint_id', '=', p('id'))
        .unionAll(
          line
            .selectFrom('line')
            .innerJoin('checkpoint', (join) =>
              join
                .on('checkpoint.thread_id', '=', threadIdOf(p))
                .on('checkpoint.ns', '=', p('ns'))
                .onRef('checkpoint.checkpoint_id', '=', 'line.parent_id'),
            )
            .select((eb) => [
              'checkpoint.checkpoint_id',
              'checkpoint.parent_id',
              'checkpoint.refs',
              eb('line.depth', '+', 1).as('depth'),
            ])
            .where((eb) => eb(eb('line.depth', '+', 1), '<', STRIDE)),
        ),
    )
    .selectFrom('line')
    .select(['checkpoint_id', 'parent_id', 'refs'])
    .orderBy('depth'),
);

class HistoryMaker {
  readonly #blobs: BlobDecoder;
  readonly #decoder: ValueDecoder;

  constructor(
    blobs: ReadonlyMap<number, BlobRecord>,
    serde: TextSerde,
    slots: SlotRegistry,
    decoder: ValueDecoder,
  ) {
    this.#blobs = new BlobDecoder(blobs, serde, slots);
    this.#decoder = decoder;
  }

  async make(
    channels: readonly string[],
    steps: readonly Step[],
  ): Promise<Record<string, DeltaChannelHistory>> {
    const history: Record<string, DeltaChannelHistory> = Object.fromEntries(
      channels.map((channel) => [channel, { writes: [] }]),
    );
    for (const { seeds, writes } of steps) {
      const stored = [];
      for (const write of writes) stored.push(await toWrite(write, this.#blobs));
      const byChannel = Map.groupBy(await pendingWrites(stored, this.#decoder), ([, channel]) => channel);
      for (const [channel, own] of byChannel) history[channel]?.writes.unshift(...own);
      for (const [channel, ref] of seeds) {
        const value =
          typeof ref === 'number' ? await this.#blobs.value(ref) : new StoredPlain('json', ref[0]);
        const entry = history[channel];
        if (entry !== undefined) entry.seed = await this.#decoder.decode(value);
      }
    }
    return history;
  }
}
