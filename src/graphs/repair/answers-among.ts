import { textOf } from '../../domain/message.ts';
import type { PartialMessage } from '../../domain/partial-messages.ts';
import type { ConversationScope } from '../conversation-scope.ts';

/**
 * The partial messages that would have become part of the conversation, as far as an interrupted node lets that be known. Out stays
 * - what was streamed in another conversation (a graph that a node or a tool calls), and by middleware and hooks of LangChain's agents;
 * - of the model calls of one task all but the one that began last: the node had what it wanted of the others, a router's decision, say;
 * - text that begins as a JSON object or list, of a node that the graph can't end behind: a decision for the nodes that follow.
 */
export function answersAmong(partials: readonly PartialMessage[], scope: ConversationScope): readonly PartialMessage[] {
  const spoken = partials.filter(({ ns, node }) => scope.streams(ns, node));
  const last = new Map(spoken.map((partial) => [taskOf(partial), partial]));
  return spoken.filter(
    (partial) => last.get(taskOf(partial)) === partial && (!isStructured(partial) || scope.mayEndAt(partial.ns, partial.node)),
  );
}

/** Nobody knows of which task: taken as one of its own. */
const taskOf = ({ taskId, messageId }: PartialMessage): string => taskId ?? `message ${messageId}`;

const isStructured = ({ content }: PartialMessage): boolean => /^\s*(```json\b|\{|\[\s*[{"])/i.test(textOf(content));
