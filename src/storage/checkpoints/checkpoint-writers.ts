import type { Owner } from '../../domain/ids.ts';
import type { Claim } from '../../domain/run.ts';
import type { Database } from '../database.ts';
import type { GroupCommit } from '../log/group-commit.ts';
import type { Sql } from '../sql.ts';
import { db, type Params, statement } from '../statement.ts';
import type { CheckpointMemory } from './memory/checkpoint-memory.ts';
import type { MutationWatch } from './memory/mutation-watch.ts';
import { markFailed, markWritten, writeCheckpoint, writeWrites } from './records/checkpoint-writes.ts';
import { type OfThread, threadIdOf } from './records/state-version.ts';
import {
  isSpoilt,
  type StoredCheckpoint,
  type StoredWrite,
  withWrites,
} from './records/stored-checkpoint.ts';
import type { CheckpointWriter } from './saver.ts';

/** What becomes of memory when a write has committed. */
export type WriterParts = { readonly memory: CheckpointMemory; readonly watch: MutationWatch };

/** Refuses every write. */
export class RefusingWriter implements CheckpointWriter {
  readonly runId = null;
  readonly failsForGood = false;

  async put(): Promise<void> {
    throw new Error('This checkpointer is read-only');
  }

  putWrites = this.put;
  deleteThread = this.put;
}

/**
 * A transaction in which to write; called again with a new one where a joint transaction was rolled back for
 * another's sake.
 */
type Apply = (sql: Sql) => Promise<number>;

abstract class CommittingWriter implements CheckpointWriter {
  abstract readonly runId: string | null;
  abstract readonly failsForGood: boolean;
  readonly #parts: WriterParts;

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  /** Resolves with the thread's new stateVersion after the commit. */
  protected abstract commit(threadId: string, apply: Apply): Promise<number>;
  abstract deleteThread(threadId: string): Promise<void>;

  async put(threadId: string, checkpoint: StoredCheckpoint): Promise<void> {
    let version: number;
    try {
      version = await this.#commit(threadId, (sql) => writeCheckpoint(sql, threadId, this.runId, checkpoint));
    } catch (error) {
      markFailed(checkpoint);
      throw error;
    }
    markWritten(checkpoint);
    this.#parts.memory.follow(threadId, version, (heads) => {
      heads.delete(checkpoint.ns); // the latest used comes last
      if (checkpoint.parentSends !== 'unread' && !isSpoilt(checkpoint)) heads.set(checkpoint.ns, checkpoint);
    });
    this.#parts.watch.afterPut(threadId, checkpoint);
  }

  async putWrites(
    threadId: string,
    ns: string,
    checkpointId: string,
    writes: readonly StoredWrite[],
  ): Promise<void> {
    const version = await this.#commit(threadId, (sql) =>
      writeWrites(sql, threadId, ns, checkpointId, writes),
    );
    this.#parts.memory.follow(threadId, version, (heads) => {
      const head = heads.get(ns);
      if (head?.id === checkpointId) heads.set(ns, { ...head, writes: withWrites(head.writes, writes) });
    });
  }

  async #commit(threadId: string, apply: Apply): Promise<number> {
    try {
      return await this.commit(threadId, apply);
    } catch (error) {
      this.#parts.memory.drop(threadId);
      throw error;
    }
  }
}

/**
 * Writes for one claim: joint commits, the fence checked in each. After the first failure it refuses all that
 * follows, for later puts are changes of earlier ones.
 */
export class FencedWriter extends CommittingWriter {
  readonly #commits: GroupCommit;
  readonly #claim: Claim;
  readonly runId: string;
  readonly failsForGood = true;
  #failure: { readonly error: unknown } | null = null;

  constructor(commits: GroupCommit, claim: Claim, parts: WriterParts) {
    super(parts);
    this.#commits = commits;
    this.#claim = claim;
    this.runId = claim.runId;
  }

  protected override async commit(threadId: string, apply: Apply): Promise<number> {
    if (threadId !== this.#claim.threadId)
      throw new Error(`Run ${this.runId} must not write to thread ${threadId}`);
    let version = 0;
    try {
      await this.#commits.submit(this.#claim, async (sql) => {
        if (this.#failure !== null) throw this.#failure.error;
        version = await apply(sql);
      });
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
    return version;
  }

  override async deleteThread(threadId: string): Promise<void> {
    throw new Error(`Run ${this.runId} must not delete thread ${threadId}`);
  }
}

/** Owner of the threads that a checkpointer without claims makes: none. */
const NO_OWNER = '' as Owner;
const TABLES = ['checkpoint_head', 'checkpoint_write', 'checkpoint', 'blob'] as const;

const insertBareThread = statement((p: Params<OfThread & { now: number }>) =>
  db
    .insertInto('thread')
    .values({
      id: threadIdOf(p),
      owner: NO_OWNER,
      status: 'IDLE',
      resting_status: 'IDLE',
      metadata: '{}',
      next_seq: 1,
      next_position: 1,
      state_version: 0,
      created_at: p('now'),
      updated_at: p('now'),
    })
    .onConflict((conflict) => conflict.column('id').doNothing()),
);
const removeBareThread = statement((p: Params<OfThread>) =>
  db.deleteFrom('thread').where('id', '=', threadIdOf(p)).where('owner', '=', NO_OWNER),
);
const removeRows = TABLES.map((table) =>
  statement((p: Params<OfThread>) => db.deleteFrom(table).where('thread_id', '=', threadIdOf(p))),
);

/**
 * Writes for no run, unfenced, to any thread; a thread that doesn't exist gets a bare row, which the tables
 * refer to.
 */
export class UnfencedWriter extends CommittingWriter {
  readonly runId = null;
  readonly failsForGood = false;
  readonly #database: Database;
  readonly #memory: CheckpointMemory;

  constructor(database: Database, parts: WriterParts) {
    super(parts);
    this.#database = database;
    this.#memory = parts.memory;
  }

  protected override commit(threadId: string, apply: Apply): Promise<number> {
    return this.#database.transaction(async (sql) => {
      await insertBareThread.run(sql, { threadId, now: sql.now.getTime() });
      return apply(sql);
    });
  }

  override async deleteThread(threadId: string): Promise<void> {
    await this.#database.transaction(async (sql) => {
      for (const remove of removeRows) await remove.run(sql, { threadId });
      await removeBareThread.run(sql, { threadId });
    });
    this.#memory.forget(threadId);
  }
}
