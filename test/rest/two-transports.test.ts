import { afterEach, expect, test } from 'vitest';
import { createClient, type RunEvent, unwrap } from '../../src/client/public.ts';
import { gate, resetGates } from '../support/gates.ts';
import { openEventStream } from './event-stream.ts';
import { startRestServer } from './support.ts';

afterEach(resetGates);
const hello = { messages: [{ role: 'user', content: 'hi' }] };

test('a run that GraphQL created is read, streamed, joined and cancelled over the protocol', async () => {
  await using server = await startRestServer();
  const { client, api, service } = server;
  const graphql = createClient({ url: service.url });
  const held = gate('rest-agent:tool');
  const thread = unwrap(await graphql.createThread());
  const first = unwrap(await graphql.createRun({ threadId: thread.id, assistantId: 'agent', input: hello }));
  const second = unwrap(await graphql.createRun({ threadId: thread.id, assistantId: 'agent', input: hello }));
  await held.reached;

  const listed = await client.runs.list(thread.id);
  const path = `${api}/threads/${thread.id}/runs/${first.id}/stream?stream_mode=updates&stream_mode=values`;
  await using stream = await openEventStream(path, { headers: { 'last-event-id': '-1' } });
  await client.runs.cancel(thread.id, second.id);
  held.open();
  const values = (await client.runs.join(thread.id, first.id)) as { messages: unknown[] };
  const events = await stream.rest();

  expect(listed.map(({ run_id, status }) => [run_id, status])).toEqual([
    [second.id, 'pending'],
    [first.id, 'running'],
  ]);
  expect(values.messages).toHaveLength(4);
  expect(events.map(({ event }) => event)).toEqual([
    'metadata',
    'values',
    'updates',
    'values',
    'updates',
    'values',
    'updates',
    'values',
  ]);
  expect(events.at(-1)?.data).toEqual(values);
  expect(await graphql.run(second.id)).toMatchObject({ status: 'INTERRUPTED', endReason: 'CANCELLED' });
});

test('a run that the protocol created is read, subscribed to, joined and cancelled over GraphQL', async () => {
  await using server = await startRestServer();
  const { client, service } = server;
  const graphql = createClient({ url: service.url });
  const held = gate('rest-agent:tool');
  const { thread_id } = await client.threads.create({ metadata: { from: 'rest' } });
  const first = await client.runs.create(thread_id, 'agent', { input: hello, metadata: { nth: 1 } });
  const second = await client.runs.create(thread_id, 'agent', { input: hello });
  const seen: RunEvent['__typename'][] = [];
  const following = (async () => {
    for await (const event of graphql.runEvents(first.run_id)) seen.push(event.__typename);
  })();
  await held.reached;

  expect(await graphql.thread(thread_id)).toMatchObject({
    metadata: { from: 'rest', graph_id: 'agent' },
    status: 'BUSY',
  });
  expect(await graphql.run(first.run_id)).toMatchObject({ status: 'RUNNING', metadata: { nth: 1 } });
  unwrap(await graphql.cancelRun(thread_id, second.run_id, 'ROLLBACK'));
  held.open();
  const joined = unwrap(await graphql.joinRun<{ messages: unknown[] }>(thread_id, first.run_id));
  await following;

  expect(joined.state?.values.messages).toHaveLength(4);
  expect(seen[0]).toBe('RunQueued');
  expect(seen.at(-1)).toBe('RunEnded');
  expect((await server.request('GET', `/threads/${thread_id}/runs/${second.run_id}`)).status).toBe(404);
});
