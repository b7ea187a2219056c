import type { ExpressionBuilder } from 'kysely';
import type { Owner, ThreadId } from '../../domain/ids.ts';
import type { Thread } from '../../domain/thread.ts';
import type {
  ThreadFilter,
  ThreadQuery,
  ThreadSearch,
  ThreadSortField,
} from '../../orchestrator/ports/store.ts';
import type { Tables } from '../entities.ts';
import type { ColumnName } from '../entity.ts';
import {
  type Direction,
  type Given,
  jsonFilter,
  ordered,
  paged,
  type Slice,
  search,
  total,
  totalOf,
  type WindowParams,
  windowParams,
} from '../search.ts';
import { type Dialect, inChunks, type Sql } from '../sql.ts';
import { byShape, db, type Params, statement } from '../statement.ts';
import { type ThreadRow, threadRows } from './thread-rows.ts';

const SORT_COLUMNS: Record<ThreadSortField, ColumnName<typeof ThreadRow>> = {
  THREAD_ID: 'id',
  STATUS: 'status',
  CREATED_AT: 'created_at',
  UPDATED_AT: 'updated_at',
  STATE_UPDATED_AT: 'state_updated_at',
};

/** Not to be discarded. */
const isKept = (eb: ExpressionBuilder<Tables, 'thread'>) => eb('discard_at', 'is', null);

const threads = () => db.selectFrom('thread').select(threadRows.columns);

const byId = statement((p: Params<{ owner: Owner; id: ThreadId }>) =>
  threads().where('id', '=', p('id')).where('owner', '=', p('owner')).where(isKept),
);

export async function readThread(sql: Sql, owner: Owner, id: ThreadId): Promise<Thread | null> {
  return threadRows.first(await byId.all(sql, { owner, id }));
}

const byIds = byShape((size: number) =>
  statement((p: Params<{ owner: Owner; ids: readonly ThreadId[] }>) =>
    threads().where('id', 'in', p.list('ids', size)).where('owner', '=', p('owner')),
  ),
);

export async function readThreadsById(sql: Sql, owner: Owner, ids: readonly ThreadId[]): Promise<Thread[]> {
  return threadRows.fromRows(
    await inChunks(ids, (chunk) => byIds(chunk.length).all(sql, { owner, ids: chunk })),
  );
}

type FilterParams = Pick<ThreadFilter, 'owner' | 'ids' | 'status'> & {
  readonly metadata: string | undefined;
};

const paramsOf = ({ owner, ids, status, metadata }: ThreadFilter): FilterParams => ({
  owner,
  ids,
  status,
  metadata: jsonFilter(metadata),
});
const findsNothing = ({ ids, status }: ThreadFilter): boolean => ids?.length === 0 || status?.length === 0;

function found(p: Params<FilterParams>, given: Given<FilterParams>, dialect: Dialect) {
  let select = db.selectFrom('thread').where('owner', '=', p('owner')).where(isKept);
  if (given.ids > 0) select = select.where('id', 'in', p.list('ids', given.ids));
  if (given.status > 0) select = select.where('status', 'in', p.list('status', given.status));
  if (given.metadata > 0)
    select = select.where((eb) => dialect.jsonContains(eb.ref('metadata'), p('metadata')));
  return select;
}

type Page = { readonly field: ThreadSortField; readonly direction: Direction; readonly inverted: boolean };

const page = search(
  (p: Params<FilterParams & WindowParams>, given, { field, direction, inverted }: Page, dialect) => {
    const columns = [SORT_COLUMNS[field], 'id'] as const; // (id, id) is as good an order as (id)
    return paged(
      found(p, given, dialect).select(threadRows.columns),
      { columns, direction, inverted },
      p,
      given,
    );
  },
);

export async function readThreads(sql: Sql, query: ThreadQuery): Promise<Thread[]> {
  if (findsNothing(query)) return [];
  const { order, window } = query;
  const params = { ...paramsOf(query), ...windowParams(window, ({ at, id }) => [at, id]) };
  return threadRows.fromRows(await page(sql, params, { ...order, inverted: window.inverted }));
}

type Sort = { readonly sortBy: ThreadSortField; readonly direction: Direction };

const sorted = search((p: Params<FilterParams & Slice>, given, { sortBy, direction }: Sort, dialect) =>
  ordered(found(p, given, dialect).select(threadRows.columns), [SORT_COLUMNS[sortBy], 'id'], direction)
    .limit(p('limit'))
    .offset(p('offset')),
);

export async function searchThreads(sql: Sql, query: ThreadSearch): Promise<Thread[]> {
  if (findsNothing(query)) return [];
  const { sortBy, direction, limit, offset } = query;
  return threadRows.fromRows(await sorted(sql, { ...paramsOf(query), limit, offset }, { sortBy, direction }));
}

const counted = search((p: Params<FilterParams>, given, _: null, dialect) =>
  found(p, given, dialect).select(total),
);

export async function countThreads(sql: Sql, filter: ThreadFilter): Promise<number> {
  return findsNothing(filter) ? 0 : totalOf(await counted(sql, paramsOf(filter), null));
}

type Due = { readonly now: number; readonly limit: number };

// Each says the condition of its partial index.
const discardable = statement((p: Params<Due>) =>
  threads()
    .where('discard_at', 'is not', null)
    .where('discard_at', '<=', p('now'))
    .orderBy('discard_at')
    .limit(p('limit')),
);
const expired = statement((p: Params<Due>) =>
  threads()
    .where('expires_at', 'is not', null)
    .where('expires_at', '<=', p('now'))
    .where('status', '<>', 'BUSY')
    .orderBy('expires_at')
    .limit(p('limit')),
);
const claimable = statement(() =>
  db
    .selectFrom('thread')
    .select('claimable_at')
    .where('claimable_at', 'is not', null)
    .orderBy('claimable_at')
    .limit(1),
);

export async function readDiscardableThreads(sql: Sql, limit: number): Promise<Thread[]> {
  return threadRows.fromRows(await discardable.all(sql, { now: sql.now.getTime(), limit }));
}

export async function readExpiredThreads(sql: Sql, limit: number): Promise<Thread[]> {
  return threadRows.fromRows(await expired.all(sql, { now: sql.now.getTime(), limit }));
}

export async function readNextClaimableAt(sql: Sql): Promise<Date | null> {
  const [row] = await claimable.all(sql, {});
  return row === undefined ? null : new Date(Number(row.claimable_at));
}

const nextSeqs = byShape((size: number) =>
  statement((p: Params<{ ids: readonly ThreadId[] }>) =>
    db.selectFrom('thread').select(['id', 'next_seq']).where('id', 'in', p.list('ids', size)),
  ),
);

/** See Reads.lastSeqs. */
export async function readLastSeqs(
  sql: Sql,
  ids: readonly ThreadId[],
): Promise<ReadonlyMap<ThreadId, number>> {
  const rows = await inChunks(ids, (chunk) => nextSeqs(chunk.length).all(sql, { ids: chunk }));
  return new Map(rows.map((row) => [row.id, Number(row.next_seq) - 1]));
}
