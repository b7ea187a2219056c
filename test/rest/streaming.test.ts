import { afterEach, expect, test } from 'vitest';
import { gate, resetGates } from '../support/gates.ts';
import { openEventStream, type WireEvent } from './event-stream.ts';
import { type RestServer, startRestServer } from './support.ts';

afterEach(resetGates);
const hello = { messages: [{ role: 'user', content: 'hi' }] };

type Chunk = { readonly event: string; readonly data: unknown; readonly id?: string | undefined };
type Message = {
  readonly id: string;
  readonly type: string;
  readonly content: string;
  readonly tool_calls?: readonly unknown[];
};
const messagesIn = (data: unknown): readonly Message[] => (data as { messages: readonly Message[] }).messages;
const names = (events: readonly Pick<Chunk, 'event'>[]): Set<string> =>
  new Set(events.map(({ event }) => event));
const dataOf = (events: readonly Chunk[], name: string): unknown[] =>
  events.filter(({ event }) => event === name).map(({ data }) => data);

async function stream(
  { client }: RestServer,
  graph: string,
  options: object,
  threadId?: string,
): Promise<Chunk[]> {
  const id = threadId ?? (await client.threads.create()).thread_id;
  const events: Chunk[] = [];
  for await (const event of client.runs.stream(id, graph, { input: hello, ...options } as object))
    events.push(event as Chunk);
  return events;
}

test('§9.35 the first event is metadata with run id and attempt, then come the modes asked for, and no end event', async () => {
  await using server = await startRestServer();
  const thread = await server.client.threads.create();

  const events = await stream(server, 'agent', {}, thread.thread_id);

  const [run] = await server.client.runs.list(thread.thread_id);
  expect(events[0]).toMatchObject({ event: 'metadata', data: { run_id: run?.run_id, attempt: 1 } });
  expect(Object.keys(events[0]?.data as object)).toEqual(['run_id', 'attempt']);
  expect(names(events)).toEqual(new Set(['metadata', 'values']));
});

test('§9.36 values: the input, then one snapshot a step, each of which extends the one before', async () => {
  await using server = await startRestServer();

  const events = await stream(server, 'agent', { streamMode: 'values' });

  const snapshots = dataOf(events, 'values').map((data) =>
    messagesIn(data).map(({ content, type }) => `${type}: ${content}`),
  );
  expect(snapshots).toEqual([
    ['human: hi'],
    ['human: hi', 'ai: begin'],
    ['human: hi', 'ai: begin', 'tool: tool_call'],
    ['human: hi', 'ai: begin', 'tool: tool_call', 'ai: end'],
  ]);
  expect(events.at(-1)?.event).toBe('values');
});

test('§9.37 updates: one for each node, in the order in which they ended', async () => {
  await using server = await startRestServer();

  const events = await stream(server, 'agent', { streamMode: ['updates'] });

  expect(dataOf(events, 'updates').map((data) => Object.keys(data as object))).toEqual([
    ['agent'],
    ['tool'],
    ['agent'],
  ]);
  expect(names(events)).toEqual(new Set(['metadata', 'updates']));
});

test('§9.38 messages: metadata, growing partials and complete messages; a complete AI message says what its last partial said', async () => {
  await using server = await startRestServer();

  const events = await stream(server, 'agent', { streamMode: ['messages'] });

  expect(names(events)).toEqual(
    new Set(['metadata', 'messages/metadata', 'messages/partial', 'messages/complete']),
  );
  expect(events.at(-1)?.event).toBe('messages/complete');
  const partials = dataOf(events, 'messages/partial').map((data) => (data as Message[])[0] as Message);
  const complete = dataOf(events, 'messages/complete').flatMap((data) => data as Message[]);
  expect(partials.slice(0, 5).map(({ content }) => content)).toEqual(['b', 'be', 'beg', 'begi', 'begin']);
  expect(complete.map(({ type, content }) => `${type}: ${content}`)).toEqual([
    'human: hi',
    'ai: begin',
    'tool: tool_call',
    'ai: end',
  ]);
  for (const { id, content, tool_calls } of complete.filter(({ type }) => type === 'ai'))
    expect(partials.findLast((partial) => partial.id === id)).toMatchObject({ content, tool_calls });
  const metadata = dataOf(events, 'messages/metadata').map((data) => Object.entries(data as object)[0] ?? []);
  expect(metadata.map(([id]) => id)).toEqual([...new Set(partials.map(({ id }) => id))]);
  expect(metadata[0]?.[1]).toMatchObject({
    metadata: { langgraph_node: 'agent', langgraph_step: 1, tags: [] },
  });
});

