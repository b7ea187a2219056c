import { afterEach, expect, test } from 'vitest';
import { gate, resetGates } from '../../support/gates.ts';
import { startRestServer } from '../support.ts';
import { hello, isEnd, line, newThreadId, read, start } from './support.ts';

afterEach(resetGates);

const SHOUTED = [{ text: 'ONE ' }, { text: 'TWO ' }, { text: 'THREE' }, { payload: { loud: true } }];

test('what transformers put on named channels is on custom:<name>, live and replayed, and what they promise comes at the end', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  const held = gate('transformed');
  const run = await start(server, thread, 'transformed');
  await using live = await read(server, thread, { channels: ['custom:shout'] });
  const shouted = [await live.next(), await live.next(), await live.next(), await live.next()];
  await held.reached;

  held.open();
  await using all = await read(server, thread, { channels: ['custom', 'lifecycle'], since: 0 });
  const events = await all.upTo(isEnd(run));

  expect(shouted.map(({ method, params }) => ({ method, ...params.data }))).toEqual(
    SHOUTED.map((payload) => ({ method: 'custom', name: 'shout', payload })),
  );
  expect(events.filter(({ params }) => params.data.name === 'shout')).toEqual(shouted);
  expect(shouted.map(({ params }) => params.namespace[0]?.split(':')[0])).toEqual([
    'speak',
    'speak',
    'speak',
    undefined,
  ]);
  expect(
    events.filter(({ params }) => params.data.name === 'ends').map(({ params }) => params.data.payload),
  ).toEqual(['content-block-finish', 'message-finish']);
  expect(events.slice(-2).map(line)).toEqual(['custom {"name":"pieces","payload":3}', 'lifecycle completed']);
  await using onlyOne = await read(server, thread, { channels: ['custom:pieces'], since: 0 });
  expect((await onlyOne.next()).params.data).toEqual({ name: 'pieces', payload: 3 });
});

test("the SDK's extensions receive them", async () => {
  await using server = await startRestServer();
  const thread = server.client.threads.stream(newThreadId(), { assistantId: 'transformed' });
  const shout = thread.extensions['shout'] as AsyncIterable<unknown>;
  const pieces = thread.extensions['pieces'] as PromiseLike<unknown>;
  await thread.run.start({ input: hello });
  const shouted: unknown[] = [];
  for await (const one of shout) shouted.push(one);

  expect(shouted).toEqual(SHOUTED);
  expect(await pieces).toBe(3);
  await thread.close();
});

test("streams of runs and GraphQL don't have them: there, custom is what nodes write", async () => {
  await using server = await startRestServer();
  const { thread_id } = await server.client.threads.create();
  const custom: unknown[] = [];

  for await (const { event, data } of server.client.runs.stream(thread_id, 'transformed', {
    input: hello,
    streamMode: ['custom', 'events'],
  }))
    if (event === 'custom') custom.push(data);

  expect(custom).toEqual([{ loud: true }]);
  await using reader = await read(server, thread_id, { channels: ['custom:shout'], since: 0 });
  expect((await reader.next()).params.data).toEqual({ name: 'shout', payload: SHOUTED[0] });
});

test('a transformer that throws fails its run; one that never finishes leaves the run stoppable', async () => {
  await using server = await startRestServer();
  const broken = newThreadId();
  const run = await start(server, broken, 'transformed', {
    input: { messages: [{ role: 'user', content: 'break' }] },
  });
  await using reader = await read(server, broken, { channels: ['lifecycle'], since: 0 });
  const stuck = newThreadId();
  const staying = await start(server, stuck, 'transformed', {
    input: { messages: [{ role: 'user', content: 'stay' }] },
  });
  await using other = await read(server, stuck, { channels: ['lifecycle', 'updates'], since: 0 });
  await other.upTo(({ method }) => method === 'updates');

  await server.client.runs.cancel(stuck, staying, true);

  expect((await reader.upTo(isEnd(run))).at(-1)?.params.data).toMatchObject({
    event: 'failed',
    error: 'Error: The transformer broke',
  });
  expect((await other.upTo(isEnd(staying))).at(-1)?.params.data).toMatchObject({ event: 'interrupted' });
});
