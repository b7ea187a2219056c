import type { RunCommand } from '../../domain/run.ts';
import type { Superstep } from '../../orchestrator/ports/graph-host.ts';
import type { PrunedThreads } from '../../orchestrator/requests.ts';
import { builder } from '../builder.ts';
import { DeletedType, IfExistsEnum } from '../common-types.ts';
import { AlreadyExistsError, NotFoundError, ThreadBusyError, ValidationError } from '../error-types.ts';
import { unwrapOrThrow } from '../unwrap.ts';
import { ThreadStateType } from './thread-state-type.ts';
import { ThreadRef, ThreadTtlInput, TtlStrategyEnum } from './thread-type.ts';

const StateUpdateInput = builder.inputType('StateUpdateInput', {
  description: 'One write to the state, as a node would have made it.',
  fields: (t) => ({
    values: t.field({ type: 'JSON', description: 'What the node would have returned. Null: nothing.' }),
    command: t.field({ type: 'JSON', description: 'Instead of values: { update, goto }, as a command that the node returned.' }),
    asNode: t.string({ description: 'The node to write as; null: the one that ran last, where that is unambiguous.' }),
  }),
});

const SuperstepInput = builder.inputType('SuperstepInput', {
  description: 'Writes that make one checkpoint together.',
  fields: (t) => ({ updates: t.field({ type: [StateUpdateInput], required: true, description: 'At least one.' }) }),
});

const toSuperstep = ({ updates }: typeof SuperstepInput.$inferInput): Superstep => ({
  updates: updates.map(({ values, command, asNode }) => ({
    values: values ?? null,
    command: (command ?? null) as RunCommand | null, // the orchestrator looks at it
    asNode: asNode ?? null,
  })),
});

builder.mutationField('createThread', (t) =>
  t.field({
    type: ThreadRef,
    description: 'Creates a thread: an empty one, or one with the states that supersteps write.',
    errors: {
      types: [AlreadyExistsError, ValidationError],
      union: { name: 'CreateThreadResult', description: 'The thread, or why there is none.' },
    },
    args: {
      id: t.arg.id({ description: 'A UUID for it; null: the server makes one.' }),
      metadata: t.arg({ type: 'JSON', description: 'An object to attach to it.' }),
      ifExists: t.arg({
        type: IfExistsEnum,
        required: true,
        defaultValue: 'RAISE',
        description: 'What to do when there is a thread with this id already.',
      }),
      ttl: t.arg({
        type: ThreadTtlInput,
        description: "How long it is kept without activity. Not given: the server's default; null: no limit.",
      }),
      supersteps: t.arg({
        type: [SuperstepInput],
        description: 'Its first states, each superstep as one checkpoint. Then metadata has to name the graph: { graph_id }.',
      }),
    },
    resolve: async (_root, args, { orchestrator, owner }) => {
      const { id, metadata, ifExists, ttl, supersteps } = args;
      const outcome = await orchestrator.createThread({
        owner,
        id: id ?? undefined,
        metadata: metadata ?? undefined,
        ifExists,
        ttl,
        supersteps: supersteps?.map(toSuperstep),
      });
      return unwrapOrThrow(outcome).value;
    },
  }),
);

builder.mutationField('updateThread', (t) =>
  t.field({
    type: ThreadRef,
    description: "Merges metadata into the thread's, and sets its ttl. What is not given stays.",
    errors: {
      types: [NotFoundError, ValidationError],
      union: { name: 'UpdateThreadResult', description: 'The thread as it is now, or why nothing was changed.' },
    },
    args: {
      id: t.arg.id({ required: true, description: "The thread's id." }),
      metadata: t.arg({ type: 'JSON', description: 'An object; its members replace those of the same name.' }),
      ttl: t.arg({ type: ThreadTtlInput, description: 'How long it is kept without activity, counted from now; null: no limit any more.' }),
    },
    resolve: async (_root, { id, metadata, ttl }, { orchestrator, owner }) =>
      unwrapOrThrow(await orchestrator.updateThread({ owner, threadId: id, metadata: metadata ?? undefined, ttl })).value,
  }),
);

builder.mutationField('deleteThread', (t) =>
  t.field({
    type: DeletedType,
    description: 'Removes a thread with its runs, events and states. Stops a running run first.',
    errors: {
      types: [NotFoundError],
      union: { name: 'DeleteThreadResult', description: 'That the thread is gone, or that there was none.' },
    },
    args: { id: t.arg.id({ required: true, description: "The thread's id." }) },
    resolve: async (_root, { id }, { orchestrator, owner }) => unwrapOrThrow(await orchestrator.deleteThread({ owner, threadId: id })),
  }),
);

