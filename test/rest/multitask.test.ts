import { afterEach, expect, test } from 'vitest';
import { gate, resetGates } from '../support/gates.ts';
import { openEventStream, type WireEvent } from './event-stream.ts';
import { type RestServer, startRestServer } from './support.ts';

afterEach(resetGates);
const say = (content: string) => ({ messages: [{ role: 'user', content }] });
const hello = say('hi');
const unknown = '0198a000-0000-7000-8000-000000000000';

type Values = { readonly messages: readonly { readonly type: string; readonly content: string }[] };
const saidOn = async ({ client }: RestServer, threadId: string): Promise<string[]> =>
  ((await client.threads.get(threadId)).values as Values).messages.map(
    ({ type, content }) => `${type}: ${content}`,
  );
const statusOf = async ({ request }: RestServer, threadId: string, runId: string): Promise<unknown> => {
  const { status, body } = await request('GET', `/threads/${threadId}/runs/${runId}`);
  return status === 200 ? (body as { status: string }).status : status;
};

test('§9.51 without a strategy a second run waits for the first: both succeed, the first one’s messages first', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create();

  const first = await client.runs.create(thread_id, 'agent', { input: say('one') });
  const second = await client.runs.create(thread_id, 'agent', { input: say('two') });
  await client.runs.join(thread_id, second.run_id);

  expect(await saidOn(server, thread_id)).toEqual([
    ...['human: one', 'ai: begin', 'tool: tool_call', 'ai: end'],
    ...['human: two', 'ai: begin', 'tool: tool_call', 'ai: end'],
  ]);
  expect([
    await statusOf(server, thread_id, first.run_id),
    await statusOf(server, thread_id, second.run_id),
  ]).toEqual(['success', 'success']);
});

test('§9.52 reject on a busy thread is a 409 that stores nothing; of two at once on an idle thread exactly one is taken', async () => {
  await using server = await startRestServer();
  const { client, request } = server;
  const held = gate('rest-agent:begin:0');
  const { thread_id } = await client.threads.create();
  const body = { assistant_id: 'agent', input: hello, multitask_strategy: 'reject' };

  const both = await Promise.all([0, 1].map(() => request('POST', `/threads/${thread_id}/runs`, body)));
  await held.reached;
  const later = await Promise.all(
    ['', '/stream', '/wait'].map((end) => request('POST', `/threads/${thread_id}/runs${end}`, body)),
  );
  const runs = await client.runs.list(thread_id);
  held.open();

  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(later.map(({ status }) => status)).toEqual([409, 409, 409]);
  expect(later[0]?.body).toEqual({ detail: expect.stringContaining('choose another multitask strategy') });
  expect(runs).toHaveLength(1);
  await client.runs.join(thread_id, runs[0]?.run_id ?? '');
});

test('§9.53 interrupt on a running run: it is interrupted and what it said stays, then the second one succeeds on top of that', async () => {
  await using server = await startRestServer();
  const { client, api } = server;
  const held = gate('rest-agent:begin:3', { holds: 1 });
  const { thread_id } = await client.threads.create();
  await using stream = await openEventStream(`${api}/threads/${thread_id}/runs/stream`, {
    method: 'POST',
    body: { assistant_id: 'agent', input: say('one'), stream_mode: ['values'] },
  });
  await held.reached;
  const waiting = await client.runs.create(thread_id, 'agent', {
    input: say('waits'),
    multitaskStrategy: 'enqueue',
  });
  const second = await client.runs.create(thread_id, 'agent', {
    input: say('two'),
    multitaskStrategy: 'interrupt',
  });
  const events = await stream.rest();
  await client.runs.join(thread_id, second.run_id);

  const firstId = (events[0] as WireEvent & { data: { run_id: string } }).data.run_id;
  expect([
    await statusOf(server, thread_id, firstId),
    await statusOf(server, thread_id, waiting.run_id),
    await statusOf(server, thread_id, second.run_id),
  ]).toEqual(['interrupted', 'interrupted', 'success']);
  expect(events.map(({ event }) => event)).not.toContain('error');
  expect(await saidOn(server, thread_id)).toEqual([
    ...['human: one', 'ai: beg', 'human: waits'],
    ...['human: two', 'ai: begin', 'tool: tool_call', 'ai: end'],
  ]);
});

test('§9.54 rollback on a running run: it is a 404 with its checkpoints gone, its stream ends without a word, and the second one begins anew', async () => {
  await using server = await startRestServer();
  const { client, api, service } = server;
  const held = gate('rest-agent:end:1', { holds: 1 });
  const { thread_id } = await client.threads.create();
  await using stream = await openEventStream(`${api}/threads/${thread_id}/runs/stream`, {
    method: 'POST',
    body: { assistant_id: 'agent', input: say('one'), stream_mode: ['updates'], metadata: { nth: 1 } },
  });
  await held.reached;
  const waiting = await client.runs.create(thread_id, 'agent', { input: say('waits') });
  const second = await client.runs.create(thread_id, 'agent', {
    input: say('two'),
    multitaskStrategy: 'rollback',
  });
  const events = await stream.rest();
  await client.runs.join(thread_id, second.run_id);

  const firstId = (events[0] as WireEvent & { data: { run_id: string } }).data.run_id;
  expect(events.map(({ event }) => event)).toEqual(['metadata', 'updates', 'updates']);
  expect([
    await statusOf(server, thread_id, firstId),
    await statusOf(server, thread_id, waiting.run_id),
    await statusOf(server, thread_id, second.run_id),
  ]).toEqual([404, 404, 'success']);
  expect(await saidOn(server, thread_id)).toEqual(['human: two', 'ai: begin', 'tool: tool_call', 'ai: end']);
  const thread = await service.orchestrator.queries.thread('default' as never, thread_id);
  const window = { limit: 20, inverted: false };
  expect(await service.orchestrator.queries.history(thread as never, { nth: 1 }, window)).toEqual([]);
});

