import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { defaultAssistantId } from '../../src/domain/ids.ts';
import { gate, resetGates } from '../support/gates.ts';
import { TestDatabase } from '../support/test-database.ts';
import { type RestServer, startRestServer } from './support.ts';

afterEach(resetGates);
const UNKNOWN = '0198a000-0000-4000-8000-000000000000';
type Told = {
  readonly context: unknown;
  readonly configurable: Record<string, unknown>;
  readonly tags: readonly string[];
};
const toldBy = (values: unknown): Told => JSON.parse((values as { told: string }).told) as Told;

test('§9.20 a graph name and the id that is derived from it are the same default assistant', async () => {
  await using server = await startRestServer();
  const { client } = server;

  const [byName, byId] = [
    await client.assistants.get('agent'),
    await client.assistants.get('fe096781-5601-53d2-b2f6-0d3403f7e9ca'),
  ];
  const run = await client.runs.create(null, 'agent', { input: { messages: [] } });

  expect(byId).toEqual(byName);
  expect(byName).toMatchObject({
    assistant_id: defaultAssistantId('agent'),
    graph_id: 'agent',
    name: 'agent',
    description: 'Looks and answers',
    config: {},
    context: {},
    metadata: { created_by: 'system' },
    version: 1,
  });
  expect(run.assistant_id).toBe(byName.assistant_id);
});

test('§9.21 an assistant that is not there is 404, on its own paths and for a run', async () => {
  await using server = await startRestServer();
  const paths = [
    `/assistants/${UNKNOWN}`,
    '/assistants/nobody',
    `/assistants/${UNKNOWN}/graph`,
    `/assistants/${UNKNOWN}/schemas`,
  ];

  for (const path of paths)
    expect(await server.request('GET', path)).toMatchObject({
      status: 404,
      body: { detail: 'Assistant not found' },
    });
  for (const [method, path] of [
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/versions'],
    ['POST', '/latest'],
    ['GET', '/subgraphs'],
  ] as const)
    expect(
      (await server.request(method, `/assistants/${UNKNOWN}${path}`, method === 'GET' ? undefined : {}))
        .status,
    ).toBe(404);
  const run = await server.request('POST', '/runs', { assistant_id: UNKNOWN });
  expect(run).toMatchObject({
    status: 404,
    body: { detail: expect.stringContaining(`No assistant found for "${UNKNOWN}"`) },
  });
});

describe('creating', () => {
  test('takes what is given, and says the rest', async () => {
    await using server = await startRestServer();
    const { client } = server;

    const plain = await client.assistants.create({ graphId: 'agent' });
    const full = await client.assistants.create({
      graphId: 'configured',
      assistantId: UNKNOWN,
      name: 'Mine',
      description: 'For tests',
      config: { tags: ['t'], recursion_limit: 7, configurable: { model: 'large' } },
      metadata: { team: 'a' },
    });

    expect(plain).toMatchObject({
      name: 'Untitled',
      description: null,
      config: {},
      context: {},
      metadata: {},
      version: 1,
    });
    expect(full).toMatchObject({
      assistant_id: UNKNOWN,
      graph_id: 'configured',
      name: 'Mine',
      description: 'For tests',
      config: { tags: ['t'], recursion_limit: 7, configurable: { model: 'large' } },
      context: { model: 'large' },
      metadata: { team: 'a' },
    });
    expect(await client.assistants.get(UNKNOWN)).toEqual(full);
  });

  test('an id that is taken is refused, or returned unchanged if asked', async () => {
    await using server = await startRestServer();
    const first = await server.client.assistants.create({
      graphId: 'agent',
      assistantId: UNKNOWN,
      name: 'First',
    });

    const refused = await server.request('POST', '/assistants', { graph_id: 'agent', assistant_id: UNKNOWN });
    const returned = await server.client.assistants.create({
      graphId: 'failing',
      assistantId: UNKNOWN,
      name: 'Second',
      ifExists: 'do_nothing',
    });

    expect(refused).toMatchObject({ status: 409, body: { detail: 'Assistant already exists' } });
    expect(returned).toEqual(first);
  });

  let server: RestServer | undefined;
  afterAll(() => server?.[Symbol.asyncDispose]());
  test.each<[string, object, number, string]>([
    ['a graph that is not served', { graph_id: 'nothing' }, 404, 'Graph "nothing" not found'],
    ['no graph', {}, 422, 'graph_id'],
    [
      'an id that is no UUID',
      { graph_id: 'agent', assistant_id: 'mine' },
      422,
      'assistant_id: must be a UUID',
    ],
    ['a config that is no object', { graph_id: 'agent', config: [] }, 422, 'config: must be a JSON object'],
    [
      'a limit that is none',
      { graph_id: 'agent', config: { recursion_limit: 0 } },
      422,
      'config.recursion_limit: must be a whole number',
    ],
    [
      'tags that are none',
      { graph_id: 'agent', config: { tags: 't' } },
      422,
      'config.tags: must be a list of strings',
    ],
    [
      'a configurable and a context that differ',
      { graph_id: 'agent', config: { configurable: { a: 1 } }, context: { a: 2 } },
      422,
      'must equal config.configurable',
    ],
    ['an empty name', { graph_id: 'agent', name: ' ' }, 422, 'name: must have 1 to'],
  ])('%s is refused, and nothing is stored', async (_what, body, status, detail) => {
    server ??= await startRestServer();
    const before = await server.client.assistants.count();

    expect(await server.request('POST', '/assistants', body)).toMatchObject({
      status,
      body: { detail: expect.stringContaining(detail) },
    });
    expect(await server.client.assistants.count()).toBe(before);
  });
});

