import type { Assistant } from '../../src/domain/assistant.ts';
import type { EventDraft, LoggedEvent } from '../../src/domain/event.ts';
import type { RunId, ThreadId } from '../../src/domain/ids.ts';
import type { Claim, Run } from '../../src/domain/run.ts';
import type { Thread } from '../../src/domain/thread.ts';
import type { IdempotencyRecord } from '../../src/orchestrator/ports/store.ts';
import { connectionLost } from './faults.ts';
import type { OwnedVersion } from './memory-assistants.ts';
import { Overlay } from './overlay.ts';
import type { PlantedBugs } from './planted-bugs.ts';
import type { ThreadCheckpoints } from './thread-checkpoints.ts';
import type { Life, World } from './world.ts';

export type IdempotencyKey = { readonly record: IdempotencyRecord; readonly expiresAtMs: number };
type LogChange =
  | { readonly kind: 'APPEND'; readonly events: readonly LoggedEvent[] }
  | { readonly kind: 'REMOVE_RUN'; readonly threadId: ThreadId; readonly runId: RunId };
type Changed<T> = { readonly before: T | undefined; readonly after: T | undefined };

/** What one commit did, for whoever checks the history. */
export type Commit = {
  readonly atMs: number;
  readonly runs: readonly Changed<Run>[];
  readonly threads: readonly Changed<Thread>[];
  /** Of these threads the checkpoints were changed. */
  readonly checkpoints: readonly ThreadId[];
  readonly log: readonly LogChange[];
  /** On the strength of these claims executors wrote events, checkpoints or pending writes. */
  readonly claims: readonly Claim[];
};

/** A database error as a driver reports it. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
}

/**
 * A database in memory that several simulated processes share. As PostgreSQL does with READ COMMITTED: a
 * transaction sees what others have committed, row locks on threads are held until its end, unique indexes
 * hold at the commit.
 */
export class MemoryDatabase {
  readonly world: World;
  readonly bugs: PlantedBugs;
  readonly threads = new Map<ThreadId, Thread>();
  readonly runs = new Map<RunId, Run>();
  readonly logs = new Map<ThreadId, readonly LoggedEvent[]>();
  readonly keys = new Map<string, IdempotencyKey>();
  readonly assistants = new Map<string, Assistant>();
  readonly assistantVersions = new Map<string, OwnedVersion>();
  readonly checkpoints = new Map<ThreadId, ThreadCheckpoints>();
  /** Called within each commit, when everything is stored. */
  onCommit: (commit: Commit) => void = () => {};
  readonly #locks = new Map<ThreadId, Session>();
  readonly #waiting: {
    readonly session: Session;
    readonly threadId: ThreadId;
    readonly retry: () => void;
  }[] = [];
  readonly #open = new Set<Session>();

  constructor(world: World, bugs: PlantedBugs = {}) {
    this.world = world;
    this.bugs = bugs;
  }

  get now(): Date {
    return new Date(this.world.nowMs);
  }

  begin(life: Life | null): Session {
    const session = new Session(this, life);
    this.#open.add(session);
    return session;
  }

  /** Ends the open transactions of a process without a commit: its connections are gone. */
  disconnect(life: Life): void {
    for (const session of [...this.#open]) if (session.life === life) this.end(session);
  }

  /**
   * Tries to lock the thread's row; false: another transaction has it, and `retry` is called when it may be
   * free. Throws on a deadlock.
   */
  lock(session: Session, threadId: ThreadId, retry: () => void): boolean {
    const holder = this.#locks.get(threadId);
    if (holder === undefined || holder === session) {
      this.#locks.set(threadId, session);
      return true;
    }
    for (let next: Session | undefined = holder; next !== undefined; ) {
      if (next === session) throw new DatabaseError('deadlock detected');
      const waits = this.#waiting.find((one) => one.session === next);
      next = waits === undefined ? undefined : this.#locks.get(waits.threadId);
    }
    this.#waiting.push({ session, threadId, retry });
    return false;
  }

  isLockedByAnother(session: Session, threadId: ThreadId): boolean {
    const holder = this.#locks.get(threadId);
    return holder !== undefined && holder !== session;
  }

  /** Stores what the transaction did. Throws, storing nothing, when a unique index refuses it. */
  commit(session: Session): void {
    if (session.isOver) throw connectionLost('commit');
    const runs = [...session.runs.changed].map((id) => ({
      before: this.runs.get(id),
      after: session.runs.get(id),
    }));
    const threads = [...session.threads.changed].map((id) => ({
      before: this.threads.get(id),
      after: session.threads.get(id),
    }));
    try {
      this.#checkUnique(session, runs);
    } catch (error) {
      this.end(session);
      throw error;
    }
    session.threads.apply();
    session.runs.apply();
    session.keys.apply();
    session.assistants.apply();
    session.assistantVersions.apply();
    session.checkpoints.apply();
    for (const change of session.log) this.#applyLog(change);
    for (const { before, after } of threads)
      if (before !== undefined && after === undefined) this.#removeThread(before.id);
    const checkpoints = [...session.checkpoints.changed];
    this.end(session);
    if (runs.length + threads.length + checkpoints.length + session.log.length > 0)
      this.onCommit({
        atMs: this.world.nowMs,
        runs,
        threads,
        checkpoints,
        log: session.log,
        claims: session.claims,
      });
  }

  /** Releases a transaction's locks; nothing of it is stored unless it has committed. */
  end(session: Session): void {
    if (session.isOver) return;
    session.isOver = true;
    this.#open.delete(session);
    for (const [threadId, holder] of this.#locks) {
      if (holder !== session) continue;
      this.#locks.delete(threadId);
      for (const waiting of this.#waiting.filter((one) => one.threadId === threadId)) {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        this.world.step(waiting.session.life, 'lock', waiting.retry);
      }
    }
    const own = this.#waiting.findIndex((one) => one.session === session);
    if (own >= 0)
      for (const { retry } of this.#waiting.splice(own, 1)) this.world.step(session.life, 'lock', retry);
  }

  #checkUnique(session: Session, changed: readonly Changed<Run>[]): void {
    for (const { before, after } of changed) {
      if (after === undefined) continue;
      if (before !== undefined && session.inserted.has(after.id))
        throw new DatabaseError(`run ${after.id} exists`);
      for (const other of session.runs.values()) {
        if (other.id === after.id || other.threadId !== after.threadId) continue;
        if (other.position === after.position) throw new DatabaseError('unique index run_thread_position');
        if (other.status === 'RUNNING' && after.status === 'RUNNING')
          throw new DatabaseError('unique index run_one_running');
      }
    }
  }

  #applyLog(change: LogChange): void {
    if (change.kind === 'APPEND') {
      for (const event of change.events)
        this.logs.set(event.threadId, [...(this.logs.get(event.threadId) ?? []), event]);
      return;
    }
    const rows = this.logs.get(change.threadId) ?? [];
    this.logs.set(
      change.threadId,
      rows.filter((row) => row.runId !== change.runId),
    );
  }

  #removeThread(id: ThreadId): void {
    for (const run of [...this.runs.values()]) if (run.threadId === id) this.runs.delete(run.id);
    this.logs.delete(id);
    this.checkpoints.delete(id);
  }
}

