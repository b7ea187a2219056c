import type { Json } from '../../domain/json.ts';
import type { MessageJson } from '../../domain/message.ts';

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
 * The tool calls of a conversation that nobody answered, in the order of their messages. Model providers refuse a history with one.
 *
 * An answer counts for the nearest call of its id before it, for models may number their calls anew in each message. A call without
 * an id is left out: no answer can name it.
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

/** The list with an answer to each of its dangling calls where it belongs; the very list when there are none. */
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
export const stoppedAnswer = (call: Pick<DanglingCall, 'id' | 'name'>, messageId: string): MessageJson & { readonly content: Json } => ({
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
