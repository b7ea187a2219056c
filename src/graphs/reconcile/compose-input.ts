import type { BaseCheckpointSaver } from '@langchain/langgraph';
import { v7 } from 'uuid';
import { isJsonObject, type Json } from '../../domain/json.ts';
import type { ComposedInput, ComposeInput } from '../../orchestrator/ports/graph-host.ts';
import { type StateMessage, stateMessageToJson } from '../execution/messages-channel.ts';
import { type RunConfig, runConfig } from '../execution/run-config.ts';
import type { CompiledGraph, GraphSource } from '../loading/graph-source.ts';
import {
  MESSAGES,
  messagesAt,
  messagesOfInput,
  messagesWrittenTo,
  REMOVE_ALL_JSON,
  reducedMessages,
  toolTurn,
  understandsRemoval,
  writableMessages,
} from './message-list.ts';
import { idOf, ReducedConversation, turnOf } from './reduced-conversation.ts';
import { type CompletedTurns, type DanglingCall, stoppedAnswer } from './tool-calls.ts';

/**
 * The parts of a compiled StateGraph that say what its START node lets through; LangGraph has no public way
 * to ask.
 */
type Built = {
  readonly builder?: {
    readonly _schemaDefinitions?: ReadonlyMap<unknown, object>;
    readonly _inputDefinition?: unknown;
  };
};

/**
 * Whether the `messages` of an input reach the state. A StateGraph may have an input schema of its own, and
 * START drops every key that isn't in it; a bare Pregel graph takes what its input channels name.
 */
export function acceptsMessages(graph: CompiledGraph): boolean {
  const { builder } = graph as Built;
  const definition = builder?._schemaDefinitions?.get(builder._inputDefinition);
  if (definition !== undefined) return Object.hasOwn(definition, MESSAGES);
  const { inputChannels } = graph;
  return Array.isArray(inputChannels) ? inputChannels.includes(MESSAGES) : true;
}

type Message = StateMessage | Json;

/**
 * The input with which a run that brings new input starts (design.md §5, points 6 and 7): messages of
 * `carried` inputs in their order, then its own. What the graph's own reducer makes of the state and these is
 * completed as completeTurns says, and the input changed so that this comes of it: as few messages more as
 * possible, else the whole list anew. Runs the graph's reducer: never within a transaction.
 *
 * An input can't bring messages if it is not an object, if its schema doesn't have them (START would drop
 * them) or if the channel has no reducer; nor can it bring the whole list if the graph's own reducer only
 * adds. Then `prepareHistory` has to write what comes `ahead`. Without a place for messages none are added,
 * nor beside an input that replaces the conversation.
 */
export async function composeInput(graphs: GraphSource, request: ComposeInput): Promise<ComposedInput> {
  const { input } = request;
  const nothing = { ahead: [], refused: [] } as const;
  const graph = await graphs.graphFor(request.graphId, request.call, request.saver).catch(() => null);
  // The execution will fail for the same reason, and the run's end says so.
  if (graph === null) return { input, addedBy: 'NOBODY', dropsTold: false, ...nothing };
  const start = await startingPoint(graph, request);
  const { dropsTold } = start;
  if (writableMessages(graph, start.values) === null)
    return { input, addedBy: 'NOBODY', dropsTold, ...nothing };
  const reducer = reducedMessages(graph);
  const reachesMessages = isJsonObject(input) && acceptsMessages(graph);
  if (reachesMessages && MESSAGES in input && (reducer === null || isOverwrite(input[MESSAGES])))
    return { input, addedBy: 'NOBODY', dropsTold, ...nothing };

  const state = new ReducedConversation(start.messages, reducer);
  const answerTo = answersFrom(start.unapplied);
  const own = reachesMessages ? messagesOfInput(input) : [];
  if (
    request.carried.length === 0 &&
    state.completed(start.messages, answerTo).isUnchanged &&
    own.every((message) => isPlain(state, message))
  )
    return { input, addedBy: 'INPUT', dropsTold, ...nothing };

  const { carried, refused } = readable(state, request.carried.map(messagesOfInput));
  const ownWithIds = own.map(withId);
  const carriedWithIds = carried.map(withId);
  const reduced = reduce(() => state.after(carriedWithIds, ownWithIds));
  // The reducer refuses the run's own input: so it will when the run brings it, whose end says why.
  if (reduced === null) return { input, addedBy: 'INPUT', dropsTold, ...nothing };
  const wanted = state.completed(reduced, answerTo);
  if (wanted.isUnchanged && carried.length === 0)
    return { input, addedBy: 'INPUT', dropsTold, ahead: [], refused };
  if (reachesMessages && reducer !== null) {
    const candidates = wanted.isUnchanged
      ? [[...carried, ...own]]
      : [
          added(state, wanted, [...carried, ...own], [...carriedWithIds, ...ownWithIds]),
          ...(understandsRemoval(reducer) ? [anew(wanted)] : []),
        ];
    for (const messages of candidates) {
      const outcome = reduce(() => state.after(messages));
      if (outcome !== null && state.completed(outcome, answerTo).isUnchanged)
        return {
          input: { ...input, [MESSAGES]: messages as Json[] },
          addedBy: 'INPUT',
          dropsTold,
          ahead: [],
          refused,
        };
    }
  }
  const tail = tailOf(wanted, ownWithIds);
  const ahead = [...carriedWithIds, ...ownWithIds.slice(0, ownWithIds.length - tail.length)];
  const rest = isJsonObject(input) && ownWithIds.length > 0 ? { ...input, [MESSAGES]: tail } : input;
  return { input: rest, addedBy: 'PREPARATION', dropsTold, ahead, refused };
}

