import type { Owner, ThreadId } from '../domain/ids.ts';
import type { Thread } from '../domain/thread.ts';
import type { ThreadPatch, ThreadTx } from '../orchestrator/ports/store.ts';
import { claimSql, fairClaimSql } from './claim-sql.ts';
import type { Sql } from './database.ts';
import { placeholders } from './multi-row.ts';
import { threadRows } from './thread-rows.ts';

export class SqlThreadTx implements ThreadTx {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async lock(owner: Owner, id: ThreadId): Promise<Thread | null> {
    const thread = await this.lockAny(id);
    return thread?.owner === owner ? thread : null;
  }

  lockAny(id: ThreadId): Promise<Thread | null> {
    return this.#first(`select ${threadRows.columnList} from thread where id = ?${this.#sql.dialect.forUpdate}`, [id]);
  }

  async lockClaimable(after: Owner | null): Promise<Thread | null> {
    const { forUpdateSkipLocked } = this.#sql.dialect;
    const now = this.#sql.now.getTime();
    const fair = await this.#first(`${fairClaimSql(threadRows.columnList)}${forUpdateSkipLocked}`, [after ?? '', now, now, now, now, now]);
    if (fair !== null || forUpdateSkipLocked === '') return fair;
    // That owner's are all locked elsewhere, or there is none.
    return this.#first(`${claimSql(threadRows.columnList)}${forUpdateSkipLocked}`, [now]);
  }

  async insert(thread: Thread): Promise<boolean> {
    const inserted = await this.#sql.run(
      `insert into thread (${threadRows.columnList}) values (${placeholders(threadRows.width)}) on conflict (id) do nothing`,
      threadRows.toParams(thread),
    );
    return inserted === 1;
  }

  async update(id: ThreadId, patch: ThreadPatch): Promise<void> {
    const set = threadRows.assignments(patch);
    if (set !== null) await this.#sql.run(`update thread set ${set.text} where id = ?`, [...set.params, id]);
  }

  async delete(id: ThreadId): Promise<void> {
    await this.#sql.run('delete from thread where id = ?', [id]); // what belongs to it cascades
  }

  async #first(query: string, params: readonly unknown[]): Promise<Thread | null> {
    const [row] = await this.#sql.all(query, params);
    return row === undefined ? null : threadRows.fromRow(row);
  }
}
