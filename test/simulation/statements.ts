import type { ThreadId } from '../../src/domain/ids.ts';
import { type Calls, connectionLost } from './faults.ts';
import type { Session } from './memory-database.ts';

/** A statement is a step of its own this often; otherwise nothing comes between it and the one before. */
const INTERLEAVED = 0.15;

/** Runs statements of one transaction, in between those of others. */
export class Statements {
  readonly session: Session;
  readonly #calls: Calls;

  constructor(session: Session, calls: Calls) {
    this.session = session;
    this.#calls = calls;
  }

  run<T>(work: () => T): Promise<T> {
    if (!this.#calls.world.random.chance(INTERLEAVED)) return this.#now(work);
    return new Promise((resolve) =>
      this.#calls.world.step(this.#calls.life, 'statement', () => resolve(this.#now(work))),
    );
  }

  /** With the thread's row locked, until the end of the transaction. */
  locked<T>(threadId: ThreadId, work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const attempt = () => {
        try {
          if (this.session.isOver || this.session.database.lock(this.session, threadId, attempt))
            resolve(this.run(work));
        } catch (error) {
          reject(error);
        }
      };
      attempt();
    });
  }

  async #now<T>(work: () => T): Promise<T> {
    if (this.session.isOver) throw connectionLost('statement');
    return work();
  }
}
