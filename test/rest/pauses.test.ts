import type { ThreadState } from '@langchain/langgraph-sdk';
import { afterEach, expect, test } from 'vitest';
import { resetGates } from '../support/gates.ts';
import { startRestServer } from './support.ts';

afterEach(resetGates);

const hello = { messages: [{ role: 'user', content: 'hi' }] };
const QUESTION = { action: 'send_email', args: { to: 'ann@example.com' }, question: 'Send it?' };
type Values = { messages: { id?: string; type: string; content: string }[] };
type Paused = Values & { __interrupt__: { id: string; value: unknown }[] };
const idOf = (state: ThreadState<unknown>): string => state.checkpoint.checkpoint_id ?? '';
const said = (values: Values) => values.messages.map(({ type, content }) => [type, content]);

test('§9.58 a run stops before a node, tells so with an empty __interrupt__, and goes on without input', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create();
  const events: { event: string; data: unknown }[] = [];

  for await (const chunk of client.runs.stream(thread_id, 'agent', {
    input: hello,
    interruptBefore: ['tool'],
  }))
    events.push(chunk);
  const paused = await client.threads.get(thread_id);
  const state = await client.threads.getState(thread_id);
  const values = (await client.runs.wait(thread_id, 'agent', { input: null })) as unknown as Values;

  expect(events.at(-1)).toMatchObject({ event: 'values', data: { __interrupt__: [] } });
  expect(paused).toMatchObject({ status: 'interrupted', interrupts: {} });
  expect(state).toMatchObject({ next: ['tool'], tasks: [{ name: 'tool', interrupts: [] }] });
  expect(values.messages).toHaveLength(4);
  expect((await client.threads.get(thread_id)).status).toBe('idle');
});

test('§9.59 a question shows in the thread, in its state, in what wait answers and in the stream; a resume goes on from it', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create();

  const waited = (await client.runs.wait(thread_id, 'approval', { input: hello })) as unknown as Paused;
  const state = await client.threads.getState(thread_id);
  const thread = await client.threads.get(thread_id);
  const [run] = await client.runs.list(thread_id);
  const [task] = state.tasks;
  const asked = [{ id: waited.__interrupt__[0]!.id, value: QUESTION }];

  expect(said(waited)).toEqual([
    ['human', 'hi'],
    ['ai', ''],
  ]);
  expect(waited.__interrupt__).toEqual(asked);
  expect(asked[0]!.id).toMatch(/^[0-9a-f]{32}$/);
  expect(task).toMatchObject({ name: 'tools', interrupts: asked, error: null });
  expect(state).toMatchObject({ next: ['tools'], interrupts: asked });
  expect(thread).toMatchObject({ status: 'interrupted', interrupts: { [task!.id]: asked } });
  expect(run).toMatchObject({ status: 'success' });

  const events: { event: string; data: unknown }[] = [];
  const command = { resume: { approved: true } };
  for await (const chunk of client.runs.stream(thread_id, 'approval', {
    command,
    streamMode: ['updates', 'values'],
  }))
    events.push(chunk);
  expect(
    events.filter(({ event }) => event === 'updates').map(({ data }) => Object.keys(data as object)),
  ).toEqual([['tools'], ['finish']]);
  expect(events.at(-1)).toMatchObject({ event: 'values', data: { decision: { approved: true } } });
  expect(await client.threads.get(thread_id)).toMatchObject({ status: 'idle', interrupts: {} });
});

test('§9.60 an edit while it waits leaves it waiting, and what goes on uses the edit', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create();
  await client.runs.wait(thread_id, 'agent', { input: hello, interruptBefore: ['tool'] });
  const asked = (await client.threads.getState<Values>(thread_id)).values.messages.at(-1)!;

  await client.threads.updateState(thread_id, { values: { messages: [{ ...asked, content: 'edited' }] } });
  const edited = await client.threads.getState<Values>(thread_id);
  const status = (await client.threads.get(thread_id)).status;
  const values = (await client.runs.wait(thread_id, 'agent', { input: null })) as unknown as Values;

  expect(edited).toMatchObject({ next: ['tool'], metadata: { source: 'update' } });
  expect(edited.values.messages.at(-1)).toMatchObject({ id: asked.id, content: 'edited' });
  expect(status).toBe('interrupted');
  expect(values.messages.map(({ content }) => content)).toEqual(['hi', 'edited', 'tool_call', 'end']);
  expect(await client.threads.getHistory(thread_id)).toHaveLength(6);
});

