import { parseNamespace } from '../../domain/event.ts';
import type { FollowedBody, FollowedEvent } from '../../orchestrator/ports/subscriptions.ts';
import { builder } from '../builder.ts';
import { RunRef } from '../run/run-enums.ts';
import { MessageInterface } from '../thread/message-type.ts';
import { InterruptType, ThreadStateType } from '../thread/thread-state-type.ts';

/** An event whose body is of one kind. */
export type EventOf<K extends FollowedBody['kind']> = FollowedEvent & { readonly body: Extract<FollowedBody, { readonly kind: K }> };

const EventInterface = builder.interfaceRef<FollowedEvent>('Event').implement({
  description: 'One entry of the log of a thread.',
  fields: (t) => ({
    cursor: t.expose('cursor', { type: 'Cursor', description: 'Where it is in the log: give it as after to go on behind it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was recorded.' }),
    runId: t.exposeID('runId', { nullable: true, description: 'The run that it belongs to; null for events of the thread itself.' }),
  }),
});

/** Events of the stream modes but MESSAGES. */

const interfaces = [EventInterface];

const NAMESPACE = "Where in the graph: [] for the root graph, else one 'node:taskId' per subgraph on the way.";
const NODE = 'The node that it comes from; null where LangGraph does not say.';

/** Segments of the namespace of an event that has one. */
const namespaceOf = (event: FollowedEvent & { readonly body: { readonly ns: string } }): string[] => [...parseNamespace(event.body.ns)];

export const ValuesChunkType = builder.objectRef<EventOf<'VALUES'>>('ValuesChunk').implement({
  description: 'VALUES: the whole state after a superstep.',
  interfaces,
  fields: (t) => ({
    namespace: t.stringList({ description: NAMESPACE, resolve: namespaceOf }),
    values: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The values of the channels. Null: the state is one value, and null.',
      resolve: ({ body }) => body.values,
    }),
  }),
});

export const UpdatesChunkType = builder.objectRef<EventOf<'UPDATES'>>('UpdatesChunk').implement({
  description: 'UPDATES: what a node returned.',
  interfaces,
  fields: (t) => ({
    namespace: t.stringList({ description: NAMESPACE, resolve: namespaceOf }),
    node: t.string({ description: 'The node that returned it.', resolve: ({ body }) => body.node }),
    update: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What it returned. Null: null, which only a functional graph returns.',
      resolve: ({ body }) => body.update,
    }),
  }),
});

export const CustomChunkType = builder.objectRef<EventOf<'CUSTOM'>>('CustomChunk').implement({
  description: 'CUSTOM: what a node wrote with its writer.',
  interfaces,
  fields: (t) => ({
    namespace: t.stringList({ description: NAMESPACE, resolve: namespaceOf }),
    node: t.string({ nullable: true, description: NODE, resolve: ({ body }) => body.node }),
    data: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What it wrote. Null: null, or a value without a form in JSON.',
      resolve: ({ body }) => body.data,
    }),
  }),
});

export const TaskChunkType = builder.objectRef<EventOf<'TASK'>>('TaskChunk').implement({
  description: 'TASKS: a task started or ended.',
  interfaces,
  fields: (t) => ({
    namespace: t.stringList({ description: NAMESPACE, resolve: namespaceOf }),
    task: t.field({
      type: 'JSON',
      description: 'The task as LangGraph describes it: id, name and input when it starts; result, error and interrupts when it ends.',
      resolve: ({ body }) => body.task,
    }),
  }),
});

export const CheckpointChunkType = builder.objectRef<EventOf<'CHECKPOINT'>>('CheckpointChunk').implement({
  description: 'CHECKPOINTS: a checkpoint was made.',
  interfaces,
  fields: (t) => ({
    namespace: t.stringList({ description: NAMESPACE, resolve: namespaceOf }),
    state: t.field({ type: ThreadStateType, description: 'The state that it holds.', resolve: ({ body }) => body.state }),
  }),
});

