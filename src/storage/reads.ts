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
import {
  countRuns,
  readActiveRun,
  readExistingRuns,
  readQueuePosition,
  readRun,
  readRunBehind,
  readRuns,
  readRunsById,
  readRunsOfStatus,
} from './runs/run-reads.ts';
import type { Condition, Sql } from './sql.ts';
import { inChunks, placeholders } from './sql.ts';
import { threadRows } from './threads/thread-rows.ts';
import { isKeptSql, searchClause, sortColumns, threadFilters } from './threads/thread-tx.ts';

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

  run(owner: Owner, id: RunId): Promise<Run | null> {
    return readRun(this.#sql, owner, id);
  }

  threadsById(owner: Owner, ids: readonly ThreadId[]): Promise<Thread[]> {
    return inChunks(ids, (chunk) =>
      this.#threads({ text: `where id in (${placeholders(chunk.length)}) and owner = ?`, params: [...chunk, owner] }),
    );
  }

  runsById(owner: Owner, ids: readonly RunId[]): Promise<Run[]> {
    return readRunsById(this.#sql, owner, ids);
  }

  existingRuns(ids: readonly RunId[]): Promise<ReadonlySet<RunId>> {
    return readExistingRuns(this.#sql, ids);
  }

  runs(query: RunQuery): Promise<Run[]> {
    return readRuns(this.#sql, query);
  }

  runsOfStatus(owner: Owner, status: readonly RunStatus[], after: RunId | null, limit: number): Promise<Run[]> {
    return readRunsOfStatus(this.#sql, owner, status, after, limit);
  }

  countRuns(threadId: ThreadId, status?: readonly RunStatus[]): Promise<number> {
    return countRuns(this.#sql, threadId, status);
  }

  activeRun(threadId: ThreadId): Promise<Run | null> {
    return readActiveRun(this.#sql, threadId);
  }

  queuePosition(runId: RunId): Promise<number | null> {
    return readQueuePosition(this.#sql, runId);
  }

  runBehind(query: RunBehind): Promise<Run | null> {
    return readRunBehind(this.#sql, query);
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
}
