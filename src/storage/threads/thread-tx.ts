import type { Owner, ThreadId } from '../../domain/ids.ts';
import type { Thread } from '../../domain/thread.ts';
import type { ThreadPatch, ThreadTx } from '../../orchestrator/ports/store.ts';
import type { ColumnName } from '../entity.ts';
import type { Sql } from '../sql.ts';
import { byShape, db, inColumns, locking, type Params, statement, type Values } from '../statement.ts';
import { claimable, fairlyClaimable } from './thread-claims.ts';
import { type ThreadRow, threadRows } from './thread-rows.ts';

const locked = statement((p: Params<{ id: ThreadId }>, dialect) =>
  db.selectFrom('thread').select(threadRows.columns).where('id', '=', p('id')).$call(locking(dialect)),
);
const insert = statement((p: Params<Values>) =>
  db
    .insertInto('thread')
    .values(inColumns(threadRows.columns, p))
    .onConflict((conflict) => conflict.column('id').doNothing()),
);
/** The id comes after the columns' values. */
const update = byShape((columns: readonly ColumnName<typeof ThreadRow>[]) =>
  statement((p: Params<Values>) =>
    db
      .updateTable('thread')
      .set(inColumns(columns, p))
      .where('id', '=', p(columns.length) as ThreadId),
  ),
);
const remove = statement((p: Params<{ id: ThreadId }>) => db.deleteFrom('thread').where('id', '=', p('id')));

export class SqlThreadTx implements ThreadTx {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async lock(owner: Owner, id: ThreadId): Promise<Thread | null> {
    const thread = await this.lockAny(id);
    return thread?.owner === owner ? thread : null;
  }

  async lockAny(id: ThreadId): Promise<Thread | null> {
    return threadRows.first(await locked.all(this.#sql, { id }));
  }

  async lockClaimable(after: Owner | null): Promise<Thread | null> {
    const now = this.#sql.now.getTime();
    const fair = threadRows.first(
      await fairlyClaimable.all(this.#sql, { last: after ?? ('' as Owner), now }),
    );
    if (fair !== null || !this.#sql.dialect.locksRows) return fair;
    // That owner's are all locked elsewhere, or there is none.
    return threadRows.first(await claimable.all(this.#sql, { now }));
  }

  async insert(thread: Thread): Promise<boolean> {
    return (await insert.run(this.#sql, threadRows.toParams(thread))) === 1;
  }

  async update(id: ThreadId, patch: ThreadPatch): Promise<void> {
    const { columns, params } = threadRows.patch(patch);
    if (columns.length > 0) await update(columns).run(this.#sql, [...params, id]);
  }

  async delete(id: ThreadId): Promise<void> {
    await remove.run(this.#sql, { id }); // what belongs to it cascades
  }
}
