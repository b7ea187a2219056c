import type { Run } from '../../domain/run.ts';
import { describeRefusal } from '../../orchestrator/outcomes.ts';
import { builder } from '../builder.ts';
import { DeletedType } from '../common-types.ts';
import { requestError } from '../error-masking.ts';
import { JoinTimeoutError, NotFoundError, RunActiveError, ValidationError } from '../error-types.ts';
import { READS_CHECKPOINTS, WITHOUT_PAGES } from '../query-limits.ts';
import { ThreadStateType } from '../thread/thread-state-type.ts';
import { unwrapOrThrow } from '../unwrap.ts';
import { CancelActionEnum, RunRef, RunStatusEnum } from './run-enums.ts';

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
      unwrapOrThrow(await orchestrator.cancelRun({ owner, threadId, runId, action })).value,
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
      unwrapOrThrow(await orchestrator.deleteRun({ owner, threadId, runId })),
  }),
);

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

const JoinedRunType = builder.objectRef<{ readonly run: Run }>('JoinedRun').implement({
  description: 'A run that has ended, with what it left.',
  fields: (t) => ({
    run: t.field({ type: RunRef, description: 'The run as it ended.', resolve: (joined) => joined.run }),
    state: t.field({
      type: ThreadStateType,
      nullable: true,
      extensions: READS_CHECKPOINTS,
      description:
        "The state at the run's last checkpoint, not whatever came later. A run that pauses without making a checkpoint: the state it paused in. Null: it made none.",
      resolve: (joined, _args, { orchestrator }) => orchestrator.queries.stateAfter(joined.run),
    }),
  }),
});

builder.mutationField('joinRun', (t) =>
  t.field({
    type: JoinedRunType,
    description:
      'Wait until the run has ended, and return it with the state that it left. Any number of callers may join a run, before, while and after it runs. Without timeoutSeconds it waits as long as the connection lives.',
    errors: {
      types: [NotFoundError, JoinTimeoutError],
      union: { name: 'JoinRunResult', description: 'The ended run. A removed run (ROLLBACK, deleteRun) gives its joiners NotFoundError.' },
    },
    args: {
      threadId: t.arg.id({ required: true, description: "The run's thread." }),
      runId: t.arg.id({ required: true, description: 'The run to wait for.' }),
      timeoutSeconds: t.arg.float({ description: 'How long to wait at most; ≥ 0. Null: as long as the connection lives.' }),
    },
    resolve: async (_root, args, { orchestrator, owner, signal, joins }) => {
      const outcome = await orchestrator.joinRun({
        owner,
        threadId: args.threadId,
        runId: args.runId,
        timeoutSeconds: args.timeoutSeconds ?? undefined,
        signal,
        capacity: joins,
      });
      if (outcome.kind === 'full') throw requestError('SERVICE_UNAVAILABLE', joins.refusal);
      if (outcome.kind !== 'invalid') return unwrapOrThrow(outcome);
      // The union has no member for it: the operation itself makes no sense.
      throw requestError('BAD_USER_INPUT', describeRefusal(outcome).message);
    },
  }),
);
