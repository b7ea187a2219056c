import { builder } from '../builder.ts';

const ServerInfoType = builder.objectRef<{ readonly version: string; readonly graphs: readonly string[] }>('ServerInfo').implement({
  description: 'What this server is and what it can run.',
  fields: (t) => ({
    version: t.exposeString('version', { description: 'Version of Interject.' }),
    graphs: t.stringList({ description: 'Names of the graphs of langgraph.json, in its order.', resolve: (info) => [...info.graphs] }),
  }),
});

builder.queryField('server', (t) =>
  t.field({
    type: ServerInfoType,
    description: 'What this server is and what it can run.',
    resolve: (_root, _args, { version, orchestrator }) => ({ version, graphs: orchestrator.queries.graphIds }),
  }),
);
