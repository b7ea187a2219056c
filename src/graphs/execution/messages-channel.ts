import { END } from '@langchain/langgraph';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import { idOf, type MessageJson, textOrUndefined, toolCallsOf } from '../../domain/message.ts';
import type { CompiledGraph } from '../loading/graph-source.ts';
import { isMessage, messageToJson, toJsonObject } from '../state/to-json.ts';

/** A message of the state: LangChain's, or a plain object that says type or role, and content. */
export type StateMessage = object & { readonly id?: string | null };

const TYPES_OF_ROLES: ReadonlyMap<string, string> = new Map([
  ['user', 'human'],
  ['assistant', 'ai'],
  ['developer', 'system'],
]);

/**
 * The conversation in a graph's values: its `messages` channel, or the whole state where that is a list of
 * messages; [] where there is none. The very array of the state where all of it is messages.
 */
export function messagesIn(values: unknown): readonly StateMessage[] {
  const channel = Array.isArray(values)
    ? values
    : (values as { messages?: unknown } | null | undefined)?.messages;
  if (!Array.isArray(channel)) return isStateMessage(channel) ? [channel] : [];
  return channel.every(isStateMessage) ? channel : channel.filter(isStateMessage);
}

/** A message of the state in the protocol's flat form. */
export function stateMessageToJson(message: StateMessage): MessageJson {
  if (isMessage(message)) return messageToJson(message);
  const { role, type, tool_calls, tool_call_id, ...fields } = toJsonObject(message);
  const spoken = textOrUndefined(role) ?? '';
  return {
    ...fields,
    type: textOrUndefined(type) ?? TYPES_OF_ROLES.get(spoken) ?? spoken,
    content: fields['content'] ?? '',
    ...(tool_calls === undefined ? {} : { tool_calls: toolCallsOf(tool_calls) }),
    ...(tool_call_id === undefined ? {} : { tool_call_id: idOf(tool_call_id) ?? '' }),
  };
}

/**
 * Every message in what a task wrote: alone, in a list, or in the lists of a channel that was written more
 * than once.
 */
export function* messagesWritten(writes: unknown): Generator<StateMessage> {
  if (isMessage(writes)) yield writes as StateMessage;
  else if (Array.isArray(writes)) for (const item of writes) yield* messagesWritten(item);
  else if (isPlainObject(writes))
    for (const item of Object.values(writes))
      if (isMessage(item) || isContainer(item)) yield* messagesWritten(item);
}

/** The same message, unchanged: mostly the same object, for reducers hand on what they hold. */
export function isUnchanged(before: StateMessage | undefined, after: StateMessage | undefined): boolean {
  if (before === after) return true;
  if (before === undefined || after === undefined || before.id !== after.id) return false;
  return JSON.stringify(stateMessageToJson(before)) === JSON.stringify(stateMessageToJson(after));
}

function isStateMessage(value: unknown): value is StateMessage {
  if (isMessage(value)) return true;
  if (!isJsonObject(value) || !('content' in value)) return false;
  const { type, role }: JsonObject = value;
  return typeof type === 'string' || typeof role === 'string';
}

const isContainer = (value: unknown): boolean =>
  Array.isArray(value) || (isPlainObject(value) && '$writes' in value);

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value));

/** Where the conversation of a state is: its `messages` channel, or all of it. */
const CONVERSATION_CHANNELS = ['messages', '__root__'] as const;

/**
 * Nodes of LangChain's agents whose model calls are no answers: what middleware asks (createAgent names its
 * nodes `Name.before_model` and alike), hooks and the structured response of createReactAgent. What they
 * write to the conversation belongs to it all the same.
 */
const ASIDES =
  /\.(before|after)_(model|agent)$|^(pre_model_hook|post_model_hook|generate_structured_response)$/;

/**
 * Which of a graph's namespaces speak in its conversation: the root, and a subgraph that *is* the node that
 * it runs as and has the conversation's channel in common with its parent. What a node or a tool calls in its
 * own code has a conversation of its own; its caller decides what of it becomes known.
 */
export class ConversationScope {
  readonly #graph: CompiledGraph;
  readonly #known = new Map<string, CompiledGraph | null>();

  constructor(graph: CompiledGraph) {
    this.#graph = graph;
    this.#known.set('', graph);
  }

  /** @param ns namespace of the graph that speaks, with the ids of its tasks */
  includes(ns: string): boolean {
    return this.#at(ns) !== null;
  }

  /**
   * Whether text that a model streams there is on its way to the conversation, as far as can be known before
   * the node ends.
   */
  streams(ns: string, node: string | null): boolean {
    return this.includes(ns) && (node === null || !ASIDES.test(node));
  }

  /**
   * Whether the graph of the namespace may end behind this node, so that what the node says may be the
   * answer; true where that isn't known.
   */
  mayEndAt(ns: string, node: string | null): boolean {
    const graph = this.#at(ns);
    return graph === null || node === null || mayEndAt(graph, node);
  }

  #at(ns: string): CompiledGraph | null {
    const known = this.#known.get(ns);
    if (known !== undefined) return known;
    const found = speakerAt(this.#graph, ns);
    this.#known.set(ns, found);
    return found;
  }
}

/** The graph of a namespace that shares the conversation; null: it doesn't, or there is none. */
function speakerAt(graph: CompiledGraph, ns: string): CompiledGraph | null {
  let parent = graph;
  for (const segment of ns.split('|')) {
    // A bare number counts the graphs that a node calls by itself.
    const node: unknown = segment.includes(':')
      ? parent.nodes[segment.slice(0, segment.lastIndexOf(':'))]?.bound
      : undefined;
    if (
      !isGraph(node) ||
      !CONVERSATION_CHANNELS.some((channel) => hasChannel(parent, channel) && gives(node, channel))
    )
      return null;
    parent = node;
  }
  return parent;
}

const isGraph = (node: unknown): node is CompiledGraph =>
  typeof node === 'object' && node !== null && 'nodes' in node && 'channels' in node;

const hasChannel = ({ channels }: CompiledGraph, channel: string): boolean =>
  Object.hasOwn(channels, channel);

const gives = (graph: CompiledGraph, channel: string): boolean =>
  hasChannel(graph, channel) && [graph.outputChannels].flat().some((output) => String(output) === channel);

/** What of a StateGraph's builder is looked at; other graphs have none. */
type Builder = {
  readonly edges: ReadonlySet<readonly [string, string]>;
  readonly branches: Readonly<
    Record<string, Readonly<Record<string, { readonly ends?: Readonly<Record<string, string>> }>>>
  >;
  readonly nodes: Readonly<Record<string, { readonly ends?: readonly string[] } | undefined>>;
};

function mayEndAt(graph: CompiledGraph, node: string): boolean {
  const { builder } = graph as { readonly builder?: Partial<Builder> };
  if (builder?.edges === undefined || builder.branches === undefined) return true;
  const next = [...builder.edges].filter(([from]) => from === node).map(([, to]) => to);
  const branches = Object.values(builder.branches[node] ?? {});
  const ends = builder.nodes?.[node]?.ends ?? [];
  if (next.length + branches.length + ends.length === 0) return true;
  const named = [
    ...next,
    ...ends,
    ...branches.flatMap((branch) => Object.values(branch.ends ?? { any: END })),
  ];
  return named.includes(END);
}
