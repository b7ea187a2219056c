import type { LoggedEvent } from '../../src/domain/event.ts';
import type { RunId, ThreadId } from '../../src/domain/ids.ts';
import { type Claim, isUnfinished, type Run } from '../../src/domain/run.ts';
import { databaseTroubleBehind } from '../../src/orchestrator/ports/database-unavailable.ts';
import { ClaimLostError } from '../../src/orchestrator/ports/store.ts';
import type { Invariant, Violation } from '../chaos/history/observed.ts';
import type { Commit, MemoryDatabase } from './memory-database.ts';
import type { Life, World } from './world.ts';

/**
 * Looks at every commit and every publication as it happens: what the database and the subscribers show in
 * the end (test/chaos/history) can't tell who wrote something, or when it was published.
 */
export class Watch {
  readonly violations: Violation[] = [];
  /** The steps at which a run became RUNNING and at which it ended. */
  readonly started = new Map<RunId, number>();
  readonly ended = new Map<RunId, number>();
  readonly #database: MemoryDatabase;
  readonly #world: World;
  readonly #newestSeq = new Map<ThreadId, number>();
  #ids = 0;

  constructor(database: MemoryDatabase, world: World) {
    this.#database = database;
    this.#world = world;
    database.onCommit = (commit) => this.#committed(commit);
  }

  /** A number that no other checkpoint of this history has. */
  nextId(): number {
    this.#ids += 1;
    return this.#ids;
  }

  /** A process hands events to its subscribers. */
  published(events: readonly LoggedEvent[], by: Life): void {
    for (const { threadId, seq, body } of events) {
      const thread = this.#database.threads.get(threadId);
      if (thread !== undefined && seq >= thread.nextSeq)
        this.report(
          'I7',
          threadId,
          `${by.name} published ${body.kind} (seq ${seq}), which was not committed`,
        );
    }
  }

  /** A superstep of a script begins to execute. */
  superstep(runId: string, step: number, by: Life): void {
    const run = this.#database.runs.get(runId as RunId);
    if (run?.leaseOwner !== by.name) return; // It has lost its claim and doesn't know yet.
    const done = this.#database.checkpoints
      .get(run.threadId)
      ?.checkpoints.some(
        ({ runId: owner, metadata }) =>
          owner === runId && metadata.source === 'loop' && (metadata.step ?? 0) > step,
      );
    if (done)
      this.report(
        'I4',
        run.threadId,
        `${by.name} repeats superstep ${step} of run ${runId}, which had been completed`,
      );
  }

  /** The product logged an error. The database's trouble is part of the plan. */
  loggedError(process: string, fields: object, message: string): void {
    const error = 'err' in fields ? fields.err : undefined;
    if (databaseTroubleBehind(error) !== null || error instanceof ClaimLostError) return;
    this.report('I3', '', `${process} logged an error: ${message}: ${String(error)}`);
  }

  report(invariant: Invariant, threadId: string, message: string): void {
    this.violations.push({ invariant, threadId, message: `${message} (step ${this.#world.steps})` });
  }

  #committed({ runs, log, claims }: Commit): void {
    for (const { before, after } of runs) this.#changedRun(before, after);
    for (const change of log) {
      if (change.kind !== 'APPEND') continue;
      for (const event of change.events) this.#appended(event);
    }
    for (const claim of claims) this.#checkFence(claim);
  }

  #changedRun(before: Run | undefined, after: Run | undefined): void {
    if (after === undefined) return;
    if (after.status === 'RUNNING' && before?.status !== 'RUNNING')
      this.started.set(after.id, this.#world.steps);
    if (!isUnfinished(after) && (before === undefined || isUnfinished(before)))
      this.ended.set(after.id, this.#world.steps);
    if (before === undefined || isUnfinished(before)) return;
    if (
      before.status !== after.status ||
      before.endReason !== after.endReason ||
      Number(before.finishedAt) !== Number(after.finishedAt)
    )
      this.report(
        'I3',
        after.threadId,
        `run ${after.id} had ended ${before.status}, and was made ${after.status}`,
      );
  }

  #appended({ threadId, seq, body }: LoggedEvent): void {
    const newest = this.#newestSeq.get(threadId) ?? 0;
    if (seq !== newest + 1)
      this.report('I7', threadId, `${body.kind} was logged under seq ${seq}, after seq ${newest}`);
    this.#newestSeq.set(threadId, Math.max(seq, newest));
  }

  #checkFence({ runId, threadId, attempt }: Claim): void {
    const run = this.#database.runs.get(runId);
    if (run?.status === 'RUNNING' && run.attempt === attempt) return;
    const now = run === undefined ? 'gone' : `${run.status}, attempt ${run.attempt}`;
    this.report('I8', threadId, `attempt ${attempt} of run ${runId} wrote, though the run is ${now}`);
  }
}
