import type { RequestListener, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { restCors } from './cors.ts';
import type { RestDeps } from './deps.ts';
import { Endpoints } from './endpoint.ts';
import { answerTo } from './failure.ts';
import { type InProcessFetch, inProcessFetch } from './in-process-fetch.ts';
import { Metrics } from './metrics.ts';
import { addAssistantGraphEndpoints } from './routes/assistant-graphs.ts';
import { addAssistantEndpoints } from './routes/assistants.ts';
import { addCronEndpoints } from './routes/crons.ts';
import { addEventStreamingEndpoints } from './routes/event-streaming.ts';
import { addRunStreamEndpoints } from './routes/run-streams.ts';

import { addRunEndpoints } from './routes/runs.ts';
import { addStatelessRunEndpoints } from './routes/stateless-runs.ts';
import { addStoreEndpoints } from './routes/store.ts';
import { addSystemEndpoints } from './routes/system.ts';
import { addThreadSearchEndpoints } from './routes/thread-search.ts';
import { addThreadStateEndpoints } from './routes/thread-state.ts';
import { addThreadStreamEndpoint } from './routes/thread-stream.ts';
import { addThreadEndpoints } from './routes/threads.ts';
import { RunStreams } from './streaming/run-streams.ts';

/** The LangGraph Agent Server protocol: a listener for whatever path the rest of the server doesn't serve, and a fetch for graphs of this process. */
export function restApp(deps: RestDeps): { readonly listener: RequestListener; readonly fetch: InProcessFetch } {
  const endpoints = new Endpoints(deps.limits.maxRequestBytes, deps.streams);
  const streams = new RunStreams(deps);
  addThreadSearchEndpoints(endpoints, deps);
  addAssistantEndpoints(endpoints, deps);
  addAssistantGraphEndpoints(endpoints, deps);
  addThreadEndpoints(endpoints, deps);
  addThreadStateEndpoints(endpoints, deps);
  addRunEndpoints(endpoints, deps);
  addRunStreamEndpoints(endpoints, deps, streams);
  addThreadStreamEndpoint(endpoints, deps);
  addEventStreamingEndpoints(endpoints, deps);
  addCronEndpoints(endpoints, deps);
  addStatelessRunEndpoints(endpoints, deps, streams);
  const metrics = new Metrics({ version: deps.version, monotonicMs: () => deps.clock.monotonicMs() });
  addSystemEndpoints(endpoints, deps, metrics);
  addStoreEndpoints(endpoints, deps);

  const app = new Hono();
  app.use(async (http, next) => {
    const ended = metrics.requestStarted(http.req.method);
    const { outgoing } = http.env as { readonly outgoing: ServerResponse };
    outgoing.once('close', () => ended(outgoing.statusCode));
    await next();
  });
  app.use(restCors(deps.access));
  app.route('/', endpoints.router);
  app.notFound((http) =>
    http.json(
      { detail: `There is nothing at ${http.req.method} ${http.req.path}. /docs lists what there is; GraphQL is at /graphql.` },
      404,
    ),
  );
  app.onError((error, http) => {
    const { message, status, headers } = answerTo(error, deps, { method: http.req.method, path: http.req.path });
    return http.json({ detail: message }, status, headers);
  });
  return { listener: getRequestListener(app.fetch, { overrideGlobalObjects: false }), fetch: inProcessFetch(app) };
}
