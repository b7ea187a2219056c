import { afterEach, expect, test } from 'vitest';
import { gate, resetGates } from '../../support/gates.ts';
import { type RestServer, startRestServer } from '../support.ts';
import { hello, isEnd, line, newThreadId, read, send, start } from './support.ts';

afterEach(resetGates);

/** Runs the assistant until it waits for a human; returns what it asks for. */
async function paused(server: RestServer, thread: string, assistant: string, params?: object) {
  await using reader = await read(server, thread, { channels: ['input', 'lifecycle'] });
  const run = await start(server, thread, assistant, params);
  const events = await reader.upTo(isEnd(run));
  expect(events.at(-1)?.params.data).toMatchObject({ event: 'interrupted' });
  return events.flatMap((event) =>
    event.method === 'input.requested' ? [{ id: event.params.data.interrupt_id, event }] : [],
  );
}

test('§3.10 run.start creates the thread, starts a run that can be joined, and says how far the thread had come', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();

  const answer = await send(server, thread, 'run.start', {
    assistant_id: 'agent',
    input: hello,
    metadata: { from: 'test' },
  });

  expect(answer).toEqual({
    type: 'success',
    id: expect.any(Number),
    result: { run_id: expect.any(String) },
    meta: { thread_id: thread, applied_through_seq: 0 },
  });
  const runId = (answer.type === 'success' ? (answer.result as { run_id: string }) : { run_id: '' }).run_id;
  const modes = new Set<string>();
  for await (const { event } of server.client.runs.joinStream(thread, runId)) modes.add(event);
  expect([...modes]).toEqual(expect.arrayContaining(['metadata', 'values', 'updates', 'messages']));
  expect(await server.client.runs.get(thread, runId)).toMatchObject({
    status: 'success',
    metadata: { from: 'test' },
  });
  const second = await send(server, thread, 'run.start', { assistant_id: 'agent', input: hello });
  await using reader = await read(server, thread, { channels: ['lifecycle'] });
  const running = await reader.next();
  expect(second).toMatchObject({ type: 'success', meta: { applied_through_seq: expect.any(Number) } });
  expect(running.seq).toBeGreaterThan(Number(second.meta?.applied_through_seq));
});

test('§3.10 run.start takes multitaskStrategy and multitask_strategy; an unknown one means enqueue, reject refuses', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  const held = gate('rest-agent:begin:1', { holds: 1 });
  await start(server, thread, 'agent');
  await held.reached;

  const rejected = await send(server, thread, 'run.start', {
    assistant_id: 'agent',
    input: hello,
    multitaskStrategy: 'reject',
  });
  const queued = await start(server, thread, 'agent', { input: hello, multitaskStrategy: 'whatever' });
  const interrupting = await start(server, thread, 'agent', {
    input: hello,
    multitask_strategy: 'interrupt',
  });

  expect(rejected).toMatchObject({
    type: 'error',
    error: 'invalid_argument',
    message: expect.stringContaining('Thread is busy'),
  });
  await using reader = await read(server, thread, { channels: ['lifecycle'] });
  await reader.upTo(isEnd(interrupting));
  expect((await server.client.runs.list(thread)).map(({ status }) => status)).toEqual([
    'success',
    'interrupted',
    'interrupted',
  ]);
  expect(await server.client.runs.get(thread, queued)).toMatchObject({
    status: 'interrupted',
    multitask_strategy: 'enqueue',
  });
});

test('§3.10 input.respond answers an interrupt of a subgraph by its id, once: of two answers at the same instant one runs', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  const [asked] = await paused(server, thread, 'deep-approval');
  expect(line(asked!.event)).toBe('input.requested @middle/inmost "Well?"');
  const answer = { namespace: asked!.event.params.namespace, interrupt_id: asked!.id, response: 'yes' };
  await using reader = await read(server, thread, {
    channels: ['input', 'lifecycle', 'values'],
    since: asked!.event.seq,
  });
  await reader.upTo(isEnd());

  const answers = await Promise.all([1, 2].map(() => send(server, thread, 'input.respond', answer)));

  expect(answers.map(({ type }) => type).sort()).toEqual(['error', 'success']);
  expect(answers.find(({ type }) => type === 'success')?.result).toEqual({});
  const events = await reader.upTo(isEnd());
  expect(events[0]).toMatchObject({
    method: 'input.answered',
    params: { namespace: [], data: { interrupt_ids: [asked!.id] } },
  });
  expect(events.at(-1)?.params.data).toMatchObject({ event: 'completed' });
  const values = events.findLast(({ method, params }) => method === 'values' && params.namespace.length === 0)
    ?.params.data;
  expect(values.messages.at(-1)).toMatchObject({ content: 'you said yes' });
  expect(await server.client.runs.list(thread)).toHaveLength(2);
});

