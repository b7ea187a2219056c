import { afterEach, describe, expect, test } from 'vitest';
import { emptyConversation, type MessageEvent, reduceMessages } from '../../src/client/public.ts';
import type { MessageJson } from '../../src/domain/message.ts';
import { human, TestThread } from '../support/conversing.ts';
import { findDanglingToolCalls } from '../support/dangling-tool-calls.ts';
import { type Followed, overWebSocket, seenEndOf } from '../support/followed.ts';
import { type Gate, gate, resetGates } from '../support/gates.ts';
import { startTestService } from '../support/service.ts';

afterEach(resetGates);

type Said = readonly (readonly [string, string])[];

/** What the state's messages hold, as the checker wants them. */
async function rawMessages(thread: TestThread): Promise<readonly MessageJson[]> {
  return (await thread.state()).values['messages'] as readonly MessageJson[];
}

const folded = ({ events }: Followed<MessageEvent>) =>
  events.reduce(reduceMessages, emptyConversation).messages.map(({ type, id, text }) => ({ type, id, text }));

const inState = async (thread: TestThread) =>
  (await thread.state()).messages.map(({ type, id, text }) => ({ type, id, text }));

const STOPPED = expect.stringMatching(/stopped/i) as unknown as string;

type Moment = {
  readonly when: string;
  readonly graph: string;
  /** Where the run stands when it is interrupted. */
  readonly gates: readonly string[];
  /** Passed before, so that a test can say what must have been streamed by then. */
  readonly streamed?: string;
  /** What the interrupted run leaves, after the human's message. */
  readonly leaves: Said;
};

const MOMENTS: readonly Moment[] = [
  { when: 'before the first token', graph: 'echo', gates: ['echo:0'], leaves: [] },
  {
    when: 'in the middle of a message',
    graph: 'echo',
    gates: ['echo:2'],
    streamed: 'ask me',
    leaves: [['ai', 'ask me']],
  },
  {
    when: 'after the last token',
    graph: 'echo',
    gates: ['echo:end'],
    streamed: 'ask me again',
    leaves: [['ai', 'ask me again']],
  },
  {
    when: 'while two nodes stream at once',
    graph: 'two-streams',
    gates: ['two-streams:left:2', 'two-streams:right:3'],
    leaves: [
      ['ai', 'Left has'],
      ['ai', 'Right has three'],
    ],
  },
  {
    when: 'while one of two streaming nodes has finished',
    graph: 'two-streams',
    gates: ['two-streams:left:2'],
    streamed: 'Right has three words more.',
    leaves: [
      ['ai', 'Right has three words more.'],
      ['ai', 'Left has'],
    ],
  },
  { when: 'in the middle of the tool calls', graph: 'two-tools', gates: ['two-tools:call:3'], leaves: [] },
  {
    when: 'with one of two tools done',
    graph: 'two-tools',
    gates: ['two-tools:second'],
    leaves: [
      ['ai', ''],
      ['tool', 'first says yes'],
      ['tool', STOPPED],
    ],
  },
  {
    when: 'with no tool done',
    graph: 'two-tools',
    gates: ['two-tools:first', 'two-tools:second'],
    leaves: [
      ['ai', ''],
      ['tool', STOPPED],
      ['tool', STOPPED],
    ],
  },
  {
    when: 'after the tools, before the answer',
    graph: 'two-tools',
    gates: ['two-tools:answer:0'],
    leaves: [
      ['ai', ''],
      ['tool', 'first says yes'],
      ['tool', 'second says yes'],
    ],
  },
  {
    when: 'between supersteps',
    graph: 'breakpoints',
    gates: ['breakpoints:b'],
    leaves: [['ai', 'a']],
  },
  {
    when: 'in a subgraph before its first step has ended',
    graph: 'subgraph',
    gates: ['subgraph:prepare'],
    leaves: [],
  },
  {
    when: 'in a subgraph after a completed inner step',
    graph: 'subgraph',
    gates: ['subgraph:speak:2'],
    streamed: 'The subgraph',
    leaves: [
      ['ai', 'prepared'],
      ['ai', 'The subgraph'],
    ],
  },
  {
    when: 'after a subgraph',
    graph: 'subgraph',
    gates: ['subgraph:finish'],
    leaves: [
      ['ai', 'prepared'],
      ['ai', 'The subgraph speaks now.'],
    ],
  },
  {
    when: 'two subgraphs deep',
    graph: 'nested',
    gates: ['nested:speak:3'],
    streamed: 'The inmost graph',
    leaves: [
      ['ai', 'middle prepared'],
      ['ai', 'inmost prepared'],
      ['ai', 'The inmost graph'],
    ],
  },
  {
    when: 'where a conditional edge throws on a partial message',
    graph: 'throwing-edge',
    gates: ['throwing-edge:2'],
    streamed: '{"next": "en',
    leaves: [['ai', '{"next": "en']],
  },
];