/** One open transaction. */
export class Session {
  readonly database: MemoryDatabase;
  readonly life: Life | null;
  readonly now: Date;
  readonly threads: Overlay<ThreadId, Thread>;
  readonly runs: Overlay<RunId, Run>;
  readonly keys: Overlay<string, IdempotencyKey>;
  readonly assistants: Overlay<string, Assistant>;
  readonly assistantVersions: Overlay<string, OwnedVersion>;
  readonly checkpoints: Overlay<ThreadId, ThreadCheckpoints>;
  readonly log: LogChange[] = [];
  readonly inserted = new Set<RunId>();
  readonly claims: Claim[] = [];
  isOver = false;

  constructor(database: MemoryDatabase, life: Life | null) {
    this.database = database;
    this.life = life;
    this.now = database.now;
    this.threads = new Overlay(database.threads);
    this.runs = new Overlay(database.runs);
    this.keys = new Overlay(database.keys);
    this.assistants = new Overlay(database.assistants);
    this.assistantVersions = new Overlay(database.assistantVersions);
    this.checkpoints = new Overlay(database.checkpoints);
  }

  /** What was appended, for whoever announces it after the commit. */
  get appended(): readonly LoggedEvent[] {
    return this.log.flatMap((change) => (change.kind === 'APPEND' ? change.events : []));
  }

  /** Appends to a thread whose row is locked. */
  append(threadId: ThreadId, drafts: readonly EventDraft[]): LoggedEvent[] {
    if (drafts.length === 0) return [];
    const thread = this.threads.get(threadId);
    if (thread === undefined) throw new Error(`Unknown thread ${threadId}`);
    const events = drafts.map((draft, index) => ({
      threadId,
      seq: thread.nextSeq + index,
      createdAt: this.now,
      ...draft,
    }));
    this.threads.patch(threadId, { nextSeq: thread.nextSeq + drafts.length });
    this.log.push({ kind: 'APPEND', events });
    return events;
  }

  /** Is the claim current? */
  holds({ runId, threadId, attempt }: Claim): boolean {
    const run = this.runs.get(runId);
    return (
      run !== undefined && run.threadId === threadId && run.status === 'RUNNING' && run.attempt === attempt
    );
  }
}
