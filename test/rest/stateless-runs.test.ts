import { afterEach, expect, test } from 'vitest';
import { gate, resetGates } from '../support/gates.ts';
import { until } from '../support/until.ts';
import { openEventStream } from './event-stream.ts';
import { startRestServer } from './support.ts';

afterEach(resetGates);
const hello = { messages: [{ role: 'user', content: 'hi' }] };
const unknown = '0198a000-0000-7000-8000-000000000000';

test('§9.31 a run without a thread: its result is whole, its thread is gone afterwards, its location is /runs/{id}', async () => {
  await using server = await startRestServer();
  const { client, request } = server;

  for (const path of ['/runs', '/runs/wait', '/runs/stream']) {
    const answer = await request('POST', path, { assistant_id: 'agent', input: hello });
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.headers.get('content-location')).toMatch(/^\/runs\/[0-9a-f-]{36}$/);
  }
  const values = (await client.runs.wait(null, 'agent', { input: hello })) as unknown as {
    messages: unknown[];
  };
  const run = await client.runs.create(null as never, 'agent', { input: hello });
  const joined = await request('GET', `/runs/${run.run_id}/join`);

  expect(values.messages).toHaveLength(4);
  expect(joined.body).toMatchObject({ messages: { length: 4 } });
  expect((run as unknown as { kwargs: object }).kwargs).toMatchObject({ temporary: true });
  await until(
    () => request('GET', `/threads/${run.thread_id}`),
    ({ status }) => status === 404,
  );
});

test('§9.31 on_completion keep keeps the thread with its state', async () => {
  await using server = await startRestServer();
  const { client, request } = server;

  const run = await client.runs.create(null as never, 'agent', {
    input: hello,
    onCompletion: 'keep' as never,
  });
  await request('GET', `/runs/${run.run_id}/join`);

  const thread = await client.threads.get(run.thread_id);
  expect(thread.values).toMatchObject({ messages: { length: 4 } });
  expect(thread.metadata).toMatchObject({ graph_id: 'agent', assistant_id: run.assistant_id });
});

test('§9.32 a batch gives its runs in their order; both spellings of its members count', async () => {
  await using server = await startRestServer();
  const { client, client2, request } = server;

  const runs = (await client.runs.createBatch([
    { assistantId: 'agent', input: hello, onCompletion: 'keep' as never, metadata: { nth: 1 } },
    { assistantId: 'trivial', input: hello, streamMode: ['updates'], metadata: { nth: 2 } },
    { assistantId: 'agent', input: hello, metadata: { nth: 3 } },
  ])) as unknown as { run_id: string; thread_id: string; metadata: object; kwargs: object }[];

  expect(runs.map(({ metadata }) => metadata)).toEqual([
    { created_by: 'system', nth: 1 },
    { created_by: 'system', nth: 2 },
    { created_by: 'system', nth: 3 },
  ]);
  expect(runs[1]?.kwargs).toMatchObject({ stream_mode: ['updates'] });
  for (const { run_id } of runs) await request('GET', `/runs/${run_id}/join`);
  expect(await client2.threads.get(runs[0]?.thread_id ?? '')).toMatchObject({ status: 'idle' });
});

test('a batch is all or nothing, and says which of its runs is wrong', async () => {
  await using server = await startRestServer();
  const good = { assistant_id: 'agent', input: hello };

  const answers = [
    await server.request('POST', '/runs/batch', []),
    await server.request('POST', '/runs/batch', [good, { ...good, assistant_id: 'nobody' }]),
    await server.request('POST', '/runs/batch', [good, { ...good, stream_mode: 'loud' }]),
    await server.request('POST', '/runs/batch', [good, { ...good, command: { goto: 'nowhere' } }]),
  ];

  expect(answers.map(({ status }) => status)).toEqual([422, 404, 422, 422]);
  const details = answers.map(({ body }) => (body as { detail: string }).detail);
  expect(details[0]).toBe('must contain at least one run');
  expect(details[1]).toMatch(/^1: No assistant found for "nobody"/);
  expect(details[2]).toMatch(/^1\.stream_mode: .*must be one of values/);
  expect(details[3]).toMatch(/^1\.command\.goto: .*"nowhere"/);
  const { threads } = await server.service.orchestrator.queries.searchThreads({
    owner: 'default' as never,
    sortBy: 'CREATED_AT',
    direction: 'ASC',
    limit: 10,
    offset: 0,
  });
  expect(threads).toEqual([]);
});

test('a stateless run’s stream can be joined while it runs, after it, and is empty when there is no such run', async () => {
  await using server = await startRestServer();
  const { client, api } = server;
  const held = gate('rest-agent:tool');
  await using first = await openEventStream(`${api}/runs/stream`, {
    method: 'POST',
    body: { assistant_id: 'agent', input: hello, stream_mode: ['updates'], stream_resumable: true },
  });
  await held.reached;
  const location = first.headers.get('location') ?? '';
  const runId = location.split('/')[2] ?? '';
  await using second = await openEventStream(`${api}${location}`, { headers: { 'last-event-id': '-1' } });
  held.open();

  const all = await first.rest();
  expect(all.map(({ event }) => event)).toEqual(['metadata', 'updates', 'updates', 'updates']);
  expect(await second.rest()).toEqual(all);
  const joined: unknown[] = [];
  for await (const event of client.runs.joinStream(null, runId, { lastEventId: all[0]?.id ?? '' }))
    joined.push(event);
  expect(joined).toEqual(all.slice(1));
  await using none = await openEventStream(`${api}/runs/${unknown}/stream`);
  expect([none.status, await none.rest()]).toEqual([200, []]);
  expect(await server.request('GET', `/runs/${unknown}/join`)).toMatchObject({
    status: 404,
    body: { detail: 'Run not found' },
  });
});
