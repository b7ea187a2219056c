import { afterEach, expect, test } from 'vitest';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { gate, resetGates } from '../support/gates.ts';
import { until } from '../support/until.ts';
import { startRestServer } from './support.ts';

afterEach(resetGates);
const hello = { messages: [{ role: 'user', content: 'hi' }] };
const unknown = '0198a000-0000-7000-8000-000000000000';
/** §8.3: uuid5 of the graph's name. */
const AGENT = 'fe096781-5601-53d2-b2f6-0d3403f7e9ca';
const detailOf = (body: unknown): string => (body as { detail: string }).detail;

test('§9.2 what is malformed or of a wrong type gets 4xx with a detail that says where and why, never 500', async () => {
  await using server = await startRestServer();
  const { thread_id } = await server.client.threads.create();
  const path = `/threads/${thread_id}/runs`;

  const answers = await Promise.all([
    server.request('POST', path, '{"assistant_id": '),
    server.request('POST', path, []),
    server.request('POST', path, {}),
    server.request('POST', path, { assistant_id: 'agent', stream_mode: ['values', 'loud'] }),
    server.request('POST', path, { assistant_id: 'agent', multitask_strategy: 'wait' }),
    server.request('POST', path, { assistant_id: 'agent', config: 'none' }),
    server.request('POST', path, { assistant_id: 'agent', input: hello, after_seconds: -1 }),
    server.request('POST', path, { assistant_id: 'agent', input: hello, interrupt_before: 'nowhere' }),
    server.request('POST', '/threads/no-uuid/runs', { assistant_id: 'agent' }),
    server.request('GET', `${path}?limit=0`),
    server.request('GET', `${path}/${unknown}/stream?stream_mode=loud`),
    server.request('POST', '/runs/cancel', { status: 'some' }),
  ]);

  for (const { status, body } of answers)
    expect({ status, detail: detailOf(body) }).toEqual({ status: 422, detail: expect.any(String) });
  const details = answers.map(({ body }) => detailOf(body));
  expect(details[0]).toContain('not valid JSON');
  expect(details[2]).toContain('assistant_id');
  expect(details[3]).toMatch(/^stream_mode(\.1)?: must be one of values, messages/);
  expect(details[4]).toMatch(/^multitask_strategy: .*"reject"/);
  expect(details[6]).toMatch(/^after_seconds: /);
  expect(details[7]).toBe('interrupt_before: must be "*" or a list of node names');
  expect(details[8]).toBe('thread_id: must be a UUID');
  expect(details[9]).toBe('query.limit: must be 1 or more');
});

test('§9.4 every 200 has a JSON body, and what has none is a 202 or 204', async () => {
  await using server = await startRestServer(); // whose answers are checked: a 200 that is no JSON rejects
  const { thread_id } = await server.client.threads.create();
  const { run_id } = await server.client.runs.create(thread_id, 'agent', { input: hello, afterSeconds: 100 });
  const path = `/threads/${thread_id}/runs/${run_id}`;

  const answers = [
    await server.request('POST', `${path}/cancel`),
    await server.request('POST', `${path}/cancel?wait=1`),
    await server.request('GET', `${path}/join`),
    await server.request('DELETE', path),
    await server.request('DELETE', `/threads/${thread_id}`),
  ];

  expect(answers.map(({ status, body }) => [status, body])).toEqual([
    [202, ''],
    [204, ''],
    [200, {}],
    [204, ''],
    [204, ''],
  ]);
});

test('unknown members of a body are ignored, null is absent, and text/plain or no type at all is JSON too', async () => {
  await using server = await startRestServer();
  const { thread_id } = await server.client.threads.create();
  const body = {
    assistant_id: 'agent',
    input: hello,
    langsmith_tracer: null,
    checkpoint_during: null,
    later: 1,
    config: null,
    webhook: null,
  };

  const answer = await server.request('POST', `/threads/${thread_id}/runs/wait`, body, {
    'content-type': 'text/plain',
  });

  expect(answer).toMatchObject({ status: 200, body: { messages: { length: 4 } } });
});