export const DebugChunkType = builder.objectRef<EventOf<'DEBUG'>>('DebugChunk').implement({
  description: "DEBUG: tasks and checkpoints in the shape of LangGraph's debug mode.",
  interfaces,
  fields: (t) => ({
    namespace: t.stringList({ description: NAMESPACE, resolve: namespaceOf }),
    data: t.field({
      type: 'JSON',
      nullable: true, // as CustomChunk's: one query may ask for the data of all chunks
      description: '{ type, timestamp, step, payload }. Never null.',
      resolve: ({ body }) => body.data,
    }),
  }),
});

export const EventsChunkType = builder.objectRef<EventOf<'EVENTS'>>('EventsChunk').implement({
  description: 'EVENTS: one callback event of LangChain.',
  interfaces,
  fields: (t) => ({
    data: t.field({
      type: 'JSON',
      nullable: true, // as CustomChunk's
      description: 'The event as LangChain describes it: event, name, data, …. Never null.',
      resolve: ({ body }) => body.data,
    }),
  }),
});

/** Events that tell how a run goes. They are no stream mode: every subscription to runs has them. */

const RUN = 'The run as it is when the event is delivered.';

export const RunQueuedType = builder.objectRef<EventOf<'RUN_QUEUED'>>('RunQueued').implement({
  description: 'A run was accepted.',
  interfaces: [EventInterface],
  fields: (t) => ({ run: t.field({ type: RunRef, description: RUN, resolve: ({ body }) => body.run }) }),
});

export const RunStartedType = builder.objectRef<EventOf<'RUN_STARTED'>>('RunStarted').implement({
  description: 'A process began to execute the run.',
  interfaces: [EventInterface],
  fields: (t) => ({ run: t.field({ type: RunRef, description: RUN, resolve: ({ body }) => body.run }) }),
});

export const RunResumedType = builder.objectRef<EventOf<'RUN_RESUMED'>>('RunResumed').implement({
  description: 'Another process took the run over; attempt counts up.',
  interfaces: [EventInterface],
  fields: (t) => ({
    attempt: t.int({ description: 'Which attempt this is; the first start was 1.', resolve: ({ body }) => body.attempt }),
  }),
});

export const RunEndedType = builder.objectRef<EventOf<'RUN_ENDED'>>('RunEnded').implement({
  description: "The run's last event: it has ended.",
  interfaces: [EventInterface],
  fields: (t) => ({
    run: t.field({ type: RunRef, description: RUN, resolve: ({ body }) => body.run }),
    interrupts: t.field({
      type: [InterruptType],
      description: 'What the graph asks a human, when the run ended AWAITING_HUMAN; else empty.',
      resolve: ({ body }) => [...body.interrupts],
    }),
    abandoned: t.stringList({
      description: 'Nodes and tools that ignored the stop and were still at work when the grace period ended; see Run.abandoned.',
      resolve: ({ body }) => [...(body.abandoned ?? [])],
    }),
  }),
});

export const RunRolledBackType = builder.objectRef<EventOf<'RUN_ROLLED_BACK'>>('RunRolledBack').implement({
  description: "Stands in the place of a removed run's events.",
  interfaces: [EventInterface],
  fields: (t) => ({
    abandoned: t.stringList({
      description: 'Nodes and tools that ignored the stop and were still at work when the grace period ended; see Run.abandoned.',
      resolve: ({ body }) => [...(body.abandoned ?? [])],
    }),
  }),
});

export const RunStatusChangedType = builder.objectRef<EventOf<'RUN_QUEUED' | 'RUN_STARTED' | 'RUN_ENDED'>>('RunStatusChanged').implement({
  description: 'A run of the thread was accepted, started or ended.',
  interfaces: [EventInterface],
  fields: (t) => ({ run: t.field({ type: RunRef, description: RUN, resolve: ({ body }) => body.run }) }),
});

/** Events of the stream mode MESSAGES. */

export const MessageStartedType = builder.objectRef<EventOf<'MESSAGE_STARTED'>>('MessageStarted').implement({
  description: 'A message begins.',
  interfaces: [EventInterface],
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
  interfaces: [EventInterface],
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
  interfaces: [EventInterface],
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
  interfaces: [EventInterface],
  fields: (t) => ({
    messages: t.field({
      type: [MessageInterface],
      description: 'All messages that count now, in their order.',
      resolve: ({ body }) => [...body.messages],
    }),
  }),
});
