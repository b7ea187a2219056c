import type { EventDraft } from '../../src/domain/event.ts';
import type { Claim } from '../../src/domain/run.ts';
import type { OnCommitted, Store, Tx } from '../../src/orchestrator/ports/store.ts';
import { type Calls, connectionLost } from './faults.ts';
import { MemoryCommits } from './memory-commits.ts';
import type { MemoryDatabase, Session } from './memory-database.ts';
import { MemoryReads } from './memory-reads.ts';
import type { Beliefs } from './memory-run-tx.ts';
import { MemoryTx } from './memory-tx.ts';
import { Statements } from './statements.ts';

/** The store of one simulated process over the shared database. */
export class MemoryStore implements Store {
  readonly reads: MemoryReads;
  readonly commits: MemoryCommits;
  readonly #database: MemoryDatabase;
  readonly #calls: Calls;
  readonly #beliefs: Beliefs = new Map();
  readonly #onCommitted: OnCommitted;

  constructor(database: MemoryDatabase, calls: Calls, onCommitted: OnCommitted = () => {}) {
    this.#database = database;
    this.#calls = calls;
    this.reads = new MemoryReads(database, calls);
    this.commits = new MemoryCommits(database, calls, onCommitted);
    this.#onCommitted = onCommitted;
  }

  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const fault = this.#calls.nextFault('WRITE');
    const session = await new Promise<Session>((resolve, reject) =>
      this.#calls.step('begin', fault, () =>
        fault?.kind === 'FAIL_BEFORE'
          ? reject(connectionLost('begin'))
          : resolve(this.#database.begin(this.#calls.life)),
      ),
    );
    let result: T;
    try {
      result = await work(new MemoryTx(new Statements(session, this.#calls), this.#beliefs));
    } catch (error) {
      this.#database.end(session);
      throw error;
    }
    if (this.#database.bugs.publishBeforeCommit) this.#onCommitted(session.appended);
    return new Promise((resolve, reject) =>
      this.#calls.step('commit', null, () => {
        if (fault?.kind === 'FAIL_AT_COMMIT') {
          this.#database.end(session);
          reject(connectionLost('commit'));
          return;
        }
        try {
          this.#database.commit(session);
        } catch (error) {
          reject(error);
          return;
        }
        if (fault?.kind === 'FAIL_AFTER') reject(connectionLost('commit: answer'));
        else
          this.commits.answer(this.#database.bugs.publishBeforeCommit ? [] : session.appended, () =>
            resolve(result),
          );
      }),
    );
  }

  append(claim: Claim, drafts: readonly EventDraft[]): Promise<void> {
    return this.commits.append(claim, drafts);
  }

  check(): Promise<void> {
    return this.#calls.read('check', () => undefined);
  }
}