test('§9.5 booleans of the query: wait=0, false and empty are false, 1 and true are true', async () => {
  await using server = await startRestServer();
  const { client, request } = server;
  const { thread_id } = await client.threads.create();
  const statuses: Record<string, number> = {};

  for (const value of ['0', 'false', '', '1', 'true']) {
    const run = await client.runs.create(thread_id, 'agent', { input: hello, afterSeconds: 100 });
    statuses[value] = (
      await request('POST', `/threads/${thread_id}/runs/${run.run_id}/cancel?wait=${value}`)
    ).status;
  }

  expect(statuses).toEqual({ '0': 202, false: 202, '': 202, '1': 204, true: 204 });
});

test('§9.6 stream_mode of a join may be empty, repeated or a JSON array', async () => {
  await using server = await startRestServer();
  const { client, request } = server;
  const { thread_id } = await client.threads.create();
  await client.runs.wait(thread_id, 'agent', { input: hello });
  const [run] = await client.runs.list(thread_id);
  const names = async (query: string): Promise<unknown> => {
    const { body } = await request(
      'GET',
      `/threads/${thread_id}/runs/${run?.run_id}/stream?${query}`,
      undefined,
      {
        'last-event-id': '-1',
      },
    );
    return [...new Set([...String(body).matchAll(/event: (.*)/g)].map(([, name]) => name))];
  };

  expect(await names('stream_mode=')).toEqual(['metadata', 'values']);
  expect(await names('stream_mode=tasks')).toEqual(['metadata', 'tasks']);
  expect(await names('stream_mode=values&stream_mode=updates')).toEqual(['metadata', 'values', 'updates']);
  expect(await names(`stream_mode=${encodeURIComponent('["values","updates"]')}`)).toEqual([
    'metadata',
    'values',
    'updates',
  ]);
});

test('§9.7 browsers of an allowed origin may send what the clients send, and may read what the clients read', async () => {
  await using server = await startRestServer({ config: { allowedOrigins: ['https://app.example'] } });

  const preflight = await server.request('OPTIONS', '/threads', undefined, {
    origin: 'https://app.example',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type,x-api-key,last-event-id,prefer',
  });
  const answer = await server.request('POST', '/threads', {}, { origin: 'https://app.example' });

  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-headers')).toBe(
    'content-type,x-api-key,last-event-id,prefer',
  );
  expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example');
  expect(answer.headers.get('access-control-expose-headers')?.split(',')).toEqual(
    expect.arrayContaining(['content-location', 'location', 'x-pagination-total', 'x-pagination-next']),
  );
});

test('§9.19 §9.20 §9.23 a background run is pending at first, its assistant a uuid, its thread busy until it has ended', async () => {
  await using server = await startRestServer();
  const { client, client2, request } = server;
  const held = gate('rest-agent:begin:0');
  const { thread_id } = await client.threads.create();

  const created = await request('POST', `/threads/${thread_id}/runs`, {
    assistant_id: 'agent',
    input: hello,
  });
  const run = created.body as { run_id: string; assistant_id: string; status: string };
  const busy = await client.threads.get(thread_id);
  await held.reached;
  const running = await client2.runs.get(thread_id, run.run_id);
  held.open();
  await client.runs.join(thread_id, run.run_id);

  expect(created.headers.get('content-location')).toBe(`/threads/${thread_id}/runs/${run.run_id}`);
  expect(run).toMatchObject({ status: 'pending', assistant_id: AGENT, multitask_strategy: 'enqueue' });
  expect([busy.status, running.status]).toEqual(['busy', 'running']);
  expect((await client.threads.get(thread_id)).status).toBe('idle');
  const byId = await client.runs.create(thread_id, AGENT, { input: hello });
  expect(byId.assistant_id).toBe(AGENT);
  await client.runs.join(thread_id, byId.run_id);
});

