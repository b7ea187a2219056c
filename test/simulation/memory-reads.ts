import type { LoggedEvent } from '../../src/domain/event.ts';
import type { Owner, RunId, ThreadId } from '../../src/domain/ids.ts';
import type { Json } from '../../src/domain/json.ts';
import { containsJson } from '../../src/domain/json.ts';
import type { Run, RunStatus } from '../../src/domain/run.ts';
import type { Thread } from '../../src/domain/thread.ts';
import type { AssistantReads } from '../../src/orchestrator/ports/assistants.ts';
import type { Window } from '../../src/orchestrator/ports/paging.ts';
import type {
  CheckpointQuery,
  CheckpointRef,
  Reads,
  RunBehind,
  RunQuery,
  ThreadFilter,
  ThreadKey,
  ThreadQuery,
  ThreadSearch,
  ThreadSortField,
} from '../../src/orchestrator/ports/store.ts';
import type { Calls } from './faults.ts';
import { MemoryAssistantReads } from './memory-assistants.ts';
import type { MemoryDatabase } from './memory-database.ts';
import { headOf, NO_CHECKPOINTS } from './thread-checkpoints.ts';

export class MemoryReads implements Reads {
  readonly #database: MemoryDatabase;
  readonly #calls: Calls;
  readonly assistants: AssistantReads;

  constructor(database: MemoryDatabase, calls: Calls) {
    this.#database = database;
    this.#calls = calls;
    this.assistants = new MemoryAssistantReads(database);
  }

  get now(): Date {
    return this.#database.now;
  }

