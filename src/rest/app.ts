import { EventEmitter } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono, type MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { AccessRules } from '../http/access-rules.ts';
import { addAssistantGraphEndpoints } from './assistants/assistant-graph-routes.ts';
import { addAssistantEndpoints } from './assistants/assistant-routes.ts';
import { addCronEndpoints } from './crons/cron-routes.ts';
import type { RestDeps } from './deps.ts';
import { Endpoints, type RestEnv } from './endpoint.ts';
import { addEventStreamingEndpoints } from './event-streaming/event-streaming-routes.ts';
import { addStoreEndpoints } from './items/item-routes.ts';
import { Metrics } from './metrics.ts';
import { answerTo } from './refusals.ts';
import { addRunEndpoints } from './runs/run-routes.ts';
import { addRunStreamEndpoints } from './runs/run-stream-routes.ts';
import { addStatelessRunEndpoints } from './runs/stateless-run-routes.ts';
import { RunStreams } from './streaming/run-streams.ts';
import { addThreadStreamEndpoint } from './streaming/thread-stream.ts';
import { addSystemEndpoints } from './system-routes.ts';
import { addThreadEndpoints } from './threads/thread-routes.ts';
import { addThreadSearchEndpoints } from './threads/thread-search-routes.ts';
import { addThreadStateEndpoints } from './threads/thread-state-routes.ts';

const REST_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
/**
 * What a browser's client reads of an answer: without `location` it can't come back to a stream (protocol.md
 * §0.5).
 */
const EXPOSED_HEADERS = [
  'content-location',
  'location',
  'x-pagination-total',
  'x-pagination-next',
  'warning',
];

/** CORS for the origins that may call the server. Requests of others have been refused before. */
function restCors(rules: AccessRules): MiddlewareHandler {
  const { allowCredentials, allowMethods, allowHeaders, exposeHeaders, maxAgeSeconds } = rules.cors;
  return cors({
    origin: (origin, http) => (origin === '' ? null : rules.answeredOrigin(origin, http.req.header('host'))),
    allowMethods: [...(allowMethods ?? REST_METHODS)],
    allowHeaders: [...(allowHeaders ?? [])], // none named: the preflight's own list is sent back
    credentials: allowCredentials,
    exposeHeaders: [...new Set([...EXPOSED_HEADERS, ...exposeHeaders])],
    maxAge: maxAgeSeconds,
  });
}

export type InProcessFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Stands for the connection of a request that comes from this process. */
class NoConnection extends EventEmitter {
  statusCode = 200;
  /** What its reader has not taken yet waits in the body. */
  readonly writableLength = 0;
  readonly #broken = new AbortController();

  get signal(): AbortSignal {
    return this.#broken.signal;
  }

  /** As a connection that is cut: whoever reads the body gets an error. */
  destroy(): void {
    this.#broken.abort(new Error('The connection was closed'));
  }
}

/** fetch for clients within this process: answers without a socket, whatever host the address names. */
function inProcessFetch(app: Pick<Hono, 'fetch'>): InProcessFetch {
  return async (input, init) => {
    const outgoing = new NoConnection();
    const response = await app.fetch(new Request(input, init), { outgoing });
    outgoing.statusCode = response.status;
    outgoing.emit('close');
    const { body } = response;
    return body === null
      ? response
      : new Response(body.pipeThrough(new TransformStream(), { signal: outgoing.signal }), response);
  };
}

/**
 * The LangGraph Agent Server protocol: a listener for whatever path the rest of the server doesn't serve, and
 * a fetch for graphs of this process.
 */
export function restApp(deps: RestDeps): {
  readonly listener: RequestListener;
  readonly fetch: InProcessFetch;
} {
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
  const { version, clock, countUnfinishedRuns } = deps;
  const metrics = new Metrics({ version, monotonicMs: () => clock.monotonicMs(), countUnfinishedRuns });
  addSystemEndpoints(endpoints, deps, metrics);
  addStoreEndpoints(endpoints, deps);

  const app = new Hono<RestEnv>();
  app.use(async (http, next) => {
    const ended = metrics.requestStarted(http.req.method);
    const { outgoing } = http.env as { readonly outgoing: ServerResponse };
    outgoing.once('close', () => ended(outgoing.statusCode));
    await next();
  });
  app.use(restCors(deps.access));
  app.use((http, next) => {
    http.set('context', deps.identify(http.req.header()));
    return next();
  });
  app.route('/', endpoints.router);
  app.notFound((http) =>
    http.json(
      {
        detail: `Not found: ${http.req.method} ${http.req.path}. See /docs for all endpoints; GraphQL is at /graphql.`,
      },
      404,
    ),
  );
  app.onError((error, http) => {
    const { message, status, headers } = answerTo(error, deps, {
      method: http.req.method,
      path: http.req.path,
    });
    return http.json({ detail: message }, status, headers);
  });
  return {
    listener: getRequestListener(app.fetch, { overrideGlobalObjects: false }),
    fetch: inProcessFetch(app),
  };
}