test('§9.21 an unknown assistant is a 404 that names it: on create, stream and wait, with and without a thread', async () => {
  await using server = await startRestServer();
  const { thread_id } = await server.client.threads.create();
  const paths = ['', '/stream', '/wait'].flatMap((end) => [
    `/threads/${thread_id}/runs${end}`,
    `/runs${end}`,
  ]);

  const answers = await Promise.all(
    paths.map((path) => server.request('POST', path, { assistant_id: 'nobody', input: hello })),
  );

  for (const { status, body } of answers) {
    expect(status).toBe(404);
    expect(detailOf(body)).toContain('No assistant found for "nobody"');
  }
});

test('§9.22 a missing thread is a 404, or is made with if_not_exists create', async () => {
  await using server = await startRestServer();
  const { client, request } = server;
  const threadId = '2f1c9b5e-0000-4000-8000-00000000000a';
  const run = { assistant_id: 'agent', input: hello, metadata: { from: 'test' } };

  const refused = await Promise.all(
    ['', '/stream', '/wait'].map((end) => request('POST', `/threads/${threadId}/runs${end}`, run)),
  );
  const made = await request('POST', `/threads/${threadId}/runs/wait`, { ...run, if_not_exists: 'create' });

  expect(refused.map(({ status }) => status)).toEqual([404, 404, 404]);
  expect(made).toMatchObject({ status: 200, body: { messages: { length: 4 } } });
  expect((await client.threads.get(threadId)).metadata).toMatchObject({
    graph_id: 'agent',
    assistant_id: AGENT,
    from: 'test',
  });
});

test('§9.25 a recursion limit that is reached: wait answers 200 with __error__, the run and the thread are error', async () => {
  await using server = await startRestServer();
  const { client, request } = server;
  const { thread_id } = await client.threads.create();

  const waited = await request('POST', `/threads/${thread_id}/runs/wait`, {
    assistant_id: 'agent',
    input: hello,
    config: { recursion_limit: 1 },
  });

  expect(waited).toMatchObject({
    status: 200,
    body: { __error__: { error: 'GraphRecursionError', message: expect.any(String) } },
  });
  expect(await client.runs.list(thread_id)).toMatchObject([{ status: 'error' }]);
  expect(await client.threads.get(thread_id)).toMatchObject({
    status: 'error',
    error: { error: 'GraphRecursionError' },
  });
  await expect(
    client.runs.wait(thread_id, 'agent', { input: hello, config: { recursion_limit: 1 } }),
  ).rejects.toThrow('GraphRecursionError');
});

test('§9.27 the list of runs is newest first, in pages, by status and with chosen members; §9.28 a run of another thread is not there', async () => {
  await using server = await startRestServer();
  const { client, request } = server;
  const { thread_id } = await client.threads.create();
  const other = await client.threads.create();
  const ids: string[] = [];
  for (const graph of ['agent', 'failing', 'agent']) {
    const run = await client.runs.create(thread_id, graph, { input: hello });
    await client.runs.join(thread_id, run.run_id);
    ids.unshift(run.run_id);
  }
  const listed = async (options: object) =>
    (await client.runs.list(thread_id, options)).map(({ run_id }) => run_id);

  expect(await listed({})).toEqual(ids);
  expect(await listed({ limit: 1, offset: 1 })).toEqual([ids[1]]);
  expect(await listed({ status: 'error' })).toEqual([ids[1]]);
  expect(await client.runs.list(thread_id, { limit: 1, select: ['run_id', 'status'] })).toEqual([
    { run_id: ids[0], status: 'success' },
  ]);
  for (const [method, end] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/cancel'],
    ['GET', '/join'],
    ['GET', '/stream'],
  ] as const)
    expect(
      (await request(method, `/threads/${other.thread_id}/runs/${ids[0]}${end}`)).status,
      `${method} ${end}`,
    ).toBe(404);
});

