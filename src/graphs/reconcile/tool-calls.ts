import type { Json } from '../../domain/json.ts';
import { type MessageJson, textOf } from '../../domain/message.ts';
import type { PartialMessage } from '../../domain/message-fold.ts';
import type { ConversationScope } from '../execution/messages-channel.ts';

/** What a message says about tool calls; a MessageJson and LangChain's own messages are of this shape. */
export type ToolTurn = {
  readonly type: string;
  readonly tool_calls?: readonly { readonly id?: string | null; readonly name: string }[] | undefined;
  readonly tool_call_id?: string | undefined;
};

/** A tool call that no ToolMessage answers. */
export type DanglingCall = {
  readonly id: string;
  readonly name: string;
  /** Index of the AI message that made the call. */
  readonly askedAt: number;
  /** Where its answer belongs: directly after that message and the answers that follow it already. */
  readonly insertAt: number;
};

/** What the model reads in place of a tool's result. */
export const STOPPED = 'The tool call was stopped before it finished.';

/**
 * The unanswered tool calls of a conversation, in the order of their messages. Model providers refuse a
 * history with one.
 *
 * An answer counts for the nearest call of its id before it, for models may number their calls anew in each
 * message. A call without an id is left out: no answer can name it.
 */
export function danglingToolCalls(messages: readonly ToolTurn[]): DanglingCall[] {
  const open = new Map<string, DanglingCall>();
  const dangling: DanglingCall[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.type === 'tool' && message.tool_call_id !== undefined) open.delete(message.tool_call_id);
    if (message.type !== 'ai') continue;
    const insertAt = endOfAnswers(messages, index);
    for (const { id, name } of message.tool_calls ?? []) {
      if (id === undefined || id === null || id === '') continue;
      const earlier = open.get(id);
      if (earlier !== undefined) dangling.push(earlier);
      open.delete(id); // a key that is set again would keep its old place in the order
      open.set(id, { id, name, askedAt: index, insertAt });
    }
  }
  return [...dangling, ...open.values()].sort((a, b) => a.askedAt - b.askedAt);
}

/**
 * The list with an answer to each of its dangling calls where it belongs; the very list when there are none.
 */
export function answerDangling<T>(
  messages: readonly T[],
  dangling: readonly DanglingCall[],
  answer: (call: DanglingCall) => T,
): readonly T[] {
  if (dangling.length === 0) return messages;
  const answers = Map.groupBy(dangling, (call) => call.insertAt);
  const before = (index: number): T[] => (answers.get(index) ?? []).map(answer);
  return [...messages.flatMap((message, index) => [...before(index), message]), ...before(messages.length)];
}

/** The answer to a call that was stopped, in flat form. */
export const stoppedAnswer = (
  call: Pick<DanglingCall, 'id' | 'name'>,
  messageId: string,
): MessageJson & { readonly content: Json } => ({
  type: 'tool',
  id: messageId,
  name: call.name,
  content: STOPPED,
  tool_call_id: call.id,
  status: 'error',
});

function endOfAnswers(messages: readonly ToolTurn[], askedAt: number): number {
  let end = askedAt + 1;
  while (messages[end]?.type === 'tool') end += 1;
  return end;
}

/**
 * The partial messages that would have become part of the conversation, as far as an interrupted node lets
 * that be known. Out stays
 * - what was streamed in another conversation (a graph that a node or a tool calls), and by middleware and
 *   hooks of LangChain's agents;
 * - of the model calls of one task all but the one that began last: the node had what it wanted of the
 *   others, a router's decision, say;
 * - text that begins as a JSON object or list, of a node that the graph can't end behind: a decision for the
 *   nodes that follow.
 */
export function answersAmong(
  partials: readonly PartialMessage[],
  scope: ConversationScope,
): readonly PartialMessage[] {
  const spoken = partials.filter(({ ns, node }) => scope.streams(ns, node));
  const last = new Map(spoken.map((partial) => [taskOf(partial), partial]));
  return spoken.filter(
    (partial) =>
      last.get(taskOf(partial)) === partial &&
      (!isStructured(partial) || scope.mayEndAt(partial.ns, partial.node)),
  );
}

/** Its task is unknown: taken as a task of its own. */
const taskOf = ({ taskId, messageId }: PartialMessage): string => taskId ?? `message ${messageId}`;

