import { parseNamespace } from '../../domain/event.ts';
import type { FollowedBody, FollowedEvent } from '../../orchestrator/ports/subscriptions.ts';
import { builder } from '../builder.ts';
import { RunRef } from '../run/run-enums.ts';
import { MessageInterface } from '../thread/message-type.ts';
import { InterruptType, ThreadStateType } from '../thread/thread-state-type.ts';

/** An event whose body is of one kind. */
export type EventOf<K extends FollowedBody['kind']> = FollowedEvent & {
  readonly body: Extract<FollowedBody, { readonly kind: K }>;
};

const EventInterface = builder.interfaceRef<FollowedEvent>('Event').implement({
  description: "An entry in a thread's event log.",
  fields: (t) => ({
    cursor: t.expose('cursor', {
      type: 'Cursor',
      description: 'Its position in the log; pass it as after to continue from here.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was recorded.' }),
    runId: t.exposeID('runId', {
      nullable: true,
      description: 'The run that it belongs to. Null: an event of the thread itself.',
    }),
  }),
});

/** Events of the stream modes but MESSAGES. */

const interfaces = [EventInterface];

const NAMESPACE =
  "The location in the graph: [] for the root graph, else one 'node:taskId' per subgraph level.";
const NODE = 'The node that emitted it. Null: unknown to LangGraph.';

/** Segments of the namespace of an event that has one. */
const namespaceOf = (event: FollowedEvent & { readonly body: { readonly ns: string } }): string[] => [
  ...parseNamespace(event.body.ns),
];

export const ValuesChunkType = builder.objectRef<EventOf<'VALUES'>>('ValuesChunk').implement({
  description: 'VALUES: the complete state after a superstep.',
  interfaces,
  fields: (t) => ({
    namespace: t.stringList({ description: NAMESPACE, resolve: namespaceOf }),
    values: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The values of the channels. Null: the state is a single value, which is null.',
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
      description: "The node's return value. Null: the node returned null (functional graphs only).",
      resolve: ({ body }) => body.update,
    }),
  }),
});

export const CustomChunkType = builder.objectRef<EventOf<'CUSTOM'>>('CustomChunk').implement({
  description: 'CUSTOM: data that a node wrote with its writer.',
  interfaces,
  fields: (t) => ({
    namespace: t.stringList({ description: NAMESPACE, resolve: namespaceOf }),
    node: t.string({ nullable: true, description: NODE, resolve: ({ body }) => body.node }),
    data: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The data. Null: null, or a value that JSON cannot represent.',
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
      description:
        "LangGraph's description of the task: id, name and input at the start; result, error and interrupts at the end.",
      resolve: ({ body }) => body.task,
    }),
  }),
});

