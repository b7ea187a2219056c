import { type BaseCheckpointSaver, START } from '@langchain/langgraph';
import type { EventBody } from '../../domain/event.ts';
import type { MessageJson } from '../../domain/message.ts';
import type { PartialMessage } from '../../domain/message-fold.ts';
import type { Reconcile } from '../../orchestrator/ports/graph-host.ts';
import {
  ConversationScope,
  isUnchanged,
  messagesWritten,
  type StateMessage,
  stateMessageToJson,
} from '../execution/messages-channel.ts';
import { type RunConfig, runConfig } from '../execution/run-config.ts';
import type { CompiledGraph, GraphSource } from '../loading/graph-source.ts';
import {
  endSuperstep,
  StoppedAnswers,
  type WrittenConversation,
  writeConversation,
} from './collect-partial-messages.ts';
import { commitInput, finishInput } from './commit-input.ts';
import { writableMessages } from './message-list.ts';
import { currentSuperstep, StateWriter, type Superstep } from './state-writer.ts';
import { type Memory, SubgraphMessages, withoutTaskIds } from './subgraph-messages.ts';
import { answersAmong } from './tool-calls.ts';

type ReconciledMessages = {
  /** The conversation that subscribers had when the run was stopped, but for what was streamed since. */
  readonly before: readonly StateMessage[];
  readonly superstep: Superstep;
  readonly written: WrittenConversation;
  /** All that were streamed, kept or not. */
  readonly partials: readonly PartialMessage[];
};

/**
 * What completes the conversation that subscribers have: the input's messages, the partial messages that are
 * kept, the answers to stopped tool calls. A subgraph's messages were published when they were made.
 *
 * @returns null when the conversation has become another one: an answer came in between, or something that
 * was streamed is not kept
 */
function eventsOfReconciliation({
  before,
  superstep,
  written,
  partials,
}: ReconciledMessages): readonly EventBody[] | null {
  const { messages } = superstep;
  const { writes, answers } = written.plan;
  const isAppend =
    before.every((message, index) => isUnchanged(message, messages[index])) &&
    writes.every(({ kind }) => kind === 'APPEND');
  const held = new Set([...messages, ...writes.flatMap((write) => write.messages)].map(({ id }) => id));
  if (
    !isAppend ||
    partials.some(({ messageId }) => !held.has(messageId)) ||
    mayBeToldOtherwise(superstep, written.kept.size)
  )
    return null;
  const made = new Set(answers);
  return [
    ...messages.slice(before.length).flatMap((message) => begunAndCompleted(message, null)),
    ...writes.flatMap(({ node, messages: added }) =>
      added.flatMap((message): readonly EventBody[] => {
        const partial = written.kept.get(message);
        if (partial !== undefined) return [completed(message, partial.ns, partial.node)];
        return made.has(message) ? begunAndCompleted(message, node) : [];
      }),
    ),
  ];
}

/**
 * Messages of concurrent tasks were published as they came; the state has those of finished tasks first, in
 * the order of the tasks. Who appended each message as it was published may hold them in another order.
 */
function mayBeToldOtherwise({ head, finished }: Superstep, keptPartials: number): boolean {
  const tasks = new Set(finished.map(({ id }) => id));
  const wrote = (head.pendingWrites ?? []).filter(
    ([task, , value]) => tasks.has(task) && messagesWritten(value).next().done !== true,
  );
  return new Set(wrote.map(([task]) => task)).size + Math.min(keptPartials, 1) > 1;
}

const completed = (message: StateMessage, ns: string, node: string | null): EventBody => ({
  kind: 'MESSAGE_COMPLETED',
  ns,
  node,
  message: stateMessageToJson(message),
});

/** Announces a message that is whole from the start. */
export function begunAndCompleted(message: StateMessage, node: string | null): readonly EventBody[] {
  const { tool_calls, invalid_tool_calls, usage_metadata, ...head } = stateMessageToJson(message);
  const begun = { ...head, content: '' } as MessageJson;
  return [{ kind: 'MESSAGE_STARTED', ns: '', node, message: begun }, completed(message, '', node)];
}

