import { defineEntity } from '@mikro-orm/core';
import type { EventBody, EventDraft, EventKind, LoggedEvent } from '../../domain/event.ts';
import type { RunId, ThreadId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import { toFailure } from '../../domain/run.ts';
import { type EventTx, UnstorableEventError } from '../../orchestrator/ports/store.ts';
import { bigInteger, json, partOf, text, time } from '../columns.ts';
import type { Sql } from '../sql.ts';
import { chunked, tuples } from '../sql.ts';
import { ThreadRow } from '../threads/thread-rows.ts';

/** The log: one row is one event is one cursor. `run_id` has no foreign key: who removes a run decides what becomes of its events. */
export const RunEventRow = defineEntity({
  name: 'RunEvent',
  tableName: 'run_event',
  properties: {
    threadId: partOf(ThreadRow, 'thread_id').primary(),
    seq: bigInteger().primary(),
    runId: text<RunId>().nullable(),
    kind: text<EventKind>(),
    payload: json<JsonObject>(),
    createdAt: time(),
  },
  indexes: [{ name: 'run_event_run', properties: ['runId', 'seq'] }],
});

export type RunEventRecord = {
  readonly thread_id: string;
  readonly seq: number | string;
  readonly run_id: string | null;
  readonly kind: string;
  readonly payload: string;
  readonly created_at: number | string;
};

export function toLoggedEvent(row: RunEventRecord): LoggedEvent {
  return {
    threadId: row.thread_id as ThreadId,
    seq: Number(row.seq),
    runId: row.run_id as RunId | null,
    createdAt: new Date(Number(row.created_at)),
    body: readable({ kind: row.kind, ...JSON.parse(row.payload) } as EventBody),
  };
}

/** Rows of earlier versions may hold anything in place of what a graph threw. */
function readable(body: EventBody): EventBody {
  return body.kind === 'RUN_ENDED' && body.error !== null ? { ...body, error: toFailure(body.error) } : body;
}

/** Gives drafts their places in the thread's log: `firstSeq` and on. */
export function placed(threadId: ThreadId, drafts: readonly EventDraft[], firstSeq: number, createdAt: Date): LoggedEvent[] {
  return drafts.map(({ runId, body }, index) => ({ threadId, seq: firstSeq + index, runId, createdAt, body }));
}

export async function insertEvents(sql: Sql, events: readonly LoggedEvent[]): Promise<void> {
  for (const chunk of chunked(events)) {
    const text = `insert into run_event (thread_id, seq, run_id, kind, payload, created_at) values ${tuples(chunk.length, 6)}`;
    await sql.run(text, chunk.flatMap(toParams));
  }
}

function toParams({ threadId, seq, runId, createdAt, body }: LoggedEvent): readonly unknown[] {
  const { kind, ...payload } = body;
  return [threadId, seq, runId, kind, textOf(kind, payload), createdAt.getTime()];
}

function textOf(kind: EventKind, payload: object): string {
  try {
    return JSON.stringify(payload);
  } catch (error) {
    throw new UnstorableEventError(kind, error);
  }
}

export class SqlEventTx implements EventTx {
  readonly #sql: Sql;
  /** What was appended, for whoever announces it after the commit. */
  readonly appended: LoggedEvent[] = [];

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async append(threadId: ThreadId, drafts: readonly EventDraft[]): Promise<LoggedEvent[]> {
    if (drafts.length === 0) return [];
    const [row] = await this.#sql.all<{ next_seq: number | string }>(
      'update thread set next_seq = next_seq + ? where id = ? returning next_seq',
      [drafts.length, threadId],
    );
    if (row === undefined) throw new Error(`There is no thread ${threadId} to log events of`);
    const events = placed(threadId, drafts, Number(row.next_seq) - drafts.length, this.#sql.now);
    await insertEvents(this.#sql, events);
    this.appended.push(...events);
    return events;
  }

  async removeRun(threadId: ThreadId, runId: RunId): Promise<void> {
    await this.#sql.run('delete from run_event where thread_id = ? and run_id = ?', [threadId, runId]);
  }
}
