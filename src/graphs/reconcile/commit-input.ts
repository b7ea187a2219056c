import type { RunnableConfig } from '@langchain/core/runnables';
import { START } from '@langchain/langgraph';
import type {
  ChannelVersions,
  Checkpoint,
  CheckpointMetadata,
  CheckpointTuple,
  PendingWrite,
} from '@langchain/langgraph-checkpoint';
import type { Json } from '../../domain/json.ts';
import { DelegatingSaver } from '../execution/delegating-saver.ts';
import { saverOf, withSaver } from '../execution/graph-scope.ts';
import type { RunConfig } from '../execution/run-config.ts';
import type { CompiledGraph } from '../loading/graph-source.ts';
import { messagesOfInput, reducedMessages } from './message-list.ts';
import { StateWriter } from './state-writer.ts';

/**
 * A saver for one call of a graph. Aborting a call rejects it at once, but LangGraph's loop continues in the
 * background, up to its next check of the signal: what it puts after `close` is dropped. Otherwise it would
 * write concurrently with the next writer, from a stale state.
 */
class LentSaver extends DelegatingSaver {
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

  override async putWrites(
    config: RunnableConfig,
    writes: PendingWrite[],
    taskId: string,
    taskPath?: string,
  ): Promise<void> {
    if (!this.#isClosed) await super.putWrites(config, writes, taskId, taskPath);
  }
}

/**
 * Commits an input as a run would have: LangGraph's own loop validates it, writes the input's checkpoint,
 * runs START (an edge of the graph, no node) and is held before any node. Where that throws (a schema, a
 * conditional edge at START), the input's messages are kept alone.
 *
 * @param config names the checkpoint that the run started from, or none for the head
 * @param giveUp when it aborts, what START runs is not waited for any longer
 */
export const commitInput = (
  graph: CompiledGraph,
  config: RunConfig,
  input: Json,
  giveUp?: AbortSignal,
): Promise<void> => advanceOrKeep(graph, config, { input, messages: messagesOfInput(input) }, giveUp);

/**
 * Goes on with a run that was stopped between its input's checkpoint and its first nodes.
 *
 * @param head the input's checkpoint, which holds the input for START and nowhere else: what isn't brought
 * from there now is lost
 */
export const finishInput = (
  graph: CompiledGraph,
  config: RunConfig,
  head: CheckpointTuple,
  giveUp?: AbortSignal,
): Promise<void> => {
  const messages = messagesOfInput((head.checkpoint.channel_values[START] ?? null) as Json);
  return advanceOrKeep(graph, config, { input: null, messages }, giveUp);
};

async function advanceOrKeep(
  graph: CompiledGraph,
  config: RunConfig,
  { input, messages }: { readonly input: Json; readonly messages: readonly Json[] },
  giveUp: AbortSignal | undefined,
): Promise<void> {
  try {
    await advanceToNodes(graph, config, input, giveUp);
  } catch (error) {
    if (messages.length === 0 || reducedMessages(graph) === null) throw error;
    await new StateWriter(graph, config).write(null, messages);
  }
}

async function advanceToNodes(
  graph: CompiledGraph,
  config: RunConfig,
  input: Json,
  signal: AbortSignal | undefined,
): Promise<void> {
  // By name: '*' would spare nodes that carry LangGraph's tag for hidden ones.
  const interruptBefore = Object.keys(graph.nodes).filter((name) => name !== START);
  const saver = new LentSaver(saverOf(graph));
  try {
    const options = { ...config, interruptBefore, durability: 'sync', ...(signal && { signal }) };
    await withSaver(graph, saver).invoke(input as never, options as never);
  } finally {
    saver.close();
  }
}
