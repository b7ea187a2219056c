import { afterEach, expect, test } from 'vitest';
import type { ThreadEvent } from '../../../src/rest/event-streaming/event.ts';
import { gate, resetGates } from '../../support/gates.ts';
import { startRestServer } from '../support.ts';
import { ALL_CHANNELS, hello, isEnd, line, newThreadId, read, start } from './support.ts';

afterEach(resetGates);

test('§3.10 a stream that is opened before its thread is there shows the run that creates it, in all channels', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  await using reader = await read(server, thread);

  const run = await start(server, thread, 'agent');

  const events = await reader.upTo(isEnd(run));
  expect(events.map(line)).toMatchInlineSnapshot(`
    [
      "lifecycle running",
      "checkpoints input -1",
      "checkpoints loop 0",
      "values 1 messages",
      "tasks agent started",
      "messages start ai",
      "messages block 0 text",
      "messages +"b"",
      "messages +"e"",
      "messages +"g"",
      "messages +"i"",
      "messages +"n"",
      "messages finished "begin"",
      "messages block 1 tool_call_chunk",
      "messages +"{}"",
      "updates agent",
      "messages finished {}",
      "messages finish",
      "tasks agent ended",
      "checkpoints loop 1",
      "values 2 messages",
      "tasks tool started",
      "updates tool",
      "tasks tool ended",
      "tools tool-started look {}",
      "tools tool-finished call-1",
      "checkpoints loop 2",
      "values 3 messages",
      "tasks agent started",
      "messages start ai",
      "messages block 0 text",
      "messages +"e"",
      "messages +"n"",
      "messages +"d"",
      "updates agent",
      "messages finished "end"",
      "messages finish",
      "tasks agent ended",
      "checkpoints loop 3",
      "values 4 messages",
      "lifecycle completed",
    ]
  `);
});

test('§3.10 whoever reads gets the same events with the same ids: live, afterwards, and many at once', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  const live = await Promise.all(Array.from({ length: 5 }, () => read(server, thread)));
  const run = await start(server, thread, 'agent');

  const seen = await Promise.all(live.map((reader) => reader.upTo(isEnd(run))));
  await using late = await read(server, thread);
  const replayed = await late.upTo(isEnd(run));

  for (const events of [...seen.slice(1), replayed]) expect(events).toEqual(seen[0]);
  const seqs = replayed.map(({ seq }) => seq);
  expect(seqs).toEqual([...new Set(seqs)].sort((left, right) => left - right));
  expect(new Set(replayed.map(({ event_id }) => event_id)).size).toBe(replayed.length);
  await Promise.all(live.map((reader) => reader[Symbol.asyncDispose]()));
});

test('§3.10 since goes on behind any event, in the middle of a message as between two runs, and so does Last-Event-ID', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  const first = await start(server, thread, 'agent');
  await using reader = await read(server, thread, { channels: ALL_CHANNELS, since: 0 });
  await reader.upTo(isEnd(first));
  const second = await start(server, thread, 'agent');
  await reader.upTo(isEnd(second));
  await using whole = await read(server, thread, { channels: ALL_CHANNELS, since: 0 });
  const events = [...(await whole.upTo(isEnd(first))), ...(await whole.upTo(isEnd(second)))];

  const places = events.slice(0, -1).filter((_, index) => index % 3 === 0);

  const resumed = await Promise.all(
    places.map(async ({ seq, event_id }, index) => {
      const [since, headers] = index % 2 === 0 ? [{ since: seq }, {}] : [{}, { 'last-event-id': event_id }];
      await using again = await read(server, thread, { channels: ALL_CHANNELS, ...since }, headers);
      const last = events.at(-1)?.event_id;
      return await again.upTo((event) => event.event_id === last);
    }),
  );

  expect(resumed).toEqual(places.map((place) => events.slice(events.indexOf(place) + 1)));
});

test('§3.10 who comes in the middle of an answer gets it from its start, and nothing of runs that are over', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  const first = await start(server, thread, 'agent');
  await using watcher = await read(server, thread);
  await watcher.upTo(isEnd(first));
  const held = gate('rest-agent:begin:3');
  const second = await start(server, thread, 'agent');
  await held.reached;

  await using reader = await read(server, thread, { channels: ['messages', 'lifecycle'] });
  const begun = await reader.upTo((event) => line(event).endsWith('+"g"'));
  resetGates();
  const rest = await reader.upTo(isEnd(second));

  expect(begun.filter(({ method }) => method === 'lifecycle').map(line)).toEqual(['lifecycle running']);
  expect(begun.map(line)).toEqual(
    expect.arrayContaining(['messages start ai', 'messages +"b"', 'messages +"g"']),
  );
  expect(rest.map(line).slice(0, 3)).toEqual(['messages +"i"', 'messages +"n"', 'messages finished "begin"']);
});

