import type { LoggedEvent } from '../domain/event.ts';
import type { Owner, RunId, ThreadId } from '../domain/ids.ts';
import type { Run, RunStatus } from '../domain/run.ts';
import type { Thread } from '../domain/thread.ts';
import type { AssistantReads } from '../orchestrator/ports/assistants.ts';
import type {
  CheckpointQuery,
  CheckpointRef,
  Reads,
  RunBehind,
  RunQuery,
  ThreadFilter,
  ThreadQuery,
  ThreadSearch,
} from '../orchestrator/ports/store.ts';
import { SqlAssistantReads } from './assistants/assistant-tx.ts';
import { keysetPage, pageClause } from './keyset.ts';
import { type RunEventRecord, toLoggedEvent } from './log/event-rows.ts';
import { isRunningSql, isUnfinishedSql, runRows } from './runs/run-rows.ts';
import type { Condition, Sql } from './sql.ts';
import { chunked, placeholders } from './sql.ts';
import { threadRows } from './threads/thread-rows.ts';
import { isKeptSql, oneOf, searchClause, sortColumns, threadFilters } from './threads/thread-tx.ts';

export type CheckpointReads = (sql: Sql, query: CheckpointQuery) => Promise<CheckpointRef[]>;

export class SqlReads implements Reads {
  readonly #sql: Sql;
  readonly #checkpoints: CheckpointReads;
  readonly assistants: AssistantReads;

  constructor(sql: Sql, checkpoints: CheckpointReads) {
    this.#sql = sql;
    this.#checkpoints = checkpoints;
    this.assistants = new SqlAssistantReads(sql);
  }

  get now(): Date {
    return this.#sql.now;
  }

  async thread(owner: Owner, id: ThreadId): Promise<Thread | null> {
    const [thread] = await this.#threads({ text: `where id = ? and owner = ? and ${isKeptSql}`, params: [id, owner] });
    return thread ?? null;
  }

  threads({ order, window, ...filter }: ThreadQuery): Promise<Thread[]> {
    const filters = threadFilters(this.#sql.dialect, filter);
    const columns = [sortColumns[order.field], 'id']; // (id, id) is as good an order as (id)
    const page = keysetPage({ columns, direction: order.direction, values: ({ at, id }) => [at, id] }, window);
    return this.#threads(pageClause(filters, page));
  }

  searchThreads(search: ThreadSearch): Promise<Thread[]> {
    return this.#threads(searchClause(this.#sql.dialect, search));
  }

  async countThreads(filter: ThreadFilter): Promise<number> {
    const filters = threadFilters(this.#sql.dialect, filter);
    const [row] = await this.#sql.all<{ total: number | string }>(
      `select count(*) as total from thread where ${filters.map(({ text }) => text).join(' and ')}`,
      filters.flatMap(({ params }) => params),
    );
    return Number(row?.total ?? 0);
  }

  discardable(limit: number): Promise<Thread[]> {
    return this.#threads({
      text: 'where discard_at is not null and discard_at <= ? order by discard_at limit ?',
      params: [this.#sql.now.getTime(), limit],
    });
  }

