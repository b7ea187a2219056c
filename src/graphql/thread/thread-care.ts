import type { PrunedThreads } from '../../orchestrator/orchestrator.ts';
import { builder } from '../builder.ts';
import { accepted } from '../error/accepted.ts';
import { NotFoundError, ValidationError } from '../error/request-errors.ts';
import { ThreadBusyError } from '../error/run-errors.ts';
import { SuperstepInput, toSuperstep } from './superstep-input.ts';
import { ThreadRef } from './thread-ref.ts';
import { ThreadStateType } from './thread-state-type.ts';
import { TtlStrategyEnum } from './thread-ttl-type.ts';

builder.mutationField('copyThread', (t) =>
  t.field({
    type: ThreadRef,
    description:
      'A new thread with the state and the history of this one, without its runs. What happens on either does not touch the other.',
    errors: { types: [NotFoundError], union: { name: 'CopyThreadResult', description: 'The new thread, or that there is none to copy.' } },
    args: { threadId: t.arg.id({ required: true, description: 'The thread to copy.' }) },
    resolve: async (_root, { threadId }, { orchestrator, owner }) => accepted(await orchestrator.copyThread({ owner, threadId })).value,
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
      accepted(await orchestrator.bulkUpdateThreadState({ owner, threadId, supersteps: supersteps.map(toSuperstep) })).value,
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
      accepted(await orchestrator.pruneThreads({ owner, threadIds, strategy })).value,
  }),
);