/** A run that stands at its gates, with a subscriber who has seen what it streamed. */
async function stand(url: string, { graph, gates, streamed = '' }: Moment, timeoutSeconds?: number) {
  const thread = await TestThread.create({ url });
  const follower = overWebSocket(url, 'messages', { threadId: thread.id, fromStart: true });
  await follower.seen(({ __typename }) => __typename === 'MessagesReset');
  const held: Gate[] = gates.map((name) => gate(name, { holds: 1 }));
  const run = await thread.start(graph, {
    input: human('ask me again'),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
  });
  if (timeoutSeconds === undefined) {
    await Promise.all(held.map(({ reached }) => reached));
    await follower.seen(() => folded(follower).some(({ text }) => text.startsWith(streamed)));
  }
  return { thread, follower, run, [Symbol.asyncDispose]: () => follower.leave() };
}

describe.each(MOMENTS)('interrupted $when', (moment) => {
  test('a run leaves a history that the next run goes on from', async () => {
    await using service = await startTestService();
    await using scene = await stand(service.url, moment);
    const { thread, follower, run } = scene;

    const next = await thread.start('trivial', { input: human('and now?'), multitaskStrategy: 'INTERRUPT' });
    const { state } = await thread.join(next);
    await seenEndOf(service.url, next.id, follower);

    expect(state?.messages.map(({ type, text }) => [type, text])).toEqual([
      ['human', 'ask me again'],
      ...moment.leaves,
      ['human', 'and now?'],
      ['ai', 'ok'],
    ]);
    expect(findDanglingToolCalls(await rawMessages(thread))).toEqual([]);
    expect(await thread.client.run(run.id)).toMatchObject({
      status: 'INTERRUPTED',
      endReason: 'SUPERSEDED',
      supersededBy: { id: next.id },
    });
    expect(folded(follower)).toEqual(await inState(thread));
    await using late = overWebSocket(service.url, 'messages', { threadId: thread.id, fromStart: true });
    await late.seen(() => true);
    expect(folded(late)).toEqual(await inState(thread));
  });

  test('a cancelled run leaves the same, and the same graph takes the next turn', async () => {
    await using service = await startTestService();
    await using scene = await stand(service.url, moment);
    const { thread, follower, run } = scene;

    await thread.client.cancelRun(thread.id, run.id);
    const { run: cancelled, state } = await thread.join(run);
    await seenEndOf(service.url, run.id, follower);

    expect(cancelled).toMatchObject({ status: 'INTERRUPTED', endReason: 'CANCELLED', supersededBy: null });
    expect(state?.messages.map(({ type, text }) => [type, text])).toEqual([
      ['human', 'ask me again'],
      ...moment.leaves,
    ]);
    expect(findDanglingToolCalls(await rawMessages(thread))).toEqual([]);
    expect(folded(follower)).toEqual(await inState(thread));
    expect(await thread.status()).toBe('IDLE');

    const again = await thread.run(moment.graph, { input: human('ask me again') });
    await seenEndOf(service.url, again.run.id, follower);

    expect(again.run).toMatchObject({ status: 'SUCCESS', endReason: 'COMPLETED' });
    expect(findDanglingToolCalls(await rawMessages(thread))).toEqual([]);
    expect(folded(follower)).toEqual(await inState(thread));
  });

  test('a run that is rolled back leaves nothing', async () => {
    await using service = await startTestService();
    await using scene = await stand(service.url, moment);
    const { thread, follower, run } = scene;

    const next = await thread.run('trivial', { input: human('instead'), multitaskStrategy: 'ROLLBACK' });
    await seenEndOf(service.url, next.run.id, follower);

    expect(await thread.said()).toEqual([
      ['human', 'instead'],
      ['ai', 'ok'],
    ]);
    expect(await thread.client.run(run.id)).toBeNull();
    expect(folded(follower)).toEqual(await inState(thread));
  });
});

