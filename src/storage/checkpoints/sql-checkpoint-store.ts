import type { RunId, ThreadId } from '../../domain/ids.ts';
import type { Claim } from '../../domain/run.ts';
import {
  CheckpointDamagedError,
  type CheckpointStore,
  type CheckpointTx,
  type ClaimedSaver,
  type ReadSaver,
  type SalvagedCheckpoint,
  type StateBuffer,
} from '../../orchestrator/ports/checkpoints.ts';
import type { Logger } from '../../orchestrator/ports/environment.ts';
import type { Sweep } from '../../orchestrator/ports/retention.ts';
import type { Database } from '../database.ts';
import type { GroupCommit } from '../log/group-commit.ts';
import type { Sql } from '../sql.ts';
import { FencedWriter, RefusingWriter, UnfencedWriter } from './checkpoint-writers.ts';
import { CheckpointMemory, type MemoryBounds } from './memory/checkpoint-memory.ts';
import { MutationWatch } from './memory/mutation-watch.ts';
import { BufferedPuts, SqlStateBuffer } from './records/buffer.ts';
import {
  CheckpointEncoder,
  type MetadataPolicy,
  metadataAsGiven,
  metadataOfRuns,
} from './records/checkpoint-encoder.ts';
import { CheckpointReader, type Freshness } from './records/checkpoint-reader.ts';
import { readStateVersion } from './records/state-version.ts';
import { hasOld, pruneBatch, threadsToPrune } from './retention/prune.ts';
import { salvageCheckpoint } from './retention/salvage.ts';
import { type CheckpointSource, type CheckpointWriter, SqlSaver } from './saver.ts';
import { checkpointExists, graphHasPut, readHead, SqlCheckpointTx } from './sql-checkpoint-tx.ts';
import { SlotRegistry } from './values/list-changes.ts';
import { TextSerde } from './values/text-serde.ts';
import { ValueDecoder } from './values/value-decoder.ts';
import { ValueEncoder } from './values/value-encoder.ts';

export type SqlCheckpointStoreOptions = {
  readonly database: Database;
  readonly commits: GroupCommit;
  readonly logger: Logger;
  /** Default `compare`. With `trust`, call `forgetThread` for every thread that is deleted. */
  readonly freshness?: Freshness;
  /** Default: 32 million characters of JSON, 2,000 threads. */
  readonly memory?: Partial<MemoryBounds>;
};

const DEFAULT_MEMORY: MemoryBounds = { maxSize: 32_000_000, maxThreads: 2_000 };

/**
 * LangGraph's checkpoints in our database: makes the savers that read and write them. Its methods must not be
 * awaited within a transaction.
 */