test('§9.61 two questions that wait at once are answered by their ids, together or one after the other', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create();
  const paused = (await client.runs.wait(thread_id, 'two-approvals', { input: hello })) as unknown as Paused;
  const [left, right] = paused.__interrupt__;

  const bare = await server.request('POST', `/threads/${thread_id}/runs`, {
    assistant_id: 'two-approvals',
    command: { resume: 'both' },
  });
  const half = (await client.runs.wait(thread_id, 'two-approvals', {
    command: { resume: { [right!.id]: 'no' } },
  })) as unknown as Paused;
  const whole = await client.runs.wait(thread_id, 'two-approvals', {
    command: { resume: { [left!.id]: 'yes' } },
  });

  expect(paused.__interrupt__.map(({ value }) => value)).toEqual([
    { question: 'Left?' },
    { question: 'Right?' },
  ]);
  expect(bare).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('several interrupts') },
  });
  expect(half.__interrupt__).toEqual([left]);
  expect(whole).toMatchObject({ decisions: { left: 'yes', right: 'no' } });
});

test('a resume that nothing waits for is a 409 and stores nothing; of two at the same instant exactly one runs', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create();
  const resume = () =>
    server.request('POST', `/threads/${thread_id}/runs`, {
      assistant_id: 'approval',
      command: { resume: 'yes' },
    });
  const onNothing = await resume();
  await client.runs.wait(thread_id, 'approval', { input: hello });

  const answers = await Promise.all([resume(), resume(), resume()]);
  for (const run of await client.runs.list(thread_id)) await client.runs.join(thread_id, run.run_id);
  const late = await resume();

  expect(onNothing).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('nothing to resume') },
  });
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  expect(late.status).toBe(409);
  expect(await client.runs.list(thread_id)).toHaveLength(2);
  expect((await client.threads.getState<Values>(thread_id)).values.messages).toHaveLength(4);
});

test('§9.62 a command updates a finished thread’s state, and jumps', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create();
  await client.runs.wait(thread_id, 'breakpoints', { input: hello });

  const updated = await client.runs.wait(thread_id, 'breakpoints', {
    command: { update: { visited: ['by command'] } },
  });
  const jumped = await client.runs.wait(thread_id, 'breakpoints', {
    command: { update: [['visited', ['again']]], goto: 'c' },
  });

  expect(updated).toMatchObject({ visited: ['a', 'b', 'c', 'by command'] });
  expect(jumped).toMatchObject({ visited: ['a', 'b', 'c', 'by command', 'again', 'c'] });
});

test('§9.63 a run from an older checkpoint makes a branch that later runs go on from; the other one stays', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create();
  await client.runs.wait(thread_id, 'trivial', { input: { messages: [{ role: 'user', content: 'one' }] } });
  const first = await client.threads.getState<Values>(thread_id);
  await client.runs.wait(thread_id, 'trivial', { input: { messages: [{ role: 'user', content: 'two' }] } });
  const other = await client.threads.getState<Values>(thread_id);

  const forked = (await client.runs.wait(thread_id, 'trivial', {
    input: { messages: [{ role: 'user', content: 'three' }] },
    checkpoint: first.checkpoint,
  })) as unknown as Values;
  const history = await client.threads.getHistory<Values>(thread_id, { limit: 100 });
  const later = (await client.runs.wait(thread_id, 'trivial', {
    input: { messages: [{ role: 'user', content: 'four' }] },
  })) as unknown as Values;
  const replayed = (await client.runs.wait(thread_id, 'trivial', {
    input: null,
    checkpointId: idOf(first),
  })) as unknown as Values;

  const children = history.filter((state) => state.parent_checkpoint?.checkpoint_id === idOf(first));
  expect(said(forked).map(([, text]) => text)).toEqual(['one', 'ok', 'three', 'ok']);
  expect(children).toHaveLength(2);
  expect(await client.threads.getState(thread_id, idOf(other))).toEqual(other);
  expect(said(later).map(([, text]) => text)).toEqual(['one', 'ok', 'three', 'ok', 'four', 'ok']);
  expect(said(replayed).map(([, text]) => text)).toEqual(['one', 'ok']);
});

