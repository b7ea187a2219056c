import { afterEach, expect, test } from 'vitest';
import { gate, resetGates } from '../support/gates.ts';
import { type EventStream, openEventStream, type WireEvent } from './event-stream.ts';
import { startRestServer } from './support.ts';

afterEach(resetGates);
const hello = { messages: [{ role: 'user', content: 'hi' }] };
const isDone = ({ data }: WireEvent): boolean => (data as { status?: string }).status === 'run_done';
const names = (events: readonly WireEvent[]): string[] =>
  events.map((event) => (isDone(event) ? 'done' : event.event));
const opened = (stream: EventStream): Promise<void> => stream.until((text) => text.includes(': heartbeat'));

test('a thread’s stream has every run’s events, one run after the other, each with the modes that it was created with', async () => {
  await using server = await startRestServer();
  const { client, api } = server;
  const { thread_id } = await client.threads.create();
  await using stream = await openEventStream(`${api}/threads/${thread_id}/stream`);
  await opened(stream);

  const first = await client.runs.create(thread_id, 'agent', { input: hello, streamMode: 'updates' });
  const second = await client.runs.create(thread_id, 'agent', {
    input: hello,
    streamMode: ['values'],
    multitaskStrategy: 'enqueue',
  });
  const events = [...(await stream.upTo(isDone)), ...(await stream.upTo(isDone))];

  expect(names(events)).toEqual([
    'metadata',
    'updates',
    'updates',
    'updates',
    'done',
    'metadata',
    'values',
    'values',
    'values',
    'values',
    'done',
  ]);
  expect(events.filter(({ event }) => event === 'metadata').map(({ data }) => data)).toEqual([
    { run_id: first.run_id, attempt: 1 },
    { status: 'run_done', run_id: first.run_id },
    { run_id: second.run_id, attempt: 1 },
    { status: 'run_done', run_id: second.run_id },
  ]);
});

test('a thread’s stream resumes behind any of its events, also in the middle of a run, and begins anew with -', async () => {
  await using server = await startRestServer();
  const { client, api } = server;
  const { thread_id } = await client.threads.create();
  await client.runs.wait(thread_id, 'agent', { input: hello });
  const held = gate('rest-agent:tool');
  const { run_id } = await client.runs.create(thread_id, 'agent', { input: hello, streamMode: ['updates'] });
  await held.reached;
  const path = `${api}/threads/${thread_id}/stream?stream_mode=run_modes&stream_mode=state_update`;

  await using whole = await openEventStream(path, { headers: { 'last-event-id': '-' } });
  const before = await whole.upTo(
    ({ data, event }) => event === 'metadata' && (data as { run_id: string }).run_id === run_id,
  );
  before.push((await whole.next()) as WireEvent);
  const resumed = await Promise.all(
    before.map(({ id }) => openEventStream(path, { headers: { 'last-event-id': id } })),
  );
  await Promise.all(resumed.map(opened));
  held.open();
  const isState = ({ event }: WireEvent): boolean => event === 'state_update';
  const all = [...before, ...(await whole.upTo(isState))];
  const rests = await Promise.all(
    resumed.map(async (stream) => {
      const events: WireEvent[] = [];
      while (events.at(-1)?.id !== all.at(-1)?.id) events.push((await stream.next()) as WireEvent);
      await stream.close();
      return events;
    }),
  );

  expect(names(all)).toEqual([
    ...['metadata', 'values', 'values', 'values', 'values', 'done', 'state_update'],
    ...['metadata', 'updates', 'updates', 'updates', 'done', 'state_update'],
  ]);
  expect(rests).toEqual(before.map((_event, index) => all.slice(index + 1)));
  expect(all.at(-1)?.data).toMatchObject({ values: { messages: { length: 8 } }, next: [] });
});

test('the lifecycle alone is each run’s start and end, of one that was rolled back too; an unknown thread is a 404', async () => {
  await using server = await startRestServer();
  const { client, api } = server;
  const held = gate('rest-agent:tool');
  const { thread_id } = await client.threads.create();
  const events: { event: string; data: unknown }[] = [];
  const opening = Promise.withResolvers<void>();
  const reading = (async () => {
    await using stream = await openEventStream(`${api}/threads/${thread_id}/stream?stream_modes=lifecycle`);
    await opened(stream);
    opening.resolve();
    for (let ends = 0; ends < 2; ) {
      const event = (await stream.next()) as WireEvent;
      events.push(event);
      if (isDone(event)) ends += 1;
    }
  })();
  await opening.promise;
  const first = await client.runs.create(thread_id, 'agent', { input: hello });
  await held.reached;
  const second = await client.runs.create(thread_id, 'agent', {
    input: hello,
    multitaskStrategy: 'rollback',
  });
  held.open();
  await reading;

  expect(events.map(({ data }) => data)).toEqual([
    { run_id: first.run_id, attempt: 1 },
    { status: 'run_done', run_id: first.run_id },
    { run_id: second.run_id, attempt: 1 },
    { status: 'run_done', run_id: second.run_id },
  ]);
  const unknown = await server.request('GET', '/threads/0198a000-0000-7000-8000-000000000000/stream');
  expect(unknown.status).toBe(404);
});
