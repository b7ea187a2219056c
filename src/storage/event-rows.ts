import type { EventBody, EventDraft, EventKind, LoggedEvent } from '../domain/event.ts';
import type { RunId, ThreadId } from '../domain/ids.ts';
import { toFailure } from '../domain/run.ts';
import { UnstorableEventError } from '../orchestrator/ports/store.ts';
import type { Sql } from './database.ts';
import { chunked, tuples } from './multi-row.ts';

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
