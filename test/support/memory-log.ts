import type { EventBody, LoggedEvent } from '../../src/domain/event.ts';
import type { RunId, ThreadId } from '../../src/domain/ids.ts';
import type { Reads } from '../../src/orchestrator/ports/store.ts';

/** The event log of one thread in memory: what the hub reads of the database, and no more. */
export class MemoryLog {
  readonly threadId: ThreadId;
  #rows: LoggedEvent[] = [];
  #nextSeq = 1;
  readonly #deletedRuns = new Set<RunId>();

  constructor(threadId: ThreadId) {
    this.threadId = threadId;
  }

  get rows(): readonly LoggedEvent[] {
    return this.#rows;
  }

  append(runId: RunId | null, body: EventBody): LoggedEvent {
    const event = { threadId: this.threadId, seq: this.#nextSeq, runId, createdAt: new Date(0), body };
    this.#nextSeq += 1;
    this.#rows.push(event);
    return event;
  }

  removeRun(runId: RunId): void {
    this.#rows = this.#rows.filter((row) => row.runId !== runId);
  }

  /** The run's row and its events are gone, by another process. */
  deleteRun(runId: RunId): void {
    this.removeRun(runId);
    this.#deletedRuns.add(runId);
  }

  /**
   * @param settle lets a test decide when each read gets its answer; the answer is taken when the read is
   * made
   */
  reads(
    settle: <T>(label: string, result: T) => Promise<T> = (_label, result) => Promise.resolve(result),
  ): Reads {
    const reads: Pick<Reads, 'events' | 'lastSeqs' | 'existingRuns'> = {
      events: (_threadId, afterSeq, limit, runId) =>
        settle(
          `events after ${afterSeq}`,
          this.#rows
            .filter((row) => row.seq > afterSeq && (runId === undefined || row.runId === runId))
            .slice(0, limit),
        ),
      existingRuns: (ids) => settle('existingRuns', new Set(ids.filter((id) => !this.#deletedRuns.has(id)))),
      lastSeqs: () => settle('lastSeqs', new Map([[this.threadId, this.#nextSeq - 1]])),
    };
    return reads as Reads;
  }
}
