import type { BaseCheckpointSaver } from '@langchain/langgraph';
import { v7 } from 'uuid';
import { isJsonObject, type Json } from '../../domain/json.ts';
import type { ComposedInput, ComposeInput } from '../../orchestrator/ports/graph-host.ts';
import type { CompiledGraph, GraphSource } from '../graph-source.ts';
import { type StateMessage, stateMessageToJson } from '../messages-channel.ts';
import { type RunConfig, runConfig } from '../run-config.ts';
import { messagesAt, messagesWrittenTo } from './checkpointed-messages.ts';
import { answerDangling, type DanglingCall, danglingToolCalls, stoppedAnswer, type ToolTurn } from './dangling-tool-calls.ts';
import { acceptsMessages } from './input-schema.ts';
import {
  MESSAGES,
  messagesOfInput,
  REMOVE_ALL_JSON,
  reducedMessages,
  toolTurn,
  understandsRemoval,
  writableMessages,
} from './message-list.ts';

/**
 * The input with which a run that brings new input starts (design.md §5, points 6 and 7): what answers the tool calls that the state
 * leaves open, then the messages of `carried` inputs in their order, then its own. An answer that belongs further up makes the input
 * bring the whole list anew.
 *
 * An input can't bring messages if it is no object, if its schema doesn't have them (START would drop them) or if the channel has no
 * reducer; nor can it bring the whole list if the graph's own reducer only adds. Then it is returned as it came, for `mend` to be called.
 * Without a place for messages there is nobody to add any, nor beside an input that replaces the conversation.
 */
export async function composeInput(graphs: GraphSource, request: ComposeInput): Promise<ComposedInput> {
  const { input } = request;
  const graph = await graphs.graphFor(request.graphId, request.call, request.saver).catch(() => null);
  // The execution will fail for the same reason, and the run's end says so.
  if (graph === null) return { input, addedBy: 'NOBODY', dropsTold: false };
  const start = await startingPoint(graph, request);
  const { dropsTold } = start;
  if (writableMessages(graph, start.values) === null) return { input, addedBy: 'NOBODY', dropsTold };
  const reduced = reducedMessages(graph);
  const reachesMessages = isJsonObject(input) && acceptsMessages(graph);
  if (reachesMessages && reduced === null && MESSAGES in input) return { input, addedBy: 'NOBODY', dropsTold };

  const carried = request.carried.flatMap(messagesOfInput);
  const own = reachesMessages ? messagesOfInput(input) : [];
  const open = openCalls(start.messages, [...carried, ...own]);
  if (open.length === 0 && carried.length === 0) return { input, addedBy: 'INPUT', dropsTold };
  if (reachesMessages && reduced !== null) {
    const answers = answersInInput(start, open, () => understandsRemoval(reduced));
    if (answers !== null) return { input: { ...input, [MESSAGES]: [...answers, ...carried, ...own] }, addedBy: 'INPUT', dropsTold };
  }
  return { input, addedBy: 'MEND', dropsTold };
}

type StartingPoint = {
  readonly values: unknown;
  /** The messages that the run will find: new input drops what tasks of an unfinished superstep had written. */
  readonly messages: readonly StateMessage[];
  /** What those tasks had written: the true results of tools that did finish. */
  readonly unapplied: readonly StateMessage[];
  readonly dropsTold: boolean;
};

async function startingPoint(graph: CompiledGraph, { graphId, call, saver, baseCheckpointId }: ComposeInput): Promise<StartingPoint> {
  const at = (checkpointId: string | null) => runConfig(graphId, call, { checkpointId });
  const tupleAt = (config: RunConfig) => (saver.saver as BaseCheckpointSaver).getTuple({ configurable: config.configurable });
  const config = at(baseCheckpointId);
  const tuple = await tupleAt(config);
  if (tuple === undefined) return { values: {}, messages: [], unapplied: [], dropsTold: false };
  // What was written to an older checkpoint belongs to the branch that went on from there.
  const unapplied = baseCheckpointId === null ? messagesWrittenTo(tuple) : [];
  const head = baseCheckpointId === null ? tuple : await tupleAt(at(null));
  const dropsTold = head !== undefined && messagesWrittenTo(head).length > 0;
  return { values: tuple.checkpoint.channel_values, messages: await messagesAt(graph, config, tuple), unapplied, dropsTold };
}

/** The state's calls that nobody has answered, nor does a message that comes next. Their answers belong into the state at the latest at its end. */
function openCalls(messages: readonly StateMessage[], incoming: readonly Json[]): readonly DanglingCall[] {
  const end = messages.length;
  return danglingToolCalls([...messages.map(toolTurn), ...incoming.map(toolTurnOfInput)])
    .filter(({ askedAt }) => askedAt < end)
    .map((call) => ({ ...call, insertAt: Math.min(call.insertAt, end) }));
}

const toolTurnOfInput = (message: Json): ToolTurn => (isJsonObject(message) ? toolTurn(message as StateMessage) : { type: '' });

/** The messages that answer every open call when they come first in the input; null when the input can't bring them. */
function answersInInput(
  { messages, unapplied }: StartingPoint,
  open: readonly DanglingCall[],
  canReplace: () => boolean,
): readonly Json[] | null {
  const results = new Map(unapplied.map((message) => [toolTurn(message).tool_call_id, message]));
  const mended = answerDangling<StateMessage | Json>(messages, open, (call) => results.get(call.id) ?? stoppedAnswer(call, v7()));
  if (open.every((call) => call.insertAt === messages.length)) return mended.slice(messages.length).map(toJsonMessage);
  return canReplace() ? [REMOVE_ALL_JSON, ...mended.map(toJsonMessage)] : null;
}

const toJsonMessage = (message: StateMessage | Json): Json => stateMessageToJson(message as StateMessage) as Json;
