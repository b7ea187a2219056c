import './assistant/assistant-connection.ts';
import './assistant/assistant-graph.ts';
import './assistant/assistant-mutations.ts';
import './assistant/assistant-graph.ts';
import './assistant/assistant-type.ts';
import './assistant/assistant-type.ts';
import './cron/cron-connection.ts';
import './cron/cron-mutations.ts';
import './event/event-subscriptions.ts';
import './run/run-mutations.ts';
import './run/create-run.ts';
import './run/run-mutations.ts';
import './run/run-type.ts';
import './run/run-mutations.ts';
import './run/run-type.ts';
import './run/run-type.ts';
import './run/stateless-run.ts';
import './store/item-mutations.ts';
import './store/item-queries.ts';
import './thread/thread-mutations.ts';
import './thread/thread-connection.ts';
import './thread/thread-connection.ts';
import './thread/thread-mutations.ts';
import './thread/thread-type.ts';
import './thread/thread-type.ts';
import './webhook/webhook-delivery.ts';
import { builder } from './builder.ts';
import { checkTextArguments } from './text-arguments.ts';

const ServerInfoType = builder
  .objectRef<{ readonly version: string; readonly graphs: readonly string[] }>('ServerInfo')
  .implement({
    description: 'The version and graphs of this server.',
    fields: (t) => ({
      version: t.exposeString('version', { description: 'The version of Interject.' }),
      graphs: t.stringList({
        description: 'The names of the graphs in langgraph.json, in its order.',
        resolve: (info) => [...info.graphs],
      }),
    }),
  });

builder.queryField('server', (t) =>
  t.field({
    type: ServerInfoType,
    description: 'The version and graphs of this server.',
    resolve: (_root, _args, { version, orchestrator }) => ({
      version,
      graphs: orchestrator.queries.graphIds,
    }),
  }),
);

/** The whole API. Importing the modules above is what declares it. */
export const schema = checkTextArguments(builder.toSchema());
