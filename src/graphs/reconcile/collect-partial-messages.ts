import { AIMessage, ToolMessage } from '@langchain/core/messages';
import { v7 } from 'uuid';
import { isNamed } from '../../domain/chunk-merge.ts';
import { isJsonObject, type Json } from '../../domain/json.ts';
import type { PartialMessage } from '../../domain/message-fold.ts';
import { withoutHalf } from '../../domain/text.ts';
import type { StateMessage } from '../execution/messages-channel.ts';
import type { CompiledGraph } from '../loading/graph-source.ts';
import { toolTurn, type WritableMessages } from './message-list.ts';
import { type Addition, type ConversationPlan, planConversation } from './reconcile-plan.ts';
import type { StateWriter, Superstep, Task } from './state-writer.ts';
import { type DanglingCall, STOPPED } from './tool-calls.ts';

const TEXT_TYPES: ReadonlySet<unknown> = new Set(['text', 'text_delta', 'output_text']);

/**
 * What of a cut-off message's content may stay: its text. A string stays as it is; of blocks only text blocks
 * stay, reduced to type and text, so that any provider takes them back, and those that a model streams one
 * after the other as one. Half-built tool calls and hidden reasoning go: a provider refuses the one without
 * its arguments, the other without its signature. A surrogate pair that was cut in two goes too.
 *
 * @returns null when no text is left; white space alone is none (providers refuse messages of it)
 */
export function partialText(content: Json): Json {
  if (typeof content === 'string') return isBlank(withoutHalf(content)) ? null : withoutHalf(content);
  if (!Array.isArray(content)) return null;
  const texts = textsOf(content)
    .map(withoutHalf)
    .filter((text) => !isBlank(text));
  return texts.length === 0 ? null : texts.map((text) => ({ type: 'text', text }));
}

function textsOf(blocks: readonly Json[]): string[] {
  const texts: string[] = [];
  let wasPiece = false;
  for (const block of blocks) {
    const text = textOfBlock(block);
    const isPiece = text !== null && isJsonObject(block) && !isNamed(block);
    if (isPiece && wasPiece) texts.push(`${texts.pop()}${text}`);
    else if (text !== null) texts.push(text);
    wasPiece = isPiece;
  }
  return texts;
}

function textOfBlock(block: Json): string | null {
  if (typeof block === 'string') return block;
  if (!isJsonObject(block) || !TEXT_TYPES.has(block['type'])) return null;
  const { text, thought } = block;
  return typeof text === 'string' && thought !== true ? text : null;
}

const isBlank = (text: string): boolean => text.trim() === '';

/** The partial messages that are kept, by the message each has become. */
type KeptPartials = ReadonlyMap<StateMessage, PartialMessage>;

/**
 * What the unfinished tasks of a superstep leave to the conversation, one addition for each node: nodes that
 * were streaming in the order of their first tokens, then the others. Of one task first what its subgraphs
 * had added, then its partial messages.
 *
 * @param partials those to keep; of each its text, none that has no text and none that the conversation holds
 * already
 * @param addedWithin what the subgraphs of a task had added
 */
async function gatherAdditions(
  superstep: Superstep,
  partials: readonly PartialMessage[],
  addedWithin: (task: Task) => Promise<readonly StateMessage[]>,
): Promise<{ readonly additions: readonly Addition<StateMessage>[]; readonly kept: KeptPartials }> {
  const known = new Set(superstep.messages.map(({ id }) => id));
  const unknown = ({ id }: StateMessage): boolean => id === undefined || id === null || !known.has(id);
  const byNode = new Map<string | null, StateMessage[]>();
  const kept = new Map<StateMessage, PartialMessage>();
  for (const { node, task, streamed } of sources(superstep.unfinished, partials)) {
    const added = task === null ? [] : await addedWithin(task);
    const messages = added.filter(unknown);
    for (const { id } of messages) known.add(id);
    for (const partial of streamed) {
      const message = known.has(partial.messageId) ? null : toMessage(partial);
      if (message === null) continue;
      known.add(partial.messageId);
      kept.set(message, partial);
      messages.push(message);
    }
    if (messages.length > 0) byNode.set(node, [...(byNode.get(node) ?? []), ...messages]);
  }
  return { additions: [...byNode].map(([node, messages]) => ({ node, messages })), kept };
}

/**
 * The node that answers the conversation's open calls: the one whose interrupted tasks are LangGraph's tool
 * node, else one that was not streaming.
 */
