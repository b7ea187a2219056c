import type { Message, MessageEvent } from './types.ts';

/** One message as a page shows it. */
export type ConversationMessage = Message & {
  /** Stays the same while the message is in the conversation: for lists of a UI framework. */
  readonly key: string;
  /** Its text is still growing. */
  readonly streaming: boolean;
  /** The run that wrote it; null for what was there when the conversation was loaded. */
  readonly runId: string | null;
};

/** What the events of `messages` add up to. */
export type Conversation = {
  readonly messages: readonly ConversationMessage[];
  /** The run that is at work; null when none is, as far as the events have told. */
  readonly activeRunId: string | null;
};

export const emptyConversation: Conversation = { messages: [], activeRunId: null };

/**
 * Folds one event of `messages` into the conversation. Pure: returns a new object, in which untouched messages are the same objects.
 * Start from emptyConversation and a stream with fromStart. While a message streams, its `content` is its text; the completed message
 * brings its own. A message that was still streaming when its run ended is partial.
 */
export function reduceMessages(conversation: Conversation, event: MessageEvent): Conversation {
  switch (event.__typename) {
    case 'MessageStarted':
      return { messages: put(conversation.messages, event.message, event.runId, true), activeRunId: event.runId };
    case 'MessageDelta':
      return { messages: grow(conversation.messages, event), activeRunId: event.runId };
    case 'MessageCompleted':
      return { ...conversation, messages: put(conversation.messages, event.message, event.runId, false) };
    case 'MessagesReset':
      return {
        messages: event.messages.map((message, index) => ({ ...message, key: keyOf(message, index), streaming: false, runId: null })),
        // Without a run it stands for a removed run's messages, or for an edit, which no run may be at work for.
        activeRunId: event.runId === null ? null : conversation.activeRunId,
      };
    case 'RunStatusChanged':
      if (event.run.status === 'PENDING') return conversation;
      if (event.run.status === 'RUNNING') return { ...conversation, activeRunId: event.run.id };
      return {
        messages: conversation.messages.map((message) => (message.runId === event.run.id ? stopped(message) : message)),
        activeRunId: conversation.activeRunId === event.run.id ? null : conversation.activeRunId,
      };
  }
}

type Messages = readonly ConversationMessage[];

/** A message without an id is known by its place. */
const keyOf = (message: Message, index: number): string => message.id ?? `#${index}`;

const indexOf = (messages: Messages, id: string | null): number => (id === null ? -1 : messages.findLastIndex((one) => one.id === id));

function put(messages: Messages, message: Message, runId: string | null, streaming: boolean): Messages {
  const found = indexOf(messages, message.id);
  const index = found === -1 ? messages.length : found;
  return withAt(messages, index, { ...message, key: keyOf(message, index), streaming, runId });
}

type Delta = Extract<MessageEvent, { __typename: 'MessageDelta' }>;

function grow(messages: Messages, { messageId, text, runId }: Delta): Messages {
  const index = indexOf(messages, messageId);
  const message = messages[index];
  // Unknown only to a stream that began between the message's start and now.
  if (message === undefined) return put(messages, startedLate(messageId, text), runId, true);
  const grown = message.text + text;
  return withAt(messages, index, { ...message, text: grown, content: grown, streaming: true, runId });
}

const withAt = (messages: Messages, index: number, message: ConversationMessage): Messages => [
  ...messages.slice(0, index),
  message,
  ...messages.slice(index + 1),
];

const startedLate = (id: string, text: string): Message => ({
  __typename: 'AIMessage',
  id,
  type: 'ai',
  name: null,
  text,
  content: text,
  additionalKwargs: {},
  responseMetadata: {},
  toolCalls: [],
  usage: null,
  partial: false,
});

function stopped(message: ConversationMessage): ConversationMessage {
  if (!message.streaming) return message;
  return message.__typename === 'AIMessage' ? { ...message, streaming: false, partial: true } : { ...message, streaming: false };
}
