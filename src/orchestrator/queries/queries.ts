import type { EventBody } from '../../domain/event.ts';
import { type Owner, parseRunId, parseThreadId, type RunId, type ThreadId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { MessageJson } from '../../domain/message.ts';
import { checkpointLeftBy, type Run, type RunStatus } from '../../domain/run.ts';
import type { Thread } from '../../domain/thread.ts';
import { isA, toldOf } from '../../domain/thrown.ts';
import type { Context } from '../context.ts';
import { bodiesOfRun } from '../execution/run-writer.ts';
import { concernsOneObject } from '../ports/database-unavailable.ts';
import type { ReadState, StateValuesJson, ThreadStateJson } from '../ports/graph-host.ts';
import type { Window } from '../ports/paging.ts';
import type { Reads, ThreadFilter } from '../ports/store.ts';
import {
  countThreads,
  listThreads,
  type SearchThreads,
  searchThreads,
  type ThreadPage,
  type ThreadsQuery,
} from './search-threads.ts';
import { readRequest, readRequestOfRun } from './thread-state.ts';

/** Runs that are looked at at a time, the newest first: most often the first one is it. */
const PAGE = 20;

/** See Queries.replayStart. */
async function replayStart(
  reads: Pick<Reads, 'runs' | 'events' | 'activeRun' | 'lastSeq'>,
  thread: Thread,
  seq: number | null,
): Promise<number> {
  if (seq === null) {
    const active = await reads.activeRun(thread.id);
    const started = active === null ? null : await startOf(reads, active);
    if (started !== null) return started - 1;
    const [waiting] = await reads.runs({
      threadId: thread.id,
      status: ['PENDING'],
      window: { limit: 1, inverted: true },
    });
    const end = (await reads.lastSeq(thread.id)) ?? 0;
    if (waiting !== undefined) return end;
    return lastStart(reads, thread.id, end);
  }
  return lastStart(reads, thread.id, seq);
}

/** Before the start of the last run that had started by `seq`; `seq` when there was none. */
async function lastStart(
  reads: Pick<Reads, 'runs' | 'events'>,
  threadId: ThreadId,
  seq: number,
): Promise<number> {
  for (let before: number | undefined; ; ) {
    const runs = await reads.runs({
      threadId,
      window: { limit: PAGE, inverted: true, ...(before === undefined ? {} : { before }) },
    });
    for (const run of runs) {
      const started = run.startedAt === null ? null : await startOf(reads, run);
      if (started !== null && started <= seq) return started - 1;
    }
    const last = runs.at(-1);
    if (runs.length < PAGE || last === undefined) return seq;
    before = last.position;
  }
}

/** Seq of its RUN_STARTED; null when it hasn't started. */
async function startOf(reads: Pick<Reads, 'events'>, { threadId, id }: Run): Promise<number | null> {
  const rows = await reads.events(threadId, 0, 2, id);
  return rows.find(({ body }) => body.kind === 'RUN_STARTED')?.seq ?? null;
}

/** `state` is an Error where this one state can't be read: a fault of the server. */
export type HistoryEntry = {
  readonly key: number;
  readonly checkpointId: string;
  readonly state: ThreadStateJson | Error;
};

/** Reads; ids may be any text: what is no UUID is not found. */
export class Queries {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  get graphIds(): readonly string[] {
    return this.#context.graphs.graphIds;
  }

  async thread(owner: Owner, id: string): Promise<Thread | null> {
    const threadId = parseThreadId(id);
    return threadId === null ? null : this.#context.store.reads.thread(owner, threadId);
  }

  async run(owner: Owner, id: string): Promise<Run | null> {
    const runId = parseRunId(id);
    return runId === null ? null : this.#context.store.reads.run(owner, runId);
  }

  threads(query: ThreadsQuery): Promise<Thread[]> {
    return listThreads(this.#context.store.reads, (thread) => this.#valuesIfReadable(thread), query);
  }

  threadsById(owner: Owner, ids: readonly ThreadId[]): Promise<Thread[]> {
    return this.#context.store.reads.threadsById(owner, ids);
  }

  runsById(owner: Owner, ids: readonly RunId[]): Promise<Run[]> {
    return this.#context.store.reads.runsById(owner, ids);
  }

  /**
   * In the order in which they were accepted; keys are `run.position`. The thread must have been read for
   * this owner.
   */
  runs(thread: Thread, status: readonly RunStatus[] | undefined, window: Window<number>): Promise<Run[]> {
    return this.#context.store.reads.runs({ threadId: thread.id, status, window });
  }

  countRuns(thread: Thread, status: readonly RunStatus[] | undefined): Promise<number> {
    return this.#context.store.reads.countRuns(thread.id, status);
  }

  activeRun(thread: Thread): Promise<Run | null> {
    return this.#context.store.reads.activeRun(thread.id);
  }

  async queuePosition(run: Run): Promise<number | null> {
    return run.status === 'PENDING' ? this.#context.store.reads.queuePosition(run.id) : null;
  }

  /** Null before the first checkpoint and for an unknown checkpointId. */
  async state(
    thread: Thread,
    checkpointId: string | null,
    subgraphs: boolean,
    ns = '',
  ): Promise<ThreadStateJson | null> {
    const request = await this.#requestOf(thread, checkpointId, ns);
    return request === null ? null : this.#context.graphs.readState({ ...request, subgraphs });
  }

  /** The state that the run left, see checkpointLeftBy; null if it left none. */
  async stateAfter(run: Run): Promise<ThreadStateJson | null> {
    const checkpointId = checkpointLeftBy(run);
    if (checkpointId === null) return null;
    return this.#context.graphs.readState(readRequestOfRun(this.#context, run, { checkpointId }));
  }

  /**
   * The values of the latest state; no code of the graph runs where the stored checkpoint says all. Null
   * before the first checkpoint.
   */
  async values(thread: Thread): Promise<StateValuesJson | null> {
    const request = await this.#requestOf(thread, null, '');
    return request === null ? null : this.#context.graphs.readValues(request);
  }

  /** Its values; null if it left none. */
  async valuesAfter(run: Run): Promise<StateValuesJson | null> {
    const checkpointId = checkpointLeftBy(run);
    if (checkpointId === null) return null;
    return this.#context.graphs.readValues(readRequestOfRun(this.#context, run, { checkpointId }));
  }

  /**
   * Newest first; keys are the checkpoints' stored sequence. `ns`: of a subgraph; absent: of the root graph.
   */
  async history(
    thread: Thread,
    metadata: JsonObject | undefined,
    window: Window<number>,
    ns = '',
  ): Promise<HistoryEntry[]> {
    const refs = await this.#context.store.reads.checkpoints({ threadId: thread.id, ns, metadata, window });
    const entries = await Promise.all(
      refs.map(async ({ checkpointId, seq }) => ({
        key: seq,
        checkpointId,
        state: await this.#stateOrError(thread, checkpointId, ns),
      })),
    );
    return entries.flatMap(({ state, ...entry }) => (state === null ? [] : [{ ...entry, state }]));
  }

  /** The history's key of a checkpoint; null where there is none. */
  historyKey(thread: Thread, ns: string, checkpointId: string): Promise<number | null> {
    return this.#context.store.reads.checkpointSeq(thread.id, ns, checkpointId);
  }

  /** A page of the threads that match, and whether more do. */
  searchThreads(search: SearchThreads): Promise<ThreadPage> {
    return searchThreads(this.#context.store.reads, (thread) => this.#valuesIfReadable(thread), search);
  }

  countThreads({
    values,
    ...filter
  }: ThreadFilter & { readonly values?: JsonObject | undefined }): Promise<number> {
    return countThreads(
      this.#context.store.reads,
      (thread) => this.#valuesIfReadable(thread),
      filter,
      values,
    );
  }

  async messages(thread: Thread): Promise<readonly MessageJson[]> {
    const request = await this.#requestOf(thread, null, '');
    return request === null ? [] : this.#context.graphs.readMessages(request);
  }

  /** What the log says of the run so far, as it is stored. */
  log(run: Run): Promise<readonly EventBody[]> {
    return bodiesOfRun(this.#context.store.reads, { threadId: run.threadId, runId: run.id });
  }

  /**
   * The place in the thread's log behind which everything is that the run said which ran at `seq`; where none
   * did, the last one before. `seq` null: at this moment; then it is the end of the log when a run waits to
   * start.
   */
  replayStart(thread: Thread, seq: number | null): Promise<number> {
    return replayStart(this.#context.store.reads, thread, seq);
  }

  #requestOf(thread: Thread, checkpointId: string | null, ns: string): Promise<ReadState | null> {
    const { store, graphs, checkpoints } = this.#context;
    return readRequest({ reads: store.reads, graphs, checkpoints }, thread, { ns, checkpointId });
  }

  /** One that can't be read costs the list no other. */
  async #stateOrError(
    thread: Thread,
    checkpointId: string,
    ns: string,
  ): Promise<ThreadStateJson | null | Error> {
    try {
      return await this.state(thread, checkpointId, false, ns);
    } catch (error) {
      if (!concernsOneObject(error)) throw error;
      return isA(error, Error) ? error : new Error(toldOf(error));
    }
  }

  /** For searches: a state that can't be read contains nothing. */
  async #valuesIfReadable(thread: Thread): Promise<StateValuesJson | null> {
    try {
      return await this.values(thread);
    } catch (error) {
      if (!concernsOneObject(error)) throw error;
      this.#context.logger.error(
        { err: error, threadId: thread.id },
        'Reading the state of a thread for a search failed',
      );
      return null;
    }
  }
}
