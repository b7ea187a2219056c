import type { EventDraft, EventKind, LoggedEvent } from '../../domain/event.ts';
import type { RunId, ThreadId } from '../../domain/ids.ts';
import { type EventTx, UnstorableEventError } from '../../orchestrator/ports/store.ts';
import { chunked, type Sql } from '../sql.ts';
import { byShape, db, inColumns, type Params, statement, type Values } from '../statement.ts';

const COLUMNS = ['thread_id', 'seq', 'run_id', 'kind', 'payload', 'created_at'] as const;

const insert = byShape((size: number) =>
  statement((p: Params<Values>) =>
    db
      .insertInto('run_event')
      .values(Array.from({ length: size }, (_, row) => inColumns(COLUMNS, p, row * COLUMNS.length))),
  ),
);
const raiseNextSeq = statement((p: Params<{ count: number; threadId: ThreadId }>) =>
  db
    .updateTable('thread')
    .set((eb) => ({ next_seq: eb('next_seq', '+', p('count')) }))
    .where('id', '=', p('threadId'))
    .returning('next_seq'),
);
const removeOfRun = statement((p: Params<{ threadId: ThreadId; runId: RunId }>) =>
  db.deleteFrom('run_event').where('thread_id', '=', p('threadId')).where('run_id', '=', p('runId')),
);

/** Gives drafts their places in the thread's log: `firstSeq` and on. */
export function placed(
  threadId: ThreadId,
  drafts: readonly EventDraft[],
  firstSeq: number,
  createdAt: Date,
): LoggedEvent[] {
  return drafts.map(({ runId, body }, index) => ({
    threadId,
    seq: firstSeq + index,
    runId,
    createdAt,
    body,
  }));
}

export async function insertEvents(sql: Sql, events: readonly LoggedEvent[]): Promise<void> {
  for (const chunk of chunked(events)) await insert(chunk.length).run(sql, chunk.flatMap(toParams));
}

/** In the order of COLUMNS. */
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
  /** The appended events, for publication after the commit. */
  readonly appended: LoggedEvent[] = [];

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async append(threadId: ThreadId, drafts: readonly EventDraft[]): Promise<LoggedEvent[]> {
    if (drafts.length === 0) return [];
    const [row] = await raiseNextSeq.all(this.#sql, { count: drafts.length, threadId });
    if (row === undefined) throw new Error(`Unknown thread ${threadId}`);
    const events = placed(threadId, drafts, Number(row.next_seq) - drafts.length, this.#sql.now);
    await insertEvents(this.#sql, events);
    this.appended.push(...events);
    return events;
  }

  async removeRun(threadId: ThreadId, runId: RunId): Promise<void> {
    await removeOfRun.run(this.#sql, { threadId, runId });
  }
}