  thread(owner: Owner, id: ThreadId): Promise<Thread | null> {
    return this.#calls.read('read thread', () => {
      const thread = this.#database.threads.get(id);
      return thread?.owner === owner && thread.discardAt === null ? thread : null;
    });
  }

  threads({ order, window, ...filter }: ThreadQuery): Promise<Thread[]> {
    return this.#calls.read('read threads', () => {
      const keyOf = (thread: Thread): ThreadKey => ({ at: SORTED_BY[order.field](thread), id: thread.id });
      const wanted = this.#threads(filter);
      const direction = order.direction === 'ASC' ? 1 : -1;
      const compare = (a: ThreadKey, b: ThreadKey) =>
        direction * (orderOf(a.at, b.at) || orderOf(a.id, b.id));
      return windowOf(wanted, keyOf, compare, window);
    });
  }

  searchThreads({ sortBy, direction, limit, offset, ...filter }: ThreadSearch): Promise<Thread[]> {
    return this.#calls.read('search threads', () => {
      const sign = direction === 'ASC' ? 1 : -1;
      const compare = (a: Thread, b: Thread) =>
        sign * (orderOf(SORTED_BY[sortBy](a), SORTED_BY[sortBy](b)) || orderOf(a.id, b.id));
      return this.#threads(filter)
        .sort(compare)
        .slice(offset, offset + limit);
    });
  }

  countThreads(filter: ThreadFilter): Promise<number> {
    return this.#calls.read('count threads', () => this.#threads(filter).length);
  }

  discardable(limit: number): Promise<Thread[]> {
    return this.#calls.read('read discardable threads', () =>
      [...this.#database.threads.values()]
        .filter(({ discardAt }) => discardAt !== null && discardAt <= this.now)
        .sort((a, b) => Number(a.discardAt) - Number(b.discardAt))
        .slice(0, limit),
    );
  }

  expired(limit: number): Promise<Thread[]> {
    return this.#calls.read('read expired threads', () =>
      [...this.#database.threads.values()]
        .filter(({ expiresAt, status }) => expiresAt !== null && expiresAt <= this.now && status !== 'BUSY')
        .sort((a, b) => Number(a.expiresAt) - Number(b.expiresAt))
        .slice(0, limit),
    );
  }

  run(owner: Owner, id: RunId): Promise<Run | null> {
    return this.#calls.read('read run', () => {
      const run = this.#database.runs.get(id);
      return run?.owner === owner ? run : null;
    });
  }

  threadsById(owner: Owner, ids: readonly ThreadId[]): Promise<Thread[]> {
    return this.#calls.read('read threads', () =>
      [...this.#database.threads.values()].filter(
        (thread) => thread.owner === owner && ids.includes(thread.id),
      ),
    );
  }

  runsById(owner: Owner, ids: readonly RunId[]): Promise<Run[]> {
    return this.#calls.read('read runs', () =>
      this.#runs((run) => run.owner === owner && ids.includes(run.id)),
    );
  }

  existingRuns(ids: readonly RunId[]): Promise<ReadonlySet<RunId>> {
    return this.#calls.read(
      'read which runs exist',
      () => new Set(ids.filter((id) => this.#database.runs.has(id))),
    );
  }

  runs({ threadId, status, window }: RunQuery): Promise<Run[]> {
    return this.#calls.read('read runs', () =>
      windowOf(
        this.#runs((run) => isOf(run, threadId, status)),
        (run) => run.position,
        (a, b) => a - b,
        window,
      ),
    );
  }

  runsOfStatus(
    owner: Owner,
    status: readonly RunStatus[],
    after: RunId | null,
    limit: number,
  ): Promise<Run[]> {
    return this.#calls.read('read runs', () =>
      this.#runs(
        (run) => run.owner === owner && status.includes(run.status) && (after === null || run.id > after),
      )
        .sort((a, b) => orderOf(a.id, b.id))
        .slice(0, limit),
    );
  }

  countRuns(threadId: ThreadId, status?: readonly RunStatus[]): Promise<number> {
    return this.#calls.read('count runs', () => this.#runs((run) => isOf(run, threadId, status)).length);
  }

  activeRun(threadId: ThreadId): Promise<Run | null> {
    return this.#calls.read(
      'read active run',
      () => this.#runs((run) => isOf(run, threadId, ['RUNNING']))[0] ?? null,
    );
  }

  queuePosition(runId: RunId): Promise<number | null> {
    return this.#calls.read('read queue position', () => {
      const run = this.#database.runs.get(runId);
      if (run?.status !== 'PENDING') return null;
      return this.#runs((other) => isOf(other, run.threadId, ['PENDING']) && other.position <= run.position)
        .length;
    });
  }

  runBehind({ threadId, graphId, ns, checkpointId }: RunBehind): Promise<Run | null> {
    return this.#calls.read('read the run behind a checkpoint', () => {
      const own = this.#database.checkpoints.get(threadId) ?? NO_CHECKPOINTS;
      const at = checkpointId ?? headOf(own, ns);
      const writer = own.checkpoints.find((one) => one.ns === ns && one.id === at)?.runId;
      const started = this.#runs(
        (run) => run.threadId === threadId && run.graphId === graphId && run.startedAt !== null,
      );
      return (
        started.find(({ id }) => id === writer) ?? started.sort((a, b) => b.position - a.position)[0] ?? null
      );
    });
  }

  checkpoints({ threadId, ns, metadata, window }: CheckpointQuery): Promise<CheckpointRef[]> {
    return this.#calls.read('read checkpoints', () => {
      const own = (this.#database.checkpoints.get(threadId)?.checkpoints ?? []).filter(
        (one) => one.ns === ns && (metadata === undefined || containsJson(one.metadata as Json, metadata)),
      );
      const refs = own.map(({ id, seq }) => ({ checkpointId: id, seq }));
      return windowOf(
        refs,
        (ref) => ref.seq,
        (a, b) => b - a,
        window,
      );
    });
  }

  checkpointSeq(threadId: ThreadId, ns: string, checkpointId: string): Promise<number | null> {
    return this.#calls.read('read a checkpoint’s place', () => {
      const own = this.#database.checkpoints.get(threadId)?.checkpoints ?? [];
      return own.find((one) => one.ns === ns && one.id === checkpointId)?.seq ?? null;
    });
  }

  events(threadId: ThreadId, afterSeq: number, limit: number, runId?: RunId): Promise<LoggedEvent[]> {
    return this.#calls.read('read events', () => {
      const rows = this.#database.logs.get(threadId) ?? [];
      return rows
        .filter((row) => row.seq > afterSeq && (runId === undefined || row.runId === runId))
        .slice(0, limit);
    });
  }

  lastSeq(threadId: ThreadId): Promise<number | null> {
    return this.#calls.read('read last seq', () => this.#lastSeq(threadId));
  }

  lastSeqs(threadIds: readonly ThreadId[]): Promise<ReadonlyMap<ThreadId, number>> {
    return this.#calls.read('read last seqs', () => {
      const seqs = threadIds.map((id) => [id, this.#lastSeq(id)] as const);
      return new Map(seqs.filter((pair): pair is readonly [ThreadId, number] => pair[1] !== null));
    });
  }

  nextClaimableAt(): Promise<Date | null> {
    return this.#calls.read('read next claimable', () => {
      let next: Date | null = null;
      for (const { claimableAt } of this.#database.threads.values())
        if (claimableAt !== null && (next === null || claimableAt < next)) next = claimableAt;
      return next;
    });
  }

  #lastSeq(threadId: ThreadId): number | null {
    const thread = this.#database.threads.get(threadId);
    return thread === undefined ? null : thread.nextSeq - 1;
  }

  #threads({ owner, ids, status, metadata }: ThreadFilter): Thread[] {
    return [...this.#database.threads.values()].filter(
      (thread) =>
        thread.owner === owner &&
        thread.discardAt === null &&
        (ids === undefined || ids.includes(thread.id)) &&
        (status === undefined || status.includes(thread.status)) &&
        (metadata === undefined || containsJson(thread.metadata, metadata)),
    );
  }

  #runs(isWanted: (run: Run) => boolean): Run[] {
    return [...this.#database.runs.values()].filter(isWanted);
  }
}

const SORTED_BY: Readonly<Record<ThreadSortField, (thread: Thread) => string | number>> = {
  THREAD_ID: ({ id }) => id,
  STATUS: ({ status }) => status,
  CREATED_AT: ({ createdAt }) => createdAt.getTime(),
  UPDATED_AT: ({ updatedAt }) => updatedAt.getTime(),
  STATE_UPDATED_AT: ({ stateUpdatedAt }) => stateUpdatedAt.getTime(),
};

const orderOf = <T extends string | number>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

const isOf = (run: Run, threadId: ThreadId, status: readonly RunStatus[] | undefined): boolean =>
  run.threadId === threadId && (status === undefined || status.includes(run.status));

function windowOf<T, K>(
  list: readonly T[],
  keyOf: (item: T) => K,
  compare: (a: K, b: K) => number,
  window: Window<K>,
): T[] {
  const { after, before, limit, inverted } = window;
  const inside = list
    .filter(
      (item) =>
        (after === undefined || compare(keyOf(item), after) > 0) &&
        (before === undefined || compare(keyOf(item), before) < 0),
    )
    .sort((a, b) => compare(keyOf(a), keyOf(b)));
  return (inverted ? inside.reverse() : inside).slice(0, limit);
}
