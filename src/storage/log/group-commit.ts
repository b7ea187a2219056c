import { AsyncLocalStorage } from 'node:async_hooks';
import { v7 } from 'uuid';
import type { EventDraft, LoggedEvent } from '../../domain/event.ts';
import type { Claim } from '../../domain/run.ts';
import { ClaimLostError, type OnCommitted } from '../../orchestrator/ports/store.ts';
import type { Database } from '../database.ts';
import type { Sql } from '../sql.ts';
import { ClaimedThreads, type EventWriter, isStored } from './event-writer.ts';

/**
 * One write of an executor. It may be called a second time, in another transaction, when the first was rolled
 * back for another's sake: what it changes in memory must bear that.
 */
export type ClaimedWrite = (sql: Sql, outbox: EventWriter) => Promise<void>;

/** LOG: rows of the log. STATE: everything else. A failed write holds up only what follows it in its lane. */
type Lane = 'LOG' | 'STATE';
type Submission = {
  readonly claim: Claim;
  readonly lane: Lane;
  readonly apply: ClaimedWrite;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};
type Committed = { readonly events: readonly LoggedEvent[]; readonly lost: ReadonlySet<Submission> };
/** `isForEach`: a submission was applied and none is stored, so that each may be written by itself. */
type Failed = { readonly error: unknown; readonly isForEach: boolean };

/**
 * The way to the database for all that running runs write. A transaction costs far more than the row it is
 * for, so what was submitted in one turn of the event loop commits in one transaction, each claim's fence
 * checked in it.
 *
 * It is *idle*, *scheduled* (something is queued, the flush comes at the end of this turn) or *flushing* (one
 * transaction is open; what is submitted meanwhile waits for the next). A claim's submissions are applied in
 * the order of their calls, each once: a commit whose answer was lost is looked for before anything of it is
 * written again, and what was queued behind a failed write is refused with it.
 */
export class GroupCommit {
  readonly #database: Database;
  /** A commit is of many runs: it belongs to no graph's code, whichever asked for it first. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #queue: Submission[] = [];
  #active = false;
  #waitingForIdle: (() => void)[] = [];
  /** What failed in this flush, by claim and lane; refuses what comes later in it. */
  #failed = new Map<string, unknown>();
  /** Failures that their submitters don't know of yet; refuses what they submit until they do. */
  readonly #untold = new Map<string, unknown>();
  /** Called before the submitters of the events resume. */
  readonly onCommitted: OnCommitted;

  constructor(database: Database, onCommitted: OnCommitted = () => {}) {
    this.#database = database;
    this.onCommitted = onCommitted;
  }

  /**
   * Resolves after the commit. Rejects, storing nothing of this write, with ClaimLostError when `claim` is no
   * longer current, with what `apply` rejected with, or with the database's error (then it may be stored all
   * the same, where the database could not be asked either).
   */
  submit(claim: Claim, apply: ClaimedWrite): Promise<void> {
    return this.#submit(claim, 'STATE', apply);
  }

  /**
   * Appends rows to the log; resolves and rejects as `submit`. The log of a claim has no holes: after a
   * failure nothing that was queued behind it is written.
   */
  append(claim: Claim, drafts: readonly EventDraft[]): Promise<void> {
    return this.#submit(claim, 'LOG', async (_sql, outbox) => outbox.append(drafts));
  }

  /** Resolves when nothing is queued or being written. */
  idle(): Promise<void> {
    if (!this.#active) return Promise.resolve();
    return new Promise((resolve) => this.#waitingForIdle.push(resolve));
  }

  #submit(claim: Claim, lane: Lane, apply: ClaimedWrite): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const submission = { claim, lane, apply, resolve, reject };
    // Notified of a rejection first: later submitters already know it.
    promise.catch(() => this.#untold.delete(keyOf(submission)));
    if (refused(submission, this.#untold)) return promise;
    this.#queue.push(submission);
    if (!this.#active) this.#schedule();
    return promise;
  }

  #schedule(): void {
    this.#active = true;
    setImmediate(() => this.#outside(() => void this.#flush()));
  }

  async #flush(): Promise<void> {
    const batch = this.#queue;
    this.#queue = [];
    this.#failed = new Map();
    if (batch.length > 0) await this.#commitAll(batch);
    if (this.#queue.length > 0) {
      this.#schedule();
      return;
    }
    this.#active = false;
    for (const resolve of this.#waitingForIdle.splice(0)) resolve();
  }

  async #commitAll(batch: readonly Submission[]): Promise<void> {
    const result = await this.#commit(batch);
    // With one there is none to save from it, and where nothing had been applied yet it was the database,
    // which would fail each of them.
    if ('error' in result && result.isForEach && batch.length > 1) await this.#commitEach(batch);
    else this.#tell(batch, result);
  }

  /** After the joint transaction has failed: a transaction for each, so that only the guilty one pays. */
  async #commitEach(batch: readonly Submission[]): Promise<void> {
    for (const submission of batch)
      if (!refused(submission, this.#failed)) this.#tell([submission], await this.#commit([submission]));
  }

  #tell(batch: readonly Submission[], result: Committed | Failed): void {
    if ('error' in result) for (const submission of batch) this.#fail(submission, result.error);
    else this.#announce(batch, result);
  }

  #fail(submission: Submission, error: unknown): void {
    const key = keyOf(submission);
    if (!this.#failed.has(key)) this.#failed.set(key, error);
    this.#untold.set(key, error);
    submission.reject(error);
    this.#queue = this.#queue.filter((queued) => !refused(queued, this.#untold));
  }

  async #commit(batch: readonly Submission[]): Promise<Committed | Failed> {
    const batchId = v7();
    const claims = batch.map((submission) => submission.claim);
    const done: { hasApplied: boolean; written: Committed | null } = { hasApplied: false, written: null };
    try {
      return await this.#database.transaction(async (sql) => {
        const threads = await ClaimedThreads.open(sql, claims);
        const lost = new Set<Submission>();
        for (const submission of batch) {
          if (!threads.isCurrent(submission.claim)) {
            lost.add(submission);
            continue;
          }
          done.hasApplied = true;
          await submission.apply(sql, threads.outbox(submission.claim));
        }
        done.written = { events: await threads.store(batchId), lost };
        return done.written;
      });
    } catch (error) {
      if (done.written === null) return { error, isForEach: done.hasApplied };
      // All was written and only the commit failed: it may be the answer that was lost.
      const stored = await this.#isStored(claims, batchId);
      return stored === true ? done.written : { error, isForEach: done.hasApplied && stored === false };
    }
  }

  /**
   * Null where the database does not say: then the first error stands, and nothing of the batch may be
   * written again.
   */
  async #isStored(claims: readonly Claim[], batchId: string): Promise<boolean | null> {
    try {
      return await this.#database.transaction((sql) => isStored(sql, claims, batchId));
    } catch {
      return null;
    }
  }

  #announce(batch: readonly Submission[], { events, lost }: Committed): void {
    if (events.length > 0) this.onCommitted(events);
    for (const submission of batch) {
      if (lost.has(submission)) submission.reject(new ClaimLostError(submission.claim));
      else submission.resolve();
    }
  }
}

const keyOf = ({ claim, lane }: Submission): string => `${lane} ${claim.runId}/${claim.attempt}`;

/** Rejects a submission that an earlier one of its claim and lane has failed for. */
function refused(submission: Submission, failed: ReadonlyMap<string, unknown>): boolean {
  const key = keyOf(submission);
  if (!failed.has(key)) return false;
  submission.reject(new Error('An earlier write of the same claim failed', { cause: failed.get(key) }));
  return true;
}