test('§3.10 channels, namespaces and depth choose what comes, and never change an event', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  await using all = await read(server, thread, { channels: ALL_CHANNELS });
  const run = await start(server, thread, 'nested');
  const events = await all.upTo(isEnd(run));
  const readWith = async (filter: object) => {
    await using reader = await read(server, thread, {
      ...filter,
      channels: ['lifecycle', 'messages', 'values', ...((filter as { channels?: [] }).channels ?? [])],
    });
    return await reader.upTo(isEnd(run));
  };
  const some = events.filter(({ method }) => ['lifecycle', 'messages', 'values'].includes(method));
  const depthOf = ({ params }: (typeof events)[number]) => params.namespace.length;

  expect(await readWith({})).toEqual(some);
  expect(await readWith({ depth: 1 })).toEqual(some.filter((event) => depthOf(event) <= 1));
  expect(await readWith({ namespaces: [[]], depth: 0 })).toEqual(
    some.filter((event) => depthOf(event) === 0),
  );
  await using middle = await read(server, thread, {
    channels: ['lifecycle', 'messages'],
    namespaces: [['middle']],
    depth: 1,
  });
  const inMiddle = some.filter(
    ({ method, params: { namespace } }) =>
      method !== 'values' && namespace[0]?.startsWith('middle:') && namespace.length <= 2,
  );
  const last = inMiddle.at(-1)?.event_id;
  expect(await middle.upTo(({ event_id }) => event_id === last)).toEqual(inMiddle);
  expect(inMiddle.filter(({ method }) => method === 'lifecycle').map(line)).toEqual([
    'lifecycle @middle started',
    'lifecycle @middle/inmost started',
    'lifecycle @middle/inmost completed',
    'lifecycle @middle completed',
  ]);
});

test('§3.10 a stopped run shows the text that it leaves in its last values, then its end, and so it is replayed', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  const held = gate('rest-agent:begin:3');
  await using reader = await read(server, thread);
  const run = await start(server, thread, 'agent');
  await held.reached;

  await server.client.runs.cancel(thread, run, true);

  const events = await reader.upTo(isEnd(run));
  expect(events.map(line).slice(-3)).toEqual([
    'checkpoints update 1',
    'values 2 messages',
    'lifecycle interrupted',
  ]);
  const values = events.findLast(({ method }) => method === 'values')?.params.data as {
    messages: { content: string }[];
  };
  expect(values.messages.at(-1)).toMatchObject({ content: 'beg', response_metadata: { partial: true } });
  await using late = await read(server, thread);
  expect(await late.upTo(isEnd(run))).toEqual(events);
});

test('§3.10 a run that is rolled back takes its state back, and the one behind it starts from there', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  const held = gate('rest-agent:begin:3', { holds: 1 });
  await using reader = await read(server, thread, { channels: ['lifecycle', 'values'] });
  const first = await start(server, thread, 'agent');
  await held.reached;

  const second = await start(server, thread, 'agent', { input: hello, multitask_strategy: 'rollback' });

  const events = await reader.upTo(isEnd(second));
  const lines = events.map(line);
  const end = events.findIndex(isEnd(first));
  expect(lines[end]).toBe('lifecycle interrupted');
  expect(lines.slice(end + 1)).toEqual([
    'values 0 messages',
    'lifecycle running',
    ...[1, 2, 3, 4].map((count) => `values ${count} messages`),
    'lifecycle completed',
  ]);
});

test('§3.10 a run that fails says why, and one that is dropped while it waits does not end the one that runs', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  const held = gate('rest-agent:begin:1', { holds: 1 });
  await using reader = await read(server, thread, { channels: ['lifecycle'] });
  const running = await start(server, thread, 'agent');
  await held.reached;
  const waiting = await start(server, thread, 'agent');

  await server.client.runs.cancel(thread, waiting, true);
  resetGates();
  const ends = await reader.upTo(isEnd(waiting));
  const failing = await start(server, thread, 'failing');
  const failed = await reader.upTo(isEnd(failing));

  expect(ends.map(line)).toEqual(['lifecycle running', 'lifecycle completed', 'lifecycle interrupted']);
  expect(isEnd(running)(ends[1]!)).toBe(true);
  expect(failed.at(-1)?.params.data).toMatchObject({
    event: 'failed',
    error: expect.stringMatching(/^\w*Error: ./),
  });
});

