import type { EventDraft, LoggedEvent } from '../../src/domain/event.ts';
import type { Owner, RunId, ThreadId } from '../../src/domain/ids.ts';
import type { Thread } from '../../src/domain/thread.ts';
import type { AssistantTx } from '../../src/orchestrator/ports/assistants.ts';
import type { CheckpointTx } from '../../src/orchestrator/ports/checkpoints.ts';
import type { CronTx } from '../../src/orchestrator/ports/crons.ts';
import type {
  EventTx,
  IdempotencyRecord,
  IdempotencyTx,
  RunTx,
  ThreadPatch,
  ThreadTx,
  Tx,
} from '../../src/orchestrator/ports/store.ts';
import type { WebhookTx } from '../../src/orchestrator/ports/webhooks.ts';
import { MemoryAssistantTx } from './memory-assistants.ts';
import { MemoryCheckpointTx } from './memory-checkpoint-tx.ts';
import { DatabaseError, type Session } from './memory-database.ts';
import { type Beliefs, MemoryRunTx } from './memory-run-tx.ts';
import type { Statements } from './statements.ts';

const noCrons = () => Promise.reject(new Error('There are no crons in a simulated history'));
const NO_CRONS: CronTx = {
  insert: noCrons,
  lock: noCrons,
  update: noCrons,
  delete: noCrons,
  deleteOfAssistant: async () => {},
  finish: noCrons,
};

export class MemoryTx implements Tx {
  readonly now: Date;
  readonly threads: ThreadTx;
  readonly runs: RunTx;
  readonly events: EventTx;
  readonly idempotency: IdempotencyTx;
  readonly checkpoints: CheckpointTx;
  readonly crons: CronTx = NO_CRONS;
  readonly webhooks: WebhookTx = {
    enqueue: () => Promise.reject(new Error('No run of a simulated history has a webhook')),
  };
  readonly assistants: AssistantTx;

  constructor(statements: Statements, beliefs: Beliefs) {
    this.now = statements.session.now;
    this.threads = new MemoryThreadTx(statements);
    this.runs = new MemoryRunTx(statements, beliefs);
    this.events = new MemoryEventTx(statements);
    this.idempotency = new MemoryIdempotencyTx(statements);
    this.checkpoints = new MemoryCheckpointTx(statements);
    this.assistants = new MemoryAssistantTx(statements);
  }
}

class MemoryThreadTx implements ThreadTx {
  readonly #statements: Statements;
  readonly #session: Session;

  constructor(statements: Statements) {
    this.#statements = statements;
    this.#session = statements.session;
  }

  async lock(owner: Owner, id: ThreadId): Promise<Thread | null> {
    const thread = await this.lockAny(id);
    return thread?.owner === owner ? thread : null;
  }

  lockAny(id: ThreadId): Promise<Thread | null> {
    const find = () => this.#session.threads.get(id) ?? null;
    return this.#session.database.bugs.noThreadLock
      ? this.#statements.run(find)
      : this.#statements.locked(id, find);
  }

  lockClaimable(after: Owner | null): Promise<Thread | null> {
    return this.#statements.run(() => {
      const { database, now, threads } = this.#session;
      const due = [...threads.values()].filter(
        (thread) => thread.claimableAt !== null && thread.claimableAt <= now,
      );
      const free = database.bugs.noThreadLock
        ? due
        : due.filter((thread) => !database.isLockedByAnother(this.#session, thread.id));
      const owners = free.map(({ owner }) => owner).sort();
      const turn = owners.find((owner) => owner > (after ?? '')) ?? owners[0];
      const own = free.filter(({ owner }) => owner === turn);
      const first = own.sort((a, b) => Number(a.claimableAt) - Number(b.claimableAt))[0] ?? null;
      if (first !== null && !database.bugs.noThreadLock) database.lock(this.#session, first.id, () => {});
      return first;
    });
  }

  insert(thread: Thread): Promise<boolean> {
    return this.#statements.run(() => {
      if (this.#session.threads.get(thread.id) !== undefined) return false;
      this.#session.threads.put(thread.id, thread);
      return true;
    });
  }

  update(id: ThreadId, patch: ThreadPatch): Promise<void> {
    return this.#statements.locked(id, () => this.#session.threads.patch(id, patch));
  }

  delete(id: ThreadId): Promise<void> {
    return this.#statements.locked(id, () => this.#session.threads.delete(id));
  }
}

class MemoryEventTx implements EventTx {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  append(threadId: ThreadId, drafts: readonly EventDraft[]): Promise<LoggedEvent[]> {
    return this.#statements.locked(threadId, () => this.#statements.session.append(threadId, drafts));
  }

  removeRun(threadId: ThreadId, runId: RunId): Promise<void> {
    return this.#statements.run(
      () => void this.#statements.session.log.push({ kind: 'REMOVE_RUN', threadId, runId }),
    );
  }
}

class MemoryIdempotencyTx implements IdempotencyTx {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  find(owner: Owner, key: string): Promise<IdempotencyRecord | null> {
    return this.#statements.run(() => this.#standing(owner, key));
  }

  insert(owner: Owner, key: string, record: IdempotencyRecord, expiresAt: Date): Promise<void> {
    return this.#statements.run(() => {
      if (this.#standing(owner, key) !== null)
        throw new DatabaseError(`The idempotency key ${key} is in use`);
      this.#statements.session.keys.put(nameOf(owner, key), { record, expiresAtMs: expiresAt.getTime() });
    });
  }

  #standing(owner: Owner, key: string): IdempotencyRecord | null {
    const { keys, now } = this.#statements.session;
    const known = keys.get(nameOf(owner, key));
    return known === undefined || known.expiresAtMs <= now.getTime() ? null : known.record;
  }
}

const nameOf = (owner: Owner, key: string): string => JSON.stringify([owner, key]);