describe('§9.65 versions', () => {
  test('each change makes one, an empty one too; config and context are replaced, metadata is merged', async () => {
    await using server = await startRestServer();
    const { client } = server;
    const { assistant_id: id } = await client.assistants.create({
      graphId: 'configured',
      context: { model: 'a', extra: 1 },
      metadata: { x: 1, y: 1 },
    });

    const second = await client.assistants.update(id, {});
    const third = await client.assistants.update(id, {
      context: { model: 'b' },
      metadata: { y: 2 },
      name: 'Third',
      graphId: 'agent',
    });

    expect(second).toMatchObject({ version: 2, context: { model: 'a', extra: 1 } });
    expect(third).toMatchObject({
      version: 3,
      graph_id: 'agent',
      name: 'Third',
      context: { model: 'b' },
      config: { configurable: { model: 'b' } },
      metadata: { x: 1, y: 2 },
    });
    expect(await client.assistants.get(id)).toEqual(third);
  });

  test('the selected one counts, and the next change is numbered after the highest', async () => {
    await using server = await startRestServer();
    const { client } = server;
    const { assistant_id: id } = await client.assistants.create({
      graphId: 'configured',
      context: { model: 'one' },
      name: 'One',
    });
    await client.assistants.update(id, { context: { model: 'two' }, name: 'Two' });

    const selected = await client.assistants.setLatest(id, 1);
    const byQuery = await server.request('POST', `/assistants/${id}/latest?version=1`);
    const next = await client.assistants.update(id, {});

    expect(selected).toMatchObject({ version: 1, name: 'One', context: { model: 'one' } });
    expect(byQuery).toMatchObject({ status: 200, body: { version: 1 } });
    expect(next).toMatchObject({ version: 3, name: 'One', context: { model: 'one' } });
  });

  test('one that is not there is 404 and changes nothing', async () => {
    await using server = await startRestServer();
    const created = await server.client.assistants.create({ graphId: 'agent' });
    const path = `/assistants/${created.assistant_id}/latest`;

    for (const version of [99, 0, -1])
      expect(await server.request('POST', path, { version })).toMatchObject({
        status: 404,
        body: { detail: `Assistant version ${version} not found` },
      });
    expect(await server.client.assistants.get(created.assistant_id)).toEqual(created);
  });

  test('are listed newest first, in pages, by metadata', async () => {
    await using server = await startRestServer();
    const { client } = server;
    const { assistant_id: id } = await client.assistants.create({ graphId: 'agent', metadata: { n: 1 } });
    for (const n of [2, 3, 4]) await client.assistants.update(id, { metadata: { n } });

    const numbers = async (query?: object) =>
      (await client.assistants.getVersions(id, query)).map(({ version }) => version);

    expect(await numbers()).toEqual([4, 3, 2, 1]);
    expect(await numbers({ limit: 2, offset: 1 })).toEqual([3, 2]);
    expect(await numbers({ metadata: { n: 2 } })).toEqual([2]);
  });

  test('changes sent at once each get a number of their own', async () => {
    await using server = await startRestServer();
    const { client } = server;
    const { assistant_id: id } = await client.assistants.create({ graphId: 'agent' });

    const changed = await Promise.all(
      [1, 2, 3, 4, 5].map((n) => client.assistants.update(id, { metadata: { [`k${n}`]: n } })),
    );

    expect(changed.map(({ version }) => version).sort()).toEqual([2, 3, 4, 5, 6]);
    expect((await client.assistants.get(id)).metadata).toEqual({ k1: 1, k2: 2, k3: 3, k4: 4, k5: 5 });
  });
});

