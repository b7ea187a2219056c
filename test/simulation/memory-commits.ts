import type { LoggedEvent } from '../../src/domain/event.ts';
import type { Claim } from '../../src/domain/run.ts';
import { ClaimLostError } from '../../src/orchestrator/ports/store.ts';
import { type Calls, connectionLost } from './faults.ts';
import type { MemoryDatabase, Session } from './memory-database.ts';

type Submission = {
  readonly claim: Claim;
  readonly apply: (session: Session) => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Commits what running runs write: all that one process submitted until the flush goes in one transaction, each claim's fence checked in it, as storage's
 * group commit does. Brings the answers of all commits to the process in their order.
 */
export class MemoryCommits {
  readonly #database: MemoryDatabase;
  readonly #calls: Calls;
  #queue: Submission[] = [];
  #isFlushing = false;
  readonly #answers: (() => void)[] = [];
  /** Set by the store. */
  announce: (events: readonly LoggedEvent[]) => void = () => {};

  constructor(database: MemoryDatabase, calls: Calls) {
    this.#database = database;
    this.#calls = calls;
  }

  submit(claim: Claim, apply: (session: Session) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ claim, apply, resolve, reject });
      this.#schedule();
    });
  }

  /** Announces events and then calls `resolve`, a step later, in the order of the calls. */
  answer(events: readonly LoggedEvent[], resolve: () => void): void {
    this.#answers.push(() => {
      if (events.length > 0) this.announce(events);
      resolve();
    });
    this.#calls.step('answer', null, () => this.#answers.shift()?.());
  }

  #schedule(): void {
    if (this.#isFlushing || this.#queue.length === 0) return;
    this.#isFlushing = true;
    const fault = this.#calls.nextFault('WRITE');
    this.#calls.step('flush', fault, () => {
      const batch = this.#queue;
      this.#queue = [];
      if (fault?.kind === 'FAIL_BEFORE' || fault?.kind === 'FAIL_AT_COMMIT') {
        this.#done(() => refuse(batch, connectionLost('flush')));
        return;
      }
      this.#commit(batch, fault?.kind === 'FAIL_AFTER');
    });
  }

  #commit(batch: readonly Submission[], loseAnswer: boolean): void {
    const session = this.#database.begin(this.#calls.life);
    const threadIds = [...new Set(batch.map(({ claim }) => claim.threadId))].sort();
    const lost: Submission[] = [];
    const attempt = () => {
      try {
        if (!session.isOver) {
          for (const threadId of threadIds) if (!this.#database.lock(session, threadId, attempt)) return;
          for (const submission of batch) {
            const { claim } = submission;
            if (this.#database.bugs.noFence ? session.threads.get(claim.threadId) : session.holds(claim)) {
              session.claims.push(claim);
              submission.apply(session);
            } else lost.push(submission);
          }
        }
        this.#database.commit(session);
      } catch (error) {
        this.#database.end(session);
        this.#done(() => refuse(batch, error));
        return;
      }
      const { appended } = session;
      if (loseAnswer) this.#done(() => refuse(batch, connectionLost('flush: answer')));
      else
        this.answer(appended, () => {
          for (const submission of batch)
            if (lost.includes(submission)) submission.reject(new ClaimLostError(submission.claim));
            else submission.resolve();
          this.#isFlushing = false;
          this.#schedule();
        });
    };
    attempt();
  }

  #done(tell: () => void): void {
    this.#isFlushing = false;
    tell();
    this.#schedule();
  }
}

function refuse(batch: readonly Submission[], error: unknown): void {
  for (const submission of batch) submission.reject(error);
}
