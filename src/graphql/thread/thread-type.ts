import type { Thread, ThreadTtl } from '../../domain/thread.ts';
import { builder } from '../builder.ts';
import { READS_CHECKPOINTS } from '../query-limits.ts';
import { RunRef } from '../run/run-enums.ts';
import { MessageInterface } from './message-type.ts';
import { ThreadStateType } from './thread-state-type.ts';

/** The type's name, apart from its fields, so that types which refer to each other need no import cycle. */
export const ThreadRef = builder.objectRef<Thread>('Thread');

export const TtlStrategyEnum = builder.enumType('TtlStrategy', {
  description: 'What becomes of a thread whose time is over, or that is pruned.',
  values: {
    DELETE: { description: 'It goes, with its runs, events and states.' },
    KEEP_LATEST: { description: 'It stays, with its runs and of its states the newest.' },
  },
});

const ThreadTtlType = builder.objectRef<Pick<Thread, 'expiresAt'> & ThreadTtl>('ThreadTtl').implement({
  description: 'What becomes of a thread when nothing happens on it. The time counts anew from each change of a run or of the state.',
  fields: (t) => ({
    strategy: t.expose('strategy', { type: TtlStrategyEnum, description: 'What becomes of it.' }),
    minutes: t.exposeFloat('minutes', { description: 'How long nothing may happen, in minutes.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When that time is over, as things are; null where KEEP_LATEST has been done, until something happens again.',
    }),
  }),
});

export const ThreadTtlInput = builder.inputType('ThreadTtlInput', {
  description: 'How long a thread is kept without activity.',
  fields: (t) => ({
    minutes: t.float({ required: true, description: 'In minutes; > 0.' }),
    strategy: t.field({ type: TtlStrategyEnum, required: true, defaultValue: 'DELETE', description: 'What becomes of it then.' }),
  }),
});

builder.objectField(ThreadRef, 'ttl', (t) =>
  t.field({
    type: ThreadTtlType,
    nullable: true,
    description: 'How long it is kept without activity; null: as long as nobody deletes it.',
    resolve: ({ ttl, expiresAt }) => (ttl === null ? null : { ...ttl, expiresAt }),
  }),
);

export const ThreadStatusEnum = builder.enumType('ThreadStatus', {
  description: 'What a thread is doing.',
  values: {
    IDLE: { description: "No unfinished run, and the last one didn't leave anything open." },
    BUSY: { description: 'A run is RUNNING or PENDING (delayed ones included).' },
    INTERRUPTED: { description: 'The last run paused for a human.' },
    ERROR: { description: 'The last run ended with ERROR or TIMEOUT.' },
  },
});

ThreadRef.implement({
  description: 'A conversation: its state, its runs and their events.',
  fields: (t) => ({
    id: t.exposeID('id', { description: "The thread's UUID." }),
    status: t.expose('status', { type: ThreadStatusEnum, description: 'What it is doing.' }),
    metadata: t.expose('metadata', { type: 'JSON', description: 'What callers attached to it; {} where nothing is.' }),
    state: t.field({
      type: ThreadStateType,
      nullable: true,
      extensions: READS_CHECKPOINTS,
      description: 'The latest state, or the state at checkpointId. Null before the first checkpoint and for an unknown checkpointId.',
      args: {
        checkpointId: t.arg.id({ description: 'A checkpoint of the thread; null: the latest.' }),
        checkpointNs: t.arg.string({ description: 'The namespace of a subgraph, as a task names it; null: the root graph.' }),
        subgraphs: t.arg.boolean({
          required: true,
          defaultValue: false,
          description: 'Whether tasks that run a subgraph carry its state.',
        }),
      },
      resolve: (thread, { checkpointId, checkpointNs, subgraphs }, { orchestrator }) =>
        orchestrator.queries.state(thread, checkpointId ?? null, subgraphs, checkpointNs ?? ''),
    }),
    activeRun: t.field({
      type: RunRef,
      nullable: true,
      description: 'The run that is RUNNING now; null when none is.',
      resolve: (thread, _args, { orchestrator }) => orchestrator.queries.activeRun(thread),
    }),
    messages: t.field({
      type: [MessageInterface],
      extensions: READS_CHECKPOINTS,
      description: 'The messages channel of the latest state; empty where the graph has none.',
      resolve: async (thread, _args, { orchestrator }) => [...(await orchestrator.queries.messages(thread))],
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    stateUpdatedAt: t.expose('stateUpdatedAt', {
      type: 'DateTime',
      description: 'When a run or an update last changed its state or status.',
    }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it, its runs or its state last changed.' }),
  }),
});

builder.queryField('thread', (t) =>
  t.field({
    type: ThreadRef,
    nullable: true,
    description: "One thread. Null where there is none (or it isn't yours).",
    args: { id: t.arg.id({ required: true, description: "The thread's id." }) },
    resolve: (_root, { id }, { orchestrator, owner }) => orchestrator.queries.thread(owner, id),
  }),
);
