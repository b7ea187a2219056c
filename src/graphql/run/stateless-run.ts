import type { Owner } from '../../domain/ids.ts';
import type { Run } from '../../domain/run.ts';
import type { CreateStatelessRun } from '../../orchestrator/requests.ts';
import { builder } from '../builder.ts';
import { NotFoundError, ValidationError } from '../error-types.ts';
import { WITHOUT_PAGES } from '../query-limits.ts';
import { accepted } from '../unwrap.ts';
import { givenFields } from './create-run.ts';
import { RunRef, StreamModeEnum } from './run-enums.ts';

const StatelessRunInput = builder.inputType('StatelessRunInput', {
  description: 'A run on a thread that is made for it.',
  fields: (t) => ({
    assistantId: t.id({ required: true, description: "An assistant's id, or a graph's name for its default assistant." }),
    input: t.field({ type: 'JSON', description: "The graph's input." }),
    command: t.field({ type: 'JSON', description: 'Instead of input: { update, goto }.' }),
    config: t.field({ type: 'JSON', description: "LangGraph's config: { configurable, tags, recursion_limit }. Over the assistant's." }),
    context: t.field({ type: 'JSON', description: "The graph's runtime context, as its context schema has it." }),
    metadata: t.field({ type: 'JSON', description: 'An object to attach to the run.' }),
    interruptBefore: t.stringList({ description: 'Pause before these nodes; ["*"]: before every node. Null: as the graph was compiled.' }),
    interruptAfter: t.stringList({ description: 'Pause after these nodes; ["*"]: after every node. Null: as the graph was compiled.' }),
    afterSeconds: t.float({ description: 'Earliest start, in seconds from now; ≥ 0. Null: at once.' }),
    timeoutSeconds: t.float({ description: 'Limit in seconds from the first start; > 0. Then the run ends with TIMEOUT. Null: no limit.' }),
    streamModes: t.field({ type: [StreamModeEnum], description: 'Record EVENTS too; all other modes are always there.' }),
    keepThread: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Keep the thread. Otherwise nobody finds it once the run has ended, and it goes ten minutes later, with the run.',
    }),
  }),
});

const toCommand = (owner: Owner, run: typeof StatelessRunInput.$inferInput): CreateStatelessRun => ({
  ...givenFields(run),
  owner,
  assistantId: run.assistantId,
  command: run.command ?? undefined,
  afterSeconds: run.afterSeconds ?? undefined,
  timeoutSeconds: run.timeoutSeconds ?? undefined,
  recordEvents: run.streamModes?.includes('EVENTS') ?? false,
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
      const outcome = accepted(await orchestrator.createStatelessRuns([{ ...toCommand(owner, run), headers }]));
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
      accepted(await orchestrator.createStatelessRuns(runs.map((run) => ({ ...toCommand(owner, run), headers })))).value,
  }),
);
