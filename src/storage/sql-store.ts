import type { EventDraft, LoggedEvent } from '../domain/event.ts';
import type { Claim } from '../domain/run.ts';
import type { CheckpointTx } from '../orchestrator/ports/checkpoints.ts';
import type { Reads, Store, Tx } from '../orchestrator/ports/store.ts';
import { SqlAssistantTx } from './assistants/assistant-tx.ts';
import { SqlCronTx } from './crons/cron-tx.ts';
import type { Database } from './database.ts';
import { SqlEventTx } from './log/event-tx.ts';
import type { GroupCommit } from './log/group-commit.ts';
import { type CheckpointReads, SqlReads } from './reads.ts';
import { SqlIdempotencyTx } from './runs/idempotency-tx.ts';
import { countUnfinishedRuns } from './runs/run-reads.ts';
import { SqlRunTx } from './runs/run-tx.ts';
import type { Sql } from './sql.ts';
import { SqlThreadTx } from './threads/thread-tx.ts';
import { SqlWebhookTx } from './webhooks/webhook-tx.ts';

export type SqlStoreParts = {
  readonly database: Database;
  /**
   * The one that the checkpointer writes through too. Its `onCommitted` gets what transactions append as
   * well.
   */
  readonly commits: GroupCommit;
  readonly checkpointTx: (sql: Sql) => CheckpointTx;
  readonly checkpointReads: CheckpointReads;
};

export class SqlStore implements Store {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #checkpointTx: (sql: Sql) => CheckpointTx;
  readonly reads: Reads;

  constructor({ database, commits, checkpointTx, checkpointReads }: SqlStoreParts) {
    this.#database = database;
    this.#commits = commits;
    this.#checkpointTx = checkpointTx;
    this.reads = new SqlReads(database.read, checkpointReads);
  }

  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    let appended: readonly LoggedEvent[] = [];
    const result = await this.#database.transaction(async (sql) => {
      const events = new SqlEventTx(sql);
      appended = events.appended;
      return work({
        now: sql.now,
        threads: new SqlThreadTx(sql),
        runs: new SqlRunTx(sql),
        events,
        idempotency: new SqlIdempotencyTx(sql),
        assistants: new SqlAssistantTx(sql),
        checkpoints: this.#checkpointTx(sql),
        webhooks: new SqlWebhookTx(sql),
        crons: new SqlCronTx(sql),
      });
    });
    if (appended.length > 0) this.#commits.onCommitted(appended);
    return result;
  }

  append(claim: Claim, drafts: readonly EventDraft[]): Promise<void> {
    return this.#commits.append(claim, drafts);
  }

  countUnfinishedRuns(): Promise<{ readonly pending: number; readonly running: number }> {
    return countUnfinishedRuns(this.#database.read);
  }

  check(): Promise<void> {
    return this.#database.check();
  }
}
