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
  description: 'A run on a thread that is made for it.',
  fields: (t) => ({
    assistantId: t.id({ required: true, description: "An assistant's id, or a graph's name for its default assistant." }),
    ...runInputFields(t, { input: "The graph's input.", noBreakpoints: ' Null: as the graph was compiled.' }),
    command: t.field({ type: 'JSON', description: 'Instead of input: { update, goto }.' }),
    metadata: t.field({ type: 'JSON', description: 'An object to attach to the run.' }),
    afterSeconds: t.float({ description: 'Earliest start, in seconds from now; ≥ 0. Null: at once.' }),
    timeoutSeconds: t.float({ description: 'Limit in seconds from the first start; > 0. Then the run ends with TIMEOUT. Null: no limit.' }),
    keepThread: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Keep the thread. Otherwise nobody finds it once the run has ended, and it goes ten minutes later, with the run.',
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
      'Starts a run without a thread: on one that is made for it. Join it by its threadId and id, also for ten minutes after its end.',
    errors: {
      types: [NotFoundError, ValidationError],
      union: { name: 'CreateStatelessRunResult', description: 'The run that was stored, or why none was.' },
    },
    args: { run: t.arg({ type: StatelessRunInput, required: true, description: 'The run.' }) },
    resolve: async (_root, { run }, { orchestrator, owner, headers }) => {
      const outcome = unwrapOrThrow(await orchestrator.createStatelessRuns([{ ...toCommand(owner, run), headers }]));
      return outcome.value[0] as Run; // one for one
    },
  }),
);

const CreatedRunsType = builder.objectRef<readonly Run[]>('CreatedRuns').implement({
  description: 'Runs that were stored.',
  fields: (t) => ({
    runs: t.field({
      type: [RunRef],
      extensions: WITHOUT_PAGES,
      description: 'In the order in which they were asked for.',
      resolve: (runs) => [...runs],
    }),
  }),
});

builder.mutationField('createStatelessRuns', (t) =>
  t.field({
    type: CreatedRunsType,
    description: 'Starts several runs, each on a thread that is made for it. All of them or none.',
    errors: {
      types: [NotFoundError, ValidationError],
      union: { name: 'CreateStatelessRunsResult', description: 'The runs that were stored, or why none was.' },
    },
    args: { runs: t.arg({ type: [StatelessRunInput], required: true, description: '1 to 1000 runs.' }) },
    resolve: async (_root, { runs }, { orchestrator, owner, headers }) =>
      unwrapOrThrow(await orchestrator.createStatelessRuns(runs.map((run) => ({ ...toCommand(owner, run), headers })))).value,
  }),
);
