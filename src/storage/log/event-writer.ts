import { sql } from 'kysely';
import type { EventDraft, LoggedEvent } from '../../domain/event.ts';
import type { RunId, ThreadId } from '../../domain/ids.ts';
import type { Claim } from '../../domain/run.ts';
import type { Sql } from '../sql.ts';
import { chunked, inChunks } from '../sql.ts';
import { byShape, db, locking, type Params, statement, type Values } from '../statement.ts';
import { insertEvents, placed } from './event-tx.ts';

type Threads = { readonly ids: readonly ThreadId[] };

// In the order of their ids, as all code locks threads: two batches can't deadlock.
const lockedThreads = byShape((size: number) =>
  statement((p: Params<Threads>, dialect) =>
    db
      .selectFrom('thread')
      .select(['id', 'next_seq'])
      .where('id', 'in', p.list('ids', size))
      .orderBy('id')
      .$call(locking(dialect)),
  ),
);
const lastBatches = byShape((size: number) =>
  statement((p: Params<Threads>, dialect) =>
    db
      .selectFrom('thread')
      .select('last_batch')
      .where('id', 'in', p.list('ids', size))
      .orderBy('id')
      .$call(locking(dialect)),
  ),
);
const running = byShape((size: number) =>
  statement((p: Params<{ ids: readonly RunId[] }>) =>
    db
      .selectFrom('run')
      .select(['id', 'attempt'])
      .where('id', 'in', p.list('ids', size))
      .where('status', '=', 'RUNNING'),
  ),
);
/** The threads' ids, each with its next seq; then the batch's id. */
const advance = byShape((size: number) =>
  statement((p: Params<Values>) => {
    const rows = Array.from({ length: size }, (_, row) => sql`(${p(row * 2)}, ${p(row * 2 + 1)})`);
    return db
      .with(
        'advanced(id, next_seq)',
        () => sql<{ id: ThreadId; next_seq: number }>`(values ${sql.join(rows)})`,
      )
      .updateTable('thread')
      .from('advanced')
      .set((eb) => ({
        next_seq: eb.cast<number>('advanced.next_seq', 'bigint'),
        last_batch: p(size * 2) as string,
      }))
      .whereRef('thread.id', '=', 'advanced.id');
  }),
);

/** Takes the events of one claimed write; they are logged, in call order, when the transaction commits. */
export interface EventWriter {
  append(drafts: readonly EventDraft[]): void;
}

/**
 * The claims that one joint transaction writes for. Opening locks their threads' rows and reads, under these
 * locks, which claims are current; the events appended meanwhile are stored at the end, many rows to a
 * statement.
 */
export class ClaimedThreads {
  readonly #sql: Sql;
  readonly #running: ReadonlyMap<RunId, number>;
  /** Next seq by thread, ahead of its row until `store`. */
  readonly #nextSeqs: Map<ThreadId, number>;
  /** Threads that something was written for. */
  readonly #touched = new Set<ThreadId>();
  readonly #events: LoggedEvent[] = [];

  private constructor(sql: Sql, running: ReadonlyMap<RunId, number>, nextSeqs: Map<ThreadId, number>) {
    this.#sql = sql;
    this.#running = running;
    this.#nextSeqs = nextSeqs;
  }

  static async open(sql: Sql, claims: readonly Claim[]): Promise<ClaimedThreads> {
    // The threads first: the fence is only worth something under the lock.
    const nextSeqs = await lockThreads(sql, claims);
    const attempts = await runningAttempts(sql, claims);
    return new ClaimedThreads(sql, attempts, nextSeqs);
  }

  isCurrent(claim: Claim): boolean {
    return this.#running.get(claim.runId) === claim.attempt && this.#nextSeqs.has(claim.threadId);
  }

  outbox({ threadId }: Claim): EventWriter {
    this.#touched.add(threadId);
    return {
      append: (drafts) => {
        const seq = this.#nextSeqs.get(threadId);
        if (seq === undefined) throw new Error(`Thread ${threadId} is not locked`);
        if (drafts.length === 0) return;
        this.#events.push(...placed(threadId, drafts, seq, this.#sql.now));
        this.#nextSeqs.set(threadId, seq + drafts.length);
      },
    };
  }

  /**
   * Writes what was appended and returns it. The threads keep the batch's id until another batch writes for
   * them, so that a writer who got no answer to its commit can ask whether it came through; see `isStored`.
   */
  async store(batchId: string): Promise<readonly LoggedEvent[]> {
    await insertEvents(this.#sql, this.#events);
    const advanced = [...this.#touched].map((id) => [id, this.#nextSeqs.get(id) ?? 0] as const);
    for (const chunk of chunked(advanced))
      await advance(chunk.length).run(this.#sql, [...chunk.flat(), batchId]);
    return this.#events;
  }
}

/**
 * Whether the batch that wrote for these claims has been committed. Waits for the threads' locks, which its
 * transaction holds for as long as it may still be committed.
 */
export async function isStored(sql: Sql, claims: readonly Claim[], batchId: string): Promise<boolean> {
  const rows = await inChunks(threadsOf(claims), (ids) => lastBatches(ids.length).all(sql, { ids }));
  return rows.some((row) => row.last_batch === batchId);
}

const threadsOf = (claims: readonly Claim[]): readonly ThreadId[] =>
  [...new Set(claims.map((claim) => claim.threadId))].sort();

async function lockThreads(sql: Sql, claims: readonly Claim[]): Promise<Map<ThreadId, number>> {
  const rows = await inChunks(threadsOf(claims), (ids) => lockedThreads(ids.length).all(sql, { ids }));
  return new Map(rows.map((row) => [row.id, Number(row.next_seq)]));
}

async function runningAttempts(sql: Sql, claims: readonly Claim[]): Promise<Map<RunId, number>> {
  const ids = [...new Set(claims.map((claim) => claim.runId))];
  const rows = await inChunks(ids, (chunk) => running(chunk.length).all(sql, { ids: chunk }));
  return new Map(rows.map((row) => [row.id, Number(row.attempt)]));
}