test('§3.10 tools show from the start of their task to their answer, with their arguments; a stopped one ends with its run', async () => {
  await using server = await startRestServer();
  const [thread, stopped] = [newThreadId(), newThreadId()];
  await using reader = await read(server, thread, { channels: ['tools', 'lifecycle'] });
  const toolsOf = (events: readonly ThreadEvent[]) =>
    events.flatMap((event) => (event.method === 'tools' ? [event.params] : []));

  const run = await start(server, thread, 'two-tools');
  const tools = toolsOf(await reader.upTo(isEnd(run)));
  const held = [gate('two-tools:first'), gate('two-tools:second')];
  const second = await start(server, stopped, 'two-tools');
  await Promise.all(held.map(({ reached }) => reached));
  await server.client.runs.cancel(stopped, second, true);
  await using late = await read(server, stopped, { channels: ['tools', 'lifecycle'] });
  const broken = toolsOf(await late.upTo(isEnd(second)));

  expect(tools.map(({ data }) => `${data.event} ${data.tool_call_id}`).sort()).toEqual([
    'tool-finished first-1',
    'tool-finished second-1',
    'tool-started first-1',
    'tool-started second-1',
  ]);
  for (const name of ['first', 'second']) {
    const [started, finished] = tools.filter(({ data }) => data.tool_call_id === `${name}-1`);
    expect(started).toMatchObject({
      namespace: [],
      node: 'tools',
      data: { event: 'tool-started', tool_name: name, input: { about: 'it' } },
    });
    expect(finished).toMatchObject({
      namespace: started?.namespace,
      data: { event: 'tool-finished', output: { type: 'tool', name, content: `${name} says yes` } },
    });
  }
  expect(broken.map(({ data }) => data.event)).toEqual([
    'tool-started',
    'tool-started',
    'tool-error',
    'tool-error',
  ]);
});

test('§3.10 what a node writes comes as custom, under its name where it has one', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  await using reader = await read(server, thread, { channels: ['custom', 'lifecycle'] });

  const run = await start(server, thread, 'custom-events');

  const events = await reader.upTo(isEnd(run));
  expect(events.filter(({ method }) => method === 'custom').map(({ params }) => params.data)).toEqual([
    { payload: { progress: 1, of: 2 } },
    { payload: { progress: 2, of: 2 } },
  ]);
});

test('§3.10 custom events have what a node wrote as it wrote it, and the name that is in it', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  await using all = await read(server, thread, { channels: ['custom', 'lifecycle'] });
  await using named = await read(server, thread, { channels: ['custom:progress', 'lifecycle'] });

  const run = await start(server, thread, 'writing', { input: {} });

  const customs = (events: readonly ThreadEvent[]) =>
    events.flatMap((event) => (event.method === 'custom' ? [event.params.data] : []));
  const progress = { name: 'progress', payload: { name: 'progress', payload: { done: 1 } } };
  expect(customs(await named.upTo(isEnd(run)))).toEqual([progress]);
  expect(customs(await all.upTo(isEnd(run)))).toEqual([
    progress,
    { name: 'Ann', payload: { name: 'Ann', age: 3 } },
    { payload: { payload: 1 } },
    { payload: 'plain' },
    { payload: null },
  ]);
});

test('§3.10 a stream with a channel that there is not is refused with the place and what is allowed', async () => {
  await using server = await startRestServer();

  const wrong = await server.request('POST', `/threads/${newThreadId()}/stream/events`, {
    channels: ['valeus'],
  });
  const none = await server.request('POST', `/threads/${newThreadId()}/stream/events`, {
    channels: [],
    depth: -1,
  });
  const noThread = await server.request('POST', '/threads/nowhere/stream/events', { channels: ['values'] });

  expect(wrong).toMatchObject({
    status: 400,
    body: { detail: expect.stringContaining('channels.0: must be one of values, updates') },
  });
  expect(none).toMatchObject({
    status: 400,
    body: { detail: expect.stringMatching(/channels: must contain at least one channel.*depth/) },
  });
  expect(noThread).toMatchObject({ status: 422, body: { detail: expect.stringContaining('thread_id') } });
});
