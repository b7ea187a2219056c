import type { ThreadState } from '@langchain/langgraph-sdk';
import { afterEach, expect, test } from 'vitest';
import { resetGates } from '../../support/gates.ts';
import { type RestServer, startRestServer } from '../support.ts';

afterEach(resetGates);

const hello = { messages: [{ role: 'user', content: 'hi' }] };
const UNKNOWN = '0198a000-0000-7000-8000-000000000000';
type Values = { messages: { id?: string; type: string; content: string }[] };
const idOf = (state: ThreadState<unknown>): string => state.checkpoint.checkpoint_id ?? '';
const parentOf = (state: ThreadState<unknown>): string | null =>
  state.parent_checkpoint?.checkpoint_id ?? null;

/** A thread on which the agent has run to its end. */
async function conversed({ client }: RestServer, assistantId = 'agent'): Promise<string> {
  const { thread_id } = await client.threads.create();
  await client.runs.wait(thread_id, assistantId, { input: hello });
  return thread_id;
}

test('a thread without a run has an empty state without a checkpoint, and no history', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create();

  const state = await client.threads.getState(thread_id);

  expect(state).toMatchObject({
    values: {},
    next: [],
    tasks: [],
    metadata: {},
    checkpoint: null,
    parent_checkpoint: null,
    created_at: null,
  });
  expect(await client.threads.getHistory(thread_id)).toEqual([]);
});

test('§9.3 state and history of an unknown thread are a 404 with a detail', async () => {
  await using server = await startRestServer();

  const answers = [
    await server.request('GET', `/threads/${UNKNOWN}/state`),
    await server.request('POST', `/threads/${UNKNOWN}/state`, { values: {} }),
    await server.request('PATCH', `/threads/${UNKNOWN}/state`, { metadata: {} }),
    await server.request('POST', `/threads/${UNKNOWN}/state/checkpoint`, { checkpoint: {} }),
    await server.request('GET', `/threads/${UNKNOWN}/state/some-checkpoint`),
    await server.request('GET', `/threads/${UNKNOWN}/history`),
    await server.request('POST', `/threads/${UNKNOWN}/history`, {}),
    await server.request('POST', `/threads/${UNKNOWN}/copy`),
  ];

  for (const answer of answers)
    expect(answer).toMatchObject({ status: 404, body: { detail: `Thread with ID ${UNKNOWN} not found` } });
});

test('a three-superstep run leaves five states, each with its parent, and each is read by its checkpoint', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const id = await conversed(server);

  const history = await client.threads.getHistory<Values>(id);
  const oldest = history.at(-1)!;
  const middle = history[2]!;

  expect(history.map(({ metadata }) => [metadata?.['source'], metadata?.['step']])).toEqual([
    ['loop', 3],
    ['loop', 2],
    ['loop', 1],
    ['loop', 0],
    ['input', -1],
  ]);
  expect(history.map(({ next }) => next)).toEqual([[], ['agent'], ['tool'], ['agent'], ['__start__']]);
  expect(history.map(parentOf)).toEqual([...history.slice(1).map(idOf), null]);
  expect(oldest).toMatchObject({
    checkpoint_id: idOf(oldest),
    parent_checkpoint_id: null,
    metadata: { thread_id: id, graph_id: 'agent' },
  });
  expect(await client.threads.getState(id, idOf(middle))).toEqual(middle);
  expect(await client.threads.getState(id, middle.checkpoint)).toEqual(middle);
  expect(await client.threads.getState(id)).toEqual(history[0]);
});

test('history pages with before, in each of its three shapes, and is filtered by metadata', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const id = await conversed(server);
  const all = await client.threads.getHistory(id);
  const before = idOf(all[1]!);
  const historyOf = async (body: object) =>
    (await server.request('POST', `/threads/${id}/history`, body)).body as ThreadState[];

  expect(await historyOf({ limit: 2, before })).toEqual(all.slice(2, 4));
  expect(await historyOf({ limit: 2, before: { checkpoint_id: before } })).toEqual(all.slice(2, 4));
  expect(
    await client.threads.getHistory(id, {
      limit: 2,
      before: { configurable: { checkpoint_id: before } } as never,
    }),
  ).toEqual(all.slice(2, 4));
  expect((await server.request('GET', `/threads/${id}/history?limit=2&before=${before}`)).body).toEqual(
    all.slice(2, 4),
  );
  expect(await client.threads.getHistory(id, { metadata: { source: 'input' } })).toEqual(all.slice(4));
  expect(await historyOf({ before: 'no-such-checkpoint' })).toMatchObject({
    detail: 'Checkpoint no-such-checkpoint not found',
  });
  expect(await historyOf({ limit: 0 })).toMatchObject({ detail: expect.stringContaining('limit') });
});

