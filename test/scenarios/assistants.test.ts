import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createClient, unwrap } from '../../src/client/public.ts';
import { startTestService } from '../support/service.ts';

const GRAPHS = fileURLToPath(new URL('../rest/graphs/langgraph.json', import.meta.url));
const UNKNOWN = '0198a000-0000-4000-8000-000000000000';

async function start(options: Parameters<typeof startTestService>[0] = {}) {
  const service = await startTestService({ langgraphJson: GRAPHS, ...options });
  return {
    service,
    client: createClient({ url: service.url }),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}
type Client = Awaited<ReturnType<typeof start>>['client'];

async function toldBy(
  client: Client,
  assistantId: string,
  run: object = {},
): Promise<{ context: unknown; configurable: object }> {
  const thread = unwrap(await client.createThread());
  const { id } = unwrap(await client.createRun({ threadId: thread.id, assistantId, input: {}, ...run }));
  const { state } = unwrap(await client.joinRun<{ told: string }>(thread.id, id));
  return JSON.parse(state?.values.told ?? '{}');
}

test('every method of client.assistants works against the real service', async () => {
  await using started = await start();
  const { assistants } = started.client;

  const created = unwrap(
    await assistants.create({
      graphId: 'configured',
      name: 'Mine',
      context: { model: 'a' },
      metadata: { team: 'x' },
    }),
  );
  const updated = unwrap(
    await assistants.update(created.id, { context: { model: 'b' }, description: 'Second' }),
  );
  const selected = unwrap(await assistants.setLatest(created.id, 1));
  const versions = await assistants.versions(created.id);
  const found = await assistants.search({ name: 'MIN', metadata: { team: 'x' } });

  expect(created).toMatchObject({
    __typename: 'Assistant',
    version: 1,
    isDefault: false,
    config: { configurable: { model: 'a' } },
  });
  expect(updated).toMatchObject({
    version: 2,
    description: 'Second',
    context: { model: 'b' },
    metadata: { team: 'x' },
  });
  expect(selected).toMatchObject({ version: 1, description: null, context: { model: 'a' } });
  expect(versions).toMatchObject({
    totalCount: 2,
    nodes: [{ version: 2, context: { model: 'b' } }, { version: 1 }],
  });
  expect(found).toMatchObject({ totalCount: 1, nodes: [selected] });
  expect(await assistants.get(created.id)).toEqual(selected);
  expect(unwrap(await assistants.delete(created.id))).toEqual({ __typename: 'Deleted', id: created.id });
  expect(await assistants.get(created.id)).toBeNull();
  expect(await assistants.versions(created.id)).toBeNull();
});

test('what a caller does wrong is data, and changes nothing', async () => {
  await using started = await start();
  const { assistants } = started.client;
  const { id } = unwrap(await assistants.create({ graphId: 'agent', id: UNKNOWN }));
  const before = await assistants.search();

  const refused = [
    await assistants.create({ graphId: 'agent', id }),
    await assistants.create({ graphId: 'nothing' }),
    await assistants.create({ graphId: 'agent', config: [] }),
    await assistants.update('nobody', {}),
    await assistants.update(id, { graphId: 'nothing' }),
    await assistants.update(id, { config: { recursion_limit: 0 } }),
    await assistants.setLatest(id, 99),
    await assistants.delete('agent'),
    await assistants.delete('nobody'),
  ];

  expect(refused).toMatchObject([
    { __typename: 'AlreadyExistsError', id, message: 'Assistant already exists' },
    { __typename: 'NotFoundError', kind: 'Graph', id: 'nothing' },
    { __typename: 'ValidationError', issues: [{ path: ['config'] }] },
    { __typename: 'NotFoundError', kind: 'Assistant', id: 'nobody' },
    { __typename: 'NotFoundError', kind: 'Graph' },
    { __typename: 'ValidationError', issues: [{ path: ['config', 'recursion_limit'] }] },
    {
      __typename: 'NotFoundError',
      kind: 'AssistantVersion',
      id: '99',
      message: 'Assistant version 99 not found',
    },
    { __typename: 'ValidationError', issues: [{ path: ['id'] }] },
    { __typename: 'NotFoundError' },
  ]);
  expect(await assistants.search()).toEqual(before);
});

test('assistants come in pages, in the order that is asked for', async () => {
  await using started = await start();
  const { assistants } = started.client;
  for (const name of ['b', 'c', 'a'])
    await assistants.create({ graphId: 'agent', name, metadata: { of: 'pages' } });
  const filter = {
    metadata: { of: 'pages' },
    first: 2,
    orderBy: { field: 'NAME', direction: 'ASC' },
  } as const;

  const first = await assistants.search(filter);
  const rest = await assistants.search({ ...filter, after: first.pageInfo.endCursor });
  const newest = await assistants.search({ metadata: { of: 'pages' } });
  const foreignCursor = assistants.search({ after: first.pageInfo.endCursor });

  expect(first.nodes.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(rest.nodes.map(({ name }) => name)).toEqual(['c']);
  expect(rest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  expect(newest.totalCount).toBe(3);
  await expect(foreignCursor).rejects.toMatchObject({ code: 'BAD_CURSOR' });
});

test("a run gets its assistant's configuration, its own over it", async () => {
  await using started = await start();
  const { client } = started;
  const { id } = unwrap(
    await client.assistants.create({ graphId: 'configured', context: { model: 'large', extra: 1 } }),
  );

  expect(await toldBy(client, id)).toMatchObject({
    context: { model: 'large', extra: 1 },
    configurable: { model: 'large', extra: 1 },
  });
  expect((await toldBy(client, id, { context: { model: 'tiny' } })).context).toEqual({
    model: 'tiny',
    extra: 1,
  });
  expect((await toldBy(client, id, { config: { configurable: { model: 'mid' } } })).context).toEqual({
    model: 'mid',
    extra: 1,
  });
  await client.assistants.update('configured', { context: { model: 'by name' } });
  expect((await toldBy(client, 'configured')).context).toEqual({ model: 'by name' });
});

test('a header that langgraph.json names reaches the run that the request creates', async () => {
  await using started = await start({
    options: { configurableHeaders: { includes: ['x-*'], excludes: [] } },
  });
  const send: typeof fetch = (url, init) =>
    fetch(url, { ...init, headers: { ...init?.headers, 'x-tenant': 'acme', 'x-api-key': 'secret' } });
  const client = createClient({ url: started.service.url, fetch: send as never });

  expect((await toldBy(client, 'configured')).configurable).toEqual({ 'x-tenant': 'acme' });
});

test('a repeated createRun is the same request whatever its headers are', async () => {
  await using started = await start({
    options: { configurableHeaders: { includes: ['x-*'], excludes: [] } },
  });
  let sent = 0;
  const send: typeof fetch = (url, init) =>
    fetch(url, { ...init, headers: { ...init?.headers, 'x-request-id': String(++sent) } });
  const client = createClient({ url: started.service.url, fetch: send as never });
  const thread = unwrap(await client.createThread());
  const run = { threadId: thread.id, assistantId: 'configured', input: {}, idempotencyKey: 'once' };

  expect(unwrap(await client.createRun(run)).id).toBe(unwrap(await client.createRun(run)).id);
});

test('a graph is drawn, and tells its schemas and its subgraphs', async () => {
  await using started = await start();
  const { assistants } = started.client;

  const flat = await assistants.graph('nested');
  const deep = await assistants.graph('nested', { xray: 1 });
  const schemas = await assistants.schemas('zod-state');
  const subgraphs = await assistants.subgraphs('nested', { recurse: true });

  expect(flat).toMatchObject({
    __typename: 'AssistantGraph',
    nodes: [{ id: '__start__', type: 'schema' }, { id: 'middle' }, { id: '__end__' }],
  });
  expect(flat).toMatchObject({
    mermaid: expect.stringContaining('graph TD;'),
    edges: expect.arrayContaining([expect.objectContaining({ source: '__start__', target: 'middle' })]),
  });
  expect(deep).toMatchObject({
    nodes: expect.arrayContaining([expect.objectContaining({ id: 'middle:inmost' })]),
  });
  expect(schemas).toMatchObject({
    __typename: 'GraphSchemas',
    state: { properties: { topic: { type: 'string' } } },
    context: null,
  });
  expect(subgraphs).toMatchObject({ subgraphs: [{ namespace: 'middle' }, { namespace: 'middle|inmost' }] });
  expect(await assistants.graph('nobody')).toBeNull();
});

test('a graph that its factory refuses to make says why, as data', async () => {
  await using started = await start();
  const { assistants } = started.client;
  const { id } = unwrap(await assistants.create({ graphId: 'factory', context: { flavour: 'none' } }));
  const refusal = {
    __typename: 'ValidationError',
    message: expect.stringContaining('There is no such flavour'),
  };

  expect([
    await assistants.graph(id),
    await assistants.schemas(id),
    await assistants.subgraphs(id),
  ]).toMatchObject([refusal, refusal, refusal]);
});