/**
 * Writes into the buffer what an interrupted run leaves behind (design.md §5, points 1 to 5), as ordinary
 * checkpoints, and returns the events that say so: messages that are complete now, or MESSAGES_RESET where
 * the conversation is not what was streamed with something added. Runs no node of the graph; its reducers and
 * conditional edges may run.
 *
 * Nothing waits for a human after it: a stop wins over a pause, of whose tool calls those that are open are
 * answered as stopped. Rejects when the state can't be written.
 */
export async function reconcile(graphs: GraphSource, request: Reconcile): Promise<readonly EventBody[]> {
  const { graphId, call, buffer, partials } = request;
  const graph = await graphs.graphFor(graphId, call, buffer);
  const saver = buffer.saver as BaseCheckpointSaver;
  const config = runConfig(graphId, call, { checkpointId: null });

  const before = await currentSuperstep(graph, saver, config);
  const superstep = (await bringInput(graph, config, request, before))
    ? await currentSuperstep(graph, saver, config)
    : before;
  if (superstep === null) return [];

  const writer = new StateWriter(graph, config, request.giveUp);
  if (superstep.head.checkpoint.id !== request.startedFrom) await writer.withdrawInterrupts(superstep);
  const channel = writableMessages(graph, superstep.values);
  if (channel === null) {
    await endSuperstep(writer, superstep);
    return [];
  }
  const streaming = partials.map(({ ns }) => ns);
  const subgraphs = new SubgraphMessages(graph, saver, config, streaming);
  const toKeep = request.keepPartialOutput ? answersAmong(partials, new ConversationScope(graph)) : [];
  const answers = new StoppedAnswers();
  const rootCheckpointId = superstep.head.checkpoint.id;
  const written = await writeConversation({
    graph,
    writer,
    channel,
    superstep,
    partials: toKeep,
    answers,
    addedWithin: (task) => subgraphs.addedBy(task, rootCheckpointId),
  });
  for (const memory of subgraphs.memories)
    await reconcileMemory(memory, { saver, config, giveUp: request.giveUp, partials: toKeep, answers });
  const events = eventsOfReconciliation({ before: before?.messages ?? [], superstep, written, partials });
  return events ?? [{ kind: 'MESSAGES_RESET', checkpointId: await headOf(saver, config) }];
}

/** Commits the input where that is still to be done; false: it was done. */
async function bringInput(
  graph: CompiledGraph,
  config: RunConfig,
  request: Reconcile,
  head: Superstep | null,
): Promise<boolean> {
  const { uncommittedInput, graphId, call, baseCheckpointId } = request;
  if (uncommittedInput !== undefined) {
    await commitInput(
      graph,
      runConfig(graphId, call, { checkpointId: baseCheckpointId }),
      uncommittedInput,
      request.giveUp,
    );
    return true;
  }
  const next = head?.unfinished ?? [];
  if (head === null || next.length === 0 || next.some(({ name }) => name !== START)) return false;
  await finishInput(graph, config, head.head, request.giveUp);
  return true;
}

type InterruptedRun = {
  readonly saver: BaseCheckpointSaver;
  readonly config: RunConfig;
  readonly giveUp: AbortSignal | undefined;
  readonly partials: readonly PartialMessage[];
  readonly answers: StoppedAnswers;
};

/**
 * Does the same for the conversation that a subgraph keeps from call to call: the next call reads it again.
 * Messages that it shares with its parent have the same ids in both, the answers included, for either may be
 * merged into the other.
 */
async function reconcileMemory({ ns, graph }: Memory, run: InterruptedRun): Promise<void> {
  // The key under which LangGraph lends a subgraph its parent's saver.
  const config = {
    ...run.config,
    configurable: { ...run.config.configurable, checkpoint_ns: ns, __pregel_checkpointer: run.saver },
  };
  const superstep = await currentSuperstep(graph, run.saver, config);
  const channel = superstep === null ? null : writableMessages(graph, superstep.values);
  if (superstep === null || channel === null) return;
  const writer = new StateWriter(graph, config, run.giveUp);
  const partials = run.partials
    .filter((partial) => withoutTaskIds(partial.ns) === ns)
    .map((partial) => ({ ...partial, ns: '' }));
  await writeConversation({
    graph,
    writer,
    channel,
    superstep,
    partials,
    answers: run.answers,
    addedWithin: async () => [],
  });
}

async function headOf(saver: BaseCheckpointSaver, config: RunConfig): Promise<string | null> {
  const head = await saver.getTuple({ configurable: config.configurable });
  return head?.checkpoint.id ?? null;
}
