import { answerDangling, type DanglingCall, danglingToolCalls, type ToolTurn } from './tool-calls.ts';

/** What an interrupted node adds to the conversation; null: that node is unknown. */
export type Addition<M> = { readonly node: string | null; readonly messages: readonly M[] };

/** One write to the state, as `node`. */
type PlannedWrite<M> = {
  readonly node: string | null;
  /** APPEND: the messages come after those that are there. REPLACE: they are the whole conversation. */
  readonly kind: 'APPEND' | 'REPLACE';
  readonly messages: readonly M[];
};

export type ConversationPlan<M> = {
  readonly writes: readonly PlannedWrite<M>[];
  /** The answers that were made for open calls, in the order of the conversation. */
  readonly answers: readonly M[];
};

export type PlanRequest<M> = {
  readonly conversation: readonly M[];
  /** In the order in which they are to come. */
  readonly additions: readonly Addition<M>[];
  /** The node whose tasks would have answered the conversation's open calls; null: there is none. */
  readonly toolNode: string | null;
  readonly toolTurn: (message: M) => ToolTurn;
  /** @param asker the message that made the call */
  readonly answer: (call: DanglingCall, asker: M | undefined) => M;
};

/**
 * Decides what to write, so that the conversation is complete and each tool call has its answer directly
 * after its AI message. Pure. The writes come in order; each node has one, and answers that belong before the
 * additions are written with the first of them if the same node makes both.
 */
export function planConversation<M>(request: PlanRequest<M>): ConversationPlan<M> {
  const { conversation, additions, toolNode, toolTurn } = request;
  const all = [...conversation, ...additions.flatMap(({ messages }) => messages)];
  const answers: M[] = [];
  const answer = (call: DanglingCall): M => {
    const made = request.answer(call, all[call.askedAt]);
    answers.push(made);
    return made;
  };
  const dangling = danglingToolCalls(all.map(toolTurn));
  const start = conversation.length;
  const reconciled = answerDangling(
    conversation,
    dangling.filter(({ insertAt }) => insertAt <= start),
    answer,
  );
  const isAppend = reconciled.slice(0, start).every((message, index) => message === conversation[index]);
  const first: PlannedWrite<M> = isAppend
    ? { node: toolNode, kind: 'APPEND', messages: reconciled.slice(start) }
    : { node: toolNode, kind: 'REPLACE', messages: reconciled };

  let from = start;
  const others = additions.map(({ node, messages }): PlannedWrite<M> => {
    const to = from + messages.length;
    const here = dangling.filter(({ insertAt }) => insertAt > from && insertAt <= to);
    const shifted = here.map((call) => ({ ...call, insertAt: call.insertAt - from }));
    from = to;
    return { node, kind: 'APPEND', messages: answerDangling(messages, shifted, answer) };
  });
  return { writes: joinFirst([first, ...others].filter(({ messages }) => messages.length > 0)), answers };
}

function joinFirst<M>(writes: readonly PlannedWrite<M>[]): readonly PlannedWrite<M>[] {
  const [first, second, ...others] = writes;
  if (first === undefined || second === undefined || first.node !== second.node) return writes;
  return [{ ...first, messages: [...first.messages, ...second.messages] }, ...others];
}
