import type { EventDraft, LoggedEvent } from '../domain/event.ts';
import type { RunId, ThreadId } from '../domain/ids.ts';
import type { EventTx } from '../orchestrator/ports/store.ts';
import type { Sql } from './database.ts';
import { insertEvents, placed } from './event-rows.ts';

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