function toolNodeOf(
  graph: CompiledGraph,
  { unfinished }: Superstep,
  additions: readonly Addition<StateMessage>[],
): string | null {
  const streaming = new Set(additions.map(({ node }) => node));
  const nodes = unfinished.map(({ name }) => name);
  return (
    nodes.find((name) => isToolNode(graph, name)) ??
    nodes.find((name) => !streaming.has(name)) ??
    nodes[0] ??
    null
  );
}

type Source = {
  readonly node: string | null;
  readonly task: Task | null;
  readonly streamed: PartialMessage[];
};

/**
 * Who left something: each interrupted task that was streaming in a subgraph, each node that was streaming
 * itself, then the other tasks.
 */
function sources(unfinished: readonly Task[], partials: readonly PartialMessage[]): Iterable<Source> {
  const found = new Map<string, Source>();
  for (const partial of partials) {
    const root = partial.ns.split('|')[0] ?? '';
    const key = root === '' ? `node ${partial.node}` : root;
    const source = found.get(key) ?? {
      node: root === '' ? partial.node : (root.split(':')[0] ?? null),
      task: unfinished.find((task) => keyOf(task) === root) ?? null,
      streamed: [],
    };
    source.streamed.push(partial);
    found.set(key, source);
  }
  for (const task of unfinished)
    if (!found.has(keyOf(task))) found.set(keyOf(task), { node: task.name, task, streamed: [] });
  return found.values();
}

const keyOf = ({ name, id }: Task): string => `${name}:${id}`;

function toMessage({ messageId, name, content }: PartialMessage): AIMessage | null {
  const text = partialText(content);
  if (text === null) return null;
  return new AIMessage({
    id: messageId,
    ...(name === undefined || name === null ? {} : { name }),
    content: text as AIMessage['content'],
    response_metadata: { partial: true },
  });
}

function isToolNode(graph: CompiledGraph, name: string): boolean {
  const { tools } = (graph.nodes[name]?.bound ?? {}) as { readonly tools?: unknown };
  return Array.isArray(tools);
}

/**
 * Makes the answers to stopped tool calls; the same one for the same call of the same message, in whichever
 * conversation that is.
 */
export class StoppedAnswers {
  readonly #made = new Map<string, ToolMessage>();

  of(call: DanglingCall, asker: StateMessage | undefined): ToolMessage {
    const key = JSON.stringify([asker?.id ?? null, call.id]);
    const made =
      this.#made.get(key) ??
      new ToolMessage({
        id: v7(),
        name: call.name,
        tool_call_id: call.id,
        content: STOPPED,
        status: 'error',
      });
    if (asker?.id !== undefined) this.#made.set(key, made);
    return made;
  }
}

export type InterruptedConversation = {
  readonly graph: CompiledGraph;
  readonly writer: StateWriter;
  readonly channel: WritableMessages;
  readonly superstep: Superstep;
  /** Those to keep. */
  readonly partials: readonly PartialMessage[];
  readonly answers: StoppedAnswers;
  /** What the subgraphs of a task had added. */
  readonly addedWithin: (task: Task) => Promise<readonly StateMessage[]>;
};

export type WrittenConversation = {
  readonly plan: ConversationPlan<StateMessage>;
  readonly kept: KeptPartials;
};

/**
 * Writes what the unfinished tasks of a superstep leave to the conversation, and applies what the finished
 * ones had written.
 */
export async function writeConversation(request: InterruptedConversation): Promise<WrittenConversation> {
  const { graph, writer, channel, superstep, answers } = request;
  const { additions, kept } = await gatherAdditions(superstep, request.partials, request.addedWithin);
  const plan = planConversation<StateMessage>({
    conversation: superstep.messages,
    additions,
    toolNode: toolNodeOf(graph, superstep, additions),
    toolTurn,
    answer: (call, asker) => answers.of(call, asker),
  });
  let current = superstep.messages;
  for (const { node, kind, messages } of plan.writes) {
    const next = kind === 'REPLACE' ? messages : [...current, ...messages];
    await writer.write(
      node,
      kind === 'REPLACE' ? channel.replacing(next) : channel.appending(messages, next),
    );
    current = next;
  }
  if (plan.writes.length === 0) await endSuperstep(writer, superstep);
  return { plan, kept };
}

/**
 * Applies what the tasks of an interrupted superstep leave where no message does: results of those that
 * finished, the end of those that wait.
 */
export async function endSuperstep(writer: StateWriter, { finished, waiting }: Superstep): Promise<void> {
  if (finished.length > 0 || waiting.length > 0) await writer.applyFinishedTasks();
}
