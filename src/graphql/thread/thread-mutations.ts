import { builder } from '../builder.ts';
import { DeletedType } from '../deleted-type.ts';
import { accepted } from '../error/accepted.ts';
import { AlreadyExistsError, NotFoundError, ValidationError } from '../error/request-errors.ts';
import { ThreadBusyError } from '../error/run-errors.ts';
import { IfExistsEnum } from '../if-exists.ts';
import { SuperstepInput, toSuperstep } from './superstep-input.ts';
import { ThreadRef } from './thread-ref.ts';
import { ThreadStateType } from './thread-state-type.ts';
import { ThreadTtlInput } from './thread-ttl-type.ts';

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
      return accepted(outcome).value;
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
      accepted(await orchestrator.updateThread({ owner, threadId: id, metadata: metadata ?? undefined, ttl })).value,
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
    resolve: async (_root, { id }, { orchestrator, owner }) => accepted(await orchestrator.deleteThread({ owner, threadId: id })),
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
      return accepted(outcome).value;
    },
  }),
);
