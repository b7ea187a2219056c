import type { RunnableConfig } from '@langchain/core/runnables';
import type { ChannelVersions, Checkpoint, CheckpointMetadata, PendingWrite } from '@langchain/langgraph-checkpoint';
import { DelegatingSaver } from '../delegating-saver.ts';

/**
 * A saver for one call of a graph. Aborting a call rejects it at once, but LangGraph's loop continues in the background, up to its next check of the
 * signal: what it puts after `close` is dropped. Otherwise it would write beside whoever writes next, from a state that is out of date.
 */
export class LentSaver extends DelegatingSaver {
  #isClosed = false;

  close(): void {
    this.#isClosed = true;
  }

  override async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions,
  ): Promise<RunnableConfig> {
    return this.#isClosed ? config : super.put(config, checkpoint, metadata, newVersions);
  }

  override async putWrites(config: RunnableConfig, writes: PendingWrite[], taskId: string, taskPath?: string): Promise<void> {
    if (!this.#isClosed) await super.putWrites(config, writes, taskId, taskPath);
  }
}
