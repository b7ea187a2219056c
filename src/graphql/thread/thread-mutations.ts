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
  description: 'A write to the state on behalf of a node.',
  fields: (t) => ({
    values: t.field({ type: 'JSON', description: 'The return value of the node. Null: no update.' }),
    command: t.field({
      type: 'JSON',
      description: 'An alternative to values: { update, goto }, as a command returned by the node.',
    }),
    asNode: t.string({ description: 'The node to write as. Null: the node that ran last, if unambiguous.' }),
  }),
});

const SuperstepInput = builder.inputType('SuperstepInput', {
  description: 'Writes that together make one checkpoint.',
  fields: (t) => ({
    updates: t.field({ type: [StateUpdateInput], required: true, description: 'The writes; at least one.' }),
  }),
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
    description: 'Creates a thread: empty, or with the states that the supersteps write.',
    errors: {
      types: [AlreadyExistsError, ValidationError],
      union: { name: 'CreateThreadResult', description: 'The thread, or why it was not created.' },
    },
    args: {
      id: t.arg.id({ description: 'Its UUID. Null: the server generates one.' }),
      metadata: t.arg({ type: 'JSON', description: 'An object to attach to it.' }),
      ifExists: t.arg({
        type: IfExistsEnum,
        required: true,
        defaultValue: 'RAISE',
        description: 'The behavior if a thread with this id exists.',
      }),
      ttl: t.arg({
        type: ThreadTtlInput,
        description: "How long it is kept without activity. Omitted: the server's default. Null: no limit.",
      }),
      supersteps: t.arg({
        type: [SuperstepInput],
        description: 'Its initial states, one checkpoint per superstep. Requires metadata with graph_id.',
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
    description: 'Updates the metadata and TTL of a thread. Omitted arguments leave values unchanged.',
    errors: {
      types: [NotFoundError, ValidationError],
      union: { name: 'UpdateThreadResult', description: 'The updated thread, or why it was not changed.' },
    },
    args: {
      id: t.arg.id({ required: true, description: "The thread's id." }),
      metadata: t.arg({
        type: 'JSON',
        description: 'Merged into the metadata: given keys replace existing ones, other keys stay.',
      }),
      ttl: t.arg({
        type: ThreadTtlInput,
        description: 'How long it is kept without activity, counted from now. Null: removes the limit.',
      }),
    },
    resolve: async (_root, { id, metadata, ttl }, { orchestrator, owner }) =>
      unwrapOrThrow(
        await orchestrator.updateThread({ owner, threadId: id, metadata: metadata ?? undefined, ttl }),
      ).value,
  }),
);

builder.mutationField('deleteThread', (t) =>
  t.field({
    type: DeletedType,
    description: 'Deletes a thread with its runs, events and states. Stops a running run first.',
    errors: {
      types: [NotFoundError],
      union: { name: 'DeleteThreadResult', description: 'The deletion, or NotFoundError.' },
    },
    args: { id: t.arg.id({ required: true, description: "The thread's id." }) },
    resolve: async (_root, { id }, { orchestrator, owner }) =>
      unwrapOrThrow(await orchestrator.deleteThread({ owner, threadId: id })),
  }),
);

builder.mutationField('updateThreadState', (t) =>
  t.field({
    type: ThreadStateType,
    description:
      'Writes values to the state on behalf of a node; forks if checkpointId is not the latest. Rejected while a run is unfinished.',
    errors: {
      types: [NotFoundError, ThreadBusyError, ValidationError],
      union: { name: 'UpdateThreadStateResult', description: 'The new state, or why it was not written.' },
    },
    args: {
      threadId: t.arg.id({ required: true, description: 'The thread to write to.' }),
      values: t.arg({
        type: 'JSON',
        description: 'The return value of the node. Null: no update; execution continues after the node.',
      }),
      asNode: t.arg.string({
        description: 'The node to write as. Null: the node that ran last, if unambiguous.',
      }),
      checkpointId: t.arg.id({ description: 'The checkpoint to continue from. Null: the latest.' }),
      checkpointNs: t.arg.string({
        description:
          "The checkpointNs of a paused subgraph to write to, as in its task's checkpoint. Null: the root graph.",
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
    description: 'Creates an independent copy of a thread with its state and history, without its runs.',
    errors: {
      types: [NotFoundError],
      union: { name: 'CopyThreadResult', description: 'The new thread, or NotFoundError.' },
    },
    args: { threadId: t.arg.id({ required: true, description: 'The thread to copy.' }) },
    resolve: async (_root, { threadId }, { orchestrator, owner }) =>
      unwrapOrThrow(await orchestrator.copyThread({ owner, threadId })).value,
  }),
);

builder.mutationField('bulkUpdateThreadState', (t) =>
  t.field({
    type: ThreadStateType,
    description:
      "Writes several supersteps on top of the latest state, one checkpoint each, such as to rebuild a thread from another's history. Atomic; rejected while a run is unfinished.",
    errors: {
      types: [NotFoundError, ThreadBusyError, ValidationError],
      union: {
        name: 'BulkUpdateThreadStateResult',
        description: 'The state after the last superstep, or why nothing was written.',
      },
    },
    args: {
      threadId: t.arg.id({ required: true, description: 'The thread to write to.' }),
      supersteps: t.arg({
        type: [SuperstepInput],
        required: true,
        description: 'The supersteps in order; at least one.',
      }),
    },
    resolve: async (_root, { threadId, supersteps }, { orchestrator, owner }) =>
      unwrapOrThrow(
        await orchestrator.bulkUpdateThreadState({
          owner,
          threadId,
          supersteps: supersteps.map(toSuperstep),
        }),
      ).value,
  }),
);

const PrunedThreadsType = builder.objectRef<PrunedThreads>('PrunedThreads').implement({
  description: 'The result of pruneThreads. Unknown threads are in neither list.',
  fields: (t) => ({
    pruned: t.idList({ description: 'The ids of the pruned threads.', resolve: ({ pruned }) => [...pruned] }),
    busy: t.idList({
      description: 'The ids of threads left unchanged because of an unfinished run.',
      resolve: ({ busy }) => [...busy],
    }),
  }),
});

builder.mutationField('pruneThreads', (t) =>
  t.field({
    type: PrunedThreadsType,
    description:
      'Deletes threads, or all of their states except the newest. Leaves threads with an unfinished run unchanged.',
    errors: {
      types: [ValidationError],
      union: {
        name: 'PruneThreadsResult',
        description: 'The pruned threads, or why the request is invalid.',
      },
    },
    args: {
      threadIds: t.arg.idList({ required: true, description: 'The threads to prune; at most 1,000.' }),
      strategy: t.arg({
        type: TtlStrategyEnum,
        required: true,
        defaultValue: 'DELETE',
        description: 'Deletes the threads or only their older states.',
      }),
    },
    resolve: async (_root, { threadIds, strategy }, { orchestrator, owner }) =>
      unwrapOrThrow(await orchestrator.pruneThreads({ owner, threadIds, strategy })).value,
  }),
);
