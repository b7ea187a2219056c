import type { LoggedEvent } from '../domain/event.ts';
import type { RunId, ThreadId } from '../domain/ids.ts';
import type { Clock, Logger } from '../orchestrator/ports/environment.ts';
import type { Reads } from '../orchestrator/ports/store.ts';
import { Follower, type FollowOptions } from './follower.ts';

type HubDeps = { readonly reads: Reads; readonly clock: Clock; readonly logger: Logger };

/** How often the followed threads' newest seqs are compared with the log, for signals that were lost. */
const SWEEP_MS = 2_000;

/**
 * Serves followers of threads' logs: replay from the log, then live (design.md §7).
 *
 * Committed events reach it through `publish` (this process's) or `grown` (a signal of another process's);
 * either way the log is the truth: a follower that misses a seq, or whose buffer is full, reads on from the
 * log.
 */
export class Hub {
  readonly #reads: Reads;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #topics = new Map<ThreadId, Topic>();
  #sweep: Disposable | null = null;

  constructor({ reads, clock, logger }: HubDeps) {
    this.#reads = reads;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** The threads that are followed now. */
  get followed(): readonly ThreadId[] {
    return [...this.#topics.keys()];
  }

  /** Takes events right after their commit, in commit order. */
  publish(events: readonly LoggedEvent[]): void {
    for (const event of events) {
      const topic = this.#topics.get(event.threadId);
      if (topic === undefined) continue;
      topic.newestSeq = Math.max(topic.newestSeq, event.seq);
      for (const follower of topic.followers) follower.offer(event);
    }
  }

  /** The thread's log has grown up to `seq` elsewhere. */
  grown(threadId: ThreadId, seq: number): void {
    const topic = this.#topics.get(threadId);
    if (topic === undefined || seq <= topic.newestSeq) return;
    topic.newestSeq = seq;
    for (const follower of topic.followers) follower.fallBehind();
  }

  /** The thread is gone: its followers end. */
  threadDeleted(threadId: ThreadId): void {
    for (const follower of this.#topics.get(threadId)?.followers ?? []) follower.end();
  }

  /** The run's rows are gone: its followers end once they have delivered what they have. */
  runDeleted(threadId: ThreadId, runId: RunId): void {
    for (const follower of this.#topics.get(threadId)?.followers ?? [])
      if (follower.runId === runId) follower.finish();
  }

  /** Ends every follower (shutdown). */
  close(): void {
    for (const topic of this.#topics.values()) for (const follower of topic.followers) follower.end();
  }

  /** Begins at once: what is published after this call is not missed. `return()` releases everything. */
  follow(options: FollowOptions): AsyncIterableIterator<LoggedEvent> {
    const topic = this.#topics.get(options.threadId) ?? { followers: new Set<Follower>(), newestSeq: 0 };
    this.#topics.set(options.threadId, topic);
    const follower = new Follower({
      ...options,
      reads: this.#reads,
      newestSeq: () => topic.newestSeq,
      onRelease: () => this.#release(options.threadId, follower),
    });
    topic.followers.add(follower);
    if (options.newestSeq !== undefined) this.grown(options.threadId, options.newestSeq);
    this.#armSweep();
    return follower;
  }

  #release(threadId: ThreadId, follower: Follower): void {
    const topic = this.#topics.get(threadId);
    topic?.followers.delete(follower);
    if (topic?.followers.size === 0) this.#topics.delete(threadId);
    if (this.#topics.size > 0) return;
    this.#sweep?.[Symbol.dispose]();
    this.#sweep = null;
  }

  #armSweep(): void {
    this.#sweep ??= this.#clock.timer(SWEEP_MS, () => {
      this.catchUp()
        .catch((error: unknown) =>
          this.#logger.warn({ err: error }, 'Comparing the followed threads with the log failed'),
        )
        .finally(() => {
          this.#sweep = null;
          if (this.#topics.size > 0) this.#armSweep();
        });
    });
  }

  /**
   * Compares what is followed with the database: the newest seqs of the threads in one query, and which of
   * the followed runs are still there in another. For signals that were lost, and for deletions by other
   * processes.
   */
  async catchUp(): Promise<void> {
    const asked = this.followed;
    const runs = this.#followedRuns();
    // The runs first: what ended one of them is then below the seqs read after it, and is delivered before
    // its followers finish.
    const existing = await this.#reads.existingRuns([...runs.keys()]);
    const newest = await this.#reads.lastSeqs(asked);
    for (const threadId of asked) {
      const seq = newest.get(threadId);
      if (seq === undefined) this.threadDeleted(threadId);
      else this.grown(threadId, seq);
    }
    for (const [runId, threadId] of runs) if (!existing.has(runId)) this.runDeleted(threadId, runId);
  }

  #followedRuns(): Map<RunId, ThreadId> {
    const runs = new Map<RunId, ThreadId>();
    for (const [threadId, topic] of this.#topics)
      for (const { runId } of topic.followers) if (runId !== undefined) runs.set(runId, threadId);
    return runs;
  }
}

type Topic = {
  readonly followers: Set<Follower>;
  /** The newest seq this process knows to be committed; 0: none yet. */
  newestSeq: number;
};