test('§9.34 a run’s metadata filters the history to its checkpoints', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const id = await conversed(server);
  await client.runs.wait(id, 'agent', { input: hello, metadata: { purpose: 'second' } });

  expect(await client.threads.getHistory(id)).toHaveLength(10);
  expect(await client.threads.getHistory(id, { metadata: { purpose: 'second' } })).toHaveLength(5);
  const [second] = await client.runs.list(id);
  expect(await client.threads.getHistory(id, { metadata: { run_id: second!.run_id } })).toHaveLength(5);
});

test('states show only what select names, down to one channel', async () => {
  await using server = await startRestServer();
  const id = await conversed(server, 'breakpoints');
  const select = encodeURIComponent(JSON.stringify(['next', 'values.visited']));

  // Not through the checked client: what is left out is required otherwise.
  const state = await (await fetch(`${server.api}/threads/${id}/state?select=${select}`)).json();
  const history = await (
    await fetch(`${server.api}/threads/${id}/history`, {
      method: 'POST',
      body: JSON.stringify({ limit: 1, select: ['values'] }),
    })
  ).json();

  expect(state).toEqual({ next: [], values: { visited: ['a', 'b', 'c'] } });
  expect(Object.keys(history[0])).toEqual(['values']);
  expect(
    await server.request('GET', `/threads/${id}/state?select=${encodeURIComponent('["nonsense"]')}`),
  ).toMatchObject({ status: 422 });
});

test('an unknown checkpoint is a 404, wherever it is named', async () => {
  await using server = await startRestServer();
  const id = await conversed(server);

  const answers = [
    await server.request('GET', `/threads/${id}/state/unknown`),
    await server.request('POST', `/threads/${id}/state/checkpoint`, {
      checkpoint: { checkpoint_id: 'unknown' },
    }),
    await server.request('POST', `/threads/${id}/state`, { values: null, checkpoint_id: 'unknown' }),
    await server.request('POST', `/threads/${id}/runs`, {
      assistant_id: 'agent',
      input: null,
      checkpoint_id: 'unknown',
    }),
  ];

  for (const answer of answers)
    expect(answer).toMatchObject({ status: 404, body: { detail: 'Checkpoint unknown not found' } });
});

test('an update is written as the node that it names, and forks from the checkpoint that it names', async () => {
  await using server = await startRestServer();
  const { client, client2 } = server;
  const id = await conversed(server);
  const history = await client.threads.getHistory<Values>(id);
  const asked = history.find(({ next }) => next[0] === 'tool')!;

  const written = (await client.threads.updateState(id, {
    values: { messages: [{ role: 'assistant', content: 'corrected', id: 'new' }] },
    asNode: 'agent',
  })) as { checkpoint: { checkpoint_id: string }; checkpoint_id: string };
  const forked = (await client2.threads.updateState(id, {
    values: null,
    checkpoint: asked.checkpoint as never,
    asNode: 'tool',
  })) as unknown as {
    checkpoint: { checkpoint_id: string };
  };

  const update = await client.threads.getState<Values>(id, written.checkpoint_id);
  expect(written.checkpoint).toMatchObject({
    thread_id: id,
    checkpoint_ns: '',
    checkpoint_id: written.checkpoint_id,
  });
  expect(update).toMatchObject({ next: [], metadata: { source: 'update', step: 4 } });
  expect(update.values.messages.at(-1)).toMatchObject({ type: 'ai', content: 'corrected', id: 'new' });
  expect(parentOf(update)).toBe(idOf(history[0]!));
  const fork = await client.threads.getState<Values>(id);
  expect(idOf(fork)).toBe(forked.checkpoint.checkpoint_id);
  expect(parentOf(fork)).toBe(idOf(asked));
  expect(fork).toMatchObject({ next: ['agent'], metadata: { source: 'update' } });
  expect(fork.values.messages).toHaveLength(2);
});

test('an update is refused with the reason: without a graph, by an unknown node, while a run is unfinished', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id: empty } = await client.threads.create();
  const { thread_id: bound } = await client.threads.create({ graphId: 'agent' });
  const { thread_id: busy } = await client.threads.create();
  await client.runs.create(busy, 'agent', { input: hello, afterSeconds: 1_000 });
  const update = (id: string, body: object) => server.request('POST', `/threads/${id}/state`, body);

  expect(await update(empty, { values: hello })).toMatchObject({
    status: 400,
    body: { detail: expect.stringContaining('graph ID') },
  });
  expect(await update(bound, { values: hello, as_node: 'nobody' })).toMatchObject({
    status: 422,
    body: { detail: expect.stringMatching(/^asNode/) },
  });
  expect(await update(busy, { values: hello })).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('Thread is busy') },
  });
  expect(await update(bound, { values: hello, as_node: '__start__' })).toMatchObject({ status: 200 });
});