test('§3.10 input.respond answers several interrupts in one run, and refuses what is not pending without changing anything', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  const asked = await paused(server, thread, 'two-approvals');
  const [left, right] = asked.map(({ id }) => id);

  const unknown = await send(server, thread, 'input.respond', {
    responses: [
      { namespace: [], interrupt_id: left, response: 1 },
      { namespace: [], interrupt_id: '0'.repeat(32), response: 2 },
    ],
  });
  const none = await send(server, thread, 'input.respond', { responses: [] });
  const both = await send(server, thread, 'input.respond', {
    responses: [left, right].map((id) => ({ namespace: [], interrupt_id: id, response: `for ${id}` })),
    update: { messages: [{ role: 'user', content: 'noted' }] },
    metadata: { by: 'test' },
  });

  expect(unknown).toMatchObject({
    type: 'error',
    error: 'no_such_interrupt',
    message: expect.stringContaining(`pending are ${left}, ${right}`),
  });
  expect(none).toMatchObject({
    type: 'error',
    error: 'invalid_argument',
    message: expect.stringContaining('responses'),
  });
  expect(both).toMatchObject({ type: 'success', result: {} });
  await using reader = await read(server, thread, { channels: ['lifecycle'] });
  await reader.upTo(isEnd());
  const state = await send(server, thread, 'state.get', { namespace: [], keys: ['decisions', 'messages'] });
  expect(state).toMatchObject({
    result: {
      values: {
        decisions: { left: `for ${left}`, right: `for ${right}` },
        messages: [{ content: 'hi' }, { content: 'noted' }],
      },
      checkpoint: { id: expect.any(String), ns: '' },
    },
  });
  const again = await send(server, thread, 'input.respond', {
    namespace: [],
    interrupt_id: left,
    response: 1,
  });
  expect(again).toMatchObject({
    type: 'error',
    error: 'no_such_interrupt',
    message: expect.stringContaining('none are pending'),
  });
});

test('§3.10 run.start on a paused thread answers with an input without messages; a message begins a new turn and is not lost', async () => {
  await using server = await startRestServer();
  const [first, second] = [newThreadId(), newThreadId()];
  await paused(server, first, 'approval');
  await paused(server, second, 'approval');
  const messagesAfter = async (thread: string, input: object) => {
    await using reader = await read(server, thread, { channels: ['lifecycle', 'values'] });
    await reader.upTo(isEnd());
    await start(server, thread, 'approval', { input });
    const events = await reader.upTo(isEnd());
    return events.findLast(({ method }) => method === 'values')?.params.data.messages as {
      type: string;
      content: string;
    }[];
  };

  const answered = await messagesAfter(first, { approve: true });
  const anew = await messagesAfter(second, { messages: [{ role: 'user', content: 'Something else' }] });

  expect(answered.map(({ type, content }) => `${type} ${content}`)).toEqual([
    'human hi',
    'ai ',
    'tool {"approve":true}',
    'ai done',
  ]);
  expect(anew.map(({ type }) => type)).toEqual(['human', 'ai', 'tool', 'human', 'ai']);
  expect(anew[3]).toMatchObject({ content: 'Something else' });
});