export const CheckpointChunkType = builder.objectRef<EventOf<'CHECKPOINT'>>('CheckpointChunk').implement({
  description: 'CHECKPOINTS: a checkpoint was written.',
  interfaces,
  fields: (t) => ({
    namespace: t.stringList({ description: NAMESPACE, resolve: namespaceOf }),
    state: t.field({
      type: ThreadStateType,
      description: 'The state at the checkpoint.',
      resolve: ({ body }) => body.state,
    }),
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
  description: 'EVENTS: a LangChain callback event.',
  interfaces,
  fields: (t) => ({
    data: t.field({
      type: 'JSON',
      nullable: true, // as CustomChunk's
      description: "The event in LangChain's format: event, name, data, …. Never null.",
      resolve: ({ body }) => body.data,
    }),
  }),
});

/** Events of a run's lifecycle. They are not a stream mode: every subscription to runs has them. */

const RUN = "The run as of the event's delivery.";

export const RunQueuedType = builder.objectRef<EventOf<'RUN_QUEUED'>>('RunQueued').implement({
  description: 'A run was accepted.',
  interfaces: [EventInterface],
  fields: (t) => ({ run: t.field({ type: RunRef, description: RUN, resolve: ({ body }) => body.run }) }),
});

export const RunStartedType = builder.objectRef<EventOf<'RUN_STARTED'>>('RunStarted').implement({
  description: 'A process started to execute the run.',
  interfaces: [EventInterface],
  fields: (t) => ({ run: t.field({ type: RunRef, description: RUN, resolve: ({ body }) => body.run }) }),
});

export const RunResumedType = builder.objectRef<EventOf<'RUN_RESUMED'>>('RunResumed').implement({
  description: 'A process took over the run, with a new attempt.',
  interfaces: [EventInterface],
  fields: (t) => ({
    attempt: t.int({
      description: 'The number of the attempt; the first start is 1.',
      resolve: ({ body }) => body.attempt,
    }),
  }),
});

export const RunEndedType = builder.objectRef<EventOf<'RUN_ENDED'>>('RunEnded').implement({
  description: 'The run ended. Its last event.',
  interfaces: [EventInterface],
  fields: (t) => ({
    run: t.field({ type: RunRef, description: RUN, resolve: ({ body }) => body.run }),
    interrupts: t.field({
      type: [InterruptType],
      description: 'The interrupts that await a human if the run ended with AWAITING_HUMAN; else empty.',
      resolve: ({ body }) => [...body.interrupts],
    }),
    abandoned: t.stringList({
      description:
        'Nodes and tools that ignored the stop and were still running when the grace period ended; see Run.abandoned.',
      resolve: ({ body }) => [...(body.abandoned ?? [])],
    }),
  }),
});

export const RunRolledBackType = builder.objectRef<EventOf<'RUN_ROLLED_BACK'>>('RunRolledBack').implement({
  description: 'Replaces the events of a removed run.',
  interfaces: [EventInterface],
  fields: (t) => ({
    abandoned: t.stringList({
      description:
        'Nodes and tools that ignored the stop and were still running when the grace period ended; see Run.abandoned.',
      resolve: ({ body }) => [...(body.abandoned ?? [])],
    }),
  }),
});

export const RunStatusChangedType = builder
  .objectRef<EventOf<'RUN_QUEUED' | 'RUN_STARTED' | 'RUN_ENDED'>>('RunStatusChanged')
  .implement({
    description: 'A run of the thread was accepted, started or ended.',
    interfaces: [EventInterface],
    fields: (t) => ({ run: t.field({ type: RunRef, description: RUN, resolve: ({ body }) => body.run }) }),
  });

/** Events of the stream mode MESSAGES. */

export const MessageStartedType = builder.objectRef<EventOf<'MESSAGE_STARTED'>>('MessageStarted').implement({
  description: 'A message started.',
  interfaces: [EventInterface],
  fields: (t) => ({
    namespace: t.stringList({ description: NAMESPACE, resolve: namespaceOf }),
    node: t.string({ nullable: true, description: NODE, resolve: ({ body }) => body.node }),
    message: t.field({
      type: MessageInterface,
      description: 'The initial message, with empty text.',
      resolve: ({ body }) => body.message,
    }),
  }),
});

export const MessageDeltaType = builder.objectRef<EventOf<'MESSAGE_DELTA'>>('MessageDelta').implement({
  description: 'An increment of a message. The deltas of one messageId add up to the message.',
  interfaces: [EventInterface],
  fields: (t) => ({
    namespace: t.stringList({ description: NAMESPACE, resolve: namespaceOf }),
    node: t.string({ nullable: true, description: NODE, resolve: ({ body }) => body.node }),
    messageId: t.id({
      description: 'The id of the message to extend.',
      resolve: ({ body }) => body.messageId,
    }),
    text: t.string({
      description: 'The text to append. Empty if the delta has only other content.',
      resolve: ({ body }) => body.text,
    }),
    content: t.field({
      type: 'JSON',
      description: 'The new content as the model streamed it: a string or a list of blocks.',
      resolve: ({ body }) => body.content,
    }),
  }),
});

export const MessageCompletedType = builder
  .objectRef<EventOf<'MESSAGE_COMPLETED'>>('MessageCompleted')
  .implement({
    description: 'A message is complete. Ends its deltas, if any.',
    interfaces: [EventInterface],
    fields: (t) => ({
      namespace: t.stringList({ description: NAMESPACE, resolve: namespaceOf }),
      node: t.string({ nullable: true, description: NODE, resolve: ({ body }) => body.node }),
      message: t.field({
        type: MessageInterface,
        description: 'The complete message. Replaces the streamed content.',
        resolve: ({ body }) => body.message,
      }),
    }),
  });

export const MessagesResetType = builder.objectRef<EventOf<'MESSAGES_RESET'>>('MessagesReset').implement({
  description:
    'Replaces the whole conversation (after a rollback, fork, edit, or a takeover that discarded partial messages).',
  interfaces: [EventInterface],
  fields: (t) => ({
    messages: t.field({
      type: [MessageInterface],
      description: 'The messages of the conversation, in order.',
      resolve: ({ body }) => [...body.messages],
    }),
  }),
});
