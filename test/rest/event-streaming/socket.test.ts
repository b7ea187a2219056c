import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { ThreadEvent } from '../../../src/rest/event-streaming/event.ts';
import { gate, resetGates } from '../../support/gates.ts';
import { startRestServer } from '../support.ts';
import { connect, type Message } from './event-socket.ts';
import { ALL_CHANNELS, hello, isEnd, newThreadId, read, start } from './support.ts';

afterEach(resetGates);

const eventsOf = (received: readonly Message[], subscription: string | undefined): ThreadEvent[] =>
  received
    .filter((message) => message.subscription_id === subscription)
    .map(({ subscription_id: _, ...event }) => event as ThreadEvent);

test('§3.10 over a WebSocket commands, their answers and the events subscribed to share a socket; the events are those of SSE', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  await using client = await connect(server, thread);

  const all = await client.send('subscription.subscribe', { channels: ALL_CHANNELS });
  const some = await client.send('subscription.subscribe', {
    channels: ['values'],
    namespaces: [[]],
    depth: 0,
  });
  const started = await client.send('run.start', { assistant_id: 'agent', input: hello });
  const run = String(started.result['run_id']);
  await client.upTo(isEnd(run));

  await using reader = await read(server, thread);
  const events = await reader.upTo(isEnd(run));
  const [ofAll, ofSome] = [all, some].map(({ result }) =>
    eventsOf(client.received, result['subscription_id']),
  );
  expect(ofAll).toEqual(events);
  expect(ofSome).toEqual(events.filter(({ method }) => method === 'values'));
});

test('§3.10 a subscription goes on behind since, and ends when it is given back', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  const first = await start(server, thread, 'agent');
  await using reader = await read(server, thread);
  const events = await reader.upTo(isEnd(first));
  await using client = await connect(server, thread);

  const { result } = await client.send('subscription.subscribe', {
    channels: ALL_CHANNELS,
    since: events[10]?.seq,
  });
  await client.upTo(isEnd(first));
  await client.send('subscription.unsubscribe', result);
  const again = await client.send('subscription.unsubscribe', result);
  const lifecycle = await client.send('subscription.subscribe', {
    channels: ['lifecycle'],
    since: events.at(-1)?.seq,
  });
  const second = await start(server, thread, 'agent');
  await client.upTo(isEnd(second));

  expect(eventsOf(client.received, result['subscription_id'])).toEqual(events.slice(11));
  expect(again).toMatchObject({ type: 'error', error: 'no_such_subscription' });
  expect(
    eventsOf(client.received, lifecycle.result['subscription_id']).map(({ params }) => params.data.event),
  ).toEqual(['running', 'completed']);
  expect(await client.send('subscription.reconnect', { run_id: first })).toMatchObject({
    type: 'success',
    result: { restored: false },
  });
});

test('§3.10 subscription.subscribe says how many events it replays', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  await using client = await connect(server, thread);
  const replayed = async (params: object) =>
    (await client.send('subscription.subscribe', params)).result['replayed_events'];

  expect(await replayed({ channels: ALL_CHANNELS })).toBe(0);
  await using reader = await read(server, thread);
  const before = await reader.upTo(isEnd(await start(server, thread, 'agent')));
  const values = before.filter(({ method }) => method === 'values');
  expect(await replayed({ channels: ['values'] })).toBe(values.length);
  expect(await replayed({ channels: ALL_CHANNELS, since: before[10]?.seq })).toBe(before.length - 11);
  expect(await replayed({ channels: ALL_CHANNELS, since: before.at(-1)?.seq })).toBe(0);

  const held = gate('rest-agent:begin:2');
  const run = await start(server, thread, 'agent');
  await held.reached;
  const { result } = await client.send('subscription.subscribe', { channels: ['messages', 'lifecycle'] });
  held.open();
  await client.upTo(isEnd(run));
  await reader.upTo(isEnd(run));
  const after = eventsOf(client.received, result['subscription_id']);
  expect(Number(result['replayed_events'])).toBeGreaterThan(0);
  expect(Number(result['replayed_events'])).toBeLessThan(after.length);
});

test('§3.10 a WebSocket that closes takes its subscriptions with it, one without a thread id is closed with the status, a stopping server asks to come back', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  const held = gate('rest-agent:begin:1');
  await start(server, thread, 'agent');
  await held.reached;
  const leaving = await connect(server, thread);
  await leaving.send('subscription.subscribe', { channels: ['lifecycle'] });
  await leaving.upTo(({ method }) => method === 'lifecycle');
  expect(server.service.followed).toEqual([thread]);

  await leaving[Symbol.asyncDispose]();
  const staying = await connect(server, thread);
  staying.socket.send('this is no JSON');
  const answer = await staying.send('subscription.subscribe', { channels: [] });
  const nowhere = await connect(server, 'nowhere');

  expect(staying.received[0]).toMatchObject({ type: 'error', id: null, error: 'invalid_argument' });
  expect(answer).toMatchObject({
    type: 'error',
    error: 'invalid_argument',
    message: expect.stringContaining('channels'),
  });
  expect(await nowhere.closed).toEqual({ code: 4422, reason: 'thread_id: must be a UUID' });
  expect(server.service.followed).toEqual([]);
  resetGates();
  await server.service.stop('A new version', 0);
  expect(await staying.closed).toEqual({ code: 1012, reason: 'A new version' });
});

test('a WebSocket at a path that nobody serves is refused', async () => {
  await using server = await startRestServer();

  const refused = new Promise((resolve) => {
    const socket = new WebSocket(`${server.api.replace('http', 'ws')}/threads/${randomUUID()}/stream`);
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
    socket.once('error', () => undefined);
  });

  expect(await refused).toBe(404);
});