describe('searching', () => {
  test('§9.66 by a part of the name, in capitals or not, whatever its letters', async () => {
    await using server = await startRestServer();
    const { client } = server;
    for (const name of ['Ärger 100%', 'ärgerlich', 'other_name'])
      await client.assistants.create({ graphId: 'agent', name });
    const named = async (name: string) =>
      (await client.assistants.search({ name, sortBy: 'name', sortOrder: 'asc' })).map((found) => found.name);

    expect(await named('ÄRGER')).toEqual(['Ärger 100%', 'ärgerlich']);
    expect(await named('0%')).toEqual(['Ärger 100%']);
    expect(await named('r_n')).toEqual(['other_name']);
    expect(await client.assistants.count({ name: 'ärger' })).toBe(2);
  });

  test('by graph and metadata, newest first, in pages that say whether there are more', async () => {
    await using server = await startRestServer();
    const { client } = server;
    for (const n of [1, 2, 3])
      await client.assistants.create({ graphId: 'configured', name: `n${n}`, metadata: { of: 'test', n } });
    const filter = { graphId: 'configured', metadata: { of: 'test' } };

    const first = await client.assistants.search({ ...filter, limit: 2, includePagination: true });
    const rest = await client.assistants.search({ ...filter, limit: 2, offset: 2, includePagination: true });

    expect(first.assistants.map(({ name }) => name)).toHaveLength(2);
    expect(first.next).toBe('2');
    expect(rest).toMatchObject({ assistants: [{}], next: null });
    expect(new Set([...first.assistants, ...rest.assistants].map(({ name }) => name))).toEqual(
      new Set(['n1', 'n2', 'n3']),
    );
    expect(await client.assistants.count(filter)).toBe(3);
    expect(await client.assistants.count({ graphId: 'configured' })).toBe(4);
  });

  test('sorted as asked, with the members that are selected', async () => {
    await using server = await startRestServer();
    const { client } = server;

    const found = await client.assistants.search({
      sortBy: 'graph_id',
      sortOrder: 'asc',
      limit: 2,
      select: ['graph_id', 'version'],
    });

    expect(found).toEqual([
      { graph_id: 'agent', version: 1 },
      { graph_id: 'approval', version: 1 },
    ]);
  });
});

describe('deleting', () => {
  test('removes the assistant with its versions and its runs, and keeps the threads', async () => {
    await using server = await startRestServer();
    const { client } = server;
    const { assistant_id: id } = await client.assistants.create({ graphId: 'configured' });
    const thread = await client.threads.create();
    await client.runs.wait(thread.thread_id, id, { input: {} });

    await client.assistants.delete(id);

    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/versions'],
      ['DELETE', ''],
    ] as const)
      expect(
        (await server.request(method, `/assistants/${id}${path}`, method === 'POST' ? {} : undefined)).status,
      ).toBe(404);
    expect(await client.runs.list(thread.thread_id)).toEqual([]);
    expect((await client.threads.get(thread.thread_id)).values).toMatchObject({ told: expect.any(String) });
  });

  test('§9.67 removes its threads if asked, and no others', async () => {
    await using server = await startRestServer();
    const { client } = server;
    const { assistant_id: id } = await client.assistants.create({ graphId: 'configured' });
    const bound = await client.threads.create({ metadata: { assistant_id: id } });
    const [ran, shared] = [await client.threads.create(), await client.threads.create()];
    await client.runs.wait(ran.thread_id, id, { input: {} });
    for (const assistant of ['configured', id])
      await client.runs.wait(shared.thread_id, assistant, { input: {} });

    await client.assistants.delete(id, { deleteThreads: true });

    for (const { thread_id } of [bound, ran])
      expect((await server.request('GET', `/threads/${thread_id}`)).status).toBe(404);
    expect((await client.runs.list(shared.thread_id)).map((run) => run.assistant_id)).toEqual([
      defaultAssistantId('configured'),
    ]);
  });

  test('stops what runs first', async () => {
    await using server = await startRestServer();
    const { client } = server;
    const held = gate('rest-agent:begin:1');
    const { assistant_id: id } = await client.assistants.create({ graphId: 'agent' });
    const thread = await client.threads.create();
    const input = { messages: [{ role: 'user', content: 'hi' }] };
    const run = await client.runs.create(thread.thread_id, id, { input });
    await client.runs.create(thread.thread_id, id, { input });
    await held.reached;

    await client.assistants.delete(id);

    expect((await server.request('GET', `/threads/${thread.thread_id}/runs/${run.run_id}`)).status).toBe(404);
    expect((await client.threads.get(thread.thread_id)).status).toBe('idle');
  });

  test("a graph's default assistant stays, and says so", async () => {
    await using server = await startRestServer();

    const refused = await server.request('DELETE', '/assistants/agent');

    expect(refused).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('cannot be deleted') },
    });
    expect((await server.client.assistants.get('agent')).version).toBe(1);
  });
});

