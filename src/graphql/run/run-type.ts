import type { Run, RunFailure } from '../../domain/run.ts';
import { builder } from '../builder.ts';
import { numberCursors, pageOf } from '../connection.ts';
import { ThreadRef } from '../thread/thread-type.ts';
import { MultitaskStrategyEnum, RunEndReasonEnum, RunRef, RunStatusEnum } from './run-enums.ts';

const RunFailureType = builder.objectRef<RunFailure>('RunFailure').implement({
  description: 'What a graph threw.',
  fields: (t) => ({
    name: t.exposeString('name', { description: "The error's class, such as TypeError." }),
    message: t.exposeString('message', { description: "The error's message." }),
    stack: t.string({
      nullable: true,
      description:
        'The stack trace of an error thrown outside of the nodes, such as in a timer or a promise that was not awaited. Null for other errors.',
      resolve: ({ stack }) => stack ?? null,
    }),
  }),
});

RunRef.implement({
  description: 'One execution of an assistant on a thread.',
  fields: (t) => ({
    id: t.exposeID('id', { description: "The run's UUID." }),
    thread: t.loadable({
      type: ThreadRef,
      description: 'The thread that it runs on.',
      load: (ids: string[], { orchestrator, owner }) => orchestrator.queries.threadsById(owner, unique(ids)),
      sort: (thread) => thread.id,
      // A subscription keeps its loaders as long as it lives: what they remembered would be stale.
      loaderOptions: { cache: false },
      resolve: (run) => run.threadId,
    }),
    threadId: t.exposeID('threadId', { description: 'The UUID of the thread that it runs on.' }),
    assistantId: t.exposeID('assistantId', { description: 'The UUID of the assistant that it executes.' }),
    status: t.expose('status', { type: RunStatusEnum, description: 'Where it is in its life.' }),
    endReason: t.expose('endReason', {
      type: RunEndReasonEnum,
      nullable: true,
      description: 'Why it ended; null while it is PENDING or RUNNING.',
    }),
    error: t.expose('error', {
      type: RunFailureType,
      nullable: true,
      description: 'What the graph threw, when endReason is FAILED; else null.',
    }),
    multitaskStrategy: t.expose('strategy', {
      type: MultitaskStrategyEnum,
      description: "What it did to its thread's unfinished runs when it was created.",
    }),
    supersededBy: t.loadable({
      type: RunRef,
      nullable: true,
      description: 'The run whose INTERRUPT ended this one; null if none did or that run was removed.',
      load: (ids: string[], { orchestrator, owner }) => orchestrator.queries.runsById(owner, unique(ids)),
      sort: (run) => run.id,
      loaderOptions: { cache: false },
      resolve: (run) => run.supersededBy,
    }),
    input: t.field({
      type: 'JSON',
      nullable: true,
      description: "The graph's input; null where it had none.",
      resolve: (run) => run.input,
    }),
    command: t.expose('command', {
      type: 'JSON',
      nullable: true,
      description: 'Its command, { resume, update, goto }; null where it had none.',
    }),
    config: t.expose('config', {
      type: 'JSON',
      description: "The LangGraph config that it is executed with: its own over its assistant's; {} where neither has one.",
    }),
    context: t.field({
      type: 'JSON',
      nullable: true,
      description: "The graph's runtime context: its own over its assistant's; null where neither has one.",
      resolve: (run) => run.context,
    }),
    metadata: t.expose('metadata', {
      type: 'JSON',
      description: 'What the caller attached to it, over what its thread and its assistant have.',
    }),
    queuePosition: t.int({
      nullable: true,
      description: '1 for the first run waiting in its thread; null unless PENDING.',
      resolve: (run, _args, { orchestrator }) => orchestrator.queries.queuePosition(run),
    }),
    attempt: t.exposeInt('attempt', { description: 'How often a process has begun or taken over this run; 0 until the first start.' }),
    webhook: t.field({
      type: 'URL',
      nullable: true,
      description: 'Where its end is told; null where nobody asked for that.',
      resolve: ({ webhook }) => (webhook === null ? null : new URL(webhook)),
    }),
    abandoned: t.exposeStringList('abandoned', {
      description:
        'Nodes and tools that ignored the stop of the run and were still at work when the grace period ended: "node", "node:tool", and "outer|inner" for a node of a subgraph. Their later writes are discarded. Empty for other runs.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was accepted.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true, description: 'When it first started; null until then.' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it ended; null until then.' }),
  }),
});

const unique = <Id extends string>(ids: readonly string[]): Id[] => [...new Set(ids)] as Id[];

builder.objectField(ThreadRef, 'runs', (t) =>
  t.connection(
    {
      type: RunRef,
      description: "The thread's runs, in the order in which they were accepted.",
      args: { status: t.arg({ type: [RunStatusEnum], description: 'Only runs with one of these statuses.' }) },
      resolve: async (thread, args, { orchestrator: { queries } }) => {
        const status = args.status ?? undefined;
        const page = await pageOf<Run, number>(args, {
          cursors: numberCursors(`runs ${thread.id}`),
          keyOf: (run) => run.position,
          load: (window) => queries.runs(thread, status, window),
        });
        return { ...page, count: () => queries.countRuns(thread, status) };
      },
    },
    {
      name: 'RunConnection',
      description: 'A page of runs.',
      fields: (f) => ({
        totalCount: f.int({
          description: 'How many runs the whole list has, whatever the page.',
          resolve: (page) => page.count?.() ?? page.edges.length,
        }),
      }),
    },
    { name: 'RunEdge', description: 'A run in a page.' },
  ),
);

builder.queryField('run', (t) =>
  t.field({
    type: RunRef,
    nullable: true,
    description: "One run. Null where there is none (or it isn't yours).",
    args: { id: t.arg.id({ required: true, description: "The run's id." }) },
    resolve: (_root, { id }, { orchestrator, owner }) => orchestrator.queries.run(owner, id),
  }),
);