test('§3.10 a run can be started from an earlier checkpoint: by the configuration, or by state.fork with one of state.listCheckpoints', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  await using reader = await read(server, thread, { channels: ['lifecycle'] });
  await reader.upTo(isEnd(await start(server, thread, 'agent')));

  const listed = await send(server, thread, 'state.listCheckpoints', { limit: 3 });
  const { checkpoints } = (listed.type === 'success' ? listed.result : {}) as {
    checkpoints: { id: string; step: number }[];
  };
  const page = await send(server, thread, 'state.listCheckpoints', { limit: 2, before: checkpoints[0]?.id });
  const afterTool = checkpoints.find(({ step }) => step === 2)?.id;
  const forked = await send(server, thread, 'state.fork', { checkpoint_id: afterTool, input: null });
  await reader.upTo(isEnd());
  await start(server, thread, 'agent', {
    input: null,
    config: { configurable: { checkpoint_id: afterTool } },
  });
  await reader.upTo(isEnd());
  const nowhere = await send(server, thread, 'state.fork', {
    checkpoint_id: '1f1e9394-0000-6000-8000-000000000000',
  });

  expect(checkpoints.map(({ step }) => step)).toEqual([3, 2, 1]);
  expect(page).toMatchObject({ result: { checkpoints: checkpoints.slice(1, 3) } });
  expect(forked).toMatchObject({
    type: 'success',
    result: { run_id: expect.any(String), thread_id: thread },
  });
  expect(nowhere).toMatchObject({ type: 'error', error: 'no_such_checkpoint' });
  const after = await send(server, thread, 'state.listCheckpoints', { limit: 10 });
  // A run from a checkpoint that is not the newest one begins with a copy of it.
  const steps = (
    (after.type === 'success' ? after.result : {}) as typeof listed & { checkpoints: typeof checkpoints }
  ).checkpoints;
  expect(steps.map(({ step }) => step)).toEqual([4, 3, 4, 3, 3, 2, 1, 0, -1]);
});

test('§3.10 agent.getTree shows the subgraphs of a run while it runs and afterwards', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  const held = gate('nested:speak:1');
  const run = await start(server, thread, 'nested');
  await held.reached;

  const during = await send(server, thread, 'agent.getTree', {});
  resetGates();
  await using reader = await read(server, thread, { channels: ['lifecycle'] });
  await reader.upTo(isEnd(run));
  const afterwards = await send(server, thread, 'agent.getTree', { run_id: run });
  const unknown = await send(server, thread, 'agent.getTree', { run_id: newThreadId() });

  const tree = (root: string, below: string) => ({
    namespace: [],
    status: root,
    graph_name: 'nested',
    children: [
      {
        namespace: [expect.stringMatching(/^middle:/)],
        status: below,
        graph_name: 'middle',
        children: [
          {
            namespace: [expect.any(String), expect.stringMatching(/^inmost:/)],
            status: below,
            graph_name: 'inmost',
          },
        ],
      },
    ],
  });
  expect(during).toMatchObject({ result: { tree: tree('running', 'started') } });
  expect(afterwards).toMatchObject({ result: { tree: tree('completed', 'completed') } });
  expect(unknown).toMatchObject({ type: 'error', error: 'no_such_run' });
});

test('§3.10 what is no command is a 400, and what cannot be done is an error with its code', async () => {
  await using server = await startRestServer();
  const thread = newThreadId();
  const post = (body: unknown) => server.request('POST', `/threads/${thread}/commands`, body);

  const malformed = [await post([]), await post({ id: -1, method: 'run.start' }), await post({ id: 3 })];
  const codes = await Promise.all(
    [
      ['run.begin', {}],
      ['run.start', {}],
      ['run.start', { assistant_id: 'nobody', input: {} }],
      ['input.respond', { namespace: [], interrupt_id: 'x', response: 1 }],
      ['input.inject', { namespace: [], message: { role: 'user', content: 'psst' } }],
      ['subscription.subscribe', { channels: ['values'] }],
      ['state.get', { namespace: [] }],
      ['toString', {}],
    ].map(async ([method, params]) => {
      const answer = await send(server, thread, method as string, params as object);
      return answer.type === 'error' ? answer.error : answer.type;
    }),
  );

  expect(malformed.map(({ status }) => status)).toEqual([400, 400, 400]);
  expect(malformed.map(({ body }) => (body as { id: number | null }).id)).toEqual([null, null, 3]);
  expect(malformed[2]?.body).toMatchObject({
    type: 'error',
    error: 'invalid_argument',
    message: expect.stringContaining('method: '),
  });
  expect(codes).toEqual([
    'unknown_command',
    'invalid_argument',
    'invalid_argument',
    'invalid_argument',
    'not_supported',
    'not_supported',
    'invalid_argument',
    'unknown_command',
  ]);
  expect((await server.request('GET', `/threads/${thread}`)).status).toBe(404);
});