describe('§9.68 running', () => {
  test("the assistant's context and config are used, the run's go over them", async () => {
    await using server = await startRestServer();
    const { client } = server;
    const { assistant_id: id } = await client.assistants.create({
      graphId: 'configured',
      config: { tags: ['assistant'] },
      context: { model: 'large', extra: 1 },
      metadata: { team: 'a' },
    });
    const thread = await client.threads.create({ metadata: { user: 'u' } });

    const own = toldBy(await client.runs.wait(thread.thread_id, id, { input: {} }));
    const over = toldBy(
      await client.runs.wait(thread.thread_id, id, {
        input: {},
        context: { model: 'tiny' },
        config: { tags: ['run'] },
      }),
    );
    await client.assistants.update(id, { context: { model: 'patched' } });
    const patched = toldBy(await client.runs.wait(thread.thread_id, id, { input: {}, metadata: { n: 3 } }));
    const [newest] = await client.runs.list(thread.thread_id);

    expect(own).toMatchObject({
      context: { model: 'large', extra: 1 },
      configurable: { model: 'large', extra: 1 },
      tags: ['assistant'],
    });
    expect(over).toMatchObject({
      context: { model: 'tiny', extra: 1 },
      configurable: { model: 'tiny', extra: 1 },
      tags: ['run'],
    });
    expect(patched.context).toEqual({ model: 'patched' });
    expect(newest?.metadata).toMatchObject({ team: 'a', user: 'u', n: 3 });
  });

  test('a changed default assistant is used under its graph’s name, and after a restart', async () => {
    await using database = await TestDatabase.create();
    {
      await using server = await startRestServer({ database: database.url });
      await server.client.assistants.update('configured', { context: { model: 'kept' } });
    }
    await using server = await startRestServer({ database: database.url });
    const { client } = server;

    expect(await client.assistants.get('configured')).toMatchObject({
      version: 2,
      context: { model: 'kept' },
    });
    expect(toldBy(await client.runs.wait(null, 'configured', { input: {} })).context).toEqual({
      model: 'kept',
    });
  });

  test('LANGGRAPH_CONFIG says what default assistants begin with, until they are changed', async () => {
    await using database = await TestDatabase.create();
    const seeded = (model: string) => ({
      assistantSeeds: { configured: { config: { tags: ['seed'] }, context: { model } } },
    });
    {
      await using server = await startRestServer({ database: database.url, config: seeded('first') });
      expect((await server.client.assistants.get('configured')).context).toEqual({ model: 'first' });
    }
    {
      await using server = await startRestServer({ database: database.url, config: seeded('second') });
      expect(await server.client.assistants.get('configured')).toMatchObject({
        context: { model: 'second' },
        version: 1,
      });
      expect(toldBy(await server.client.runs.wait(null, 'configured', { input: {} }))).toMatchObject({
        context: { model: 'second' },
        tags: ['seed'],
      });
      await server.client.assistants.update('configured', { context: { model: 'mine' } });
    }
    await using server = await startRestServer({ database: database.url, config: seeded('third') });

    expect((await server.client.assistants.get('configured')).context).toEqual({ model: 'mine' });
  });

  test('a factory makes its graph of the assistant’s configuration', async () => {
    await using server = await startRestServer();
    const { client } = server;
    const { assistant_id: id } = await client.assistants.create({
      graphId: 'factory',
      context: { flavour: 'mint' },
    });

    expect(await client.runs.wait(null, id, { input: { messages: [] } })).toMatchObject({
      messages: [{ content: 'mint' }],
    });
  });
});

