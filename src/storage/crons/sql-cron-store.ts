import type { ExpressionBuilder } from 'kysely';
import type { Cron } from '../../domain/cron.ts';
import type { CronId, Owner } from '../../domain/ids.ts';
import type {
  CronFilter,
  CronQuery,
  CronSearch,
  CronSortField,
  CronStore,
} from '../../orchestrator/ports/crons.ts';
import type { Database } from '../database.ts';
import type { Tables } from '../entities.ts';
import type { ColumnName } from '../entity.ts';
import {
  type Direction,
  type Given,
  jsonFilter,
  paged,
  type Slice,
  search,
  total,
  totalOf,
  type WindowParams,
  windowParams,
} from '../search.ts';
import type { Dialect } from '../sql.ts';
import { db, type Params, skippingLocked, statement } from '../statement.ts';
import { type CronRow, cronRows } from './cron-rows.ts';

const SORT_COLUMNS: Record<CronSortField, ColumnName<typeof CronRow>> = {
  CRON_ID: 'id',
  ASSISTANT_ID: 'assistant_id',
  THREAD_ID: 'thread_id',
  NEXT_RUN_DATE: 'next_at',
  END_TIME: 'end_time',
  CREATED_AT: 'created_at',
  UPDATED_AT: 'updated_at',
};

/** The condition of the index cron_due. */
const isDueSomeTime = (eb: ExpressionBuilder<Tables, 'cron'>) => eb('due_at', 'is not', null);

const claim = statement((p: Params<{ now: number; until: number; limit: number }>, dialect) => {
  const due = db
    .selectFrom('cron')
    .select('id')
    .where(isDueSomeTime)
    .where('due_at', '<=', p('now'))
    .orderBy('due_at')
    .limit(p('limit'))
    .$call(skippingLocked(dialect));
  return db
    .updateTable('cron')
    .set((eb) => ({ claims: eb('claims', '+', 1), due_at: p('until') }))
    .where('id', 'in', due)
    .returning(cronRows.columns);
});
const nextDue = statement(() =>
  db.selectFrom('cron').select('due_at').where(isDueSomeTime).orderBy('due_at').limit(1),
);
const byId = statement((p: Params<{ owner: Owner; id: CronId }>) =>
  db.selectFrom('cron').select(cronRows.columns).where('id', '=', p('id')).where('owner', '=', p('owner')),
);

type FilterParams = Pick<CronFilter, 'owner' | 'assistantId' | 'threadId'> & {
  readonly enabled: number | undefined;
  readonly metadata: string | undefined;
};

const paramsOf = ({ owner, assistantId, threadId, enabled, metadata }: CronFilter): FilterParams => ({
  owner,
  assistantId,
  threadId,
  enabled: enabled === undefined ? undefined : Number(enabled),
  metadata: jsonFilter(metadata),
});

function found(p: Params<FilterParams>, given: Given<FilterParams>, dialect: Dialect) {
  let select = db.selectFrom('cron').where('owner', '=', p('owner'));
  if (given.assistantId > 0) select = select.where('assistant_id', '=', p('assistantId'));
  if (given.threadId > 0) select = select.where('thread_id', '=', p('threadId'));
  if (given.enabled > 0) select = select.where('enabled', '=', p('enabled'));
  if (given.metadata > 0)
    select = select.where(({ ref }) => dialect.jsonContains(ref('metadata'), p('metadata')));
  return select;
}

type Sort = { readonly sortBy: CronSortField; readonly direction: Direction };

const sorted = search((p: Params<FilterParams & Slice>, given, { sortBy, direction }: Sort, dialect) => {
  const column = SORT_COLUMNS[sortBy];
  const order = direction === 'ASC' ? 'asc' : 'desc';
  return found(p, given, dialect)
    .select(cronRows.columns)
    .orderBy((eb) => eb(column, 'is', null)) // what has none comes last
    .orderBy(column, order)
    .orderBy('id', order)
    .limit(p('limit'))
    .offset(p('offset'));
});
const page = search((p: Params<FilterParams & WindowParams>, given, inverted: boolean, dialect) =>
  paged(
    found(p, given, dialect).select(cronRows.columns),
    { columns: ['id'], direction: 'DESC', inverted },
    p,
    given,
  ),
);
const counted = search((p: Params<FilterParams>, given, _: null, dialect) =>
  found(p, given, dialect).select(total),
);

export class SqlCronStore implements CronStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  claimDue(limit: number, claimMs: number): Promise<Cron[]> {
    return this.#database.transaction(async (sql) => {
      const now = sql.now.getTime();
      return cronRows.fromRows(await claim.all(sql, { now, until: now + claimMs, limit }));
    });
  }

  async dueInMs(): Promise<number | null> {
    const { read } = this.#database;
    const [row] = await nextDue.all(read, {});
    return row === undefined ? null : Math.max(0, Number(row.due_at) - read.now.getTime());
  }

  async find(owner: Owner, id: CronId): Promise<Cron | null> {
    return cronRows.first(await byId.all(this.#database.read, { owner, id }));
  }

  async search({ sortBy, direction, limit, offset, ...filter }: CronSearch): Promise<Cron[]> {
    return cronRows.fromRows(
      await sorted(this.#database.read, { ...paramsOf(filter), limit, offset }, { sortBy, direction }),
    );
  }

  async page({ window, ...filter }: CronQuery): Promise<Cron[]> {
    const params = { ...paramsOf(filter), ...windowParams(window, (id) => [id]) };
    return cronRows.fromRows(await page(this.#database.read, params, window.inverted));
  }

  async count(filter: CronFilter): Promise<number> {
    return totalOf(await counted(this.#database.read, paramsOf(filter), null));
  }
}
