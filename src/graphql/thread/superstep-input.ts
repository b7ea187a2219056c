import type { RunCommand } from '../../domain/run.ts';
import type { Superstep } from '../../orchestrator/ports/graph-host.ts';
import { builder } from '../builder.ts';

const StateUpdateInput = builder.inputType('StateUpdateInput', {
  description: 'One write to the state, as a node would have made it.',
  fields: (t) => ({
    values: t.field({ type: 'JSON', description: 'What the node would have returned. Null: nothing.' }),
    command: t.field({ type: 'JSON', description: 'Instead of values: { update, goto }, as a command that the node returned.' }),
    asNode: t.string({ description: 'The node to write as; null: the one that ran last, where that is unambiguous.' }),
  }),
});

export const SuperstepInput = builder.inputType('SuperstepInput', {
  description: 'Writes that make one checkpoint together.',
  fields: (t) => ({ updates: t.field({ type: [StateUpdateInput], required: true, description: 'At least one.' }) }),
});

export const toSuperstep = ({ updates }: typeof SuperstepInput.$inferInput): Superstep => ({
  updates: updates.map(({ values, command, asNode }) => ({
    values: values ?? null,
    command: (command ?? null) as RunCommand | null, // the orchestrator looks at it
    asNode: asNode ?? null,
  })),
});
