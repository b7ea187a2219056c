import { type MessageJson, textOf } from '../../src/domain/message.ts';
import type { CheckpointRow, EventRow, KeyRow, Rows, RunRow, ThreadRow } from './history/observed.ts';

/** Runs one statement beside the servers. */
export type Query = <R extends object>(text: string) => Promise<R[]>;
type Whole = number | string;

/** Reads what the history checker looks at. */
export async function readRows(query: Query): Promise<Rows> {
  const keys = await query<KeyRow>('select key, run_id as "runId" from idempotency');
  const keyOf = new Map(keys.map(({ key, runId }) => [runId, key]));
  return {
    threads: await readThreads(query),
    runs: await readRuns(query, keyOf),
    events: await readEvents(query),
    keys,
    checkpoints: await readCheckpoints(query),
    writers:
      await query(`select thread_id as "threadId", run_id as "runId" from checkpoint where run_id is not null
      union select thread_id, run_id from checkpoint_write where run_id <> ''`),
    heads: await query(
      `select thread_id as "threadId", checkpoint_id as "checkpointId" from checkpoint_head where ns = ''`,
    ),
  };
}

async function readThreads(query: Query): Promise<ThreadRow[]> {
  type Row = { id: string; status: ThreadRow['status']; next_seq: Whole; claimable_at: Whole | null };
  const rows = await query<Row>('select id, status, next_seq, claimable_at from thread');
  return rows.map((row) => ({
    id: row.id,
    status: row.status,
    nextSeq: Number(row.next_seq),
    claimableAtMs: whole(row.claimable_at),
  }));
}

async function readRuns(query: Query, keyOf: ReadonlyMap<string, string>): Promise<RunRow[]> {
  type Row = Pick<
    RunRow,
    'id' | 'threadId' | 'status' | 'endReason' | 'supersededBy' | 'headBefore' | 'headAfter' | 'carry'
  > & {
    metadata: string;
    stop: string | null;
    position: Whole;
    attempt: Whole;
    started: Whole | null;
    finished: Whole | null;
  };
  const rows =
    await query<Row>(`select id, thread_id as "threadId", status, end_reason as "endReason", superseded_by as "supersededBy",
    head_before as "headBefore", head_after as "headAfter", carry, metadata, stop, position, attempt, started_at as started, finished_at as finished
    from run`);
  return rows.map(({ metadata, stop, position, attempt, started, finished, ...row }) => ({
    ...row,
    label: String((JSON.parse(metadata) as { label?: string }).label),
    key: keyOf.get(row.id) ?? null,
    position: Number(position),
    attempt: Number(attempt),
    stop: stop === null ? null : JSON.parse(stop),
    startedAtMs: whole(started),
    finishedAtMs: whole(finished),
  }));
}

async function readEvents(query: Query): Promise<EventRow[]> {
  type Row = Pick<EventRow, 'threadId' | 'runId' | 'kind'> & { seq: Whole; payload: string };
  type Payload = {
    messageId?: string;
    text?: string;
    message?: MessageJson;
    data?: { execution?: string } | null;
    checkpointId?: string | null;
  };
  const rows = await query<Row>(
    'select thread_id as "threadId", seq, run_id as "runId", kind, payload from run_event',
  );
  return rows.map(({ seq, payload, ...row }) => {
    const { messageId, text, message, data, checkpointId } = JSON.parse(payload) as Payload;
    return {
      ...row,
      seq: Number(seq),
      messageId: row.kind === 'MESSAGE_COMPLETED' ? (message?.id ?? undefined) : messageId,
      text: row.kind === 'MESSAGE_COMPLETED' ? textOf(message?.content ?? '') : text,
      execution: row.kind === 'CUSTOM' ? data?.execution : undefined,
      checkpointId: row.kind === 'MESSAGES_RESET' ? checkpointId : undefined,
    };
  });
}

async function readCheckpoints(query: Query): Promise<CheckpointRow[]> {
  type Row = Omit<CheckpointRow, 'seq'> & { seq: Whole };
  const rows = await query<Row>(
    `select thread_id as "threadId", checkpoint_id as id, parent_id as "parentId", seq from checkpoint where ns = ''`,
  );
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
}

const whole = (value: Whole | null): number | null => (value === null ? null : Number(value));