test('interrupted before its input is committed, a run leaves its input', async () => {
  await using service = await startTestService();
  const thread = await TestThread.create(service);
  const middle = gate('echo:1', { holds: 1 });
  const first = await thread.start('echo', { input: human('one two') });
  await middle.reached;
  const second = await thread.start('gated-factory', { input: human('three') });
  const building = gate('gated-factory', { holds: 1 });
  await thread.client.cancelRun(thread.id, first.id);
  await building.reached;

  const third = await thread.start('trivial', { input: human('four'), multitaskStrategy: 'INTERRUPT' });
  building.open();
  await thread.join(third);

  expect(await thread.client.run(second.id)).toMatchObject({
    status: 'INTERRUPTED',
    supersededBy: { id: third.id },
  });
  expect(await thread.said()).toEqual([
    ['human', 'one two'],
    ['ai', 'one'],
    ['human', 'three'],
    ['human', 'four'],
    ['ai', 'ok'],
  ]);
});

test('interrupted at whatever moment right after its start, a run leaves its input and the next run works', async () => {
  await using service = await startTestService();
  const thread = await TestThread.create(service);
  const asked = Array.from({ length: 12 }, (_, index) => `question ${index}`);

  for (const question of asked)
    await thread.start('trivial', { input: human(question), multitaskStrategy: 'INTERRUPT' });
  const { state } = await thread.run('trivial', { input: human('last'), multitaskStrategy: 'INTERRUPT' });

  expect(state?.messages.filter(({ type }) => type === 'human').map(({ text }) => text)).toEqual([
    ...asked,
    'last',
  ]);
  expect(state?.messages.at(-1)?.text).toBe('ok');
});

test('keepPartialOutput: false drops what was streaming and keeps what was done', async () => {
  await using service = await startTestService();
  const thread = await TestThread.create(service);
  const middle = gate('two-tools:answer:2', { holds: 1 });
  await using follower = overWebSocket(service.url, 'messages', { threadId: thread.id, fromStart: true });
  await follower.seen(() => true);
  await thread.start('two-tools', { input: human('ask both') });
  await middle.reached;

  const next = await thread.start('trivial', {
    input: human('enough'),
    multitaskStrategy: 'INTERRUPT',
    keepPartialOutput: false,
  });
  await thread.join(next);
  await seenEndOf(service.url, next.id, follower);

  expect((await thread.said()).map(([type]) => type)).toEqual(['human', 'ai', 'tool', 'tool', 'human', 'ai']);
  expect(folded(follower)).toEqual(await inState(thread));
});

test('a partial message says so, in the state and in the schema', async () => {
  await using service = await startTestService();
  const thread = await TestThread.create(service);
  const middle = gate('echo:2', { holds: 1 });
  const run = await thread.start('echo', { input: human('one two three') });
  await middle.reached;
  await thread.client.cancelRun(thread.id, run.id);

  const { state } = await thread.join(run);

  expect(state?.messages.at(-1)).toMatchObject({
    __typename: 'AIMessage',
    text: 'one two',
    partial: true,
    responseMetadata: { partial: true },
  });
});
