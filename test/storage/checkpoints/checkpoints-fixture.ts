import { systemClock } from '../../../src/clock.ts';
import { DEFAULT_OWNER, newRunId, newThreadId, type RunId, type ThreadId } from '../../../src/domain/ids.ts';
import type { Claim } from '../../../src/domain/run.ts';
import type { CheckpointTx } from '../../../src/orchestrator/ports/checkpoints.ts';
import type { Logger } from '../../../src/orchestrator/ports/environment.ts';
import {
  SqlCheckpointStore,
  type SqlCheckpointStoreOptions,
} from '../../../src/storage/checkpoints/sql-checkpoint-store.ts';
import { Database } from '../../../src/storage/database.ts';
import { GroupCommit } from '../../../src/storage/log/group-commit.ts';
import { TestDatabase, testedDatabase } from '../../support/test-database.ts';

export type Warning = { readonly fields: object; readonly message: string };

/** A database with a checkpoint store over it, and what tests need of the tables around it. */
export class Checkpoints implements AsyncDisposable {
  readonly database: Database;
  readonly commits: GroupCommit;
  readonly store: SqlCheckpointStore;
  readonly warnings: Warning[] = [];
  readonly #own: AsyncDisposable | null;

  constructor(
    database: Database,
    options: Partial<SqlCheckpointStoreOptions>,
    own: AsyncDisposable | null = null,
  ) {
    const note = (fields: object, message: string) => void this.warnings.push({ fields, message });
    const logger: Logger = { debug: () => {}, info: () => {}, warn: note, error: note };
    this.database = database;
    this.#own = own;
    this.commits = new GroupCommit(database);
    this.store = new SqlCheckpointStore({ database, commits: this.commits, logger, ...options });
  }

  /** Another store over the same database that remembers nothing. */
  cold(): SqlCheckpointStore {
    return this.reopened({});
  }

  reopened(options: Partial<SqlCheckpointStoreOptions>): SqlCheckpointStore {
    return new Checkpoints(this.database, options).store;
  }

  transaction<T>(work: (checkpoints: CheckpointTx) => Promise<T>): Promise<T> {
    return this.database.transaction((sql) => work(this.store.tx(sql)));
  }

  async thread(): Promise<ThreadId> {
    const id = newThreadId();
    await this.database.transaction((sql) =>
      sql.run(
        `insert into thread (id, owner, status, resting_status, metadata, next_seq, next_position, state_version, created_at, updated_at)
         values (?, ?, 'IDLE', 'IDLE', '{}', 1, 1, 0, 0, 0)`,
        [id, DEFAULT_OWNER],
      ),
    );
    return id;
  }

  /** Starts a run on the thread; the one that ran before ends. */
  async claim(threadId: ThreadId): Promise<Claim> {
    const runId = newRunId();
    await this.database.transaction(async (sql) => {
      await sql.run(`update run set status = 'SUCCESS' where thread_id = ?`, [threadId]);
      await sql.run(
        `insert into run (id, thread_id, owner, assistant_id, graph_id, status, strategy, input, config, context, metadata, record_events,
           position, attempt, failures, available_at, carry, created_at, updated_at)
         values (?, ?, ?, 'a', 'g', 'RUNNING', 'REJECT', '{}', '{}', 'null', '{}', 0,
           (select count(*) from run where thread_id = ?), 1, 0, 0, 'NONE', 0, 0)`,
        [runId, threadId, DEFAULT_OWNER, threadId],
      );
    });
    return { runId, threadId, attempt: 1 };
  }

  /** The run is RUNNING no more. */
  async end(runId: RunId): Promise<void> {
    await this.database.transaction((sql) =>
      sql.run(`update run set status = 'SUCCESS' where id = ?`, [runId]),
    );
  }

  async stateVersion(threadId: ThreadId): Promise<number> {
    const [row] = await this.database.read.all<{ state_version: number | string }>(
      'select state_version from thread where id = ?',
      [threadId],
    );
    return Number(row!.state_version);
  }

  async count(table: string, threadId: ThreadId): Promise<number> {
    const [row] = await this.database.read.all<{ n: number | string }>(
      `select count(*) as n from ${table} where thread_id = ?`,
      [threadId],
    );
    return Number(row!.n);
  }

  /** Characters that the checkpointer's tables hold for the thread. */
  async storedChars(threadId: ThreadId): Promise<number> {
    const columns = {
      checkpoint: 'length(body) + length(metadata) + length(refs) + 200',
      checkpoint_write: 'length(data) + coalesce(length(lists), 0) + 250',
      blob: 'length(data) + coalesce(length(lists), 0) + 100',
    };
    let chars = 0;
    for (const [table, size] of Object.entries(columns)) {
      const [row] = await this.database.read.all<{ n: number | string | null }>(
        `select sum(${size}) as n from ${table} where thread_id = ?`,
        [threadId],
      );
      chars += Number(row!.n ?? 0);
    }
    return chars;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.idle();
    await this.database.close();
    await this.#own?.[Symbol.asyncDispose]();
  }
}

/** Over a database of its own, of the kind under test, unless a URL is given. */
export async function openCheckpoints(
  options: Partial<SqlCheckpointStoreOptions> & { readonly url?: string } = {},
): Promise<Checkpoints> {
  const { url, ...rest } = options;
  const own = url === undefined && testedDatabase === 'postgres' ? await TestDatabase.create() : null;
  const database = await Database.open({ url: url ?? own?.url ?? ':memory:', clock: systemClock });
  return new Checkpoints(database, rest, own);
}
