import type { Owner } from '../../domain/ids.ts';
import type { Run } from '../../domain/run.ts';
import type { CreateStatelessRun } from '../../orchestrator/requests.ts';
import { builder } from '../builder.ts';
import { NotFoundError, ValidationError } from '../error-types.ts';
import { WITHOUT_PAGES } from '../query-limits.ts';
import { unwrapOrThrow } from '../unwrap.ts';
import { runInputFields, toRunContent } from './run-arguments.ts';
import { RunRef } from './run-enums.ts';

const StatelessRunInput = builder.inputType('StatelessRunInput', {
  description: 'A run on a thread created for it.',
  fields: (t) => ({
    assistantId: t.id({
      required: true,
      description: "An assistant's id, or a graph's name for its default assistant.",
    }),
    ...runInputFields(t, {
      input: "The graph's input.",
      noBreakpoints: ' Null: the breakpoints the graph was compiled with.',
    }),
    command: t.field({ type: 'JSON', description: 'An alternative to input: { update, goto }.' }),
    metadata: t.field({ type: 'JSON', description: 'An object to attach to the run.' }),
    afterSeconds: t.float({
      description: 'The earliest start, in seconds from now; ≥ 0. Null: immediately.',
    }),
    timeoutSeconds: t.float({
      description:
        'The time limit in seconds from the first start; > 0. The run then ends with TIMEOUT. Null: no limit.',
    }),
    keepThread: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'Keeps the thread. Otherwise it is hidden when the run ends and deleted with it ten minutes later.',
    }),
  }),
});

const toCommand = (owner: Owner, run: typeof StatelessRunInput.$inferInput): CreateStatelessRun => ({
  ...toRunContent(run),
  owner,
  assistantId: run.assistantId,
  command: run.command ?? undefined,
  afterSeconds: run.afterSeconds ?? undefined,
  timeoutSeconds: run.timeoutSeconds ?? undefined,
  keepPartialOutput: true,
  keepPendingInput: true,
  keepThread: run.keepThread,
});

builder.mutationField('createStatelessRun', (t) =>
  t.field({
    type: RunRef,
    description:
      'Starts a run on a thread created for it. Join it by its threadId and id until ten minutes after its end.',
    errors: {
      types: [NotFoundError, ValidationError],
      union: { name: 'CreateStatelessRunResult', description: 'The new run, or why it was not created.' },
    },
    args: { run: t.arg({ type: StatelessRunInput, required: true, description: 'The run.' }) },
    resolve: async (_root, { run }, { orchestrator, owner, headers }) => {
      const outcome = unwrapOrThrow(
        await orchestrator.createStatelessRuns([{ ...toCommand(owner, run), headers }]),
      );
      return outcome.value[0] as Run; // one for one
    },
  }),
);

const CreatedRunsType = builder.objectRef<readonly Run[]>('CreatedRuns').implement({
  description: 'The new runs.',
  fields: (t) => ({
    runs: t.field({
      type: [RunRef],
      extensions: WITHOUT_PAGES,
      description: 'The runs in the order of the request.',
      resolve: (runs) => [...runs],
    }),
  }),
});

builder.mutationField('createStatelessRuns', (t) =>
  t.field({
    type: CreatedRunsType,
    description: 'Starts several runs, each on a thread created for it. Atomic: all or none.',
    errors: {
      types: [NotFoundError, ValidationError],
      union: { name: 'CreateStatelessRunsResult', description: 'The new runs, or why none was created.' },
    },
    args: { runs: t.arg({ type: [StatelessRunInput], required: true, description: '1 to 1000 runs.' }) },
    resolve: async (_root, { runs }, { orchestrator, owner, headers }) =>
      unwrapOrThrow(
        await orchestrator.createStatelessRuns(runs.map((run) => ({ ...toCommand(owner, run), headers }))),
      ).value,
  }),
);
