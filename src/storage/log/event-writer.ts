import type { EventDraft, LoggedEvent } from '../../domain/event.ts';
import type { RunId, ThreadId } from '../../domain/ids.ts';
import type { Claim } from '../../domain/run.ts';
import type { Sql } from '../sql.ts';
import { chunked, placeholders, tuples } from '../sql.ts';
import { insertEvents, placed } from './event-rows.ts';

/** Takes the events of one claimed write; they are logged, in call order, when the transaction commits. */
export interface EventWriter {
  append(drafts: readonly EventDraft[]): void;
}

/**
 * The claims that one joint transaction writes for. Opening locks their threads' rows and reads, under these locks, which claims are
 * current; the events appended meanwhile are stored at the end, many rows to a statement.
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
    // The threads first, in one order for everybody: the fence is only worth something under the lock, and two batches can't deadlock.
    const nextSeqs = await lockThreads(sql, [...new Set(claims.map((claim) => claim.threadId))].sort());
    const running = await runningAttempts(sql, [...new Set(claims.map((claim) => claim.runId))]);
    return new ClaimedThreads(sql, running, nextSeqs);
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
   * Writes what was appended and returns it. The threads keep the batch's id until another batch writes for them, so that a writer who got no
   * answer to its commit can ask whether it came through; see `isStored`.
   */
  async store(batchId: string): Promise<readonly LoggedEvent[]> {
    await insertEvents(this.#sql, this.#events);
    const advanced = [...this.#touched].map((id) => [id, this.#nextSeqs.get(id) ?? 0] as const);
    for (const chunk of chunked(advanced)) {
      await this.#sql.run(
        `with advanced (id, next_seq) as (values ${tuples(chunk.length, 2)})
         update thread set next_seq = cast(advanced.next_seq as bigint), last_batch = ? from advanced where thread.id = advanced.id`,
        [...chunk.flat(), batchId],
      );
    }
    return this.#events;
  }
}

/**
 * Whether the batch that wrote for these claims has been committed. Waits for the threads' locks, which its transaction holds for as long as it may
 * still be committed.
 */
export async function isStored(sql: Sql, claims: readonly Claim[], batchId: string): Promise<boolean> {
  for (const chunk of chunked([...new Set(claims.map((claim) => claim.threadId))].sort())) {
    const rows = await sql.all<{ last_batch: string | null }>(
      `select last_batch from thread where id in (${placeholders(chunk.length)}) order by id${sql.dialect.forUpdate}`,
      chunk,
    );
    if (rows.some((row) => row.last_batch === batchId)) return true;
  }
  return false;
}

async function lockThreads(sql: Sql, ids: readonly ThreadId[]): Promise<Map<ThreadId, number>> {
  const nextSeqs = new Map<ThreadId, number>();
  for (const chunk of chunked(ids)) {
    const rows = await sql.all<{ id: ThreadId; next_seq: number | string }>(
      `select id, next_seq from thread where id in (${placeholders(chunk.length)}) order by id${sql.dialect.forUpdate}`,
      chunk,
    );
    for (const row of rows) nextSeqs.set(row.id, Number(row.next_seq));
  }
  return nextSeqs;
}

async function runningAttempts(sql: Sql, ids: readonly RunId[]): Promise<Map<RunId, number>> {
  const attempts = new Map<RunId, number>();
  for (const chunk of chunked(ids)) {
    const rows = await sql.all<{ id: RunId; attempt: number }>(
      `select id, attempt from run where id in (${placeholders(chunk.length)}) and status = 'RUNNING'`,
      chunk,
    );
    for (const row of rows) attempts.set(row.id, row.attempt);
  }
  return attempts;
}