test('§9.29 a deleted run is gone; one that has not ended is a conflict', async () => {
  await using server = await startRestServer();
  const { client, request } = server;
  const held = gate('rest-agent:tool');
  const { thread_id } = await client.threads.create();
  const { run_id } = await client.runs.create(thread_id, 'agent', { input: hello });
  await held.reached;
  const path = `/threads/${thread_id}/runs/${run_id}`;

  const early = await request('DELETE', path);
  held.open();
  await client.runs.join(thread_id, run_id);
  await client.runs.delete(thread_id, run_id);

  expect(early.status).toBe(409);
  expect((await request('GET', path)).status).toBe(404);
  expect((await request('DELETE', path)).status).toBe(404);
});

test('§9.30 after_seconds: the run waits for its time; cancelled before, it is interrupted and the thread idle', async () => {
  const clock = new AdvancingClock();
  await using server = await startRestServer({ clock });
  const { client, request } = server;
  const { thread_id } = await client.threads.create();
  const cancelled = await client.runs.create(thread_id, 'agent', { input: hello, afterSeconds: 5 });

  const edit = { values: hello, as_node: 'tool' };
  expect((await request('POST', `/threads/${thread_id}/state`, edit)).status).toBe(409);
  await client.runs.cancel(thread_id, cancelled.run_id);
  expect(await client.runs.get(thread_id, cancelled.run_id)).toMatchObject({ status: 'interrupted' });
  expect(await client.threads.get(thread_id)).toMatchObject({ status: 'idle' });
  expect((await request('POST', `/threads/${thread_id}/state`, edit)).status).toBe(200);

  const delayed = await client.runs.create(thread_id, 'agent', { input: hello, afterSeconds: 5 });
  await clock.advance(4_000);
  expect(await client.runs.get(thread_id, delayed.run_id)).toMatchObject({
    status: 'pending',
    created_at: delayed.created_at,
  });
  await clock.advance(1_100);
  await client.runs.join(thread_id, delayed.run_id);
  expect(await client.runs.get(thread_id, delayed.run_id)).toMatchObject({ status: 'success' });
});

test('§9.33 whoever waits or joins for long is kept alive with line feeds, and then has the result', async () => {
  const clock = new AdvancingClock();
  await using server = await startRestServer({ clock });
  const { client, api } = server;
  const held = gate('rest-agent:tool');
  const { thread_id } = await client.threads.create();
  const waiting = await fetch(`${api}/threads/${thread_id}/runs/wait`, {
    method: 'POST',
    body: JSON.stringify({ assistant_id: 'agent', input: hello }),
  });
  await held.reached;
  const location = waiting.headers.get('location') ?? '';
  const joining = await fetch(`${api}${location}`);
  const readers = [waiting, joining].map((response) =>
    (response.body as ReadableStream<Uint8Array>).getReader(),
  );
  const decoder = new TextDecoder();

  for (let seconds = 0; seconds < 15; seconds += 5) {
    await clock.advance(5_000);
    for (const reader of readers) expect(decoder.decode((await reader.read()).value)).toBe('\n');
  }
  held.open();
  const results = await Promise.all(
    readers.map(async (reader) => JSON.parse(decoder.decode((await reader.read()).value)) as unknown),
  );

  expect(location).toMatch(/^\/threads\/[0-9a-f-]{36}\/runs\/[0-9a-f-]{36}\/join$/);
  for (const result of results) expect(result).toMatchObject({ messages: { length: 4 } });
  await until(
    () => client.threads.get(thread_id),
    ({ status }) => status === 'idle',
  );
});

test('durability exit leaves one checkpoint, whichever way it is asked for', async () => {
  await using server = await startRestServer();
  const { client, service } = server;
  for (const [options, expected] of [
    [{ durability: 'exit' }, 1],
    [{ checkpointDuring: false }, 1],
    [{ durability: 'async' }, 5],
  ] as const) {
    const { thread_id } = await client.threads.create();
    await client.runs.wait(thread_id, 'agent', { input: hello, ...options } as never);
    const thread = await service.orchestrator.queries.thread('default' as never, thread_id);
    const history = await service.orchestrator.queries.history(thread as never, undefined, {
      limit: 10,
      inverted: false,
    });
    expect(history, JSON.stringify(options)).toHaveLength(expected);
  }
});
