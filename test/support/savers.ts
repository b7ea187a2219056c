import { MemorySaver } from '@langchain/langgraph';
import type { RunId, ThreadId } from '../../src/domain/ids.ts';
import type { Claim } from '../../src/domain/run.ts';
import type { ClaimedSaver, ReadSaver, StateBuffer } from '../../src/orchestrator/ports/checkpoints.ts';

type Put = Parameters<MemorySaver['put']>;

/**
 * LangGraph's own memory saver behind the port's handles; remembers which checkpoints were put, and keeps a
 * run's metadata with them.
 */
export class MemoryCheckpoints extends MemorySaver {
  /** `ns/checkpointId` of every put, in order. */
  readonly puts: string[] = [];
  readonly #pending = new Map<string, Promise<unknown>>();

  override put(...[config, checkpoint, metadata]: Put): ReturnType<MemorySaver['put']> {
    const key = `${config.configurable?.['checkpoint_ns'] ?? ''}/${checkpoint.id}`;
    this.puts.push(key);
    const put = super.put(config, checkpoint, { ...config.metadata, ...metadata });
    this.#pending.set(key, put);
    return put;
  }

  reader(): ReadSaver {
    return { kind: 'read', saver: this };
  }

  claimed(claim: Claim): ClaimedSaver {
    return {
      kind: 'claimed',
      claim,
      saver: this,
      committed: async (ns, checkpointId) => {
        await this.#pending.get(`${ns}/${checkpointId}`);
      },
      flushed: async () => {
        await Promise.allSettled(this.#pending.values());
      },
    };
  }

  /** Not a buffer at all: what is put is there at once. */
  buffer(threadId: ThreadId): StateBuffer {
    const { puts } = this;
    const before = puts.length;
    return {
      kind: 'buffer',
      threadId,
      stateVersion: 0,
      saver: this,
      get isEmpty() {
        return puts.length === before;
      },
    };
  }
}

export const claimOf = (threadId: string, runId: string): Claim => ({
  threadId: threadId as ThreadId,
  runId: runId as RunId,
  attempt: 1,
});
