import type { Run } from '../../domain/run.ts';
import { builder } from '../builder.ts';
import { numberCursors, pageOf } from '../connection.ts';
import { ThreadRef } from '../thread/thread-ref.ts';
import { RunStatusEnum } from './run-enums.ts';
import { RunRef } from './run-ref.ts';

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
