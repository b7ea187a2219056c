import { parseNamespace } from '../../domain/event.ts';
import type { FollowedEvent } from '../../orchestrator/orchestrator.ts';
import { builder } from '../builder.ts';
import { ThreadStateType } from '../thread/thread-state-type.ts';
import { EventInterface, type EventOf } from './event-interface.ts';

/** Events of the stream modes but MESSAGES. */

const interfaces = [EventInterface];

export const NAMESPACE = "Where in the graph: [] for the root graph, else one 'node:taskId' per subgraph on the way.";
export const NODE = 'The node that it comes from; null where LangGraph does not say.';

/** Segments of the namespace of an event that has one. */
export const namespaceOf = (event: FollowedEvent & { readonly body: { readonly ns: string } }): string[] => [
  ...parseNamespace(event.body.ns),
];

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