test('§9.39 messages-tuple: each chunk with its metadata, a tool’s message once and whole, the input not at all', async () => {
  await using server = await startRestServer();

  const events = await stream(server, 'agent', { streamMode: ['messages-tuple'] });

  expect(names(events)).toEqual(new Set(['metadata', 'messages']));
  const tuples = dataOf(events, 'messages') as [
    Message & { tool_call_chunks?: unknown[] },
    Record<string, unknown>,
  ][];
  const said = tuples
    .filter(([chunk]) => chunk.content !== '')
    .map(([chunk]) => `${chunk.type}: ${chunk.content}`);
  expect(said).toEqual([
    ...[...'begin'].map((c) => `AIMessageChunk: ${c}`),
    'tool: tool_call',
    ...[...'end'].map((c) => `AIMessageChunk: ${c}`),
  ]);
  // The fixture's model asks for its tool in two chunks, without content.
  expect(tuples.flatMap(([chunk]) => chunk.tool_call_chunks ?? [])).toMatchObject([
    { name: 'look', id: 'call-1' },
    { args: '{}' },
  ]);
  expect(tuples).toHaveLength(5 + 2 + 1 + 3);
  expect(tuples[0]?.[1]).toMatchObject({
    langgraph_node: 'agent',
    langgraph_step: 1,
    tags: [],
    graph_id: 'agent',
  });
});

test('§9.40 events: LangChain’s callback events, but for the root graph’s own chunks', async () => {
  await using server = await startRestServer();

  const events = await stream(server, 'agent', { streamMode: ['events'] });

  expect(names(events)).toEqual(new Set(['metadata', 'events']));
  const inner = new Set(dataOf(events, 'events').map((data) => (data as { event: string }).event));
  expect(inner).toEqual(
    new Set([
      'on_chain_start',
      'on_chain_end',
      'on_chat_model_start',
      'on_chat_model_stream',
      'on_chat_model_end',
    ]),
  );
});

test('§9.41 tasks and checkpoints: the input’s checkpoint, then each step’s tasks and the checkpoint they left', async () => {
  await using server = await startRestServer();

  const events = await stream(server, 'agent', { streamMode: ['tasks', 'checkpoints'] });

  const told = events.slice(1).map(({ event, data }) => {
    const { name, metadata, next, ...rest } = data as {
      name: string;
      metadata: { step: number; source: string };
      next: string[];
    };
    return event === 'tasks'
      ? `${name} ${'result' in rest ? 'ends' : 'starts'}`
      : `${metadata.step} ${metadata.source} → ${next}`;
  });
  expect(told).toEqual([
    '-1 input → __start__',
    '0 loop → agent',
    'agent starts',
    'agent ends',
    '1 loop → tool',
    'tool starts',
    'tool ends',
    '2 loop → agent',
    'agent starts',
    'agent ends',
    '3 loop → ',
  ]);
  expect(dataOf(events, 'tasks')[0]).toMatchObject({
    triggers: ['branch:to:agent'],
    interrupts: [],
    input: { messages: [{ content: 'hi' }] },
  });
});

test('§9.42 debug: its checkpoints are the history, turned round', async () => {
  await using server = await startRestServer();
  const { thread_id } = await server.client.threads.create();

  const events = await stream(server, 'agent', { streamMode: ['debug'] }, thread_id);

  type Debug = { type: string; step: number; payload: { checkpoint: unknown; parent_checkpoint: unknown } };
  const debug = dataOf(events, 'debug') as Debug[];
  const checkpoints = debug.filter(({ type }) => type === 'checkpoint');
  const history = (await server.client.threads.getHistory(thread_id)).toReversed();
  expect(
    checkpoints.map(({ step, payload }) => [step, payload.checkpoint, payload.parent_checkpoint]),
  ).toEqual(
    history.map(({ metadata, checkpoint, parent_checkpoint }) => [
      metadata?.step,
      checkpoint,
      parent_checkpoint,
    ]),
  );
  expect(debug.filter(({ type }) => type === 'task')).toMatchObject([{ step: 1 }, { step: 2 }, { step: 3 }]);
  expect(debug.filter(({ type }) => type === 'task_result')).toHaveLength(3);
});

test('§9.43 messages with values: the last values have all messages, and the last event is messages/complete', async () => {
  await using server = await startRestServer();

  const events = await stream(server, 'agent', { streamMode: ['messages', 'values'] });

  expect(names(events)).not.toContain('error');
  expect(events.at(-1)?.event).toBe('messages/complete');
  expect(messagesIn(dataOf(events, 'values').at(-1))).toHaveLength(4);
});

