import { z } from 'zod';
import type { RestDeps } from './deps.ts';
import { type Endpoints, unavailableAnswer } from './endpoint.ts';
import type { Metrics } from './metrics.ts';
import { docsPage, type OpenApiDocument, openApiDocument } from './openapi.ts';
import { queryBoolean, queryChoice } from './query-values.ts';
import { RestError } from './refusals.ts';
import { errorObject, jsonObject } from './schema.ts';

const info = z
  .object({
    version: z.string(),
    langgraph_js_version: z.string(),
    langgraph_py_version: z.literal('').meta({ description: 'Empty: graphs are JavaScript.' }),
    flags: z.record(z.string(), z.boolean()).meta({ description: 'The available groups of endpoints.' }),
    metadata: jsonObject,
    context: z.literal('js'),
  })
  .meta({ id: 'ServerInfo' });

/** How the server is, and what it offers. Add it last: it describes what was added before it, and itself. */
export function addSystemEndpoints(endpoints: Endpoints, deps: RestDeps, metrics: Metrics): void {
  addHealth(endpoints, deps);
  addInfo(endpoints, deps);
  addMetrics(endpoints, metrics);
  addDescription(endpoints, deps);
}

function addHealth(endpoints: Endpoints, deps: RestDeps): void {
  endpoints.add(
    {
      method: 'get',
      path: '/ok',
      tag: 'System',
      summary: "Check the server's health",
      query: z.object({ check_db: queryBoolean('Also checks the database.') }),
      answers: {
        200: { description: 'The server is healthy.', schema: z.object({ ok: z.literal(true) }) },
        500: { description: 'The database does not respond.', schema: errorObject },
      },
    },
    async ({ query, http }) => {
      if (query.check_db) {
        await deps.checkDatabase().catch((error: unknown) => {
          deps.logger.warn({ err: error }, 'Database check failed');
          throw new RestError(500, 'The database does not respond.');
        });
      }
      return http.json({ ok: true });
    },
  );
}

function addInfo(endpoints: Endpoints, deps: RestDeps): void {
  const offers = (path: string): boolean => endpoints.described.some((endpoint) => endpoint.path === path);
  endpoints.add(
    {
      method: 'get',
      path: '/info',
      tag: 'System',
      summary: 'Get versions and feature flags',
      answers: { 200: { description: 'Versions and flags.', schema: info } },
    },
    ({ http }) =>
      http.json({
        version: deps.version,
        langgraph_js_version: deps.langgraphVersion,
        langgraph_py_version: '',
        flags: {
          assistants: offers('/assistants/search'),
          crons: offers('/runs/crons'),
          store: offers('/store/items'),
          langsmith: false,
          langsmith_tracing_replicas: false,
        },
        metadata: {},
        context: 'js',
      } satisfies z.input<typeof info>),
  );
}

function addMetrics(endpoints: Endpoints, metrics: Metrics): void {
  endpoints.add(
    {
      method: 'get',
      path: '/metrics',
      tag: 'System',
      summary: 'Get metrics in Prometheus text format or JSON',
      query: z.object({
        format: queryChoice(['prometheus', 'json'], 'prometheus', 'Defaults to prometheus.'),
      }),
      answers: { 200: { description: 'The metrics.', type: 'text/plain' }, 503: unavailableAnswer() },
    },
    async ({ query, http }) => {
      if (query.format === 'json') return http.json(await metrics.toJson());
      return http.body(await metrics.toText(), 200, { 'content-type': metrics.contentType });
    },
  );
}

/** The document is made when it is first asked for: all endpoints are there then. */
function addDescription(endpoints: Endpoints, deps: RestDeps): void {
  let document: OpenApiDocument | null = null;
  const described = (): OpenApiDocument => {
    document ??= openApiDocument(endpoints.described, deps.version);
    return document;
  };
  endpoints.add(
    {
      method: 'get',
      path: '/openapi.json',
      tag: 'System',
      summary: 'Get this description',
      answers: { 200: { description: 'An OpenAPI 3.1 document.' } },
    },
    ({ http }) => http.json(described() as object),
  );

  endpoints.add(
    {
      method: 'get',
      path: '/docs',
      tag: 'System',
      summary: 'Get this description as HTML',
      answers: { 200: { description: 'A self-contained page.', type: 'text/html' } },
    },
    ({ http }) => http.html(docsPage(described()), 200, { 'x-frame-options': 'SAMEORIGIN' }),
  );
}
