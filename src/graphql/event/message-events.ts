import { builder } from '../builder.ts';
import { MessageInterface } from '../message/message-type.ts';
import { NAMESPACE, NODE, namespaceOf } from './chunk-events.ts';
import { EventInterface, type EventOf } from './event-interface.ts';

/** Events of the stream mode MESSAGES. */

const interfaces = [EventInterface];

export const MessageStartedType = builder.objectRef<EventOf<'MESSAGE_STARTED'>>('MessageStarted').implement({
  description: 'A message begins.',
  interfaces,
  fields: (t) => ({
    namespace: t.stringList({ description: NAMESPACE, resolve: namespaceOf }),
    node: t.string({ nullable: true, description: NODE, resolve: ({ body }) => body.node }),
    message: t.field({
      type: MessageInterface,
      description: 'The message as it begins, its text still empty.',
      resolve: ({ body }) => body.message,
    }),
  }),
});

export const MessageDeltaType = builder.objectRef<EventOf<'MESSAGE_DELTA'>>('MessageDelta').implement({
  description: 'text is what is new in this delta; the deltas of one messageId add up to the message.',
  interfaces,
  fields: (t) => ({
    namespace: t.stringList({ description: NAMESPACE, resolve: namespaceOf }),
    node: t.string({ nullable: true, description: NODE, resolve: ({ body }) => body.node }),
    messageId: t.id({ description: 'The id of the message that grows.', resolve: ({ body }) => body.messageId }),
    text: t.string({ description: 'The text to append; empty where only other content is new.', resolve: ({ body }) => body.text }),
    content: t.field({
      type: 'JSON',
      description: 'The new content as the model streamed it: a string or blocks.',
      resolve: ({ body }) => body.content,
    }),
  }),
});

export const MessageCompletedType = builder.objectRef<EventOf<'MESSAGE_COMPLETED'>>('MessageCompleted').implement({
  description: 'A message is there as a whole; the end of its deltas where it had any.',
  interfaces,
  fields: (t) => ({
    namespace: t.stringList({ description: NAMESPACE, resolve: namespaceOf }),
    node: t.string({ nullable: true, description: NODE, resolve: ({ body }) => body.node }),
    message: t.field({
      type: MessageInterface,
      description: 'The whole message. It stands in place of what was streamed.',
      resolve: ({ body }) => body.message,
    }),
  }),
});

export const MessagesResetType = builder.objectRef<EventOf<'MESSAGES_RESET'>>('MessagesReset').implement({
  description: 'The conversation is now this: after a rollback, a fork, an edit, or a takeover that took partial messages back.',
  interfaces,
  fields: (t) => ({
    messages: t.field({
      type: [MessageInterface],
      description: 'All messages that count now, in their order.',
      resolve: ({ body }) => [...body.messages],
    }),
  }),
});
