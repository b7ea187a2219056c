import { afterEach, describe, expect, test } from 'vitest';
import {
  emptyConversation,
  type MessageEvent,
  type NewRun,
  reduceMessages,
} from '../../src/client/public.ts';
import { human, TestThread } from '../support/conversing.ts';
import { type Followed, overSse, overWebSocket, seenEndOf } from '../support/followed.ts';
import { gate, resetGates } from '../support/gates.ts';
import { type ServiceOptions, startTestService } from '../support/service.ts';

afterEach(resetGates);

/** The messages of the conversation that these events add up to, as a page shows them. */
const folded = (events: readonly MessageEvent[]) =>
  events.reduce(reduceMessages, emptyConversation).messages.map((message) => ({
    type: message.type,
    id: message.id,
    text: message.text,
    content: message.content,
    streaming: message.streaming,
  }));

const inState = async (thread: TestThread) =>
  (await thread.state()).messages.map(({ type, id, text, content }) => ({
    type,
    id,
    text,
    content,
    streaming: false,
  }));

/** A service, a thread and its conversation from before the first run. */
async function conversing(options?: ServiceOptions) {
  const service = await startTestService(options);
  const thread = await TestThread.create(service);
  return { service, thread, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() };
}

describe('whoever joins a conversation at any moment ends with the messages of the state', () => {
  const texts = (prefix: string, count: number) => [
    ...Array.from({ length: count }, (_, index) => `${prefix}:${index}`),
    `${prefix}:end`,
  ];
  const RUNS: readonly [string, string, Partial<NewRun>, readonly string[]][] = [
    ['one message', 'echo', { input: human('one two three four') }, texts('echo', 4)],
    [
      'two tool calls and an answer',
      'two-tools',
      { input: human('ask both') },
      [...texts('two-tools:call', 4), 'two-tools:first', 'two-tools:second', ...texts('two-tools:answer', 4)],
    ],
    [
      'two nodes that stream at once',
      'two-streams',
      { input: human('both') },
      ['two-streams:left:2', 'two-streams:right:2', 'two-streams:left:end'],
    ],
    [
      'a subgraph',
      'subgraph',
      { input: human('inside') },
      ['subgraph:prepare', ...texts('subgraph:speak', 4), 'subgraph:finish'],
    ],
    ['a subgraph in a subgraph', 'nested', { input: human('deep inside') }, texts('nested:speak', 4)],
    ['a failing node', 'failing', { input: human('break') }, ['failing']],
  ];

  test.each(RUNS)('of %s', async (_what, assistantId, request, gates) => {
    await using scene = await conversing();
    const { service, thread } = scene;
    await thread.run('echo', { input: human('said before') });
    const held = gates.map((name) => gate(name));
    const early = overWebSocket(service.url, 'messages', { threadId: thread.id, fromStart: true });
    const joiners: Followed<MessageEvent>[] = [early];

    const run = await thread.start(assistantId, request);
    const ended = thread.join(run);
    for (const [index, name] of gates.entries()) {
      await Promise.race([held[index]?.reached, ended]);
      const follow = index % 2 === 0 ? overWebSocket : overSse;
      const joiner = follow(service.url, 'messages', { threadId: thread.id, fromStart: true });
      await joiner.seen(({ __typename }) => __typename === 'MessagesReset');
      joiners.push(joiner);
      gate(name).open();
    }
    await ended;
    await Promise.all(joiners.map((joiner) => seenEndOf(service.url, run.id, joiner)));
    const expected = await inState(thread);

    for (const [index, joiner] of joiners.entries())
      expect([index, folded(joiner.events)]).toEqual([index, expected]);
    await Promise.all(joiners.map((joiner) => joiner.leave()));
  });
});

test('two messages that stream at once end in the order of the state, whichever began first', async () => {
  await using scene = await conversing();
  const { service, thread } = scene;
  await using follower = overWebSocket(service.url, 'messages', { threadId: thread.id, fromStart: true });
  await follower.seen(({ __typename }) => __typename === 'MessagesReset');
  const left = gate('two-streams:left:0');
  const right = gate('two-streams:right:2');
  const run = await thread.start('two-streams', { input: human('both') });
  await Promise.all([left.reached, right.reached]);
  await follower.seen(({ __typename }) => __typename === 'MessageDelta');
  left.open();
  right.open();
  await thread.join(run);
  await seenEndOf(service.url, run.id, follower);

  expect(folded(follower.events)).toEqual(await inState(thread));
});

