import type { ThreadId } from '../../domain/ids.ts';
import type { Retention, Sweep, Swept } from '../../orchestrator/ports/retention.ts';
import type { SqlCheckpointStore } from '../checkpoints/sql-checkpoint-store.ts';
import type { Database } from '../database.ts';
import { cutLog, threadsToCut } from './cut-log.ts';
import { takeTurn } from './turn.ts';

/** Retention over our tables. Each thread is locked for one small transaction at a time. */
export class SqlRetention implements Retention {
  readonly #database: Database;
  readonly #checkpoints: Pick<SqlCheckpointStore, 'prune' | 'threadsToPrune'>;

  constructor(database: Database, checkpoints: Pick<SqlCheckpointStore, 'prune' | 'threadsToPrune'>) {
    this.#database = database;
    this.#checkpoints = checkpoints;
  }

  takeTurn(name: string, holder: string, everyMs: number): Promise<boolean> {
    return this.#database.transaction((sql) => takeTurn(sql, name, holder, everyMs));
  }

  async cutLogs(ageMs: number, sweep: Sweep): Promise<Swept> {
    const { read } = this.#database;
    const threads = await threadsToCut(read, read.now.getTime() - ageMs, sweep);
    let removed = 0;
    for (const { id, isOld } of threads) if (isOld) removed += await cutLog(this.#database, id, ageMs);
    return { removed, next: nextAfter(threads, sweep) };
  }

  async pruneCheckpoints(ageMs: number, sweep: Sweep): Promise<Swept> {
    const threads = await this.#checkpoints.threadsToPrune(ageMs, sweep);
    let removed = 0;
    for (const { id, isOld } of threads) if (isOld) removed += await this.#checkpoints.prune(id, ageMs);
    return { removed, next: nextAfter(threads, sweep) };
  }

  giveBackSpace(): Promise<boolean> {
    return this.#database.giveBackSpace();
  }
}

const nextAfter = (threads: readonly { readonly id: ThreadId }[], { limit }: Sweep): ThreadId | null =>
  threads.length < limit ? null : (threads.at(-1)?.id ?? null);
