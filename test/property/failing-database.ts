import { vi } from 'vitest';
import { DatabaseUnavailableError } from '../../src/orchestrator/ports/database-unavailable.ts';
import { Database } from '../../src/storage/database.ts';
import type { Sql } from '../../src/storage/sql.ts';

/**
 * What happens to one transaction. FAIL: it does not begin. FAIL_AT_COMMIT: all is written, nothing is
 * stored. LOSE_ANSWER: it is stored, and its caller does not get to know.
 */
export type Trouble = 'FAIL' | 'FAIL_AT_COMMIT' | 'LOSE_ANSWER';
export const TROUBLES: readonly Trouble[] = ['FAIL', 'FAIL_AT_COMMIT', 'LOSE_ANSWER'];
/** `after`: how many transactions come through before. */
export type PlannedTrouble = { readonly after: number; readonly trouble: Trouble };

const isDown = (): Error =>
  new DatabaseUnavailableError('UNREACHABLE', new Error('Connection terminated unexpectedly'));

/** Brings trouble to the transactions of all databases of this process. */
export class FailingDatabase implements Disposable {
  #coming: PlannedTrouble[] = [];
  #passed = 0;
  /** How many transactions have met with trouble. */
  struck = 0;
  readonly #restore: () => void;

  constructor() {
    const { transaction } = Database.prototype;
    const run = <T>(database: Database, work: (sql: Sql) => Promise<T>) =>
      this.#run((inner) => transaction.call(database, inner) as Promise<T>, work);
    const spy = vi.spyOn(Database.prototype, 'transaction').mockImplementation(function (
      this: Database,
      work,
    ) {
      return run(this, work);
    });
    this.#restore = () => spy.mockRestore();
  }

  /** From now on these transactions are in trouble, in place of what was planned. */
  plan(troubles: readonly PlannedTrouble[]): void {
    this.#coming = [...troubles];
    this.#passed = 0;
  }

  [Symbol.dispose](): void {
    this.#restore();
  }

  async #run<T>(
    transact: (work: (sql: Sql) => Promise<T>) => Promise<T>,
    work: (sql: Sql) => Promise<T>,
  ): Promise<T> {
    const trouble = this.#next();
    if (trouble === null) return transact(work);
    this.struck += 1;
    if (trouble === 'FAIL') throw isDown();
    if (trouble === 'LOSE_ANSWER') {
      await transact(work);
      throw isDown();
    }
    return transact(async (sql) => {
      await work(sql);
      throw isDown();
    });
  }

  #next(): Trouble | null {
    const [planned] = this.#coming;
    if (planned === undefined) return null;
    if (this.#passed < planned.after) {
      this.#passed += 1;
      return null;
    }
    this.#passed = 0;
    this.#coming.shift();
    return planned.trouble;
  }
}
