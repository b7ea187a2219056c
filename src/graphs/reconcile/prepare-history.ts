import { type BaseMessage, coerceMessageLikeToMessage } from '@langchain/core/messages';
import type { BaseCheckpointSaver } from '@langchain/langgraph';
import { v7 } from 'uuid';
import type { EventBody } from '../../domain/event.ts';
import type { Json } from '../../domain/json.ts';
import type { PrepareHistory } from '../../orchestrator/ports/graph-host.ts';
import { isUnchanged, type StateMessage } from '../execution/messages-channel.ts';
import { type RunConfig, runConfig } from '../execution/run-config.ts';
import type { GraphSource } from '../loading/graph-source.ts';
import { StoppedAnswers } from './collect-partial-messages.ts';
import { messagesAt, reducedMessages, writableMessages } from './message-list.ts';
import { begunAndCompleted } from './reconcile-interrupted-run.ts';
import { ReducedConversation } from './reduced-conversation.ts';
import { currentSuperstep, StateWriter } from './state-writer.ts';

/**
 * Writes what a conversation lacks before a run's input comes, where that input can't bring it; see
 * GraphHost.prepareHistory. One checkpoint at most, written as no node of the graph.
 */
export async function prepareHistory(
  graphs: GraphSource,
  request: PrepareHistory,
): Promise<readonly EventBody[]> {
  const { graphId, call, buffer, baseCheckpointId, ahead } = request;
  const graph = await graphs.graphFor(graphId, call, buffer);
  const saver = buffer.saver as BaseCheckpointSaver;
  const at = (checkpointId: string | null): RunConfig => runConfig(graphId, call, { checkpointId });

  const start = await currentSuperstep(graph, saver, at(baseCheckpointId));
  const channel = writableMessages(graph, start?.values);
  if (channel === null) return [];
  const conversation = start?.messages ?? [];
  const before = await headMessages(graph, saver, at(null));
  const answers = new StoppedAnswers();
  const state = new ReducedConversation(conversation, reducedMessages(graph));
  const { messages } = state.completed(state.after(ahead.map(toMessage)), (call) =>
    answers.of({ ...call, askedAt: 0, insertAt: 0 }, undefined),
  );
  const next = messages as readonly StateMessage[];
  if (next.length === conversation.length && next.every((message, index) => message === conversation[index]))
    return [];
  const isBehind = conversation.every((message, index) => message === next[index]);
  const payload = isBehind
    ? channel.appending(next.slice(conversation.length), next)
    : channel.replacing(next);
  // The checkpoint's metadata doesn't name the run: LangGraph takes the input of a run that finds its own id
  // there for a resume, and drops it.
  await new StateWriter(graph, at(baseCheckpointId)).write(null, payload);

  const reconciled = await currentSuperstep(graph, saver, at(null));
  if (reconciled === null) throw new Error(`No checkpoint was written to prepare thread ${call.threadId}`);
  const isAppend =
    conversation.length === before.length &&
    isPrefix(before, conversation) &&
    isPrefix(before, reconciled.messages);
  if (!isAppend) return [{ kind: 'MESSAGES_RESET', checkpointId: reconciled.head.checkpoint.id }];
  return reconciled.messages.slice(before.length).flatMap((message) => begunAndCompleted(message, null));
}

/** The conversation that readers have: the head's, without what an unfinished superstep had written. */
async function headMessages(
  graph: Parameters<typeof messagesAt>[0],
  saver: BaseCheckpointSaver,
  config: RunConfig,
): Promise<readonly StateMessage[]> {
  const head = await saver.getTuple({ configurable: config.configurable });
  return head === undefined ? [] : messagesAt(graph, config, head);
}

const isPrefix = (before: readonly StateMessage[], after: readonly StateMessage[]): boolean =>
  before.every((message, index) => isUnchanged(message, after[index]));

/**
 * As LangGraph's own reducer makes it of what an input brings; many graphs have another one, which would
 * store it raw.
 */
function toMessage(json: Json): BaseMessage {
  const message = coerceMessageLikeToMessage(json as Parameters<typeof coerceMessageLikeToMessage>[0]);
  if (message.id === undefined) {
    message.id = v7();
    message.lc_kwargs['id'] = message.id; // what is stored
  }
  return message;
}