const isStructured = ({ content }: PartialMessage): boolean =>
  /^\s*(```json\b|\{|\[\s*[{"])/i.test(textOf(content));

/** A message of a conversation that a run is to start with. */
export type Entry<M> = {
  readonly message: M;
  readonly turn: ToolTurn & { readonly content?: unknown; readonly status?: unknown };
  /** Whether the state had it, perhaps edited since, or the input brings it. */
  readonly from: 'STATE' | 'INPUT';
};

export type CompletedTurns<M> = {
  /** The very list of messages where nothing was to be done. */
  readonly messages: readonly M[];
  readonly isUnchanged: boolean;
  /** Answers of the server that the input's own replaced, by the message that came in its place. */
  readonly replaced: ReadonlyMap<M, M>;
  /** Those that were made, with the message that asked. */
  readonly made: readonly { readonly asker: M; readonly answer: M }[];
};

/** An answer that the server gave in place of a tool: the tool's own may still come. */
const isStopped = ({ turn }: Entry<unknown>): boolean => turn.status === 'error' && turn.content === STOPPED;

type Item<M> = { readonly entry: Entry<M>; readonly answers: Entry<M>[] };

/**
 * What the reducer makes of a state and an input, as model providers take it: each tool call answered once,
 * directly behind its message. Pure.
 *
 * - A call without an answer gets one, but for those of a last message that the input brings: its graph is to
 *   execute them.
 * - An answer elsewhere moves behind its call. The input's answer replaces the server's in place.
 * - Dropped are answers that the input brings to calls that were never made or are truly answered, and those
 *   whose call the input has removed.
 *
 * An answer counts for the nearest call of its id before it. What the state held before, without a call,
 * stays: some graphs keep tool messages alone.
 *
 * @param askedBefore ids of calls that the state had, whatever the input has made of it
 */
export function completeTurns<M>(
  entries: readonly Entry<M>[],
  askedBefore: ReadonlySet<string>,
  answerTo: (call: Pick<DanglingCall, 'id' | 'name'>) => M,
): CompletedTurns<M> {
  const items: Item<M>[] = [];
  const asked = new Map<string, Item<M>>();
  for (const entry of entries) {
    const { type, tool_call_id: answered, tool_calls: calls = [] } = entry.turn;
    const asker = type === 'tool' && answered !== undefined ? asked.get(answered) : undefined;
    if (asker !== undefined) asker.answers.push(entry);
    else if (type !== 'tool' || !isOrphan(entry, askedBefore)) {
      const item: Item<M> = { entry, answers: [] };
      items.push(item);
      if (type === 'ai') for (const { id } of calls) if (id) asked.set(id, item);
    }
  }
  const replaced = new Map<M, M>();
  const made: { readonly asker: M; readonly answer: M }[] = [];
  const messages = items.flatMap((item, index): M[] => {
    const { entry, answers } = item;
    const calls = entry.turn.type === 'ai' ? (entry.turn.tool_calls ?? []).filter(({ id }) => id) : [];
    const kept = keptAnswers(answers, replaced);
    const isForGraph = index === items.length - 1 && entry.from === 'INPUT' && kept.length === 0;
    const open = isForGraph
      ? []
      : calls.filter(({ id }) => !answers.some(({ turn }) => turn.tool_call_id === id));
    const own = open.map((call) => answerTo({ id: String(call.id), name: call.name }));
    for (const answer of own) made.push({ asker: entry.message, answer });
    return [entry.message, ...kept.map(({ message }) => message), ...own];
  });
  const isUnchanged =
    messages.length === entries.length &&
    messages.every((message, index) => message === entries[index]?.message);
  return { messages, isUnchanged, replaced, made };
}

function isOrphan<M>(entry: Entry<M>, askedBefore: ReadonlySet<string>): boolean {
  return entry.from === 'INPUT' || isStopped(entry) || askedBefore.has(String(entry.turn.tool_call_id));
}

/**
 * Of each call's answers the true ones that the state has, else the first that the input brings, else the
 * server's.
 */
function keptAnswers<M>(answers: readonly Entry<M>[], replaced: Map<M, M>): Entry<M>[] {
  const kept: Entry<M>[] = [];
  for (const answer of answers) {
    const at = kept.findIndex(({ turn }) => turn.tool_call_id === answer.turn.tool_call_id);
    const earlier = kept[at];
    if (earlier === undefined || (answer.from === 'STATE' && !isStopped(answer) && !isStopped(earlier)))
      kept.push(answer);
    else if (isStopped(earlier) && !isStopped(answer)) {
      kept[at] = answer;
      replaced.set(answer.message, earlier.message);
    }
  }
  return kept;
}
