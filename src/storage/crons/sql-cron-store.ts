import type { Cron } from '../../domain/cron.ts';
import type { CronId, Owner } from '../../domain/ids.ts';
import type { CronFilter, CronQuery, CronSearch, CronSortField, CronStore } from '../../orchestrator/ports/crons.ts';
import type { Database } from '../database.ts';
import { keysetPage, pageClause } from '../keyset.ts';
import type { Condition } from '../sql.ts';
import { cronRows } from './cron-rows.ts';

const COLUMNS = cronRows.columnList;
/** The index's condition, word for word, so that it serves. */
const isDueSomeTimeSql = '"due_at" is not null';

const SORT_COLUMNS: Record<CronSortField, string> = {
  CRON_ID: 'id',
  ASSISTANT_ID: 'assistant_id',
  THREAD_ID: 'thread_id',
  NEXT_RUN_DATE: 'next_at',
  END_TIME: 'end_time',
  CREATED_AT: 'created_at',
  UPDATED_AT: 'updated_at',
};

export class SqlCronStore implements CronStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  claimDue(limit: number, claimMs: number): Promise<Cron[]> {
    return this.#database.transaction(async (sql) => {
      const now = sql.now.getTime();
      const rows = await sql.all(
        `update cron set claims = claims + 1, due_at = ? where id in (
           select id from cron where ${isDueSomeTimeSql} and due_at <= ? order by due_at limit ?${sql.dialect.forUpdateSkipLocked}
         ) returning ${COLUMNS}`,
        [now + claimMs, now, limit],
      );
      return rows.map((row) => cronRows.fromRow(row));
    });
  }

  async dueInMs(): Promise<number | null> {
    const { read } = this.#database;
    const [row] = await read.all<{ due_at: number | string }>(`select due_at from cron where ${isDueSomeTimeSql} order by due_at limit 1`);
    return row === undefined ? null : Math.max(0, Number(row.due_at) - read.now.getTime());
  }

  async find(owner: Owner, id: CronId): Promise<Cron | null> {
    const [cron] = await this.#crons({ text: 'where id = ? and owner = ?', params: [id, owner] });
    return cron ?? null;
  }

  search(search: CronSearch): Promise<Cron[]> {
    const { sortBy, direction, limit, offset } = search;
    const { text, params } = this.#where(search);
    const column = SORT_COLUMNS[sortBy];
    const order = direction === 'ASC' ? 'asc' : 'desc';
    return this.#crons({
      text: `where ${text} order by ${column} is null, ${column} ${order}, id ${order} limit ? offset ?`,
      params: [...params, limit, offset],
    });
  }

  page({ window, ...filter }: CronQuery): Promise<Cron[]> {
    const page = keysetPage<CronId>({ columns: ['id'], direction: 'DESC', values: (id) => [id] }, window);
    return this.#crons(pageClause([this.#where(filter)], page));
  }

  async count(filter: CronFilter): Promise<number> {
    const { text, params } = this.#where(filter);
    const [row] = await this.#database.read.all<{ total: number | string }>(`select count(*) as total from cron where ${text}`, params);
    return Number(row?.total ?? 0);
  }

  /** The conditions of a search, joined. */
  #where({ owner, assistantId, threadId, enabled, metadata }: CronFilter): Condition {
    const conditions: Condition[] = [{ text: 'owner = ?', params: [owner] }];
    if (assistantId !== undefined) conditions.push({ text: 'assistant_id = ?', params: [assistantId] });
    if (threadId !== undefined) conditions.push({ text: 'thread_id = ?', params: [threadId] });
    if (enabled !== undefined) conditions.push({ text: 'enabled = ?', params: [Number(enabled)] });
    if (metadata !== undefined && Object.keys(metadata).length > 0)
      conditions.push(this.#database.read.dialect.contains('metadata', metadata));
    return { text: conditions.map(({ text }) => text).join(' and '), params: conditions.flatMap(({ params }) => params) };
  }

  async #crons({ text, params }: Condition): Promise<Cron[]> {
    const rows = await this.#database.read.all(`select ${COLUMNS} from cron ${text}`, params);
    return rows.map((row) => cronRows.fromRow(row));
  }
}
