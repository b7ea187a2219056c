import type { Thread, ThreadTtl } from '../../domain/thread.ts';
import { builder } from '../builder.ts';
import { READS_CHECKPOINTS } from '../query-limits.ts';
import { RunRef } from '../run/run-enums.ts';
import { MessageInterface } from './message-type.ts';
import { ThreadStateType } from './thread-state-type.ts';

/** The type's name, apart from its fields, so that types which refer to each other need no import cycle. */
export const ThreadRef = builder.objectRef<Thread>('Thread');

export const TtlStrategyEnum = builder.enumType('TtlStrategy', {
  description: 'The action on an expired or pruned thread.',
  values: {
    DELETE: { description: 'Deletes the thread with its runs, events and states.' },
    KEEP_LATEST: { description: 'Keeps the thread, its runs and its newest state.' },
  },
});

const ThreadTtlType = builder.objectRef<Pick<Thread, 'expiresAt'> & ThreadTtl>('ThreadTtl').implement({
  description: 'The expiry of an inactive thread. Each change of a run or of the state restarts the period.',
  fields: (t) => ({
    strategy: t.expose('strategy', { type: TtlStrategyEnum, description: 'The action on expiry.' }),
    minutes: t.exposeFloat('minutes', { description: 'The period of inactivity in minutes.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When the thread expires without further activity. Null: KEEP_LATEST has been applied and there was no activity since.',
    }),
  }),
});

export const ThreadTtlInput = builder.inputType('ThreadTtlInput', {
  description: 'How long a thread is kept without activity.',
  fields: (t) => ({
    minutes: t.float({ required: true, description: 'The period in minutes; > 0.' }),
    strategy: t.field({
      type: TtlStrategyEnum,
      required: true,
      defaultValue: 'DELETE',
      description: 'The action on expiry.',
    }),
  }),
});

builder.objectField(ThreadRef, 'ttl', (t) =>
  t.field({
    type: ThreadTtlType,
    nullable: true,
    description: 'How long it is kept without activity. Null: no limit.',
    resolve: ({ ttl, expiresAt }) => (ttl === null ? null : { ...ttl, expiresAt }),
  }),
);

export const ThreadStatusEnum = builder.enumType('ThreadStatus', {
  description: 'The status of a thread.',
  values: {
    IDLE: { description: 'No run is unfinished, and the last one left nothing open.' },
    BUSY: { description: 'A run is RUNNING or PENDING (including delayed runs).' },
    INTERRUPTED: { description: 'The last run paused for a human.' },
    ERROR: { description: 'The last run ended with ERROR or TIMEOUT.' },
  },
});

ThreadRef.implement({
  description: 'A conversation: its state, its runs and their events.',
  fields: (t) => ({
    id: t.exposeID('id', { description: "The thread's UUID." }),
    status: t.expose('status', { type: ThreadStatusEnum, description: 'Its status.' }),
    metadata: t.expose('metadata', { type: 'JSON', description: "The callers' metadata; {} if none." }),
    state: t.field({
      type: ThreadStateType,
      nullable: true,
      extensions: READS_CHECKPOINTS,
      description:
        'The latest state, or the state at checkpointId. Null: no checkpoint yet, or checkpointId is unknown.',
      args: {
        checkpointId: t.arg.id({ description: 'A checkpoint of the thread. Null: the latest.' }),
        checkpointNs: t.arg.string({
          description: "The checkpointNs of a subgraph, as in its task's checkpoint. Null: the root graph.",
        }),
        subgraphs: t.arg.boolean({
          required: true,
          defaultValue: false,
          description: 'Includes the states of subgraphs in their tasks.',
        }),
      },
      resolve: (thread, { checkpointId, checkpointNs, subgraphs }, { orchestrator }) =>
        orchestrator.queries.state(thread, checkpointId ?? null, subgraphs, checkpointNs ?? ''),
    }),
    activeRun: t.field({
      type: RunRef,
      nullable: true,
      description: 'The run that is RUNNING now. Null: none.',
      resolve: (thread, _args, { orchestrator }) => orchestrator.queries.activeRun(thread),
    }),
    messages: t.field({
      type: [MessageInterface],
      extensions: READS_CHECKPOINTS,
      description: 'The messages channel of the latest state. Empty if the graph has none.',
      resolve: async (thread, _args, { orchestrator }) => [...(await orchestrator.queries.messages(thread))],
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    stateUpdatedAt: t.expose('stateUpdatedAt', {
      type: 'DateTime',
      description: 'When a run or an update last changed its state or status.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When it, its runs or its state last changed.',
    }),
  }),
});

builder.queryField('thread', (t) =>
  t.field({
    type: ThreadRef,
    nullable: true,
    description: 'One thread. Null: not found.',
    args: { id: t.arg.id({ required: true, description: "The thread's id." }) },
    resolve: (_root, { id }, { orchestrator, owner }) => orchestrator.queries.thread(owner, id),
  }),
);