test('§9.44 a subgraph’s events come only to those who ask, named with its namespace, to a joiner with a filter too', async () => {
  await using server = await startRestServer();
  const { client, api } = server;

  const without = await stream(server, 'nested', { streamMode: ['updates', 'values'] });
  const thread = await client.threads.create();
  const withThem = await stream(
    server,
    'nested',
    { streamMode: ['updates', 'messages-tuple'], streamSubgraphs: true },
    thread.thread_id,
  );
  const [run] = await client.runs.list(thread.thread_id);
  await using joined = await openEventStream(
    `${api}/threads/${thread.thread_id}/runs/${run?.run_id}/stream?stream_mode=updates`,
    {
      headers: { 'last-event-id': '-1' },
    },
  );
  const filtered = await joined.rest();

  expect(names(without)).toEqual(new Set(['metadata', 'updates', 'values']));
  const kinds = new Set(withThem.map(({ event }) => event.replaceAll(/:[0-9a-f-]{36}/g, ':<task>')));
  expect(kinds).toEqual(
    new Set([
      'metadata',
      'updates',
      'updates|middle:<task>',
      'updates|middle:<task>|inmost:<task>',
      'messages|middle:<task>|inmost:<task>',
      'messages|middle:<task>',
    ]),
  );
  expect(filtered).toEqual(withThem.filter(({ event }) => /^(metadata|updates)/.test(event)));
});

test('§9.45 §9.46 whoever joins a resumable run with -1 gets the very same events, and with an id those behind it', async () => {
  await using server = await startRestServer();
  const { client, api } = server;
  const held = gate('rest-agent:begin:3');
  const { thread_id } = await client.threads.create();
  await using first = await openEventStream(`${api}/threads/${thread_id}/runs/stream`, {
    method: 'POST',
    body: {
      assistant_id: 'agent',
      input: hello,
      stream_mode: ['messages', 'values', 'messages-tuple', 'debug'],
      stream_resumable: true,
    },
  });
  await held.reached;
  const path = `${api}${first.headers.get('location')}`;
  await using second = await openEventStream(path, { headers: { 'last-event-id': '-1' } });
  held.open();

  const all = await first.rest();
  const again = await second.rest();
  const behind: WireEvent[][] = [];
  for (const { id } of all) {
    await using third = await openEventStream(path, { headers: { 'last-event-id': id } });
    behind.push(await third.rest());
  }

  expect(all.length).toBeGreaterThan(30);
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(again).toEqual(all);
  expect(behind).toEqual(all.map((_event, index) => all.slice(index + 1)));
});

test('§9.47 a second joiner without an id gets only what comes later; one that joins long after the end gets nothing', async () => {
  await using server = await startRestServer();
  const { client, api } = server;
  const held = gate('rest-agent:tool');
  const { thread_id } = await client.threads.create();
  await using first = await openEventStream(`${api}/threads/${thread_id}/runs/stream`, {
    method: 'POST',
    body: { assistant_id: 'agent', input: hello, stream_mode: ['updates'] },
  });
  await held.reached;
  await first.upTo(({ event }) => event === 'updates');
  const path = `${api}${first.headers.get('location')}`;
  await using second = await openEventStream(path);
  await second.until((text) => text.includes(': heartbeat'));
  held.open();

  const later = await second.rest();
  await using third = await openEventStream(path);

  expect(later.map(({ data }) => Object.keys(data as object)[0])).toEqual(['tool', 'agent']);
  expect(later).toEqual(await first.rest());
  expect(await third.rest()).toEqual([]);
});

test('any number of joiners of a waiting run each get everything', async () => {
  await using server = await startRestServer();
  const { client, api } = server;
  const held = gate('rest-agent:begin:0');
  const { thread_id } = await client.threads.create();
  await client.runs.create(thread_id, 'agent', { input: hello });
  await held.reached;
  const waiting = await client.runs.create(thread_id, 'agent', {
    input: hello,
    streamMode: ['values', 'updates'],
  });
  const path = `${api}/threads/${thread_id}/runs/${waiting.run_id}/stream`;
  const joiners = await Promise.all(Array.from({ length: 5 }, () => openEventStream(path)));
  held.open();

  const heard = await Promise.all(joiners.map((joiner) => joiner.rest()));

  expect(heard[0]?.map(({ event }) => event).slice(0, 2)).toEqual(['metadata', 'values']);
  expect(messagesIn(heard[0]?.at(-1)?.data)).toHaveLength(8);
  for (const events of heard) expect(events).toEqual(heard[0]);
  for (const joiner of joiners) await joiner.close();
});

test('§9.26 a background run that failed: join resolves, the run is error, and its stream ends with the error', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create();
  const { run_id } = await client.runs.create(thread_id, 'failing', { input: hello });

  await client.runs.join(thread_id, run_id);
  const first: Chunk[] = [];
  for await (const event of client.runs.joinStream(thread_id, run_id)) first.push(event as Chunk);
  const second: Chunk[] = [];
  for await (const event of client.runs.joinStream(thread_id, run_id)) second.push(event as Chunk);

  expect(await client.runs.get(thread_id, run_id)).toMatchObject({ status: 'error' });
  expect(first.map(({ event }) => event)).toEqual(['metadata', 'values', 'values', 'error']);
  expect(first.at(-1)?.data).toEqual({ error: 'CustomError', message: 'Boo!' });
  expect(second).toMatchObject([{ event: 'error', data: { error: 'CustomError', message: 'Boo!' } }]);
});
