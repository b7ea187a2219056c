import { mergeContent } from '../domain/chunk-merge.ts';
import type { Json } from '../domain/json.ts';
import { textOf } from '../domain/message.ts';
import { placeOf } from '../domain/message-fold.ts';
import type { Message, MessageEvent } from './types.ts';

/** One message for display. */
export type ConversationMessage = Message & {
  /** Stable while the message is in the conversation: a key for lists of UI frameworks. */
  readonly key: string;
  /** True while its text is still growing. */
  readonly streaming: boolean;
  /** The run that wrote it. Null: it existed when the conversation was loaded. */
  readonly runId: string | null;
};

/** The fold of the events of `messages`. */
export type Conversation = {
  readonly messages: readonly ConversationMessage[];
  /** The active run, according to the events so far. Null: none. */
  readonly activeRunId: string | null;
};

export const emptyConversation: Conversation = { messages: [], activeRunId: null };

/**
 * Folds one event of `messages` into the conversation. Pure: returns a new object, in which untouched
 * messages are the same objects. Start from emptyConversation and a stream with fromStart. A streaming
 * message has the content received so far: a text or blocks. A message that was still streaming when its run
 * ended is partial.
 */
export function reduceMessages(conversation: Conversation, event: MessageEvent): Conversation {
  switch (event.__typename) {
    case 'MessageStarted':
      return {
        messages: put(conversation.messages, event.message, event.runId, true),
        activeRunId: event.runId,
      };
    case 'MessageDelta':
      return { messages: grow(conversation.messages, event), activeRunId: event.runId };
    case 'MessageCompleted':
      return { ...conversation, messages: put(conversation.messages, event.message, event.runId, false) };
    case 'MessagesReset':
      return {
        messages: event.messages.map((message, index) => ({
          ...message,
          key: keyOf(message, index),
          streaming: false,
          runId: null,
        })),
        // Without a run it stands for a removed run's messages, or for an edit, which no run may be at work
        // for.
        activeRunId: event.runId === null ? null : conversation.activeRunId,
      };
    case 'RunStatusChanged':
      if (event.run.status === 'PENDING') return conversation;
      if (event.run.status === 'RUNNING') return { ...conversation, activeRunId: event.run.id };
      return {
        messages: conversation.messages.map((message) =>
          message.runId === event.run.id ? stopped(message) : message,
        ),
        activeRunId: conversation.activeRunId === event.run.id ? null : conversation.activeRunId,
      };
  }
}

type Messages = readonly ConversationMessage[];

/** A message without an id is identified by its index. */
const keyOf = (message: Message, index: number): string => message.id ?? `#${index}`;

function put(messages: Messages, message: Message, runId: string | null, streaming: boolean): Messages {
  const index = placeOf(messages, message.id);
  return withAt(messages, index, { ...message, key: keyOf(message, index), streaming, runId });
}

type Delta = Extract<MessageEvent, { __typename: 'MessageDelta' }>;

function grow(messages: Messages, delta: Delta): Messages {
  const { messageId, runId } = delta;
  const index = placeOf(messages, messageId);
  const message = messages[index];
  // Unknown only to a stream that began between the message's start and now.
  if (message === undefined) return put(messages, startedLate(delta), runId, true);
  const content = mergeContent(message.content as Json, delta.content as Json);
  return withAt(messages, index, { ...message, text: textOf(content), content, streaming: true, runId });
}

const withAt = (messages: Messages, index: number, message: ConversationMessage): Messages => [
  ...messages.slice(0, index),
  message,
  ...messages.slice(index + 1),
];

const startedLate = ({ messageId: id, text, content }: Delta): Message => ({
  __typename: 'AIMessage',
  id,
  type: 'ai',
  name: null,
  text,
  content,
  additionalKwargs: {},
  responseMetadata: {},
  toolCalls: [],
  usage: null,
  partial: false,
});

function stopped(message: ConversationMessage): ConversationMessage {
  if (!message.streaming) return message;
  return message.__typename === 'AIMessage'
    ? { ...message, streaming: false, partial: true }
    : { ...message, streaming: false };
}
