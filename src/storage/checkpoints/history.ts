import type { CheckpointQuery, CheckpointRef } from '../../orchestrator/ports/store.ts';
import type { Database } from '../database.ts';
import { keysetPage, pageClause } from '../keyset.ts';
import type { Condition, Sql } from '../sql.ts';
import { type CheckpointRecord, checkpointColumns, RecordDecoder, readRecords } from './records/checkpoint-records.ts';
import type { Listed, ListQuery } from './saver.ts';
import type { SlotRegistry } from './values/list-changes.ts';
import type { TextSerde } from './values/text-serde.ts';

/** Checkpoints read, and made, at a time: they share the rows of their lists. */
const PAGE = 32;

type Place = { readonly threadId: string; readonly seq: number };

/** The checkpoints that match, thread by thread, newest first by stored sequence. Never to be awaited within a transaction. */
export async function* listCheckpoints(
  database: Database,
  query: ListQuery,
  { serde, slots }: { readonly serde: TextSerde; readonly slots: SlotRegistry },
): AsyncGenerator<Listed> {
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  const filters = await listFilters(database.read, query);
  for (let after: Place | null = null; left > 0; ) {
    const place: Place | null = after;
    const page = await database.snapshot(async (sql) => {
      const rows = await readPage(sql, filters, place);
      const wanted = rows.filter((row) => matches(row.metadata, query.filter)).slice(0, left);
      const byThread = [...Map.groupBy(wanted, (row) => row.thread_id)];
      const groups = [];
      for (const [threadId, group] of byThread) groups.push({ threadId, records: await readRecords(sql, threadId, group) });
      return { rows, groups };
    });
    for (const { threadId, records } of page.groups) {
      const decoder = new RecordDecoder(records, serde, slots);
      for (const record of records.checkpoints) yield { threadId, checkpoint: await decoder.checkpoint(record) };
      left -= records.checkpoints.length;
    }
    const last = page.rows.at(-1);
    if (last === undefined || page.rows.length < PAGE) return;
    after = { threadId: last.thread_id, seq: Number(last.seq) };
  }
}

async function readPage(sql: Sql, filters: readonly Condition[], after: Place | null): Promise<CheckpointRecord[]> {
  const conditions = [...filters];
  if (after !== null) {
    conditions.push({ text: '(thread_id > ? or (thread_id = ? and seq < ?))', params: [after.threadId, after.threadId, after.seq] });
  }
  const where = conditions.length === 0 ? '' : `where ${conditions.map(({ text }) => text).join(' and ')}`;
  return sql.all<CheckpointRecord>(`select ${checkpointColumns} from checkpoint ${where} order by thread_id, seq desc limit ?`, [
    ...conditions.flatMap(({ params }) => params),
    PAGE,
  ]);
}

async function listFilters(sql: Sql, { threadId, ns, id, before }: ListQuery): Promise<Condition[]> {
  const filters: Condition[] = [];
  if (threadId !== undefined) filters.push({ text: 'thread_id = ?', params: [threadId] });
  if (ns !== undefined) filters.push({ text: 'ns = ?', params: [ns] });
  if (id !== undefined) filters.push({ text: 'checkpoint_id = ?', params: [id] });
  if (before !== undefined) filters.push(await beforeFilter(sql, before));
  return filters;
}

/** In its own thread a checkpoint has a place in the sequence; among those of other threads only its id, which contains its time, can place it. */
async function beforeFilter(sql: Sql, { threadId, id }: NonNullable<ListQuery['before']>): Promise<Condition> {
  const older = { text: 'checkpoint_id < ?', params: [id] };
  if (threadId === undefined) return older;
  const [row] = await sql.all<{ seq: number | string }>('select seq from checkpoint where thread_id = ? and checkpoint_id = ?', [
    threadId,
    id,
  ]);
  if (row === undefined) return older;
  return {
    text: '((thread_id = ? and seq < ?) or (thread_id <> ? and checkpoint_id < ?))',
    params: [threadId, Number(row.seq), threadId, id],
  };
}

/** Each key of the filter is in the metadata (JSON text) with the same value. */
export function matches(metadata: string, filter: ListQuery['filter']): boolean {
  const wanted = Object.entries(filter);
  if (wanted.length === 0) return true;
  const found = JSON.parse(metadata) as Readonly<Record<string, unknown>>;
  return wanted.every(([key, value]) => JSON.stringify(found[key]) === JSON.stringify(value));
}

/** One window of a namespace's history, for the connection of checkpoints. */
export async function readCheckpointRefs(sql: Sql, { threadId, ns, metadata, window }: CheckpointQuery): Promise<CheckpointRef[]> {
  const filters: Condition[] = [
    { text: 'thread_id = ?', params: [threadId] },
    { text: 'ns = ?', params: [ns] },
  ];
  if (metadata !== undefined) filters.push(sql.dialect.contains('metadata', metadata));
  const page = pageClause(filters, keysetPage<number>({ columns: ['seq'], direction: 'DESC', values: (seq) => [seq] }, window));
  const rows = await sql.all<{ checkpoint_id: string; seq: number | string }>(
    `select checkpoint_id, seq from checkpoint ${page.text}`,
    page.params,
  );
  return rows.map(({ checkpoint_id, seq }) => ({ checkpointId: checkpoint_id, seq: Number(seq) }));
}
