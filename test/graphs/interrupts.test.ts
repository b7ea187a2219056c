import { AIMessage } from '@langchain/core/messages';
import { interrupt, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { createAgent, humanInTheLoopMiddleware, tool } from 'langchain';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Json } from '../../src/domain/json.ts';
import { readState } from '../../src/graphs/state/state-reader.ts';
import type { GraphStart } from '../../src/orchestrator/ports/graph-host.ts';
import { graph as approval } from '../support/graphs/approval.ts';
import { graph as breakpoints } from '../support/graphs/breakpoints.ts';
import { graph as twoApprovals } from '../support/graphs/two-approvals.ts';
import { MemoryCheckpoints } from '../support/savers.ts';
import { StreamingModel } from '../support/streaming-model.ts';
import { callOf, conversation, input, only, run, source } from './support.ts';

const command = (fields: { resume?: Json; update?: Json; goto?: Json }): GraphStart => ({
  kind: 'command',
  command: fields,
});

const stateOf = (graph: unknown, checkpoints: MemoryCheckpoints) =>
  readState(source(graph), {
    graphId: 'agent',
    call: callOf(),
    saver: checkpoints.reader(),
    checkpointId: null,
  });

test('a dynamic interrupt pauses the execution and says what it waits for', async () => {
  const { end, events } = await run(approval, new MemoryCheckpoints(), { start: input('hi') });

  const question = { action: 'send_email', args: { to: 'ann@example.com' }, question: 'Send it?' };
  expect(end).toEqual({
    kind: 'finished',
    paused: true,
    interrupts: [{ id: expect.stringMatching(/^[0-9a-f]{32}$/), value: question }],
    partials: [],
  });
  expect(only(events, 'UPDATES').at(-1)).toMatchObject({
    node: '__interrupt__',
    update: [{ value: question }],
  });
});

test.each([true, 'yes', { ok: 1 }, false, 0, '', null])(
  'the answer %j resumes the interrupt',
  async (answer) => {
    const checkpoints = new MemoryCheckpoints();
    await run(approval, checkpoints, { start: input('hi') });

    const { end, events } = await run(approval, checkpoints, { start: command({ resume: answer }) });

    expect(end).toEqual({ kind: 'finished', paused: false, interrupts: [], partials: [] });
    expect((await stateOf(approval, checkpoints))?.values).toMatchObject({ decision: answer });
    expect(conversation(events).filter((line) => line.startsWith('='))).toEqual([
      `=tool ${JSON.stringify(answer)}`,
      '=ai done',
    ]);
  },
);

test('an addressed resume answers one of two interrupts, the other waits on', async () => {
  const checkpoints = new MemoryCheckpoints();
  const paused = await run(twoApprovals, checkpoints, { start: input('hi') });
  const interrupts = paused.end.kind === 'finished' ? paused.end.interrupts : [];
  const left = interrupts.find(({ value }) => JSON.stringify(value).includes('Left'));

  const { end } = await run(twoApprovals, checkpoints, {
    start: command({ resume: { [left?.id ?? '']: 'yes' } }),
  });

  expect(interrupts).toHaveLength(2);
  expect(end).toMatchObject({
    kind: 'finished',
    paused: true,
    interrupts: [{ value: { question: 'Right?' } }],
  });
});

test('an agent whose tool was approved goes on with the tool', async () => {
  const checkpoints = new MemoryCheckpoints();
  const ask = createAgent({
    model: new StreamingModel('hitl', (messages) =>
      messages.length === 1 ? { toolCalls: [{ id: 'c', name: 'search', args: {} }] } : { text: ['Done'] },
    ),
    tools: [
      tool(() => 'found', {
        name: 'search',
        description: 'search',
        schema: z.object({}),
      }),
    ],
    middleware: [humanInTheLoopMiddleware({ interruptOn: { search: true } } as never) as never],
  });
  const paused = await run(ask, checkpoints, { start: input('hi') });

  const { end, events } = await run(ask, checkpoints, {
    start: command({ resume: { decisions: [{ type: 'approve' }] } }),
  });

  expect(paused.end).toMatchObject({ kind: 'finished', paused: true });
  expect(end).toMatchObject({ kind: 'finished', paused: false });
  expect(conversation(events)).toEqual(['+tool', '=tool found', '+ai', '~Done', '=ai Done']);
});

const halfDone = new StateGraph(MessagesAnnotation)
  .addNode('quick', () => ({ messages: [new AIMessage({ id: 'quick', content: 'quick' })] }))
  .addNode('asks', () => ({
    messages: [new AIMessage({ id: 'asked', content: interrupt('well?') as string })],
  }))
  .addEdge(START, 'quick')
  .addEdge(START, 'asks')
  .compile();

