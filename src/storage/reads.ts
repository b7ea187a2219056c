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
import { SqlAssistantReads } from './assistants/assistant-reads.ts';
import { readCheckpointSeq } from './checkpoints/history.ts';
import { readEvents } from './log/event-reads.ts';
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
import type { Sql } from './sql.ts';
import {
  countThreads,
  readDiscardableThreads,
  readExpiredThreads,
  readLastSeqs,
  readNextClaimableAt,
  readThread,
  readThreads,
  readThreadsById,
  searchThreads,
} from './threads/thread-reads.ts';

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

  thread(owner: Owner, id: ThreadId): Promise<Thread | null> {
    return readThread(this.#sql, owner, id);
  }

  threads(query: ThreadQuery): Promise<Thread[]> {
    return readThreads(this.#sql, query);
  }

  searchThreads(search: ThreadSearch): Promise<Thread[]> {
    return searchThreads(this.#sql, search);
  }

  countThreads(filter: ThreadFilter): Promise<number> {
    return countThreads(this.#sql, filter);
  }

  discardable(limit: number): Promise<Thread[]> {
    return readDiscardableThreads(this.#sql, limit);
  }

  expired(limit: number): Promise<Thread[]> {
    return readExpiredThreads(this.#sql, limit);
  }

  run(owner: Owner, id: RunId): Promise<Run | null> {
    return readRun(this.#sql, owner, id);
  }

  threadsById(owner: Owner, ids: readonly ThreadId[]): Promise<Thread[]> {
    return readThreadsById(this.#sql, owner, ids);
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

  runsOfStatus(
    owner: Owner,
    status: readonly RunStatus[],
    after: RunId | null,
    limit: number,
  ): Promise<Run[]> {
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

  checkpointSeq(threadId: ThreadId, ns: string, checkpointId: string): Promise<number | null> {
    return readCheckpointSeq(this.#sql, threadId, ns, checkpointId);
  }

  events(threadId: ThreadId, afterSeq: number, limit: number, runId?: RunId): Promise<LoggedEvent[]> {
    return readEvents(this.#sql, threadId, afterSeq, limit, runId);
  }

  async lastSeq(threadId: ThreadId): Promise<number | null> {
    return (await this.lastSeqs([threadId])).get(threadId) ?? null;
  }

  lastSeqs(threadIds: readonly ThreadId[]): Promise<ReadonlyMap<ThreadId, number>> {
    return readLastSeqs(this.#sql, threadIds);
  }

  nextClaimableAt(): Promise<Date | null> {
    return readNextClaimableAt(this.#sql);
  }
}
