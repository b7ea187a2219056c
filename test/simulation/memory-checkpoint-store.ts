import type { RunId, ThreadId } from '../../src/domain/ids.ts';
import type { Claim } from '../../src/domain/run.ts';
import type {
  CheckpointStore,
  ClaimedSaver,
  ReadSaver,
  StateBuffer,
} from '../../src/orchestrator/ports/checkpoints.ts';
import type { Calls } from './faults.ts';
import { changeCheckpoints } from './memory-checkpoint-tx.ts';
import type { MemoryCommits } from './memory-commits.ts';
import type { MemoryDatabase } from './memory-database.ts';
import { MemorySaver, MemoryStateBuffer } from './memory-saver.ts';
import {
  findCheckpoint,
  graphHasPut,
  headOf,
  NO_CHECKPOINTS,
  type ThreadCheckpoints,
} from './thread-checkpoints.ts';

/** The checkpoint store of one simulated process over the shared database. */
export class MemoryCheckpointStore implements CheckpointStore {
  readonly #database: MemoryDatabase;
  readonly #commits: MemoryCommits;
  readonly #calls: Calls;
  readonly #read = (threadId: ThreadId) => this.#calls.read('read checkpoint', () => this.#of(threadId));

  constructor(database: MemoryDatabase, commits: MemoryCommits, calls: Calls) {
    this.#database = database;
    this.#commits = commits;
    this.#calls = calls;
  }

  reader(): ReadSaver {
    const write = () => Promise.reject(new Error('This saver only reads'));
    return {
      kind: 'read',
      saver: new MemorySaver({ runId: null, inputGoesAhead: false, read: this.#read, write }),
    };
  }

  claimed(claim: Claim): ClaimedSaver {
    const saver = new MemorySaver({
      runId: claim.runId,
      inputGoesAhead: true,
      read: this.#read,
      write: (threadId, change) =>
        this.#commits.submit(claim, (session) => changeCheckpoints(session, threadId, change)),
    });
    return {
      kind: 'claimed',
      claim,
      saver,
      committed: (ns, id) => saver.committed(ns, id),
      flushed: () => saver.flushed(),
    };
  }

  buffer(threadId: ThreadId, runId: RunId | null): Promise<StateBuffer> {
    return this.#calls.read('open buffer', () => {
      const thread = this.#database.threads.get(threadId);
      if (thread === undefined) throw new Error(`Unknown thread ${threadId}`);
      return new MemoryStateBuffer(threadId, runId, thread.stateVersion, this.#of(threadId));
    });
  }

  head(threadId: ThreadId, ns = ''): Promise<string | null> {
    return this.#calls.read('read head', () => headOf(this.#of(threadId), ns));
  }

  exists(threadId: ThreadId, ns: string, checkpointId: string): Promise<boolean> {
    return this.#calls.read(
      'look for checkpoint',
      () => findCheckpoint(this.#of(threadId), ns, checkpointId) !== null,
    );
  }

  /** Memory is never damaged; the read is one of the product's all the same. */
  damage(threadId: ThreadId): Promise<null> {
    return this.#calls.read('look for damage', () => {
      this.#of(threadId);
      return null;
    });
  }

  salvage(): Promise<null> {
    return Promise.resolve(null);
  }

  runHasCheckpoint(threadId: ThreadId, runId: RunId): Promise<boolean> {
    return this.#calls.read('look for the run’s checkpoint', () => graphHasPut(this.#of(threadId), runId));
  }

  #of(threadId: ThreadId): ThreadCheckpoints {
    return this.#database.checkpoints.get(threadId) ?? NO_CHECKPOINTS;
  }
}
