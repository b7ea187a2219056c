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
    description:
      'Requests that a run stop and returns immediately; join the run to wait for its end. Returns an ended run unchanged.',
    errors: {
      types: [NotFoundError],
      union: { name: 'CancelRunResult', description: 'The run in its current state, or NotFoundError.' },
    },
    args: {
      threadId: t.arg.id({ required: true, description: "The run's thread." }),
      runId: t.arg.id({ required: true, description: 'The run to stop.' }),
      action: t.arg({
        type: CancelActionEnum,
        required: true,
        defaultValue: 'INTERRUPT',
        description: 'Keeps or removes the results of the run.',
      }),
    },
    resolve: async (_root, { threadId, runId, action }, { orchestrator, owner }) =>
      unwrapOrThrow(await orchestrator.cancelRun({ owner, threadId, runId, action })).value,
  }),
);

builder.mutationField('deleteRun', (t) =>
  t.field({
    type: DeletedType,
    description: "Deletes the record and events of an ended run; the thread's state is unchanged.",
    errors: {
      types: [NotFoundError, RunActiveError],
      union: { name: 'DeleteRunResult', description: 'The deletion, or why the run was not deleted.' },
    },
    args: {
      threadId: t.arg.id({ required: true, description: "The run's thread." }),
      runId: t.arg.id({ required: true, description: 'The run to delete.' }),
    },
    resolve: async (_root, { threadId, runId }, { orchestrator, owner }) =>
      unwrapOrThrow(await orchestrator.deleteRun({ owner, threadId, runId })),
  }),
);

const CancelledRunsType = builder.objectRef<readonly Run[]>('CancelledRuns').implement({
  description: 'The runs that cancelRuns matched.',
  fields: (t) => ({
    runs: t.field({
      type: [RunRef],
      extensions: WITHOUT_PAGES,
      description: 'The runs as cancelRun returns them; ended runs are unchanged.',
      resolve: (runs) => [...runs],
    }),
  }),
});

builder.mutationField('cancelRuns', (t) =>
  t.field({
    type: CancelledRunsType,
    description:
      'Requests that several runs stop: the given runs of one thread, or all your runs with the given statuses. Unknown ids are ignored.',
    errors: {
      types: [ValidationError],
      union: { name: 'CancelRunsResult', description: 'The matched runs, or why the request is invalid.' },
    },
    args: {
      threadId: t.arg.id({ description: 'The thread of runIds.' }),
      runIds: t.arg.idList({ description: 'The runs to stop, all on threadId.' }),
      status: t.arg({
        type: [RunStatusEnum],
        description:
          'Instead of threadId and runIds: all runs with one of these statuses, PENDING or RUNNING.',
      }),
      action: t.arg({
        type: CancelActionEnum,
        required: true,
        defaultValue: 'INTERRUPT',
        description: 'Keeps or removes the results of the runs.',
      }),
    },
    resolve: (_root, { threadId, runIds, status, action }, { orchestrator, owner }) => {
      if (status == null && threadId != null && runIds != null)
        return orchestrator.cancelRuns({ owner, action, threadId, runIds });
      if (status == null || threadId != null || runIds != null)
        throw new ValidationError([
          { path: [], message: 'Either threadId with runIds, or status is required.' },
        ]);
      const unfinished = status.filter((one) => one === 'PENDING' || one === 'RUNNING');
      if (unfinished.length < status.length || unfinished.length === 0)
        throw new ValidationError([{ path: ['status'], message: 'must contain only PENDING and RUNNING' }]);
      return orchestrator.cancelRuns({ owner, action, status: unfinished });
    },
  }),
);

const JoinedRunType = builder.objectRef<{ readonly run: Run }>('JoinedRun').implement({
  description: 'An ended run and its final state.',
  fields: (t) => ({
    run: t.field({ type: RunRef, description: 'The ended run.', resolve: (joined) => joined.run }),
    state: t.field({
      type: ThreadStateType,
      nullable: true,
      extensions: READS_CHECKPOINTS,
      description:
        "The state at the run's last checkpoint, excluding later changes. For a run that paused without a checkpoint, the state at the pause. Null: the run made no checkpoint.",
      resolve: (joined, _args, { orchestrator }) => orchestrator.queries.stateAfter(joined.run),
    }),
  }),
});

builder.mutationField('joinRun', (t) =>
  t.field({
    type: JoinedRunType,
    description:
      'Waits for a run to end and returns it with its final state. Any number of callers may join a run before, during and after its execution.',
    errors: {
      types: [NotFoundError, JoinTimeoutError],
      union: {
        name: 'JoinRunResult',
        description:
          'The ended run, or why it is not available. Joining a removed run (ROLLBACK, deleteRun) returns NotFoundError.',
      },
    },
    args: {
      threadId: t.arg.id({ required: true, description: "The run's thread." }),
      runId: t.arg.id({ required: true, description: 'The run to wait for.' }),
      timeoutSeconds: t.arg.float({
        description: 'The maximum wait in seconds; ≥ 0. Null: as long as the connection is open.',
      }),
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