/**
 * An answer to a call that nothing answers: the true result, where its tool had finished, else that it was
 * stopped.
 */
function answersFrom(
  unapplied: readonly StateMessage[],
): (call: Pick<DanglingCall, 'id' | 'name'>) => Message {
  const results = new Map(unapplied.map((message) => [toolTurn(message).tool_call_id, message]));
  return (call) => results.get(call.id) ?? stoppedAnswer(call, v7());
}

type StartingPoint = {
  readonly values: unknown;
  /**
   * The messages that the run will find: new input drops what tasks of an unfinished superstep had written.
   */
  readonly messages: readonly StateMessage[];
  /** What those tasks had written: the true results of tools that did finish. */
  readonly unapplied: readonly StateMessage[];
  readonly dropsTold: boolean;
};

async function startingPoint(
  graph: CompiledGraph,
  { graphId, call, saver, baseCheckpointId }: ComposeInput,
): Promise<StartingPoint> {
  const at = (checkpointId: string | null) => runConfig(graphId, call, { checkpointId });
  const tupleAt = (config: RunConfig) =>
    (saver.saver as BaseCheckpointSaver).getTuple({ configurable: config.configurable });
  const config = at(baseCheckpointId);
  const tuple = await tupleAt(config);
  if (tuple === undefined) return { values: {}, messages: [], unapplied: [], dropsTold: false };
  // What was written to an older checkpoint belongs to the branch that went on from there.
  const unapplied = baseCheckpointId === null ? messagesWrittenTo(tuple) : [];
  const head = baseCheckpointId === null ? tuple : await tupleAt(at(null));
  const dropsTold = head !== undefined && messagesWrittenTo(head).length > 0;
  return {
    values: tuple.checkpoint.channel_values,
    messages: await messagesAt(graph, config, tuple),
    unapplied,
    dropsTold,
  };
}

/** A message that just comes behind the others, and says nothing about tools. */
function isPlain(state: ReducedConversation, message: Json): boolean {
  const { type, tool_calls = [] } = turnOf(message);
  return (
    (type === 'human' || type === 'system' || (type === 'ai' && tool_calls.length === 0)) &&
    !state.has(message)
  );
}

/**
 * Messages of the carried inputs that the reducer takes, and the places of the inputs that it refuses: those
 * would make every run after them fail.
 */
function readable(
  state: ReducedConversation,
  inputs: readonly (readonly Json[])[],
): { readonly carried: readonly Json[]; readonly refused: readonly number[] } {
  const taken: (readonly Json[])[] = [];
  const refused: number[] = [];
  for (const [index, messages] of inputs.entries()) {
    if (reduce(() => state.after(...taken, messages)) === null) refused.push(index);
    else taken.push(messages);
  }
  return { carried: taken.flat(), refused };
}

/** What comes of it; null where the reducer throws. */
function reduce(work: () => readonly Message[]): readonly Message[] | null {
  try {
    return work();
  } catch {
    return null; // said by the run that brings it
  }
}

const withId = (message: Json): Json =>
  isJsonObject(message) && typeof message['id'] !== 'string' ? { ...message, id: v7() } : message;

const isOverwrite = (messages: Json | undefined): boolean =>
  isJsonObject(messages) && '__overwrite__' in messages;

/**
 * The messages as they came, with the answers behind who asked (first those that the state asks for), without
 * what is dropped.
 */
function added(
  state: ReducedConversation,
  wanted: CompletedTurns<Message>,
  given: readonly Json[],
  withIds: readonly Json[],
): readonly Json[] {
  const kept = new Set(wanted.messages.map(idOf));
  const stoppedIds = new Map([...wanted.replaced].map(([answer, stopped]) => [idOf(answer), idOf(stopped)]));
  const answersOf = (isAsker: (asker: Message) => boolean) =>
    wanted.made.flatMap(({ asker, answer }) => (isAsker(asker) ? [toJson(answer)] : []));
  const behind = withIds.flatMap((message, index): Json[] => {
    const id = idOf(message);
    const isDropped = turnOf(message).type === 'tool' && id !== undefined && !kept.has(id);
    if (isDropped) return [];
    const stoppedId = idOf(given[index] ?? null) === undefined ? stoppedIds.get(id) : undefined;
    const placed = stoppedId !== undefined && isJsonObject(message) ? { ...message, id: stoppedId } : message;
    return [placed, ...answersOf((asker) => id !== undefined && idOf(asker) === id && !state.has(asker))];
  });
  return [...answersOf((asker) => state.has(asker)), ...behind];
}

const anew = ({ messages }: CompletedTurns<Message>): readonly Json[] => [
  REMOVE_ALL_JSON,
  ...messages.map(toJson),
];

/** The input's last messages that come last unchanged: what is ahead of them is complete without them. */
function tailOf({ messages }: CompletedTurns<Message>, own: readonly Json[]): readonly Json[] {
  let length = 0;
  const isSame = (a: Message | undefined, b: Message | undefined) =>
    a === b || (idOf(a ?? null) !== undefined && idOf(a ?? null) === idOf(b ?? null));
  while (length < own.length && isSame(own.at(-1 - length), messages.at(-1 - length))) length += 1;
  const tail = own.slice(own.length - length);
  const first = tail.findIndex((message) => turnOf(message).type !== 'tool');
  return first === -1 ? [] : tail.slice(first);
}

const toJson = (message: Message): Json =>
  typeof message === 'object' && message !== null && !Array.isArray(message)
    ? (stateMessageToJson(message as StateMessage) as Json)
    : (message as Json);
