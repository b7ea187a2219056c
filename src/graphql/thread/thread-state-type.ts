import type { PendingInterrupt } from '../../domain/event.ts';
import type {
  CheckpointJson,
  StateIncomplete,
  ThreadStateJson,
  ThreadTaskJson,
} from '../../orchestrator/ports/graph-host.ts';
import { builder } from '../builder.ts';
import { MessageInterface } from './message-type.ts';

export const ThreadStateType = builder.objectRef<ThreadStateJson>('ThreadState');

const CheckpointType = builder.objectRef<CheckpointJson>('Checkpoint').implement({
  description: 'A reference to a checkpoint of a thread.',
  fields: (t) => ({
    threadId: t.exposeID('threadId', { description: "The thread's id." }),
    checkpointId: t.exposeID('checkpointId', {
      description: "The checkpoint's id. Empty: only the namespace is known.",
    }),
    checkpointNs: t.exposeString('checkpointNs', {
      description: "LangGraph's namespace: empty for the root graph, else the path to a subgraph.",
    }),
    checkpointMap: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'The checkpoint ids of a subgraph and its parent graphs, by namespace. Null: the root graph.',
      resolve: (checkpoint) => checkpoint.checkpointMap,
    }),
  }),
});

export const InterruptType = builder.objectRef<PendingInterrupt>('Interrupt').implement({
  description: 'A question of the graph to a human, raised by interrupt().',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id by which a resume answers one of several interrupts.' }),
    value: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'The argument of interrupt(). Null: null, or a value that JSON cannot represent (undefined, NaN).',
      resolve: (interrupt) => interrupt.value,
    }),
  }),
});

const ThreadTaskType = builder.objectRef<ThreadTaskJson>('ThreadTask').implement({
  description: 'A node to execute next, or one that was partly executed.',
  fields: (t) => ({
    id: t.exposeID('id', { description: "The task's id, derived by LangGraph." }),
    name: t.exposeString('name', { description: "The node's name." }),
    path: t.field({
      type: ['JSON'],
      description:
        'The trigger of the task: ["__pregel_push", index, false] for a Send, ["__pregel_pull", node] for an edge.',
      resolve: (task) => [...task.path],
    }),
    error: t.exposeString('error', { nullable: true, description: 'The error it threw. Null: none.' }),
    interrupts: t.field({
      type: [InterruptType],
      description: 'The interrupts that await a human.',
      resolve: (task) => [...task.interrupts],
    }),
    checkpoint: t.expose('checkpoint', {
      type: CheckpointType,
      nullable: true,
      description: "The subgraph's checkpoint. Null: the task has no subgraph, or its state was requested.",
    }),
    state: t.expose('state', {
      type: ThreadStateType,
      nullable: true,
      description: "The subgraph's state. Null: the task has no subgraph, or subgraphs is false.",
    }),
    result: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Its result. Null: not finished yet.',
      resolve: (task) => task.result,
    }),
  }),
});

const IncompleteReasonEnum = builder.enumType('StateIncompleteReason', {
  description: 'Why a state is incomplete.',
  values: {
    GRAPH_NOT_SERVED: { description: 'Its graph is not in langgraph.json.' },
    GRAPH_FAILED: { description: "The graph's code (its factory or a reducer) threw." },
    CHECKPOINT_DAMAGED: { description: 'Part of the checkpoint is missing in the database.' },
  },
});

const StateIncompleteType = builder.objectRef<StateIncomplete>('StateIncomplete').implement({
  description: 'The missing parts of a state, and the cause.',
  fields: (t) => ({
    reason: t.expose('reason', { type: IncompleteReasonEnum, description: 'The kind of the cause.' }),
    message: t.exposeString('message', { description: 'A description of the cause.' }),
    unknown: t.stringList({
      description: 'The unknown parts, which are empty or absent here: next, tasks, values.<channel>.',
      resolve: ({ unknown }) => [...unknown],
    }),
  }),
});

ThreadStateType.implement({
  description: 'The state of a graph at one checkpoint.',
  fields: (t) => ({
    values: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The values of its channels. Null: the state is a single value, which is null.',
      resolve: (state) => state.values,
    }),
    messages: t.field({
      type: [MessageInterface],
      description: 'Its messages channel. Empty if the graph has none.',
      resolve: (state) => [...state.messages],
    }),
    next: t.stringList({
      description: 'The nodes to execute next. Empty: the graph has finished.',
      resolve: (state) => [...state.next],
    }),
    tasks: t.field({
      type: [ThreadTaskType],
      description: 'The tasks of those nodes.',
      resolve: (state) => [...state.tasks],
    }),
    interrupts: t.field({
      type: [InterruptType],
      description: 'The interrupts of its tasks that await a human.',
      resolve: (state) => [...state.interrupts],
    }),
    checkpoint: t.expose('checkpoint', {
      type: CheckpointType,
      description: 'The checkpoint that contains it.',
    }),
    parentCheckpoint: t.expose('parentCheckpoint', {
      type: CheckpointType,
      nullable: true,
      description: 'The previous checkpoint. Null: the first one.',
    }),
    metadata: t.expose('metadata', {
      type: 'JSON',
      description: "LangGraph's metadata of the checkpoint: source, step, run_id, …",
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the checkpoint was created.' }),
    incomplete: t.expose('incomplete', {
      type: StateIncompleteType,
      nullable: true,
      description: 'The missing parts of the state. Null: the state is complete.',
    }),
  }),
});