test('§9.72 a header reaches configurable only when langgraph.json says so, an API key never', async () => {
  const headers = { 'x-tenant': 'acme', 'x-api-key': 'secret', authorization: 'Bearer secret' };
  const body = { assistant_id: 'configured', input: {} };
  await using plain = await startRestServer();
  await using chosen = await startRestServer({
    options: { configurableHeaders: { includes: ['*'], excludes: ['host'] } },
  });

  const nothing = toldBy((await plain.request('POST', '/runs/wait', body, headers)).body).configurable;
  const all = toldBy((await chosen.request('POST', '/runs/wait', body, headers)).body).configurable;

  expect(nothing).toEqual({});
  expect(all).toMatchObject({ 'x-tenant': 'acme' });
  for (const name of ['x-api-key', 'authorization', 'host']) expect(all).not.toHaveProperty([name]);
});

describe('graphs', () => {
  test('are drawn; the start and the end are schemas', async () => {
    await using server = await startRestServer();

    const { nodes, edges } = await server.client.assistants.getGraph('agent');

    expect(nodes.map(({ id, ...node }) => [id, (node as { type?: string }).type])).toEqual([
      ['__start__', 'schema'],
      ['agent', 'runnable'],
      ['tool', 'runnable'],
      ['__end__', 'schema'],
    ]);
    expect(edges).toContainEqual({ source: '__start__', target: 'agent', conditional: false });
    expect(edges).toContainEqual({ source: 'agent', target: 'tool', conditional: true });
  });

  test('show the nodes of their subgraphs with xray, down to its depth', async () => {
    await using server = await startRestServer();
    const ids = async (xray: boolean | number) =>
      (await server.client.assistants.getGraph('nested', { xray })).nodes
        .map(({ id }) => String(id))
        .filter((id) => !id.startsWith('__'));

    expect(await ids(false)).toEqual(['middle']);
    expect(await ids(1)).toEqual(['middle:prepare', 'middle:inmost']);
    expect(await ids(true)).toEqual(['middle:prepare', 'middle:inmost:prepare', 'middle:inmost:speak']);
    expect((await server.request('GET', '/assistants/nested/graph?xray=deep')).status).toBe(422);
  });

  test('tell their schemas: Annotation', async () => {
    await using server = await startRestServer();

    const schemas = await server.client.assistants.getSchemas('configured');

    expect(schemas).toMatchObject({
      graph_id: 'configured',
      input_schema: { type: 'object', properties: { told: {} } },
      state_schema: {
        type: 'object',
        properties: { told: {}, notes: { type: 'array' }, rounds: { type: 'number' } },
      },
      context_schema: { properties: { model: { type: 'string', default: 'small' } } },
    });
    expect(schemas.config_schema).toEqual(schemas.context_schema);
    expect(Object.keys(schemas.input_schema?.properties ?? {})).toEqual(['told']);
    expect((await server.client.assistants.getSchemas('agent')).state_schema).toMatchObject({
      properties: { messages: { type: 'array', langgraph_type: 'messages' } },
    });
  });

  test('tell their schemas: zod and a state schema', async () => {
    await using server = await startRestServer();

    const zod = await server.client.assistants.getSchemas('zod-state');

    expect(zod.state_schema).toMatchObject({
      properties: { topic: { type: 'string', minLength: 1 }, count: { type: 'integer' } },
    });
    expect(zod.input_schema).toMatchObject({ properties: { topic: { type: 'string' } } });
  });

  test('tell their subgraphs by namespace', async () => {
    await using server = await startRestServer();
    const { assistants } = server.client;
    const all = await assistants.getSubgraphs('nested', { recurse: true });

    expect(Object.keys(await assistants.getSubgraphs('nested'))).toEqual(['middle']);
    expect(Object.keys(all)).toEqual(['middle', 'middle|inmost']);
    expect(all['middle']).toMatchObject({
      state_schema: { properties: { messages: { type: 'array' } } },
      state: { type: 'object' },
    });
    expect(Object.keys(await assistants.getSubgraphs('nested', { namespace: 'middle|inmost' }))).toEqual([
      'middle|inmost',
    ]);
    expect(await assistants.getSubgraphs('nested', { namespace: 'nowhere' })).toEqual({});
  });

  test('that can not be had with the configuration say why', async () => {
    await using server = await startRestServer();
    const { assistant_id: id } = await server.client.assistants.create({
      graphId: 'factory',
      context: { flavour: 'none' },
    });

    for (const path of ['graph', 'schemas', 'subgraphs'])
      expect(await server.request('GET', `/assistants/${id}/${path}`)).toMatchObject({
        status: 422,
        body: { detail: expect.stringContaining('There is no such flavour') },
      });
  });
});
