import type { EndStreamEvent, LifecycleStreamEvent } from '@langchain/langgraph-sdk';
import { afterEach, expect, test } from 'vitest';
import { gate, resetGates } from '../support/gates.ts';
import { openEventStream, type WireEvent } from './event-stream.ts';
import { type RestServer, startRestServer } from './support.ts';

afterEach(resetGates);
const hello = { messages: [{ role: 'user', content: 'hi' }] };

/** What the SDK's own types let a program read of such a stream. */
async function stream(
  { client }: RestServer,
  threadId: string,
  graph: string,
  input: Record<string, unknown> = hello,
) {
  const subgraphs: LifecycleStreamEvent['data'][] = [];
  const names: string[] = [];
  let end: EndStreamEvent['data'] | undefined;
  for await (const event of client.runs.stream(threadId, graph, {
    input,
    streamMode: ['lifecycle', 'updates'],
  })) {
    names.push(event.event.split('|')[0] ?? '');
    if (event.event === 'end') end = event.data;
    else if (isLifecycle(event)) {
      expect(event.event).toBe(`lifecycle|${event.data.namespace.join('|')}`);
      subgraphs.push(event.data);
    }
  }
  return { subgraphs, names, end };
}

const isLifecycle = (event: { readonly event: string }): event is LifecycleStreamEvent =>
  event.event.startsWith('lifecycle|');

test('lifecycle says when each subgraph starts and ends, by which tool call, and end is the last event, with the status', async () => {
  await using server = await startRestServer();
  const { thread_id } = await server.client.threads.create();

  const { subgraphs, names, end } = await stream(server, thread_id, 'subagents');

  const [run] = await server.client.runs.list(thread_id);
  expect(end).toEqual({ run_id: run?.run_id, status: 'success' });
  expect(names.at(-1)).toBe('end');
  expect(new Set(names)).toEqual(new Set(['metadata', 'updates', 'lifecycle', 'end']));
  const told = subgraphs.map(
    ({ event, namespace, tool_call_id }) => `${namespace[0]?.split(':')[0]} ${tool_call_id} ${event}`,
  );
  expect(told.toSorted()).toEqual([
    'tools call-0 completed',
    'tools call-0 started',
    'tools call-1 completed',
    'tools call-1 started',
  ]);
  expect(told.findIndex((line) => line.endsWith('completed'))).toBeGreaterThan(
    told.findIndex((line) => line.endsWith('started')),
  );
});

test('a subgraph that no tool called has no tool_call_id; a paused run and its subgraph are told as such', async () => {
  await using server = await startRestServer();
  const { thread_id } = await server.client.threads.create();

  const { subgraphs, end } = await stream(server, thread_id, 'deep-approval');

  expect(subgraphs.length).toBeGreaterThan(1);
  for (const one of subgraphs) expect(one).not.toHaveProperty('tool_call_id');
  expect(new Set(subgraphs.map(({ event }) => event))).toEqual(new Set(['started', 'interrupted']));
  const [run] = await server.client.runs.list(thread_id);
  expect(end).toEqual({ run_id: run?.run_id, status: run?.status });
});

test('a failed run says error, then end; other streams have no end', async () => {
  await using server = await startRestServer();
  const { thread_id } = await server.client.threads.create();

  const { names, end } = await stream(server, thread_id, 'failing');

  expect(names.slice(-2)).toEqual(['error', 'end']);
  expect(end).toMatchObject({ status: 'error' });
  const plain: string[] = [];
  for await (const { event } of server.client.runs.stream(thread_id, 'failing', {
    input: hello,
    streamMode: ['updates'],
  }))
    plain.push(event);
  expect(plain.at(-1)).toBe('error');
});

test('a run that is stopped ends its open subgraphs as interrupted, for each reader alike, wherever it begins', async () => {
  await using server = await startRestServer();
  const { api, client } = server;
  const { thread_id } = await client.threads.create();
  const held = gate('subagents:worker:0', { holds: 2 });
  const run = await client.runs.create(thread_id, 'subagents', {
    input: hello,
    streamMode: ['lifecycle'],
    streamResumable: true,
  });
  await held.reachedBy(2);
  const url = `${api}/threads/${thread_id}/runs/${run.run_id}/stream`;
  await using live = await openEventStream(url);
  const events: WireEvent[] = [];
  while (events.filter(({ event }) => event?.startsWith('lifecycle')).length < 2)
    events.push((await live.next())!);

  await client.runs.cancel(thread_id, run.run_id, true);
  events.push(...(await live.rest()));

  expect(
    events.map(({ event, data }) =>
      isLifecycle({ event: String(event) }) ? (data as { event: string }).event : event,
    ),
  ).toEqual(['metadata', 'started', 'started', 'interrupted', 'interrupted', 'end']);
  expect(events.at(-1)?.data).toEqual({ run_id: run.run_id, status: 'interrupted' });
  for (const [index, { id }] of events.slice(0, -1).entries()) {
    await using again = await openEventStream(url, { headers: { 'last-event-id': String(id) } });
    expect(await again.rest()).toEqual(events.slice(index + 1));
  }
  await using thread = await openEventStream(`${api}/threads/${thread_id}/stream`, {
    headers: { 'last-event-id': String(events.at(-2)?.id) },
  });
  expect((await thread.next())?.event).toBe('end');
  expect((await thread.next())?.data).toEqual({ status: 'run_done', run_id: run.run_id });
});

test('rolling a run back ends its stream with the status rollback', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create();
  const held = gate('subagents:worker:0', { holds: 2 });
  const run = await client.runs.create(thread_id, 'subagents', {
    input: hello,
    streamMode: ['lifecycle'],
    streamResumable: true,
  });
  await held.reachedBy(2);
  await using live = await openEventStream(`${server.api}/threads/${thread_id}/runs/${run.run_id}/stream`);
  await live.next();

  await client.runs.cancel(thread_id, run.run_id, true, 'rollback');

  expect((await live.rest()).at(-1)).toMatchObject({
    event: 'end',
    data: { run_id: run.run_id, status: 'rollback' },
  });
});
