import type { PendingInterrupt } from '../../domain/event.ts';
import type { CheckpointJson, StateIncomplete, ThreadStateJson, ThreadTaskJson } from '../../orchestrator/ports/graph-host.ts';
import { builder } from '../builder.ts';
import { MessageInterface } from './message-type.ts';

export const ThreadStateType = builder.objectRef<ThreadStateJson>('ThreadState');

const CheckpointType = builder.objectRef<CheckpointJson>('Checkpoint').implement({
  description: 'Names one checkpoint of a thread.',
  fields: (t) => ({
    threadId: t.exposeID('threadId', { description: "The thread's id." }),
    checkpointId: t.exposeID('checkpointId', { description: "The checkpoint's id; empty where only the namespace is known." }),
    checkpointNs: t.exposeString('checkpointNs', {
      description: "LangGraph's namespace: empty for the root graph, else the way to a subgraph.",
    }),
    checkpointMap: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The checkpoints of the graphs above a subgraph and its own, by namespace. Null for the root graph.',
      resolve: (checkpoint) => checkpoint.checkpointMap,
    }),
  }),
});

export const InterruptType = builder.objectRef<PendingInterrupt>('Interrupt').implement({
  description: 'A question of the graph that waits for a human: the argument of interrupt().',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'What a resume that answers one of several interrupts names.' }),
    value: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What the graph asked. Null: interrupt() was called with null, or with a value without a form in JSON (undefined, NaN).',
      resolve: (interrupt) => interrupt.value,
    }),
  }),
});

const ThreadTaskType = builder.objectRef<ThreadTaskJson>('ThreadTask').implement({
  description: 'One node to execute next, or one that was executed in part.',
  fields: (t) => ({
    id: t.exposeID('id', { description: "The task's id, as LangGraph derives it." }),
    name: t.exposeString('name', { description: "The node's name." }),
    path: t.field({
      type: ['JSON'],
      description: 'What LangGraph made the task from: ["__pregel_push", index, false] for a Send, ["__pregel_pull", node] for an edge.',
      resolve: (task) => [...task.path],
    }),
    error: t.exposeString('error', { nullable: true, description: 'What it threw; null if it did not.' }),
    interrupts: t.field({
      type: [InterruptType],
      description: 'Where it waits for a human; empty where it does not.',
      resolve: (task) => [...task.interrupts],
    }),
    checkpoint: t.expose('checkpoint', {
      type: CheckpointType,
      nullable: true,
      description: "The subgraph's checkpoint, where the task runs one and its state was not asked for; else null.",
    }),
    state: t.expose('state', {
      type: ThreadStateType,
      nullable: true,
      description: "The subgraph's state, where the task runs one and subgraphs was true; else null.",
    }),
    result: t.field({ type: 'JSON', nullable: true, description: 'What it returned; null until it has.', resolve: (task) => task.result }),
  }),
});

const IncompleteReasonEnum = builder.enumType('StateIncompleteReason', {
  description: 'Why a state is not whole.',
  values: {
    GRAPH_NOT_SERVED: { description: 'langgraph.json does not name its graph.' },
    GRAPH_FAILED: { description: 'The code of its graph threw: the factory, or a reducer.' },
    CHECKPOINT_DAMAGED: { description: 'The database has lost a part of the checkpoint.' },
  },
});

const StateIncompleteType = builder.objectRef<StateIncomplete>('StateIncomplete').implement({
  description: 'What a state lacks, and why.',
  fields: (t) => ({
    reason: t.expose('reason', { type: IncompleteReasonEnum, description: 'The kind of the cause.' }),
    message: t.exposeString('message', { description: 'The cause, for a person.' }),
    unknown: t.stringList({
      description: 'What is unknown, and therefore empty or absent here: next, tasks, values.<channel>.',
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
      description: 'The values of its channels. Null: the state is one value, and null.',
      resolve: (state) => state.values,
    }),
    messages: t.field({
      type: [MessageInterface],
      description: 'Its messages channel; empty where the graph has none.',
      resolve: (state) => [...state.messages],
    }),
    next: t.stringList({
      description: 'The nodes to execute next; empty when the graph has finished.',
      resolve: (state) => [...state.next],
    }),
    tasks: t.field({ type: [ThreadTaskType], description: 'The tasks of those nodes.', resolve: (state) => [...state.tasks] }),
    interrupts: t.field({
      type: [InterruptType],
      description: 'All interrupts of its tasks; empty when none waits for a human.',
      resolve: (state) => [...state.interrupts],
    }),
    checkpoint: t.expose('checkpoint', { type: CheckpointType, description: 'The checkpoint that holds it.' }),
    parentCheckpoint: t.expose('parentCheckpoint', {
      type: CheckpointType,
      nullable: true,
      description: 'The checkpoint before it; null for the first one.',
    }),
    metadata: t.expose('metadata', { type: 'JSON', description: "LangGraph's metadata of the checkpoint: source, step, run_id, …" }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the checkpoint was made.' }),
    incomplete: t.expose('incomplete', {
      type: StateIncompleteType,
      nullable: true,
      description: 'What is unknown of the state, and why. Null: it is whole.',
    }),
  }),
});
