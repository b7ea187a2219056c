import type { Run } from '../../domain/run.ts';
import { builder } from '../builder.ts';
import { accepted } from '../error/accepted.ts';
import { NotFoundError } from '../error/request-errors.ts';
import { JoinTimeoutError } from '../error/run-errors.ts';
import { READS_CHECKPOINTS } from '../field-costs.ts';
import { requestError } from '../request-error.ts';
import { ThreadStateType } from '../thread/thread-state-type.ts';
import { RunRef } from './run-ref.ts';

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
      if (outcome.kind !== 'invalid') return accepted(outcome);
      // The union has no member for it: the operation itself makes no sense.
      throw requestError('BAD_USER_INPUT', outcome.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; '));
    },
  }),
);
