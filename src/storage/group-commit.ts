import type { LoggedEvent } from '../domain/event.ts';
import type { Claim } from '../domain/run.ts';
import { ClaimLostError } from '../orchestrator/ports/store.ts';
import type { Database, Sql } from './database.ts';
import { ClaimedThreads, type EventOutbox } from './event-outbox.ts';

/**
 * One write of an executor. It may be called a second time, in another transaction, when the first was rolled back for another's sake:
 * what it changes in memory must bear that.
 */
export type ClaimedWrite = (sql: Sql, outbox: EventOutbox) => Promise<void>;

type Submission = {
  readonly claim: Claim;
  readonly apply: ClaimedWrite;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};
type Committed = { readonly events: readonly LoggedEvent[]; readonly lost: ReadonlySet<Submission> };

/**
 * The way to the database for all that running runs write. A transaction costs far more than the row it is for, so what was submitted
 * in one turn of the event loop commits in one transaction, each claim's fence checked in it.
 *
 * It is *idle*, *scheduled* (something is queued, the flush comes at the end of this turn) or *flushing* (one transaction is open; what
 * is submitted meanwhile waits for the next). A claim's submissions are applied in the order of their calls.
 */
export class GroupCommit {
  readonly #database: Database;
  #queue: Submission[] = [];
  #active = false;
  #waitingForIdle: (() => void)[] = [];
  /** Called after each commit with the events it appended, before their submitters are told. */
  onCommitted: (events: readonly LoggedEvent[]) => void = () => {};

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Resolves after the commit. Rejects, storing nothing of this write, with ClaimLostError when `claim` is no longer current, with what
   * `apply` rejected with, or with the database's error.
   */
  submit(claim: Claim, apply: ClaimedWrite): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ claim, apply, resolve, reject });
      if (!this.#active) this.#schedule();
    });
  }

  /** Resolves when nothing is queued or being written. */
  idle(): Promise<void> {
    if (!this.#active) return Promise.resolve();
    return new Promise((resolve) => this.#waitingForIdle.push(resolve));
  }

  #schedule(): void {
    this.#active = true;
    setImmediate(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    const batch = this.#queue;
    this.#queue = [];
    await this.#commitAll(batch);
    if (this.#queue.length > 0) {
      this.#schedule();
      return;
    }
    this.#active = false;
    for (const resolve of this.#waitingForIdle.splice(0)) resolve();
  }

  async #commitAll(batch: readonly Submission[]): Promise<void> {
    let committed: Committed;
    let applied = false;
    try {
      committed = await this.#commit(batch, () => {
        applied = true;
      });
    } catch (error) {
      // With one there is none to save from it, and where nothing had been applied yet it was the database, which would fail each of them.
      if (applied && batch.length > 1) await this.#commitEach(batch);
      else for (const submission of batch) submission.reject(error);
      return;
    }
    this.#announce(batch, committed);
  }

  /** After the joint transaction has failed: a transaction for each, so that only the guilty one pays. */
  async #commitEach(batch: readonly Submission[]): Promise<void> {
    const failed = new Map<string, unknown>();
    for (const submission of batch) {
      const claimKey = `${submission.claim.runId}/${submission.claim.attempt}`;
      if (failed.has(claimKey)) {
        submission.reject(new Error('An earlier write of the same claim failed', { cause: failed.get(claimKey) }));
        continue;
      }
      let committed: Committed;
      try {
        committed = await this.#commit([submission]);
      } catch (error) {
        failed.set(claimKey, error);
        submission.reject(error);
        continue;
      }
      this.#announce([submission], committed);
    }
  }

  #commit(batch: readonly Submission[], onApply: () => void = () => {}): Promise<Committed> {
    return this.#database.transaction(async (sql) => {
      const claims = batch.map((submission) => submission.claim);
      const threads = await ClaimedThreads.open(sql, claims);
      const lost = new Set<Submission>();
      for (const submission of batch) {
        if (!threads.isCurrent(submission.claim)) {
          lost.add(submission);
          continue;
        }
        onApply();
        await submission.apply(sql, threads.outbox(submission.claim));
      }
      return { events: await threads.store(), lost };
    });
  }

  #announce(batch: readonly Submission[], { events, lost }: Committed): void {
    if (events.length > 0) this.onCommitted(events);
    for (const submission of batch) {
      if (lost.has(submission)) submission.reject(new ClaimLostError(submission.claim));
      else submission.resolve();
    }
  }
}
