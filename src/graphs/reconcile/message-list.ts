import { type BaseMessage, RemoveMessage } from '@langchain/core/messages';
import { type BaseChannel, type CheckpointTuple, Overwrite, REMOVE_ALL_MESSAGES } from '@langchain/langgraph';
import { isJsonObject, type Json } from '../../domain/json.ts';
import { idOf, textOrUndefined, toolCallsOf } from '../../domain/message.ts';
import { messagesIn, type StateMessage } from '../execution/messages-channel.ts';
import type { RunConfig } from '../execution/run-config.ts';
import type { CompiledGraph } from '../loading/graph-source.ts';
import { isMessage } from '../state/to-json.ts';
import type { ToolTurn } from './tool-calls.ts';

export const MESSAGES = 'messages';

/** What of LangGraph's channels this folder uses. */
export type MessagesReducer = Pick<BaseChannel, 'lc_graph_name'> & {
  fromCheckpoint(value: unknown): { update(writes: unknown[]): boolean; get(): unknown };
};

const WITH_REDUCER: ReadonlySet<string> = new Set(['BinaryOperatorAggregate', 'DeltaChannel']);

/** The graph's `messages` channel, if it has one whose writes are added to what there is; null otherwise. */
export function reducedMessages(graph: CompiledGraph): MessagesReducer | null {
  const channel = channelOf(graph);
  return channel !== null && WITH_REDUCER.has(channel.lc_graph_name) ? channel : null;
}

/** How a graph's conversation is written to. */
export type WritableMessages = {
  /** @param next the whole conversation, with the messages appended */
  appending(messages: readonly StateMessage[], next: readonly StateMessage[]): unknown;
  replacing(next: readonly StateMessage[]): unknown;
};

/** Null when the graph has no `messages` channel, or one that holds anything but messages. */
export function writableMessages(graph: CompiledGraph, values: unknown): WritableMessages | null {
  const channel = channelOf(graph);
  if (channel === null) return null;
  if (WITH_REDUCER.has(channel.lc_graph_name)) {
    return {
      appending: (messages) => messages,
      replacing: (next) => (understandsRemoval(channel) ? [removeAll(), ...next] : new Overwrite([...next])),
    };
  }
  // Without a reducer the last write is the conversation.
  const { [MESSAGES]: held } = (values ?? {}) as { readonly messages?: unknown };
  const holdsMessages = Array.isArray(held) && held.length === messagesIn(values).length;
  return holdsMessages ? { appending: (_messages, next) => next, replacing: (next) => next } : null;
}

const channelOf = (graph: CompiledGraph): MessagesReducer | null =>
  Object.hasOwn(graph.channels, MESSAGES)
    ? ((graph.channels[MESSAGES] as MessagesReducer | undefined) ?? null)
    : null;

/**
 * Whether the channel's reducer takes RemoveMessage, as LangGraph's own does; many graphs bring one that only
 * concatenates. Tried out on a list that is thrown away.
 */
export function understandsRemoval(channel: MessagesReducer): boolean {
  try {
    const probe = channel.fromCheckpoint([{ type: 'human', id: 'probe', content: 'probe' }]);
    probe.update([[removeAll()]]);
    const left = probe.get();
    return Array.isArray(left) && left.length === 0;
  } catch {
    return false; // a reducer that can't cope with it says no in its way
  }
}

/** Clears the list that it is written to, in LangGraph's own reducer. */
const removeAll = (): BaseMessage => new RemoveMessage({ id: REMOVE_ALL_MESSAGES });
export const REMOVE_ALL_JSON = { type: 'remove', id: REMOVE_ALL_MESSAGES, content: '' } as const;

/**
 * The `messages` of an input as a list, read as LangGraph's reducer reads them: anything but a list is one
 * message.
 */
export const toList = (messages: Json | undefined): readonly Json[] => {
  if (messages === undefined || messages === null) return [];
  return Array.isArray(messages) ? messages : [messages];
};

/** The messages that an input brings, as they came. */
export const messagesOfInput = (input: Json): readonly Json[] =>
  isJsonObject(input) ? toList(input[MESSAGES]) : [];

/** What a message of the state says about tool calls. */
export function toolTurn(message: StateMessage): ToolTurn {
  const { tool_calls, tool_call_id, type, role } = message as Readonly<Record<string, unknown>>;
  const kind = isMessage(message)
    ? message._getType()
    : (textOrUndefined(type) ?? textOrUndefined(role) ?? '');
  return {
    type: kind === 'assistant' ? 'ai' : kind,
    tool_calls: toolCallsOf(tool_calls),
    tool_call_id: idOf(tool_call_id),
  };
}

/** The graph's messages at one of its checkpoints, without what the superstep after it has written so far. */
export async function messagesAt(
  graph: CompiledGraph,
  config: RunConfig,
  tuple: CheckpointTuple,
): Promise<readonly StateMessage[]> {
  const { channel_values: stored, id } = tuple.checkpoint;
  if (!isAssembled(graph)) return messagesIn(stored);
  // Naming the checkpoint keeps getState from applying what the superstep after it has written.
  const { values } = await graph.getState({
    ...config,
    configurable: { ...config.configurable, checkpoint_id: id },
  } as never);
  return messagesIn(values);
}

/**
 * The messages among a checkpoint's pending writes. Only tasks that finished have any: those that failed or
 * paused left an error or an interrupt.
 */
export const messagesWrittenTo = ({
  pendingWrites = [],
}: Pick<CheckpointTuple, 'pendingWrites'>): readonly StateMessage[] =>
  pendingWrites
    .filter(([, channel]) => channel === MESSAGES)
    .flatMap(([, , value]) => messagesIn({ messages: value }));

/** A delta channel's value isn't in its checkpoint, it is assembled from those before it. */
const isAssembled = (graph: CompiledGraph): boolean =>
  graph.channels[MESSAGES]?.lc_graph_name === 'DeltaChannel';