  expired(limit: number): Promise<Thread[]> {
    return this.#threads({
      text: `where expires_at is not null and expires_at <= ? and status <> 'BUSY' order by expires_at limit ?`,
      params: [this.#sql.now.getTime(), limit],
    });
  }

  async run(owner: Owner, id: RunId): Promise<Run | null> {
    const [run] = await this.#runs({ text: 'where id = ? and owner = ?', params: [id, owner] });
    return run ?? null;
  }

  threadsById(owner: Owner, ids: readonly ThreadId[]): Promise<Thread[]> {
    return inChunks(ids, (chunk) =>
      this.#threads({ text: `where id in (${placeholders(chunk.length)}) and owner = ?`, params: [...chunk, owner] }),
    );
  }

  runsById(owner: Owner, ids: readonly RunId[]): Promise<Run[]> {
    return inChunks(ids, (chunk) =>
      this.#runs({ text: `where id in (${placeholders(chunk.length)}) and owner = ?`, params: [...chunk, owner] }),
    );
  }

  async existingRuns(ids: readonly RunId[]): Promise<ReadonlySet<RunId>> {
    const rows = await inChunks(ids, (chunk) =>
      this.#sql.all<{ id: RunId }>(`select id from run where id in (${placeholders(chunk.length)})`, chunk),
    );
    return new Set(rows.map((row) => row.id));
  }

  runs({ threadId, status, window }: RunQuery): Promise<Run[]> {
    const page = keysetPage<number>({ columns: ['position'], direction: 'ASC', values: (position) => [position] }, window);
    return this.#runs(pageClause(runFilters(threadId, status), page));
  }

  runsOfStatus(owner: Owner, status: readonly RunStatus[], after: RunId | null, limit: number): Promise<Run[]> {
    const { text, params } = oneOf('status', status);
    return this.#runs({
      text: `where owner = ? and ${text} and id > ? order by id limit ?`,
      params: [owner, ...params, after ?? '', limit],
    });
  }

  async countRuns(threadId: ThreadId, status?: readonly RunStatus[]): Promise<number> {
    const filters = runFilters(threadId, status);
    const [row] = await this.#sql.all<{ total: number | string }>(
      `select count(*) as total from run where ${filters.map((filter) => filter.text).join(' and ')}`,
      filters.flatMap((filter) => filter.params),
    );
    return Number(row?.total ?? 0);
  }

  async activeRun(threadId: ThreadId): Promise<Run | null> {
    const [run] = await this.#runs({ text: `where thread_id = ? and ${isRunningSql}`, params: [threadId] });
    return run ?? null;
  }

  async queuePosition(runId: RunId): Promise<number | null> {
    const [row] = await this.#sql.all<{ place: number | string }>(
      `select count(*) as place from run as waiting
       where ${isUnfinishedSql} and status = 'PENDING'
         and thread_id = (select thread_id from run where id = ? and status = 'PENDING')
         and position <= (select position from run where id = ?)`,
      [runId, runId],
    );
    const place = Number(row?.place ?? 0);
    return place === 0 ? null : place;
  }

  async runBehind({ threadId, graphId, ns, checkpointId }: RunBehind): Promise<Run | null> {
    const [at, ids] =
      checkpointId === null
        ? ['(select checkpoint_id from checkpoint_head where thread_id = ? and ns = ?)', [threadId, ns]]
        : ['?', [checkpointId]];
    const isMeant = 'thread_id = ? and graph_id = ? and started_at is not null';
    const [writer] = await this.#runs({
      text: `where id = (select run_id from checkpoint where thread_id = ? and ns = ? and checkpoint_id = ${at}) and ${isMeant}`,
      params: [threadId, ns, ...ids, threadId, graphId],
    });
    if (writer !== undefined) return writer;
    const [newest] = await this.#runs({ text: `where ${isMeant} order by position desc limit 1`, params: [threadId, graphId] });
    return newest ?? null;
  }

  checkpoints(query: CheckpointQuery): Promise<CheckpointRef[]> {
    return this.#checkpoints(this.#sql, query);
  }

  async checkpointSeq(threadId: ThreadId, ns: string, checkpointId: string): Promise<number | null> {
    const [row] = await this.#sql.all<{ seq: number | string }>(
      'select seq from checkpoint where thread_id = ? and ns = ? and checkpoint_id = ?',
      [threadId, ns, checkpointId],
    );
    return row === undefined ? null : Number(row.seq);
  }

  async events(threadId: ThreadId, afterSeq: number, limit: number, runId?: RunId): Promise<LoggedEvent[]> {
    const ofRun = runId === undefined ? '' : ' and run_id = ?';
    const rows = await this.#sql.all<RunEventRecord>(
      `select thread_id, seq, run_id, kind, payload, created_at from run_event
       where thread_id = ?${ofRun} and seq > ? order by seq limit ?`,
      runId === undefined ? [threadId, afterSeq, limit] : [threadId, runId, afterSeq, limit],
    );
    return rows.map(toLoggedEvent);
  }

  async lastSeq(threadId: ThreadId): Promise<number | null> {
    return (await this.lastSeqs([threadId])).get(threadId) ?? null;
  }

  async lastSeqs(threadIds: readonly ThreadId[]): Promise<ReadonlyMap<ThreadId, number>> {
    const rows = await inChunks(threadIds, (chunk) =>
      this.#sql.all<{ id: ThreadId; next_seq: number | string }>(
        `select id, next_seq from thread where id in (${placeholders(chunk.length)})`,
        chunk,
      ),
    );
    return new Map(rows.map((row) => [row.id, Number(row.next_seq) - 1]));
  }

  async nextClaimableAt(): Promise<Date | null> {
    const [row] = await this.#sql.all<{ claimable_at: number | string }>(
      'select claimable_at from thread where claimable_at is not null order by claimable_at limit 1',
    );
    return row === undefined ? null : new Date(Number(row.claimable_at));
  }

  async #threads({ text, params }: Condition): Promise<Thread[]> {
    const rows = await this.#sql.all(`select ${threadRows.columnList} from thread ${text}`, params);
    return rows.map((row) => threadRows.fromRow(row));
  }

  async #runs({ text, params }: Condition): Promise<Run[]> {
    const rows = await this.#sql.all(`select ${runRows.columnList} from run ${text}`, params);
    return rows.map((row) => runRows.fromRow(row));
  }
}

function runFilters(threadId: ThreadId, status: readonly RunStatus[] | undefined): Condition[] {
  const ofThread: Condition = { text: 'thread_id = ?', params: [threadId] };
  return status === undefined ? [ofThread] : [ofThread, oneOf('status', status)];
}

async function inChunks<T, R>(values: readonly T[], read: (chunk: readonly T[]) => Promise<R[]>): Promise<R[]> {
  const results: R[] = [];
  for (const chunk of chunked(values)) results.push(...(await read(chunk)));
  return results;
}
