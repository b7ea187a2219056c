import type { ExpressionBuilder } from 'kysely';
import type { Owner, ThreadId } from '../../domain/ids.ts';
import type { ThreadStatus } from '../../domain/run.ts';
import type { Thread } from '../../domain/thread.ts';
import type { ThreadFilter, ThreadQuery, ThreadSearch, ThreadSortField } from '../../orchestrator/ports/store.ts';
import type { ColumnName } from '../entity.ts';
import { type Direction, ordered, paged, type WindowParams, type WindowShape, windowParams, windowShape } from '../keyset.ts';
import type { Tables } from '../schema.ts';
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
  return threadRows.fromRows(await inChunks(ids, (chunk) => byIds(chunk.length).all(sql, { owner, ids: chunk })));
}

/** How many ids and statuses a search names, null: none; does it ask for metadata? */
type FilterShape = { readonly ids: number | null; readonly statuses: number | null; readonly metadata: boolean };
type FilterParams = {
  readonly owner: Owner;
  readonly ids: readonly ThreadId[];
  readonly status: readonly ThreadStatus[];
  readonly metadata: string;
};

const shapeOf = ({ ids, status, metadata }: ThreadFilter): FilterShape => ({
  ids: ids?.length ?? null,
  statuses: status?.length ?? null,
  metadata: metadata !== undefined && Object.keys(metadata).length > 0,
});
const paramsOf = ({ owner, ids = [], status = [], metadata }: ThreadFilter): FilterParams => ({
  owner,
  ids,
  status,
  metadata: JSON.stringify(metadata),
});
const findsNothing = ({ ids, status }: ThreadFilter): boolean => ids?.length === 0 || status?.length === 0;

function found(p: Params<FilterParams>, { ids, statuses, metadata }: FilterShape, dialect: Dialect) {
  const kept = db.selectFrom('thread').where('owner', '=', p('owner')).where(isKept);
  const named = ids === null ? kept : kept.where('id', 'in', p.list('ids', ids));
  const ofStatus = statuses === null ? named : named.where('status', 'in', p.list('status', statuses));
  return metadata ? ofStatus.where((eb) => dialect.jsonContains(eb.ref('metadata'), p('metadata'))) : ofStatus;
}

type PageShape = {
  readonly filter: FilterShape;
  readonly field: ThreadSortField;
  readonly direction: Direction;
  readonly window: WindowShape;
};

const page = byShape(({ filter, field, direction, window }: PageShape) =>
  statement((p: Params<FilterParams & WindowParams>, dialect) => {
    const columns = [SORT_COLUMNS[field], 'id'] as const; // (id, id) is as good an order as (id)
    return paged(found(p, filter, dialect).select(threadRows.columns), { columns, direction }, window, p);
  }),
);

export async function readThreads(sql: Sql, query: ThreadQuery): Promise<Thread[]> {
  if (findsNothing(query)) return [];
  const { order, window } = query;
  const shape = { filter: shapeOf(query), ...order, window: windowShape(window) };
  const params = { ...paramsOf(query), ...windowParams(window, ({ at, id }) => [at, id]) };
  return threadRows.fromRows(await page(shape).all(sql, params));
}

type SearchShape = { readonly filter: FilterShape; readonly sortBy: ThreadSortField; readonly direction: Direction };

const search = byShape(({ filter, sortBy, direction }: SearchShape) =>
  statement((p: Params<FilterParams & { limit: number; offset: number }>, dialect) =>
    ordered(found(p, filter, dialect).select(threadRows.columns), [SORT_COLUMNS[sortBy], 'id'], direction)
      .limit(p('limit'))
      .offset(p('offset')),
  ),
);

export async function searchThreads(sql: Sql, query: ThreadSearch): Promise<Thread[]> {
  if (findsNothing(query)) return [];
  const { sortBy, direction, limit, offset } = query;
  return threadRows.fromRows(await search({ filter: shapeOf(query), sortBy, direction }).all(sql, { ...paramsOf(query), limit, offset }));
}

const count = byShape((filter: FilterShape) =>
  statement((p: Params<FilterParams>, dialect) => found(p, filter, dialect).select(({ fn }) => fn.countAll<number | string>().as('total'))),
);

export async function countThreads(sql: Sql, filter: ThreadFilter): Promise<number> {
  if (findsNothing(filter)) return 0;
  const [row] = await count(shapeOf(filter)).all(sql, paramsOf(filter));
  return Number(row?.total ?? 0);
}

type Due = { readonly now: number; readonly limit: number };

// Each says the condition of its partial index.
const discardable = statement((p: Params<Due>) =>
  threads().where('discard_at', 'is not', null).where('discard_at', '<=', p('now')).orderBy('discard_at').limit(p('limit')),
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
  db.selectFrom('thread').select('claimable_at').where('claimable_at', 'is not', null).orderBy('claimable_at').limit(1),
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
export async function readLastSeqs(sql: Sql, ids: readonly ThreadId[]): Promise<ReadonlyMap<ThreadId, number>> {
  const rows = await inChunks(ids, (chunk) => nextSeqs(chunk.length).all(sql, { ids: chunk }));
  return new Map(rows.map((row) => [row.id, Number(row.next_seq) - 1]));
}