test('tokens of a model two subgraphs deep arrive one by one, with their namespace', async () => {
  await using scene = await conversing();
  const { service, thread } = scene;
  await using follower = overWebSocket(service.url, 'messages', { threadId: thread.id, fromStart: true });
  await follower.seen(({ __typename }) => __typename === 'MessagesReset');
  const words = [0, 1, 2, 3].map((index) => gate(`nested:speak:${index}`));
  const run = await thread.start('nested', { input: human('go') });

  const told: [string, number, string][] = [];
  for (const [index, word] of words.entries()) {
    await word.reached;
    word.open();
    const isDelta = (event: MessageEvent) => event.__typename === 'MessageDelta';
    await follower.seen((event) => isDelta(event) && follower.events.filter(isDelta).length > index);
  }
  await thread.join(run);
  for (const event of follower.events)
    if (event.__typename === 'MessageDelta')
      told.push([
        event.text,
        event.namespace.length,
        event.namespace.map((segment) => segment.split(':')[0]).join('/'),
      ]);

  expect(told).toEqual(['The', ' inmost', ' graph', ' speaks.'].map((text) => [text, 2, 'middle/inmost']));
});

test('a run that is rolled back takes its messages out of the conversation', async () => {
  await using scene = await conversing();
  const { service, thread } = scene;
  await thread.run('trivial', { input: human('stays') });
  const before = await inState(thread);
  await using follower = overWebSocket(service.url, 'messages', { threadId: thread.id, fromStart: true });
  await follower.seen(({ __typename }) => __typename === 'MessagesReset');
  await using events = overSse(service.url, 'threadEvents', {
    threadId: thread.id,
    after: await thread.client.cursor(thread.id),
  });
  const middle = gate('echo:2');
  const run = await thread.start('echo', { input: human('this goes again') });
  await using runEvents = overWebSocket(service.url, 'runEvents', { runId: run.id });
  await runEvents.seen(({ __typename }) => __typename === 'MessageStarted');
  await middle.reached;
  await follower.seen((event) => event.__typename === 'MessageDelta');

  await thread.client.cancelRun(thread.id, run.id, 'ROLLBACK');
  await follower.seen(
    (event) => event.__typename === 'MessagesReset' && event.cursor !== follower.events[0]?.cursor,
  );
  await events.seen(({ __typename }) => __typename === 'MessagesReset');

  expect((await runEvents.all()).at(-1)).toMatchObject({ __typename: 'RunRolledBack', runId: run.id });
  expect(folded(follower.events)).toEqual(before);
  expect(await inState(thread)).toEqual(before);
  expect(events.events.slice(-2).map(({ __typename }) => __typename)).toEqual([
    'RunRolledBack',
    'MessagesReset',
  ]);
});

test('a state update and a fork reset the conversation', async () => {
  await using scene = await conversing();
  const { service, thread } = scene;
  const first = await thread.run('trivial', { input: human('one') });
  await thread.run('trivial', { input: human('two') });
  await using follower = overSse(service.url, 'messages', { threadId: thread.id, fromStart: true });
  await follower.seen(() => true);

  const checkpointId = first.state?.checkpoint.checkpointId;
  await thread.client.updateThreadState({
    threadId: thread.id,
    values: human('by hand'),
    asNode: 'reply',
    ...(checkpointId ? { checkpointId } : {}),
  });
  await follower.seen((event) => event.cursor !== follower.events[0]?.cursor);

  expect(folded(follower.events).map(({ text }) => text)).toEqual(['one', 'ok', 'by hand']);
  expect(folded(follower.events)).toEqual(await inState(thread));
});

test('a reader that was away while a run was deleted gets the messages that the run left in the state', async () => {
  await using scene = await conversing();
  const { service, thread } = scene;
  await thread.run('echo', { input: human('A') });
  const before = overWebSocket(service.url, 'messages', { threadId: thread.id, fromStart: true });
  await before.seen(({ __typename }) => __typename === 'MessagesReset');
  const cursor = before.events.at(-1)?.cursor ?? '';
  await before.leave();
  const deleted = await thread.start('echo', { input: human('B') });
  await thread.join(deleted);
  await thread.client.deleteRun(thread.id, deleted.id);

  const away = overWebSocket(service.url, 'messages', { threadId: thread.id, after: cursor });
  await away.seen(({ __typename }) => __typename === 'MessagesReset');
  const last = await thread.start('echo', { input: human('C') });
  await thread.join(last);
  await seenEndOf(service.url, last.id, away);

  expect(folded([...before.events, ...away.events])).toEqual(await inState(thread));
  expect(
    folded(away.events)
      .filter(({ type }) => type === 'human')
      .map(({ text }) => text),
  ).toEqual(['A', 'B', 'C']);
  await away.leave();
});
