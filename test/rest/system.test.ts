import { afterEach, expect, test } from 'vitest';
import { gate, resetGates } from '../support/gates.ts';
import { startRestServer } from './support.ts';

afterEach(resetGates);
const hello = { messages: [{ role: 'user', content: 'hi' }] };
type Document = {
  readonly openapi: string;
  readonly paths: Record<
    string,
    Record<
      string,
      { readonly operationId: string; readonly responses: object; readonly parameters?: object[] }
    >
  >;
  readonly components: {
    readonly schemas: Record<string, { readonly properties?: object; readonly required?: readonly string[] }>;
  };
};

test('/ok says that the server is there, and asks the database where that is wanted', async () => {
  await using server = await startRestServer();

  for (const query of ['', '?check_db=0', '?check_db=1'])
    expect(await server.request('GET', `/ok${query}`)).toMatchObject({ status: 200, body: { ok: true } });
});

test('/info tells the versions and which families of endpoints there are', async () => {
  await using server = await startRestServer();

  expect(await server.request('GET', '/info')).toMatchObject({
    status: 200,
    body: {
      version: '0.0.0-test',
      langgraph_js_version: '1.7.3',
      flags: { langsmith: false },
      metadata: {},
      context: 'js',
    },
  });
});

test('/metrics counts runs that have not ended and requests, as Prometheus reads it and as JSON', async () => {
  await using server = await startRestServer();
  const { client, request } = server;
  const held = gate('rest-agent:tool');
  const { thread_id } = await client.threads.create();
  const { run_id } = await client.runs.create(thread_id, 'agent', { input: hello });
  await client.runs.create(thread_id, 'agent', { input: hello });
  await held.reached;
  await request('GET', `/threads/no-uuid`);

  const text = await request('GET', '/metrics');
  const json = await request('GET', '/metrics?format=json');
  held.open();
  await client.runs.join(thread_id, run_id);

  expect(text.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = String(text.body).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      '# TYPE interject_runs gauge',
      'interject_runs{status="pending"} 1',
      'interject_runs{status="running"} 1',
      'interject_http_requests_total{method="POST",status="200"} 3',
      'interject_http_requests_total{method="GET",status="422"} 1',
    ]),
  );
  for (const line of lines)
    expect(line).toMatch(/^$|^# (HELP|TYPE) |^[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? \d+(\.\d+)?$/);
  expect(json.body).toMatchObject({ queue: { pending: 1, running: 1 }, http: { under_way: 1 } });
});

test('/openapi.json describes every endpoint from the schemas that check its requests; /docs shows it without a network', async () => {
  await using server = await startRestServer();

  const document = (await server.request('GET', '/openapi.json')).body as Document;
  const page = await server.request('GET', '/docs');

  expect(document.openapi).toBe('3.1.0');
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      ...operation,
    })),
  );
  expect(operations.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'POST /threads',
      'POST /threads/{thread_id}/runs/stream',
      'GET /runs/{run_id}/join',
      'POST /runs/cancel',
      'GET /docs',
    ]),
  );
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  expect(document.components.schemas['RunCreateStateful']).toMatchObject({ required: ['assistant_id'] });
  expect(document.paths['/threads/{thread_id}/runs']?.['get']?.parameters).toContainEqual(
    expect.objectContaining({
      name: 'limit',
      in: 'query',
      schema: expect.objectContaining({ type: 'integer', default: 10 }),
    }),
  );
  expect(page.headers.get('content-type')).toContain('text/html');
  for (const { name } of operations) expect(page.body).toContain(name.split(' ')[1]);
  expect(page.body).not.toMatch(/<script|src=|https?:\/\//);
});