test('§9.64 a question in a subgraph: its task names the namespace, subgraphs nests the states, an update there changes the outcome', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create();
  await client.runs.wait(thread_id, 'deep-approval', { input: hello });

  const plain = await client.threads.getState(thread_id);
  const nested = await client.threads.getState(thread_id, undefined, { subgraphs: true });
  const middle = await client.threads.getState(thread_id, plain.tasks[0]!.checkpoint as never);
  const reference = middle.tasks[0]!.checkpoint!;
  const inmost = await client.threads.getState<Values>(thread_id, reference as never);
  const history = await client.threads.getHistory<Values>(thread_id, {
    checkpoint: { checkpoint_ns: reference.checkpoint_ns } as never,
  });
  const written = (await client.threads.updateState(thread_id, {
    values: {
      messages: [{ role: 'assistant', content: 'corrected', id: inmost.values.messages.at(-1)!.id }],
    },
    checkpoint: inmost.checkpoint as never,
  })) as unknown as { checkpoint: { checkpoint_ns: string } };
  const values = (await client.runs.wait(thread_id, 'deep-approval', {
    command: { resume: 'fine' },
  })) as unknown as Values;

  expect(plain.tasks[0]).toMatchObject({
    name: 'middle',
    checkpoint: { checkpoint_ns: expect.stringMatching(/^middle:/) },
    state: null,
  });
  expect(nested.tasks[0]).toMatchObject({
    checkpoint: null,
    state: { next: ['inmost'], tasks: [{ state: { next: ['ask'] } }] },
  });
  expect(Object.keys(nested.tasks[0]!.state!).sort()).toEqual(
    ['checkpoint', 'created_at', 'metadata', 'next', 'parent_checkpoint', 'tasks', 'values'].sort(),
  );
  expect(inmost).toMatchObject({ next: ['ask'], interrupts: [{ value: 'Well?' }] });
  expect(history.map(({ next }) => next)).toEqual([['ask'], ['prepare'], ['__start__']]);
  expect(written.checkpoint.checkpoint_ns).toBe(reference.checkpoint_ns);
  expect(said(values).map(([, text]) => text)).toEqual(['hi', 'corrected', 'you said fine']);
});

test("a run is started from a subgraph's checkpoint as any request names it: from the root checkpoint that it belongs to", async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create();
  await client.runs.wait(thread_id, 'deep-approval', { input: hello });
  const root = await client.threads.getState(thread_id);
  const { checkpoint } = await client.threads.getState(thread_id, root.tasks[0]!.checkpoint as never);
  const { checkpoint_ns, checkpoint_id } = checkpoint;
  const answer = async (reference: object) => {
    const { status, body } = await server.request('POST', `/threads/${thread_id}/runs`, {
      assistant_id: 'deep-approval',
      command: { resume: 'fine' },
      ...reference,
    });
    if (status === 200) await client.runs.join(thread_id, (body as { run_id: string }).run_id);
    return { status, body };
  };

  const answers = [
    await answer({ checkpoint: { checkpoint_ns, checkpoint_id } }),
    await answer({ checkpoint: { checkpoint_ns, checkpoint_map: { '': idOf(root) } } }),
    await answer({ config: { configurable: { checkpoint_ns, checkpoint_id } } }),
  ];
  const unknown = await answer({
    checkpoint: { checkpoint_ns, checkpoint_id: '1f000000-0000-6000-8000-000000000000' },
  });

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  const history = await client.threads.getHistory(thread_id, { limit: 100 });
  expect(history.filter((state) => state.parent_checkpoint?.checkpoint_id === idOf(root))).toHaveLength(3);
  expect(unknown).toMatchObject({
    status: 422,
    body: { detail: expect.stringMatching(/^checkpoint\.checkpoint_ns: must be a checkpoint of/) },
  });
});

test('§9.59 a node that was answered and asks again is what comes next', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create();

  await client.runs.wait(thread_id, 'asks-twice', { input: hello });
  const waited = (await client.runs.wait(thread_id, 'asks-twice', {
    command: { resume: 'A' },
  })) as unknown as Paused;

  expect(waited).toMatchObject({ messages: [{ content: 'hi' }], __interrupt__: [{ value: 'second?' }] });
  expect(await client.threads.getState(thread_id)).toMatchObject({
    next: ['ask'],
    tasks: [{ name: 'ask', interrupts: [{ value: 'second?' }] }],
  });
  expect(await client.threads.get(thread_id)).toMatchObject({ status: 'interrupted' });
});
