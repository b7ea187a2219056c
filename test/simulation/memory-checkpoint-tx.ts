import type { RunId, ThreadId } from '../../src/domain/ids.ts';
import { isUnfinished } from '../../src/domain/run.ts';
import type { Brought, CheckpointTx, StateBuffer } from '../../src/orchestrator/ports/checkpoints.ts';
import type { Session } from './memory-database.ts';
import { MemoryStateBuffer } from './memory-saver.ts';
import type { Statements } from './statements.ts';
import {
  findCheckpoint,
  graphHasPut,
  headOf,
  headsOnly,
  NO_CHECKPOINTS,
  released,
  rolledBack,
  type ThreadCheckpoints,
} from './thread-checkpoints.ts';

export class MemoryCheckpointTx implements CheckpointTx {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  head(threadId: ThreadId, ns = ''): Promise<string | null> {
    return this.#statements.run(() => headOf(this.#of(threadId), ns));
  }

  exists(threadId: ThreadId, checkpointId: string): Promise<boolean> {
    return this.#statements.run(() => findCheckpoint(this.#of(threadId), '', checkpointId) !== null);
  }

  broughtBy(threadId: ThreadId, runId: RunId): Promise<Brought> {
    return this.#statements.run(() => {
      const state = this.#of(threadId);
      const input = graphHasPut(state, runId);
      return { input, ahead: input || state.checkpoints.some((one) => one.runId === runId && one.ns === '') };
    });
  }

  /** A script's input is applied by the checkpoint that takes it in. */
  async inputHeldBy(): Promise<null> {
    return null;
  }

  async commit(buffer: StateBuffer): Promise<boolean> {
    if (!(buffer instanceof MemoryStateBuffer))
      throw new TypeError('The state buffer belongs to another checkpoint store');
    return this.#statements.run(() => {
      if (this.#session.threads.get(buffer.threadId)?.stateVersion !== buffer.stateVersion) return false;
      if (!buffer.isEmpty) this.#change(buffer.threadId, (state) => buffer.applyTo(state));
      return true;
    });
  }

  rollBackRun(threadId: ThreadId, runId: RunId): Promise<void> {
    return this.#statements.run(() => this.#change(threadId, (state) => rolledBack(state, runId)));
  }

  copyThread(from: ThreadId, to: ThreadId): Promise<void> {
    return this.#statements.run(() => {
      const { checkpoints, ...state } = this.#of(from);
      const copies = checkpoints.map((one) => ({ ...one, runId: null }));
      this.#session.checkpoints.put(to, { ...state, checkpoints: copies });
    });
  }

  keepLatest(threadId: ThreadId): Promise<number> {
    return this.#statements.run(() => {
      const before = this.#of(threadId).checkpoints.length;
      this.#change(threadId, headsOnly);
      return before - this.#of(threadId).checkpoints.length;
    });
  }

  releaseRun(threadId: ThreadId, runId: RunId): Promise<void> {
    return this.#statements.run(() => {
      const unfinished = [...this.#session.runs.values()].filter(
        (run) => run.threadId === threadId && isUnfinished(run),
      );
      const needed = new Set(
        unfinished.flatMap((run) => [run.baseCheckpointId, run.headBefore].filter((id) => id !== null)),
      );
      this.#session.checkpoints.put(threadId, released(this.#of(threadId), runId, needed));
    });
  }

  get #session(): Session {
    return this.#statements.session;
  }

  #of(threadId: ThreadId): ThreadCheckpoints {
    return this.#session.checkpoints.get(threadId) ?? NO_CHECKPOINTS;
  }

  #change(threadId: ThreadId, change: (state: ThreadCheckpoints) => ThreadCheckpoints): void {
    changeCheckpoints(this.#session, threadId, change);
  }
}

/** Changes a locked thread's checkpoints, and with them its stateVersion. */
export function changeCheckpoints(
  session: Session,
  threadId: ThreadId,
  change: (state: ThreadCheckpoints) => ThreadCheckpoints,
): void {
  session.checkpoints.put(threadId, change(session.checkpoints.get(threadId) ?? NO_CHECKPOINTS));
  const version = session.threads.get(threadId)?.stateVersion ?? 0;
  session.threads.patch(threadId, { stateVersion: version + 1 });
}