test('special nodes: __end__ drops what is to come, __copy__ makes a sibling, __input__ is new input', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id: id } = await client.threads.create();
  await client.runs.wait(id, 'agent', { input: hello, interruptBefore: ['tool'] });
  const paused = await client.threads.getState(id);

  await client.threads.updateState(id, { values: null, asNode: '__copy__' });
  const copied = await client.threads.getState(id);
  await client.threads.updateState(id, { values: null, asNode: '__end__' });
  const ended = await client.threads.getState(id);
  const status = (await client.threads.get(id)).status;
  await client.threads.updateState(id, { values: hello, asNode: '__input__' });
  const input = await client.threads.getState<Values>(id);

  expect(copied).toMatchObject({ next: ['tool'], metadata: { source: 'fork' } });
  expect(parentOf(copied)).toBe(parentOf(paused));
  expect(ended).toMatchObject({ next: [], tasks: [] });
  expect(status).toBe('idle');
  expect(input).toMatchObject({ next: ['__start__'], metadata: { source: 'input' } });
});

test('§9.17 a thread made of the supersteps of another one has its history', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const id = await conversed(server);
  const history = (await client.threads.getHistory<Values>(id)).toReversed();
  const [, , asked, answered, done] = history.map(({ values }) => values.messages);

  const copy = await client.threads.create({
    graphId: 'agent',
    supersteps: [
      { updates: [{ values: hello, asNode: '__input__' }] },
      { updates: [{ values: { messages: history[1]!.values.messages }, asNode: '__start__' }] },
      { updates: [{ values: { messages: asked!.slice(-1) }, asNode: 'agent' }] },
      { updates: [{ values: { messages: answered!.slice(-1) }, asNode: 'tool' }] },
      { updates: [{ values: { messages: done!.slice(-1) }, asNode: 'agent' }] },
    ],
  });

  const shapeOf = (states: ThreadState<Values>[]) =>
    states.map(({ next, values }) => ({
      next,
      said: (values.messages ?? []).map(({ type, content }) => [type, content]),
    }));
  const rebuilt = (await client.threads.getHistory<Values>(copy.thread_id)).toReversed();
  expect(shapeOf(rebuilt)).toEqual(shapeOf(history));
  expect(copy).toMatchObject({
    status: 'idle',
    values: { messages: expect.arrayContaining([expect.objectContaining({ content: 'end' })]) },
  });
});

test('supersteps may be commands, and a thread whose supersteps are refused is not made', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const made = await client.threads.create({
    graphId: 'breakpoints',
    supersteps: [
      { updates: [{ values: hello, asNode: '__input__' }] },
      {
        updates: [{ values: null, command: { update: { visited: ['by command'] }, goto: 'c' }, asNode: 'a' }],
      },
    ],
  });
  const refused = await server.request('POST', '/threads', {
    thread_id: UNKNOWN,
    metadata: { graph_id: 'agent' },
    supersteps: [{ updates: [{ values: hello, as_node: 'nobody' }] }],
  });
  const withoutGraph = await server.request('POST', '/threads', {
    thread_id: UNKNOWN,
    supersteps: [{ updates: [{ as_node: 'agent' }] }],
  });

  expect(await client.threads.getState(made.thread_id)).toMatchObject({
    values: { visited: ['by command'] },
    next: expect.arrayContaining(['c']),
  });
  expect(refused).toMatchObject({ status: 422, body: { detail: expect.stringContaining('nobody') } });
  expect(withoutGraph).toMatchObject({ status: 400, body: { detail: expect.stringContaining('graph_id') } });
  expect(await server.request('GET', `/threads/${UNKNOWN}`)).toMatchObject({ status: 404 });
});

test('§9.15 a copy has the state and history under its own id, and lives its own life', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const id = await conversed(server);
  const history = await client.threads.getHistory(id);

  const copy = await client.threads.copy(id);
  const copied = await client.threads.getHistory(copy.thread_id);
  await client.runs.wait(copy.thread_id, 'agent', { input: hello });

  expect(copy.thread_id).not.toBe(id);
  expect(JSON.parse(JSON.stringify(copied).replaceAll(copy.thread_id, id))).toEqual(history);
  expect(await client.threads.getHistory(id)).toEqual(history);
  expect(await client.threads.getHistory(copy.thread_id)).toHaveLength(10);
  expect(await client.runs.list(copy.thread_id)).toHaveLength(1);
});