export class SqlCheckpointStore implements CheckpointStore {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #memory: CheckpointMemory;
  readonly #watch: MutationWatch;
  readonly #reader: CheckpointReader;
  readonly #codec: {
    readonly serde: TextSerde;
    readonly decoder: ValueDecoder;
    readonly encoder: CheckpointEncoder;
    readonly slots: SlotRegistry;
  };
  readonly #readSaver: ReadSaver & { readonly saver: SqlSaver };
  readonly #logger: Logger;

  constructor({ database, commits, logger, freshness = 'compare', memory }: SqlCheckpointStoreOptions) {
    const serde = new TextSerde();
    const slots = new SlotRegistry();
    const decoder = new ValueDecoder(serde, slots);
    this.#database = database;
    this.#logger = logger;
    this.#commits = commits;
    this.#memory = new CheckpointMemory({ ...DEFAULT_MEMORY, ...memory });
    this.#watch = new MutationWatch({ serde, slots, memory: this.#memory, logger });
    this.#codec = {
      serde,
      decoder,
      encoder: new CheckpointEncoder(serde, new ValueEncoder(serde, slots)),
      slots,
    };
    this.#reader = new CheckpointReader({
      database,
      memory: this.#memory,
      serde,
      slots,
      decoder,
      watch: this.#watch,
      freshness,
    });
    this.#readSaver = {
      kind: 'read',
      saver: this.#saver(this.#reader, new RefusingWriter(), metadataAsGiven),
    };
  }

  reader(): ReadSaver {
    return this.#readSaver;
  }

  claimed(claim: Claim): ClaimedSaver {
    const saver = this.#saver(
      this.#reader,
      new FencedWriter(this.#commits, claim, this.#followers),
      metadataOfRuns,
    );
    return {
      kind: 'claimed',
      claim,
      saver,
      committed: (ns, id) => saver.committed(ns, id),
      flushed: () => saver.flushed(),
    };
  }

  /** @throws Error when there is no such thread */
  async buffer(threadId: ThreadId, runId: RunId | null): Promise<StateBuffer> {
    const stateVersion = await readStateVersion(this.#database.read, threadId);
    if (stateVersion === null) throw new Error(`Unknown thread ${threadId}`);
    const puts = new BufferedPuts(threadId, runId, this.#reader);
    return new SqlStateBuffer(stateVersion, puts, this.#saver(puts, puts, metadataOfRuns));
  }

  /**
   * A saver without claim or fence, for LangGraph's own tests and for tools; what it puts belongs to no run.
   */
  unfenced(): SqlSaver {
    return this.#saver(this.#reader, new UnfencedWriter(this.#database, this.#followers), metadataAsGiven);
  }

  /** What a transaction may do with checkpoints. */
  tx(sql: Sql): CheckpointTx {
    return new SqlCheckpointTx(sql, this.#memory);
  }

  head(threadId: ThreadId, ns = ''): Promise<string | null> {
    return readHead(this.#database.read, threadId, ns);
  }

  exists(threadId: ThreadId, ns: string, checkpointId: string): Promise<boolean> {
    return checkpointExists(this.#database.read, threadId, ns, checkpointId);
  }

  async damage(
    threadId: ThreadId,
    ns: string,
    checkpointId: string | null,
  ): Promise<CheckpointDamagedError | null> {
    try {
      await this.#readSaver.saver.getTuple(addressOf(threadId, ns, checkpointId));
      return null;
    } catch (error) {
      if (error instanceof CheckpointDamagedError) return error;
      throw error;
    }
  }

  async salvage(
    threadId: ThreadId,
    ns: string,
    checkpointId: string | null,
  ): Promise<SalvagedCheckpoint | null> {
    const salvaged = await salvageCheckpoint(
      { database: this.#database, ...this.#codec },
      threadId,
      ns,
      checkpointId,
    );
    this.#logger.error(
      { threadId, ns, checkpointId, unreadable: salvaged?.unreadable },
      'Stored checkpoint is damaged',
    );
    return salvaged;
  }

  runHasCheckpoint(threadId: ThreadId, runId: RunId): Promise<boolean> {
    return graphHasPut(this.#database.read, threadId, runId);
  }

  /** The thread was deleted: what is remembered of it isn't so of a new one with its id. */
  forgetThread(threadId: ThreadId): void {
    this.#memory.forget(threadId);
  }

  /** The next threads by id; `isOld`: some of their checkpoints may be older than `ageMs`. */
  threadsToPrune(ageMs: number, sweep: Sweep): Promise<{ readonly id: ThreadId; readonly isOld: boolean }[]> {
    const { read } = this.#database;
    return threadsToPrune(read, read.now.getTime() - ageMs, sweep);
  }

  /**
   * Removes the thread's unneeded checkpoints older than `ageMs`, a batch at a time. Resolves with their
   * number.
   */
  async prune(threadId: ThreadId, ageMs: number): Promise<number> {
    const { read } = this.#database;
    if (!(await hasOld(read, threadId, read.now.getTime() - ageMs))) return 0;
    for (let removed = 0; ; ) {
      const step = await this.#database.transaction((sql) =>
        pruneBatch(sql, this.#memory, threadId, sql.now.getTime() - ageMs),
      );
      removed += step.removed;
      if (!step.mayBeMore) return removed;
    }
  }

  /** Resolves when the checks for changed messages that are due have been made. */
  idle(): Promise<void> {
    return this.#watch.idle();
  }

  get #followers() {
    return { memory: this.#memory, watch: this.#watch };
  }

  #saver(source: CheckpointSource, sink: CheckpointWriter, metadata: MetadataPolicy): SqlSaver {
    return new SqlSaver({ source, sink, metadata, ...this.#codec });
  }
}

const addressOf = (threadId: string, ns: string, id: string | null) => ({
  configurable: { thread_id: threadId, checkpoint_ns: ns, ...(id === null ? {} : { checkpoint_id: id }) },
});
