import type { Owner, ThreadId } from '../../domain/ids.ts';
import type { Thread } from '../../domain/thread.ts';
import type { ThreadFilter, ThreadPatch, ThreadSearch, ThreadSortField, ThreadTx } from '../../orchestrator/ports/store.ts';
import type { Sql } from '../sql.ts';
import { type Condition, type Dialect, placeholders } from '../sql.ts';
import { threadRows } from './thread-rows.ts';

/** The longest due thread of all. Parameter: now. */
const claimSql = (columns: string): string =>
  `select ${columns} from thread where claimable_at is not null and claimable_at <= ? order by claimable_at limit 1`;

/**
 * The longest due thread of the owner whose turn it is: the next by name who has one, else the first of all. Each step is one look into the index
 * thread_owner_claimable, so that it costs the same however many threads wait; owners with nothing due yet cost a step each.
 * Parameters: the owner whose turn was last, and five times now.
 */
export const fairClaimSql = (columns: string): string =>
  `with recursive later (owner) as (${ownersFrom('?', 'later')}), early (owner) as (${ownersFrom("''", 'early')})
   select ${columns} from thread
   where owner = coalesce((select owner from later where ${hasDue('later.owner')}), (select owner from early where ${hasDue('early.owner')}))
     and claimable_at is not null and claimable_at <= ? order by claimable_at limit 1`;

/** Owners with waiting threads after `start`, up to the first who has one that is due. */
const ownersFrom = (start: string, name: string): string =>
  `select ${ownerAfter(start)} union all select ${ownerAfter(`${name}.owner`)} from ${name} where ${name}.owner is not null and not ${hasDue(`${name}.owner`)}`;

const ownerAfter = (owner: string): string =>
  `(select t.owner from thread as t where t.claimable_at is not null and t.owner > ${owner} order by t.owner limit 1)`;

const hasDue = (owner: string): string =>
  `exists (select 1 from thread as t where t.owner = ${owner} and t.claimable_at is not null and t.claimable_at <= ?)`;

export const sortColumns: Record<ThreadSortField, string> = {
  THREAD_ID: 'id',
  STATUS: 'status',
  CREATED_AT: 'created_at',
  UPDATED_AT: 'updated_at',
  STATE_UPDATED_AT: 'state_updated_at',
};

/** Not to be discarded. */
export const isKeptSql = 'discard_at is null';

/** The conditions of a search, one at least. */
export function threadFilters(dialect: Dialect, { owner, ids, status, metadata }: ThreadFilter): Condition[] {
  const filters: Condition[] = [{ text: `owner = ? and ${isKeptSql}`, params: [owner] }];
  if (ids !== undefined) filters.push(oneOf('id', ids));
  if (status !== undefined) filters.push(oneOf('status', status));
  if (metadata !== undefined && Object.keys(metadata).length > 0) filters.push(dialect.contains('metadata', metadata));
  return filters;
}

/** Where clause, order and page of a search. */
export function searchClause(dialect: Dialect, search: ThreadSearch): Condition {
  const { sortBy, direction, limit, offset } = search;
  const filters = threadFilters(dialect, search);
  const order = direction === 'ASC' ? 'asc' : 'desc';
  return {
    text: `where ${filters.map(({ text }) => text).join(' and ')} order by ${sortColumns[sortBy]} ${order}, id ${order} limit ? offset ?`,
    params: [...filters.flatMap(({ params }) => params), limit, offset],
  };
}

/** None is one of no values. */
export const oneOf = (column: string, values: readonly string[]): Condition =>
  values.length === 0 ? { text: 'false', params: [] } : { text: `${column} in (${placeholders(values.length)})`, params: values };

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
