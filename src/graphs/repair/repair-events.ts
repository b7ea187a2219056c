import type { EventBody } from '../../domain/event.ts';
import type { MessageJson } from '../../domain/message.ts';
import type { PartialMessage } from '../../domain/partial-messages.ts';
import { isUnchanged, messagesWritten, type StateMessage, stateMessageToJson } from '../messages-channel.ts';
import type { WrittenConversation } from './interrupted-conversation.ts';
import type { Superstep } from './superstep.ts';

export type RepairTold = {
  /** The conversation that subscribers had when the run was stopped, but for what was streamed since. */
  readonly before: readonly StateMessage[];
  readonly superstep: Superstep;
  readonly written: WrittenConversation;
  /** All that were streamed, kept or not. */
  readonly partials: readonly PartialMessage[];
};

/**
 * What completes the conversation that subscribers have: the input's messages, the partial messages that are kept, the answers to stopped
 * tool calls. A subgraph's messages were told when they were made.
 *
 * @returns null when the conversation has become another one: an answer came in between, or something that was streamed is not kept
 */
export function eventsOfRepair({ before, superstep, written, partials }: RepairTold): readonly EventBody[] | null {
  const { messages } = superstep;
  const { writes, answers } = written.plan;
  const isAppend = before.every((message, index) => isUnchanged(message, messages[index])) && writes.every(({ kind }) => kind === 'APPEND');
  const held = new Set([...messages, ...writes.flatMap((write) => write.messages)].map(({ id }) => id));
  if (!isAppend || partials.some(({ messageId }) => !held.has(messageId)) || mayBeToldOtherwise(superstep, written.kept.size)) return null;
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
 * Tasks that ran at once were told of as their messages came; the state has those of finished tasks first, in the order of the tasks. Who
 * appended each message as it was told may hold them in another order.
 */
function mayBeToldOtherwise({ head, finished }: Superstep, keptPartials: number): boolean {
  const tasks = new Set(finished.map(({ id }) => id));
  const wrote = (head.pendingWrites ?? []).filter(([task, , value]) => tasks.has(task) && messagesWritten(value).next().done !== true);
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
