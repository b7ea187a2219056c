import type { Owner, RunId, ThreadId } from '../../domain/ids.ts';
import type { Run, RunStatus } from '../../domain/run.ts';
import type { RunBehind, RunQuery } from '../../orchestrator/ports/store.ts';
import { type Given, paged, search, total, totalOf, type WindowParams, windowParams } from '../search.ts';
import { inChunks, type Sql } from '../sql.ts';
import { byShape, db, type Params, statement } from '../statement.ts';
import { isRunning, isUnfinished } from './run-conditions.ts';
import { runRows } from './run-rows.ts';

const runs = () => db.selectFrom('run').select(runRows.columns);

const byId = statement((p: Params<{ owner: Owner; id: RunId }>) =>
  runs().where('id', '=', p('id')).where('owner', '=', p('owner')),
);

export async function readRun(sql: Sql, owner: Owner, id: RunId): Promise<Run | null> {
  return runRows.first(await byId.all(sql, { owner, id }));
}

const byIds = byShape((size: number) =>
  statement((p: Params<{ owner: Owner; ids: readonly RunId[] }>) =>
    runs().where('id', 'in', p.list('ids', size)).where('owner', '=', p('owner')),
  ),
);

export async function readRunsById(sql: Sql, owner: Owner, ids: readonly RunId[]): Promise<Run[]> {
  return runRows.fromRows(
    await inChunks(ids, (chunk) => byIds(chunk.length).all(sql, { owner, ids: chunk })),
  );
}

const existing = byShape((size: number) =>
  statement((p: Params<{ ids: readonly RunId[] }>) =>
    db.selectFrom('run').select('id').where('id', 'in', p.list('ids', size)),
  ),
);

export async function readExistingRuns(sql: Sql, ids: readonly RunId[]): Promise<ReadonlySet<RunId>> {
  const rows = await inChunks(ids, (chunk) => existing(chunk.length).all(sql, { ids: chunk }));
  return new Set(rows.map(({ id }) => id));
}

type OfThread = { readonly threadId: ThreadId; readonly status: readonly RunStatus[] | undefined };

function ofThread(p: Params<OfThread>, given: Given<OfThread>) {
  const these = db.selectFrom('run').where('thread_id', '=', p('threadId'));
  return given.status === 0 ? these : these.where('status', 'in', p.list('status', given.status));
}

const page = search((p: Params<OfThread & WindowParams>, given, inverted: boolean) =>
  paged(
    ofThread(p, given).select(runRows.columns),
    { columns: ['position'], direction: 'ASC', inverted },
    p,
    given,
  ),
);

export async function readRuns(sql: Sql, { threadId, status, window }: RunQuery): Promise<Run[]> {
  if (status?.length === 0) return [];
  const params = { threadId, status, ...windowParams(window, (position) => [position]) };
  return runRows.fromRows(await page(sql, params, window.inverted));
}

const counted = search((p: Params<OfThread>, given) => ofThread(p, given).select(total));

export async function countRuns(
  sql: Sql,
  threadId: ThreadId,
  status?: readonly RunStatus[],
): Promise<number> {
  return status?.length === 0 ? 0 : totalOf(await counted(sql, { threadId, status }, null));
}

const ownersOfStatus = byShape((statuses: number) =>
  statement((p: Params<{ owner: Owner; status: readonly RunStatus[]; after: string; limit: number }>) =>
    db
      .selectFrom('run')
      .select(runRows.columns)
      .where('owner', '=', p('owner'))
      .where('status', 'in', p.list('status', statuses))
      .where('id', '>', p('after') as RunId)
      .orderBy('id')
      .limit(p('limit')),
  ),
);

export async function readRunsOfStatus(
  sql: Sql,
  owner: Owner,
  status: readonly RunStatus[],
  after: RunId | null,
  limit: number,
): Promise<Run[]> {
  if (status.length === 0) return [];
  return runRows.fromRows(
    await ownersOfStatus(status.length).all(sql, { owner, status, after: after ?? '', limit }),
  );
}

const active = statement((p: Params<{ threadId: ThreadId }>) =>
  runs().where('thread_id', '=', p('threadId')).where(isRunning),
);

export async function readActiveRun(sql: Sql, threadId: ThreadId): Promise<Run | null> {
  return runRows.first(await active.all(sql, { threadId }));
}

const place = statement((p: Params<{ id: RunId }>) => {
  const run = db.selectFrom('run').where('id', '=', p('id'));
  return db
    .selectFrom('run')
    .select(total)
    .where(isUnfinished)
    .where('status', '=', 'PENDING')
    .where('thread_id', '=', run.where('status', '=', 'PENDING').select('thread_id'))
    .where('position', '<=', run.select('position'));
});

/** See Reads.queuePosition. */
export async function readQueuePosition(sql: Sql, id: RunId): Promise<number | null> {
  return totalOf(await place.all(sql, { id })) || null;
}

const startedOf = (p: Params<Omit<RunBehind, 'checkpointId'>>) =>
  runs()
    .where('thread_id', '=', p('threadId'))
    .where('graph_id', '=', p('graphId'))
    .where('started_at', 'is not', null);
const checkpointsOf = (p: Params<Omit<RunBehind, 'checkpointId'>>) =>
  db
    .selectFrom('checkpoint')
    .select('run_id')
    .where('thread_id', '=', p('threadId'))
    .where('ns', '=', p('ns'));

const writer = statement((p: Params<RunBehind & { checkpointId: string }>) =>
  startedOf(p).where('id', '=', checkpointsOf(p).where('checkpoint_id', '=', p('checkpointId'))),
);
const headWriter = statement((p: Params<RunBehind>) => {
  const head = db
    .selectFrom('checkpoint_head')
    .select('checkpoint_id')
    .where('thread_id', '=', p('threadId'))
    .where('ns', '=', p('ns'));
  return startedOf(p).where('id', '=', checkpointsOf(p).where('checkpoint_id', '=', head));
});
const newest = statement((p: Params<RunBehind>) => startedOf(p).orderBy('position', 'desc').limit(1));

/** See Reads.runBehind. */
export async function readRunBehind(sql: Sql, query: RunBehind): Promise<Run | null> {
  const { checkpointId } = query;
  const writers =
    checkpointId === null
      ? await headWriter.all(sql, query)
      : await writer.all(sql, { ...query, checkpointId });
  return runRows.first(writers) ?? runRows.first(await newest.all(sql, query));
}

const unfinished = statement(() =>
  db.selectFrom('run').select(['status', total]).where(isUnfinished).groupBy('status'),
);

/** Runs of all owners that have not ended, by status. */
export async function countUnfinishedRuns(
  sql: Sql,
): Promise<{ readonly pending: number; readonly running: number }> {
  const rows = await unfinished.all(sql, {});
  const of = (status: RunStatus): number => Number(rows.find((row) => row.status === status)?.total ?? 0);
  return { pending: of('PENDING'), running: of('RUNNING') };
}
