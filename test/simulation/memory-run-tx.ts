import type { RunId, ThreadId } from '../../src/domain/ids.ts';
import { type Claim, isUnfinished, type Run, waitsForTrial } from '../../src/domain/run.ts';
import type { RunPatch, RunTx } from '../../src/orchestrator/ports/store.ts';
import { DatabaseError, type Session } from './memory-database.ts';
import type { Statements } from './statements.ts';

/** What a process remembers of its runs where it may not (a planted bug). */
export type Beliefs = Map<RunId, Run>;

const isDue = (run: Run, now: Date): boolean => run.status === 'PENDING' && run.availableAt <= now;

export class MemoryRunTx implements RunTx {
  readonly #statements: Statements;
  readonly #session: Session;
  readonly #beliefs: Beliefs;

  constructor(statements: Statements, beliefs: Beliefs) {
    this.#statements = statements;
    this.#session = statements.session;
    this.#beliefs = beliefs;
  }

  find(id: RunId): Promise<Run | null> {
    return this.#statements.run(() => {
      const run = this.#session.runs.get(id) ?? null;
      const believed = this.#session.database.bugs.settleTwice ? this.#beliefs.get(id) : undefined;
      return run === null || believed === undefined
        ? run
        : { ...run, status: 'RUNNING', attempt: believed.attempt };
    });
  }

  unfinished(threadId: ThreadId): Promise<Run[]> {
    return this.#select((run) => run.threadId === threadId && isUnfinished(run));
  }

  async firstDue(threadId: ThreadId): Promise<Run | null> {
    const [first] = await this.#select((run) => run.threadId === threadId && isDue(run, this.#session.now));
    return first ?? null;
  }

  async ahead(threadId: ThreadId): Promise<readonly Run[]> {
    const runs = await this.unfinished(threadId);
    const waiting = runs.filter(({ status }) => status === 'PENDING');
    const next =
      waiting.find((run) => isDue(run, this.#session.now)) ??
      waiting.toSorted((a, b) => a.availableAt.getTime() - b.availableAt.getTime())[0];
    return [...runs.filter(({ status }) => status === 'RUNNING'), ...(next === undefined ? [] : [next])];
  }

  async newestStarted(threadId: ThreadId): Promise<Run | null> {
    const started = await this.#select((run) => run.threadId === threadId && run.startedAt !== null);
    return (
      started.sort((a, b) => Number(b.startedAt) - Number(a.startedAt) || b.position - a.position)[0] ?? null
    );
  }

  withCarry(threadId: ThreadId, carry: readonly Run['carry'][]): Promise<Run[]> {
    return this.#select((run) => run.threadId === threadId && carry.includes(run.carry));
  }

  expireAllLeases(): Promise<number> {
    return this.#statements.run(() => {
      const running = [...this.#session.runs.values()].filter(
        (run) => run.status === 'RUNNING' && !waitsForTrial(run),
      );
      for (const run of running) this.#session.runs.patch(run.id, { leaseUntil: this.#session.now });
      return running.length;
    });
  }

  async leaseExpired(limit: number): Promise<Run[]> {
    const expired = await this.#select((run) => this.#isExpired(run) && !waitsForTrial(run));
    return expired.sort((a, b) => Number(a.leaseUntil) - Number(b.leaseUntil)).slice(0, limit);
  }

  heldBy(workers: readonly string[]): Promise<Run[]> {
    return this.#select(
      ({ status, leaseOwner }) => status === 'RUNNING' && leaseOwner !== null && workers.includes(leaseOwner),
    );
  }

  async nextSuspect(): Promise<Run | null> {
    const suspects = await this.#select((run) => this.#isExpired(run) && waitsForTrial(run));
    return (
      suspects.sort((a, b) => Number(a.leaseUntil) - Number(b.leaseUntil) || (a.id < b.id ? -1 : 1))[0] ??
      null
    );
  }

  #isExpired({ status, leaseUntil }: Run): boolean {
    return status === 'RUNNING' && leaseUntil !== null && leaseUntil <= this.#session.now;
  }

  insert(run: Run): Promise<void> {
    return this.#statements.run(() => {
      this.#session.inserted.add(run.id);
      this.#session.runs.put(run.id, run);
    });
  }

  update(id: RunId, patch: RunPatch): Promise<void> {
    return this.#statements.run(() => {
      if (this.#session.runs.get(id) === undefined) throw new DatabaseError(`Unknown run ${id}`);
      this.#session.runs.patch(id, { updatedAt: this.#session.now, ...patch });
      const run = this.#session.runs.get(id);
      if (patch.attempt !== undefined && run !== undefined) this.#beliefs.set(id, run);
    });
  }

  renewLease(claim: Claim, leaseUntil: Date): Promise<boolean> {
    return this.#statements.run(() => {
      const run = this.#session.runs.get(claim.runId);
      if (run?.status !== 'RUNNING' || run.attempt !== claim.attempt) return false;
      this.#session.runs.patch(claim.runId, { leaseUntil });
      return true;
    });
  }

  delete(id: RunId): Promise<void> {
    return this.#statements.run(() => {
      for (const run of [...this.#session.runs.values()]) {
        if (run.supersededBy === id) this.#session.runs.patch(run.id, { supersededBy: null });
        if (run.carriedBy === id)
          this.#session.runs.patch(run.id, {
            carriedBy: null,
            carry: run.carry === 'TAKEN' ? 'WAITING' : run.carry,
          });
      }
      this.#session.runs.delete(id);
    });
  }

  /** By position. */
  #select(isWanted: (run: Run) => boolean): Promise<Run[]> {
    return this.#statements.run(() =>
      [...this.#session.runs.values()].filter(isWanted).sort((a, b) => a.position - b.position),
    );
  }
}
