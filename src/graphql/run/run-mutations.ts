import { builder } from '../builder.ts';
import { DeletedType } from '../deleted-type.ts';
import { accepted } from '../error/accepted.ts';
import { NotFoundError } from '../error/request-errors.ts';
import { RunActiveError } from '../error/run-errors.ts';
import { CancelActionEnum } from './run-enums.ts';
import { RunRef } from './run-ref.ts';

builder.mutationField('cancelRun', (t) =>
  t.field({
    type: RunRef,
    description: 'Asks a run to stop and returns it at once; join it to see it stopped. An ended run is returned unchanged.',
    errors: { types: [NotFoundError], union: { name: 'CancelRunResult', description: 'The run as it is now.' } },
    args: {
      threadId: t.arg.id({ required: true, description: "The run's thread." }),
      runId: t.arg.id({ required: true, description: 'The run to stop.' }),
      action: t.arg({
        type: CancelActionEnum,
        required: true,
        defaultValue: 'INTERRUPT',
        description: 'Whether what it did is kept or removed.',
      }),
    },
    resolve: async (_root, { threadId, runId, action }, { orchestrator, owner }) =>
      accepted(await orchestrator.cancelRun({ owner, threadId, runId, action })).value,
  }),
);

builder.mutationField('deleteRun', (t) =>
  t.field({
    type: DeletedType,
    description: "Removes an ended run's record and events; the thread's state stays as it is.",
    errors: {
      types: [NotFoundError, RunActiveError],
      union: { name: 'DeleteRunResult', description: 'That the run is gone, or why it is not.' },
    },
    args: {
      threadId: t.arg.id({ required: true, description: "The run's thread." }),
      runId: t.arg.id({ required: true, description: 'The run to remove.' }),
    },
    resolve: async (_root, { threadId, runId }, { orchestrator, owner }) =>
      accepted(await orchestrator.deleteRun({ owner, threadId, runId })),
  }),
);