test('a message that waited in a pause beside an interrupt is not told again when the pause ends', async () => {
  const checkpoints = new MemoryCheckpoints();
  const paused = await run(halfDone, checkpoints, { start: input('hi') });

  const { events } = await run(halfDone, checkpoints, { start: command({ resume: 'yes' }) });

  expect(conversation(paused.events)).toEqual(['+human', '=human hi', '+ai', '=ai quick']);
  // LangGraph puts what `asks` says first, so the conversation is not as it was told.
  expect(conversation(events)).toEqual(['+ai', '=ai yes', 'reset']);
});

test('an attempt that takes over tells of the results that the lost one left waiting', async () => {
  const checkpoints = new MemoryCheckpoints();
  await run(halfDone, checkpoints, { start: input('hi') });

  const { events } = await run(halfDone, checkpoints, {
    start: { kind: 'continue' },
    attempt: 2,
    call: { runId: '0199e2b0-0000-7000-8000-000000000002' },
  });

  expect(conversation(events)).toEqual(['+ai', '=ai quick']);
});

test.each([
  ['before', { interruptBefore: ['b'] }, ['a'], 'b'],
  ['after', { interruptAfter: ['a'] }, ['a'], 'b'],
  ['before every node', { interruptBefore: ['*'] }, [], 'a'],
])(
  'a static breakpoint %s pauses without interrupts, and the run goes on with nothing',
  async (_where, options, visited, next) => {
    const checkpoints = new MemoryCheckpoints();

    const { end } = await run(breakpoints, checkpoints, { start: input('hi'), ...options });
    const paused = await stateOf(breakpoints, checkpoints);
    const second = await run(breakpoints, checkpoints, { start: { kind: 'continue' } });

    expect(end).toEqual({ kind: 'finished', paused: true, interrupts: [], partials: [] });
    expect(paused?.next).toEqual([next]);
    expect(paused?.values).toMatchObject({ visited });
    expect(second.end).toMatchObject({ kind: 'finished', paused: false });
    expect(conversation(second.events).filter((line) => line.startsWith('='))).toEqual(
      ['a', 'b', 'c'].filter((node) => !visited.includes(node)).map((node) => `=ai ${node}`),
    );
  },
);

test('a run that goes on shows first the values it starts from', async () => {
  const checkpoints = new MemoryCheckpoints();
  await run(breakpoints, checkpoints, { start: input('hi'), interruptBefore: ['b'] });
  const head = (await stateOf(breakpoints, checkpoints))?.checkpoint.checkpointId;

  const { events } = await run(breakpoints, checkpoints, { start: { kind: 'continue' } });

  expect(events.slice(0, 2)).toEqual([
    { kind: 'VALUES', ns: '', checkpointId: head },
    { kind: 'CHECKPOINT', ns: '', checkpointId: head },
  ]);
});

test('goto jumps to a node', async () => {
  const checkpoints = new MemoryCheckpoints();
  await run(breakpoints, checkpoints, { start: input('hi') });

  const { events } = await run(breakpoints, checkpoints, { start: command({ goto: 'c' }) });

  expect(only(events, 'UPDATES').map(({ node }) => node)).toEqual(['c']);
});

test('goto with an input sends it to the node', async () => {
  const checkpoints = new MemoryCheckpoints();
  await run(breakpoints, checkpoints, { start: input('hi') });

  const { events } = await run(breakpoints, checkpoints, {
    start: command({ goto: [{ node: 'b', input: { visited: ['sent'] } }, 'c'] }),
  });

  expect(only(events, 'TASK')[0]?.task['name']).toMatch(/b|c/);
  expect(new Set(only(events, 'UPDATES').map(({ node }) => node))).toEqual(new Set(['b', 'c']));
});

test.each([
  ['an object', { messages: [{ role: 'user', id: 'u', content: 'added' }] }],
  ['pairs', [['messages', [{ role: 'user', id: 'u', content: 'added' }]]]],
])('an update of %s is written, and its messages are told', async (_what, update) => {
  const checkpoints = new MemoryCheckpoints();
  await run(breakpoints, checkpoints, { start: input('hi') });

  const { end, events } = await run(breakpoints, checkpoints, { start: command({ update, goto: 'c' }) });

  expect(end.kind).toBe('finished');
  expect(conversation(events)).toEqual(['+human', '=human added', '+ai', '=ai c']);
});

test('a resume where nothing waits is a failure of the run', async () => {
  const checkpoints = new MemoryCheckpoints();
  await run(breakpoints, checkpoints, { start: input('hi') });

  const { end } = await run(breakpoints, checkpoints, { start: command({ resume: null }) });

  expect(end).toMatchObject({ kind: 'failed', error: { name: 'EmptyInputError' } });
});