test('§9.55 cancel: 202 at once, or 204 when the run has stopped; with rollback the run and its checkpoints are gone; an ended run is left alone', async () => {
  await using server = await startRestServer();
  const { client, request } = server;
  const held = gate('rest-agent:tool');
  const { thread_id } = await client.threads.create();
  const path = (runId: string, query: string): string => `/threads/${thread_id}/runs/${runId}/cancel${query}`;
  const started = async (): Promise<string> => {
    const before = held.held;
    const { run_id } = await client.runs.create(thread_id, 'agent', { input: hello });
    await held.reachedBy(before + 1);
    return run_id;
  };

  const first = await started();
  const asked = await request('POST', path(first, ''));
  await client.runs.join(thread_id, first);
  const second = await started();
  const waited = await request('POST', path(second, '?wait=1'));
  expect(await statusOf(server, thread_id, second)).toBe('interrupted');
  const before = await saidOn(server, thread_id);
  const third = await started();
  const rolledBack = await request('POST', path(third, '?wait=true&action=rollback'));

  expect([asked, waited, rolledBack].map(({ status, body }) => [status, body])).toEqual([
    [202, ''],
    [204, ''],
    [204, ''],
  ]);
  expect(await statusOf(server, thread_id, first)).toBe('interrupted');
  expect(await statusOf(server, thread_id, third)).toBe(404);
  expect(await saidOn(server, thread_id)).toEqual(before);
  expect((await client.threads.get(thread_id)).status).toBe('idle');
  expect((await request('POST', path(first, '?wait=1&action=rollback'))).status).toBe(204);
  expect(await statusOf(server, thread_id, first)).toBe('interrupted');
  expect((await request('POST', path(unknown, ''))).status).toBe(404);
});

test('§9.56 bulk cancel: by ids of a thread or by status, 404 when nothing matches, 422 for neither or both', async () => {
  await using server = await startRestServer();
  const { client, client2, request } = server;
  const held = gate('rest-agent:tool');
  const threads = await Promise.all([0, 1, 2].map(() => client.threads.create()));
  const runs = await Promise.all(
    threads.map(({ thread_id }) => client.runs.create(thread_id, 'agent', { input: hello })),
  );
  const later = await client2.runs.create(threads[0]?.thread_id ?? '', 'agent', {
    input: hello,
    afterSeconds: 1_000,
  });
  await held.reachedBy(3);
  const cancel = async (body: object, query = ''): Promise<unknown> =>
    (await request('POST', `/runs/cancel${query}`, body)).status;
  const [first] = runs;

  expect(await cancel({ thread_id: first?.thread_id, run_ids: [unknown] })).toBe(404);
  expect(await cancel({ thread_id: threads[1]?.thread_id, run_ids: [first?.run_id] })).toBe(404);
  expect(await cancel({})).toBe(422);
  expect(await cancel({ thread_id: first?.thread_id, run_ids: [first?.run_id], status: 'all' })).toBe(422);
  expect(await cancel({ thread_id: first?.thread_id, run_ids: [first?.run_id] })).toBe(204);
  expect(await cancel({ status: 'pending' }, '?action=rollback')).toBe(204);
  expect(await statusOf(server, later.thread_id, later.run_id)).toBe(404);
  expect(await cancel({ status: 'all' })).toBe(204);
  for (const { thread_id, run_id } of runs) {
    await client.runs.join(thread_id, run_id);
    expect(await statusOf(server, thread_id, run_id)).toBe('interrupted');
  }
  expect(await cancel({ status: 'running' })).toBe(404);
});

test('§9.57 of many runs of one thread only one is ever running', async () => {
  await using server = await startRestServer();
  const { client, api } = server;
  const { thread_id } = await client.threads.create();
  const ids: string[] = [];
  await using stream = await openEventStream(`${api}/threads/${thread_id}/stream?stream_mode=lifecycle`);
  await stream.until((text) => text.includes(': heartbeat'));

  for (const content of ['a', 'b', 'c', 'd', 'e'])
    ids.push((await client.runs.create(thread_id, 'trivial', { input: say(content) })).run_id);
  const told: string[] = [];
  while (told.length < 10) {
    const { run_id, status } = ((await stream.next()) as WireEvent).data as {
      run_id: string;
      status?: string;
    };
    told.push(`${ids.indexOf(run_id)} ${status ?? 'starts'}`);
  }

  expect(told).toEqual(ids.flatMap((_id, index) => [`${index} starts`, `${index} run_done`]));
});

test('a run that waits opens its stream at once, and is silent but for heartbeats until it starts', async () => {
  await using server = await startRestServer();
  const { client, api } = server;
  const held = gate('rest-agent:tool', { holds: 1 });
  const { thread_id } = await client.threads.create();
  await client.runs.create(thread_id, 'agent', { input: hello });
  await held.reached;

  await using waiting = await openEventStream(`${api}/threads/${thread_id}/runs/stream`, {
    method: 'POST',
    body: { assistant_id: 'agent', input: hello, stream_mode: 'updates' },
  });
  await waiting.until((text) => text.includes(': heartbeat\n'));
  expect(waiting.text).toBe(': heartbeat\n');
  held.open();

  expect((await waiting.rest()).map(({ event }) => event)).toEqual([
    'metadata',
    'updates',
    'updates',
    'updates',
  ]);
});
