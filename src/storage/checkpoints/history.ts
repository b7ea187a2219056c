import type { ThreadId } from '../../domain/ids.ts';
import type { CheckpointQuery, CheckpointRef } from '../../orchestrator/ports/store.ts';
import type { Database } from '../database.ts';
import { paged, search, type WindowParams, windowParams } from '../search.ts';
import type { Sql } from '../sql.ts';
import { db, type Params, statement } from '../statement.ts';
import {
  CHECKPOINT_COLUMNS,
  type CheckpointRecord,
  RecordDecoder,
  readRecords,
} from './records/checkpoint-records.ts';
import type { Listed, ListQuery } from './saver.ts';
import type { SlotRegistry } from './values/list-changes.ts';
import type { TextSerde } from './values/text-serde.ts';

/** Checkpoints read, and made, at a time: they share the rows of their lists. */
const PAGE = 32;

type Place = { readonly threadId: ThreadId; readonly seq: number };

/**
 * The checkpoints that match, thread by thread, newest first by stored sequence. Never to be awaited within a
 * transaction.
 */
export async function* listCheckpoints(
  database: Database,
  query: ListQuery,
  { serde, slots }: { readonly serde: TextSerde; readonly slots: SlotRegistry },
): AsyncGenerator<Listed> {
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  const filters = await filtersOf(database.read, query);
  for (let after: Place | null = null; left > 0; ) {
    const place: Place | null = after;
    const page = await database.snapshot(async (sql) => {
      const rows = await readPage(sql, filters, place);
      const wanted = rows.filter((row) => matches(row.metadata, query.filter)).slice(0, left);
      const byThread = [...Map.groupBy(wanted, (row) => row.thread_id)];
      const groups = [];
      for (const [threadId, group] of byThread)
        groups.push({ threadId, records: await readRecords(sql, threadId, group) });
      return { rows, groups };
    });
    for (const { threadId, records } of page.groups) {
      const decoder = new RecordDecoder(records, serde, slots);
      for (const record of records.checkpoints)
        yield { threadId, checkpoint: await decoder.checkpoint(record) };
      left -= records.checkpoints.length;
    }
    const last = page.rows.at(-1);
    if (last === undefined || page.rows.length < PAGE) return;
    after = { threadId: last.thread_id, seq: Number(last.seq) };
  }
}

type Filters = {
  readonly threadId: ThreadId | undefined;
  readonly ns: string | undefined;
  readonly id: string | undefined;
  /** A checkpoint that those wanted are older than; with its thread and seq where they are known. */
  readonly beforeId: string | undefined;
  readonly beforeThread: ThreadId | undefined;
  readonly beforeSeq: number | undefined;
};
type PageParams = Filters & {
  readonly afterThread: ThreadId | undefined;
  readonly afterSeq: number | undefined;
};

const pageOf = search((p: Params<PageParams>, given) => {
  let page = db.selectFrom('checkpoint').select(CHECKPOINT_COLUMNS);
  if (given.threadId > 0) page = page.where('thread_id', '=', p('threadId'));
  if (given.ns > 0) page = page.where('ns', '=', p('ns'));
  if (given.id > 0) page = page.where('checkpoint_id', '=', p('id'));
  if (given.beforeId > 0) {
    // In its own thread a checkpoint has a place in the sequence; among those of other threads only its id,
    // which contains its time, can place it.
    page = page.where((eb) => {
      const isOlder = eb('checkpoint_id', '<', p('beforeId'));
      if (given.beforeSeq === 0) return isOlder;
      const isBefore = eb.and([eb('thread_id', '=', p('beforeThread')), eb('seq', '<', p('beforeSeq'))]);
      return eb.or([isBefore, eb.and([eb('thread_id', '<>', p('beforeThread')), isOlder])]);
    });
  }
  if (given.afterSeq > 0) {
    page = page.where((eb) =>
      eb.or([
        eb('thread_id', '>', p('afterThread')),
        eb.and([eb('thread_id', '=', p('afterThread')), eb('seq', '<', p('afterSeq'))]),
      ]),
    );
  }
  return page.orderBy('thread_id').orderBy('seq', 'desc').limit(PAGE);
});

const readPage = (sql: Sql, filters: Filters, after: Place | null): Promise<CheckpointRecord[]> =>
  pageOf(sql, { ...filters, afterThread: after?.threadId, afterSeq: after?.seq }, null);

const seqOf = statement((p: Params<{ threadId: ThreadId; id: string }>) =>
  db
    .selectFrom('checkpoint')
    .select('seq')
    .where('thread_id', '=', p('threadId'))
    .where('checkpoint_id', '=', p('id')),
);

async function filtersOf(sql: Sql, { threadId, ns, id, before }: ListQuery): Promise<Filters> {
  const beforeThread = before?.threadId as ThreadId | undefined;
  const [row] =
    before === undefined || beforeThread === undefined
      ? []
      : await seqOf.all(sql, { threadId: beforeThread, id: before.id });
  const beforeSeq = row === undefined ? undefined : Number(row.seq);
  return {
    threadId: threadId as ThreadId | undefined,
    ns,
    id,
    beforeId: before?.id,
    beforeThread,
    beforeSeq,
  };
}

/** Each key of the filter is in the metadata (JSON text) with the same value. */
export function matches(metadata: string, filter: ListQuery['filter']): boolean {
  const wanted = Object.entries(filter);
  if (wanted.length === 0) return true;
  const found = JSON.parse(metadata) as Readonly<Record<string, unknown>>;
  return wanted.every(([key, value]) => JSON.stringify(found[key]) === JSON.stringify(value));
}

type RefParams = { readonly threadId: ThreadId; readonly ns: string; readonly metadata: string | undefined };

const refPage = search((p: Params<RefParams & WindowParams>, given, inverted: boolean, dialect) => {
  const ofNs = db
    .selectFrom('checkpoint')
    .select(['checkpoint_id', 'seq'])
    .where('thread_id', '=', p('threadId'))
    .where('ns', '=', p('ns'));
  const these =
    given.metadata === 0
      ? ofNs
      : ofNs.where(({ ref }) => dialect.jsonContains(ref('metadata'), p('metadata')));
  return paged(these, { columns: ['seq'], direction: 'DESC', inverted }, p, given);
});

/** One window of a namespace's history, for the connection of checkpoints. */
export async function readCheckpointRefs(
  sql: Sql,
  { threadId, ns, metadata, window }: CheckpointQuery,
): Promise<CheckpointRef[]> {
  const filter = metadata === undefined ? undefined : JSON.stringify(metadata);
  const params = { threadId, ns, metadata: filter, ...windowParams(window, (seq) => [seq]) };
  const rows = await refPage(sql, params, window.inverted);
  return rows.map(({ checkpoint_id, seq }) => ({ checkpointId: checkpoint_id, seq: Number(seq) }));
}

const seqInNs = statement((p: Params<{ threadId: ThreadId; ns: string; id: string }>) =>
  db
    .selectFrom('checkpoint')
    .select('seq')
    .where('thread_id', '=', p('threadId'))
    .where('ns', '=', p('ns'))
    .where('checkpoint_id', '=', p('id')),
);

/** See Reads.checkpointSeq. */
export async function readCheckpointSeq(
  sql: Sql,
  threadId: ThreadId,
  ns: string,
  id: string,
): Promise<number | null> {
  const [row] = await seqInNs.all(sql, { threadId, ns, id });
  return row === undefined ? null : Number(row.seq);
}