builder.mutationField('updateThreadState', (t) =>
  t.field({
    type: ThreadStateType,
    description: "Writes values as if a node had; forks when checkpointId isn't the latest. Refused while a run is unfinished.",
    errors: {
      types: [NotFoundError, ThreadBusyError, ValidationError],
      union: { name: 'UpdateThreadStateResult', description: 'The new state, or why nothing was written.' },
    },
    args: {
      threadId: t.arg.id({ required: true, description: 'The thread to write to.' }),
      values: t.arg({ type: 'JSON', description: 'What the node would have returned. Null: nothing, which only moves on past the node.' }),
      asNode: t.arg.string({ description: 'The node to write as; null: the one that ran last, where that is unambiguous.' }),
      checkpointId: t.arg.id({ description: 'The checkpoint to go on from; null: the latest.' }),
      checkpointNs: t.arg.string({
        description: 'The namespace of a subgraph that waits, as a task names it: its state is written. Null: the root graph.',
      }),
    },
    resolve: async (_root, args, { orchestrator, owner }) => {
      const outcome = await orchestrator.updateThreadState({
        owner,
        threadId: args.threadId,
        values: args.values ?? null,
        asNode: args.asNode ?? undefined,
        checkpointId: args.checkpointId ?? undefined,
        ns: args.checkpointNs ?? undefined,
      });
      return unwrapOrThrow(outcome).value;
    },
  }),
);

builder.mutationField('copyThread', (t) =>
  t.field({
    type: ThreadRef,
    description:
      'A new thread with the state and the history of this one, without its runs. What happens on either does not touch the other.',
    errors: { types: [NotFoundError], union: { name: 'CopyThreadResult', description: 'The new thread, or that there is none to copy.' } },
    args: { threadId: t.arg.id({ required: true, description: 'The thread to copy.' }) },
    resolve: async (_root, { threadId }, { orchestrator, owner }) =>
      unwrapOrThrow(await orchestrator.copyThread({ owner, threadId })).value,
  }),
);

builder.mutationField('bulkUpdateThreadState', (t) =>
  t.field({
    type: ThreadStateType,
    description:
      "Writes several supersteps on top of the latest state, each as one checkpoint: rebuilds a thread from another one's history. All or nothing; refused while a run is unfinished.",
    errors: {
      types: [NotFoundError, ThreadBusyError, ValidationError],
      union: { name: 'BulkUpdateThreadStateResult', description: 'The state that the last superstep left, or why nothing was written.' },
    },
    args: {
      threadId: t.arg.id({ required: true, description: 'The thread to write to.' }),
      supersteps: t.arg({ type: [SuperstepInput], required: true, description: 'In their order; at least one.' }),
    },
    resolve: async (_root, { threadId, supersteps }, { orchestrator, owner }) =>
      unwrapOrThrow(await orchestrator.bulkUpdateThreadState({ owner, threadId, supersteps: supersteps.map(toSuperstep) })).value,
  }),
);

const PrunedThreadsType = builder.objectRef<PrunedThreads>('PrunedThreads').implement({
  description: 'What pruneThreads did. Threads that are not there are in neither list.',
  fields: (t) => ({
    pruned: t.idList({ description: 'Ids of the threads that were pruned.', resolve: ({ pruned }) => [...pruned] }),
    busy: t.idList({
      description: 'Ids of the threads that were left as they are, because a run of theirs is unfinished.',
      resolve: ({ busy }) => [...busy],
    }),
  }),
});

builder.mutationField('pruneThreads', (t) =>
  t.field({
    type: PrunedThreadsType,
    description: 'Deletes threads, or all of their states but the newest. Threads with an unfinished run are left as they are.',
    errors: { types: [ValidationError], union: { name: 'PruneThreadsResult', description: 'Which threads were pruned.' } },
    args: {
      threadIds: t.arg.idList({ required: true, description: 'At most 1,000 threads.' }),
      strategy: t.arg({ type: TtlStrategyEnum, required: true, defaultValue: 'DELETE', description: 'What to do to them.' }),
    },
    resolve: async (_root, { threadIds, strategy }, { orchestrator, owner }) =>
      unwrapOrThrow(await orchestrator.pruneThreads({ owner, threadIds, strategy })).value,
  }),
);
