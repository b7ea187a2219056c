import { builder } from '../builder.ts';
import { RunRef } from './run-ref.ts';

builder.queryField('run', (t) =>
  t.field({
    type: RunRef,
    nullable: true,
    description: "One run. Null where there is none (or it isn't yours).",
    args: { id: t.arg.id({ required: true, description: "The run's id." }) },
    resolve: (_root, { id }, { orchestrator, owner }) => orchestrator.queries.run(owner, id),
  }),
);
