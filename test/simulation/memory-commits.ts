import type { EventDraft, LoggedEvent } from '../../src/domain/event.ts';
import type { Claim } from '../../src/domain/run.ts';
import { ClaimLostError, type OnCommitted } from '../../src/orchestrator/ports/store.ts';
import { type CallFault, type Calls, connectionLost } from './faults.ts';
import type { MemoryDatabase, Session } from './memory-database.ts';

/** LOG: rows of the log. STATE: everything else. A failed write holds up only what follows it in its lane. */
type Lane = 'LOG' | 'STATE';
type Submission = {
  readonly claim: Claim;
  readonly lane: Lane;
  readonly apply: (session: Session) => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/** What became of one transaction, as far as its process knows. */
type Outcome =
  | {
      readonly kind: 'STORED';
      readonly events: readonly LoggedEvent[];
      readonly lost: ReadonlySet<Submission>;
    }
  /** `applied`: the transaction had begun to write, so that one of its submissions may be to blame. */
  | { readonly kind: 'NOT_STORED'; readonly error: unknown; readonly applied: boolean }
  /** The answer to the commit is lost, and so is the answer to the question after it. */
  | { readonly kind: 'UNKNOWN'; readonly error: unknown };

/**
 * Commits what running runs write, as storage's group commit does: all that one process submitted until the
 * flush goes in one transaction, each claim's fence checked in it; a commit whose answer is lost is asked for
 * before anything of it is written again; what is queued behind a failed write of its claim and lane is
 * refused with it. Brings the answers of all commits to the process in their order.
 */
export class MemoryCommits {
  readonly #database: MemoryDatabase;
  readonly #calls: Calls;
  #queue: Submission[] = [];
  #isFlushing = false;
  /** What failed in this flush, by claim and lane; refuses what is in this flush or the next one. */
  #failed = new Map<string, unknown>();
  readonly #answers: (() => void)[] = [];
  readonly #onCommitted: OnCommitted;

  constructor(database: MemoryDatabase, calls: Calls, onCommitted: OnCommitted) {
    this.#onCommitted = onCommitted;
    this.#database = database;
    this.#calls = calls;
  }

  submit(claim: Claim, apply: (session: Session) => void): Promise<void> {
    return this.#submit(claim, 'STATE', apply);
  }

  append(claim: Claim, drafts: readonly EventDraft[]): Promise<void> {
    return this.#submit(claim, 'LOG', (session) => void session.append(claim.threadId, drafts));
  }

  /** Announces events and then calls `resolve`, a step later, in the order of the calls. */
  answer(events: readonly LoggedEvent[], resolve: () => void): void {
    this.#answers.push(() => {
      if (events.length > 0) this.#onCommitted(events);
      resolve();
    });
    this.#calls.step('answer', null, () => this.#answers.shift()?.());
  }

  #submit(claim: Claim, lane: Lane, apply: (session: Session) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ claim, lane, apply, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isFlushing || this.#queue.length === 0) return;
    this.#isFlushing = true;
    const fault = this.#calls.nextFault('WRITE');
    this.#calls.step('flush', fault, () => void this.#flush(fault));
  }

  async #flush(fault: CallFault | null): Promise<void> {
    const failedBefore = this.#failed;
    this.#failed = new Map();
    const batch = this.#queue.filter((submission) => !refused(submission, failedBefore));
    this.#queue = [];
    if (batch.length > 0) await this.#commitAll(batch, fault);
    this.#isFlushing = false;
    this.#schedule();
  }

  async #commitAll(batch: readonly Submission[], fault: CallFault | null): Promise<void> {
    const outcome = await this.#commit(batch, fault);
    const isForEach = outcome.kind === 'NOT_STORED' && outcome.applied && batch.length > 1;
    if (!isForEach) return this.#tell(batch, outcome);
    for (const submission of batch) {
      if (refused(submission, this.#failed)) continue;
      const next = this.#calls.nextFault('WRITE');
      await this.#step('flush one', next);
      await this.#tell([submission], await this.#commit([submission], next));
    }
  }

  async #commit(batch: readonly Submission[], fault: CallFault | null): Promise<Outcome> {
    if (fault?.kind === 'FAIL_BEFORE')
      return { kind: 'NOT_STORED', error: connectionLost('flush'), applied: false };
    const outcome: Outcome =
      fault?.kind === 'FAIL_AT_COMMIT'
        ? { kind: 'NOT_STORED', error: connectionLost('flush'), applied: true }
        : await this.#transact(batch);
    if (fault?.kind !== 'FAIL_AT_COMMIT' && fault?.kind !== 'FAIL_AFTER') return outcome;
    const askFault = this.#calls.nextFault('WRITE');
    await this.#step('look for the batch', askFault);
    if (askFault !== null && askFault.kind !== 'DELAY')
      return { kind: 'UNKNOWN', error: connectionLost('flush: answer') };
    return outcome;
  }

  #transact(batch: readonly Submission[]): Promise<Outcome> {
    const session = this.#database.begin(this.#calls.life);
    const threadIds = [...new Set(batch.map(({ claim }) => claim.threadId))].sort();
    const lost = new Set<Submission>();
    let applied = false;
    return new Promise((resolve) => {
      const attempt = () => {
        try {
          if (!session.isOver) {
            for (const threadId of threadIds) if (!this.#database.lock(session, threadId, attempt)) return;
            for (const submission of batch) {
              const { claim } = submission;
              if (this.#database.bugs.noFence ? session.threads.get(claim.threadId) : session.holds(claim)) {
                applied = true;
                session.claims.push(claim);
                submission.apply(session);
              } else lost.add(submission);
            }
          }
          this.#database.commit(session);
          resolve({ kind: 'STORED', events: session.appended, lost });
        } catch (error) {
          this.#database.end(session);
          resolve({ kind: 'NOT_STORED', error, applied });
        }
      };
      attempt();
    });
  }

  #tell(batch: readonly Submission[], outcome: Outcome): Promise<void> {
    if (outcome.kind === 'STORED') {
      return new Promise((resolve) =>
        this.answer(outcome.events, () => {
          for (const submission of batch)
            if (outcome.lost.has(submission)) submission.reject(new ClaimLostError(submission.claim));
            else submission.resolve();
          resolve();
        }),
      );
    }
    for (const submission of batch) {
      const key = keyOf(submission);
      if (!this.#failed.has(key)) this.#failed.set(key, outcome.error);
      submission.reject(outcome.error);
    }
    return Promise.resolve();
  }

  #step(label: string, fault: CallFault | null): Promise<void> {
    return new Promise((resolve) => this.#calls.step(label, fault, resolve));
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
