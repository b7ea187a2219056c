import type { Run, RunFailure } from '../../domain/run.ts';
import { builder } from '../builder.ts';
import { numberCursors, pageOf } from '../connection.ts';
import { ThreadRef } from '../thread/thread-type.ts';
import { MultitaskStrategyEnum, RunEndReasonEnum, RunRef, RunStatusEnum } from './run-enums.ts';

const RunFailureType = builder.objectRef<RunFailure>('RunFailure').implement({
  description: 'An error thrown by a graph.',
  fields: (t) => ({
    name: t.exposeString('name', { description: "The error's class, such as TypeError." }),
    message: t.exposeString('message', { description: "The error's message." }),
    stack: t.string({
      nullable: true,
      description:
        'The stack trace of an error thrown outside nodes, such as in a timer or a promise that was not awaited. Null: any other error.',
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
    status: t.expose('status', { type: RunStatusEnum, description: 'Its status.' }),
    endReason: t.expose('endReason', {
      type: RunEndReasonEnum,
      nullable: true,
      description: 'Why it ended. Null: PENDING or RUNNING.',
    }),
    error: t.expose('error', {
      type: RunFailureType,
      nullable: true,
      description: 'The error that the graph threw. Null unless endReason is FAILED.',
    }),
    multitaskStrategy: t.expose('strategy', {
      type: MultitaskStrategyEnum,
      description: 'How it treated unfinished runs of its thread at its creation.',
    }),
    supersededBy: t.loadable({
      type: RunRef,
      nullable: true,
      description: 'The run whose INTERRUPT ended this one. Null: none, or that run was removed.',
      load: (ids: string[], { orchestrator, owner }) => orchestrator.queries.runsById(owner, unique(ids)),
      sort: (run) => run.id,
      loaderOptions: { cache: false },
      resolve: (run) => run.supersededBy,
    }),
  }),
});

/** Its request, and its course. */
builder.objectFields(RunRef, (t) => ({
  input: t.field({
    type: 'JSON',
    nullable: true,
    description: "The graph's input. Null: none.",
    resolve: (run) => run.input,
  }),
  command: t.expose('command', {
    type: 'JSON',
    nullable: true,
    description: 'Its command: { resume, update, goto }. Null: none.',
  }),
  config: t.expose('config', {
    type: 'JSON',
    description:
      "The effective LangGraph config: its own merged over its assistant's; {} if neither has one.",
  }),
  context: t.field({
    type: 'JSON',
    nullable: true,
    description: "The effective runtime context: its own merged over its assistant's. Null: neither has one.",
    resolve: (run) => run.context,
  }),
  metadata: t.expose('metadata', {
    type: 'JSON',
    description: "The caller's metadata, merged over that of its thread and its assistant.",
  }),
  queuePosition: t.int({
    nullable: true,
    description: 'Its position among the waiting runs of its thread, from 1. Null unless PENDING.',
    resolve: (run, _args, { orchestrator }) => orchestrator.queries.queuePosition(run),
  }),
  attempt: t.exposeInt('attempt', {
    description:
      'The number of times a process has started or taken over this run; 0 before the first start.',
  }),
  webhook: t.field({
    type: 'URL',
    nullable: true,
    description: 'The URL that is notified when the run ends. Null: none.',
    resolve: ({ webhook }) => (webhook === null ? null : new URL(webhook)),
  }),
  abandoned: t.exposeStringList('abandoned', {
    description:
      'Nodes and tools that ignored the stop and were still running when the grace period ended: "node", "node:tool", and "outer|inner" for a node of a subgraph. Their later writes are discarded.',
  }),
  createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was accepted.' }),
  startedAt: t.expose('startedAt', {
    type: 'DateTime',
    nullable: true,
    description: 'When it first started. Null: not started yet.',
  }),
  finishedAt: t.expose('finishedAt', {
    type: 'DateTime',
    nullable: true,
    description: 'When it ended. Null: not ended yet.',
  }),
}));

const unique = <Id extends string>(ids: readonly string[]): Id[] => [...new Set(ids)] as Id[];

builder.objectField(ThreadRef, 'runs', (t) =>
  t.connection(
    {
      type: RunRef,
      description: "The thread's runs, in the order in which they were accepted.",
      args: {
        status: t.arg({ type: [RunStatusEnum], description: 'Only runs with one of these statuses.' }),
      },
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
          description: 'The number of runs in the whole list, across all pages.',
          resolve: (page) => page.count?.() ?? page.edges.length,
        }),
      }),
    },
    { name: 'RunEdge', description: 'A run in a page, with its cursor.' },
  ),
);

builder.queryField('run', (t) =>
  t.field({
    type: RunRef,
    nullable: true,
    description: 'One run. Null: not found.',
    args: { id: t.arg.id({ required: true, description: "The run's id." }) },
    resolve: (_root, { id }, { orchestrator, owner }) => orchestrator.queries.run(owner, id),
  }),
);
