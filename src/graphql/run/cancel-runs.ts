import type { Run } from '../../domain/run.ts';
import { builder } from '../builder.ts';
import { ValidationError } from '../error/request-errors.ts';
import { WITHOUT_PAGES } from '../field-costs.ts';
import { CancelActionEnum, RunStatusEnum } from './run-enums.ts';
import { RunRef } from './run-ref.ts';

const CancelledRunsType = builder.objectRef<readonly Run[]>('CancelledRuns').implement({
  description: 'Runs that were asked to stop.',
  fields: (t) => ({
    runs: t.field({
      type: [RunRef],
      extensions: WITHOUT_PAGES,
      description: 'As cancelRun returns each; ended ones unchanged.',
      resolve: (runs) => [...runs],
    }),
  }),
});

builder.mutationField('cancelRuns', (t) =>
  t.field({
    type: CancelledRunsType,
    description:
      'Asks many runs to stop: those named, of one thread, or all of yours that are PENDING or RUNNING. Unknown ones are left out.',
    errors: { types: [ValidationError], union: { name: 'CancelRunsResult', description: 'The runs that there were to stop.' } },
    args: {
      threadId: t.arg.id({ description: 'With runIds: their thread.' }),
      runIds: t.arg.idList({ description: 'The runs to stop, of that thread.' }),
      status: t.arg({
        type: [RunStatusEnum],
        description: 'Instead of the two: every run with one of these statuses, PENDING or RUNNING.',
      }),
      action: t.arg({
        type: CancelActionEnum,
        required: true,
        defaultValue: 'INTERRUPT',
        description: 'Whether what they did is kept or removed.',
      }),
    },
    resolve: (_root, { threadId, runIds, status, action }, { orchestrator, owner }) => {
      if (status == null && threadId != null && runIds != null) return orchestrator.cancelRuns({ owner, action, threadId, runIds });
      if (status == null || threadId != null || runIds != null)
        throw new ValidationError([{ path: [], message: 'Give either threadId with runIds, or status.' }]);
      const unfinished = status.filter((one) => one === 'PENDING' || one === 'RUNNING');
      if (unfinished.length < status.length || unfinished.length === 0)
        throw new ValidationError([{ path: ['status'], message: 'must be PENDING, RUNNING or both: ended runs have nothing to stop' }]);
      return orchestrator.cancelRuns({ owner, action, status: unfinished });
    },
  }),
);
