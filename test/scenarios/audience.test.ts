import { afterEach, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/client/public.ts';
import { human, TestThread } from '../support/conversing.ts';
import { type Followed, overSse, overWebSocket, seenEndOf, TRANSPORTS } from '../support/followed.ts';
import { gate, resetGates } from '../support/gates.ts';
import { startTestService } from '../support/service.ts';
import { until } from '../support/until.ts';

afterEach(resetGates);

const kinds = (events: readonly { readonly __typename: string }[]) =>
  events.map(({ __typename }) => __typename);

const ended = (runId: string) => (event: RunEvent) =>
  event.__typename === 'RunEnded' && event.runId === runId;

/** The text that the deltas of these events add up to. */
const streamed = (events: readonly RunEvent[]) =>
  events.map((event) => (event.__typename === 'MessageDelta' ? event.text : '')).join('');

/**
 * What events say however they were joined and whenever they were delivered: their cursors, but for those of
 * deltas.
 */
const told = (events: readonly RunEvent[]) => ({
  cursors: events
    .filter(({ __typename }) => __typename !== 'MessageDelta')
    .map(({ __typename, cursor }) => `${__typename} ${cursor}`),
  text: streamed(events),
});

describe.each(TRANSPORTS)('over %s', (_name, follow) => {
  test('who follows a thread before its first run exists sees the run from its beginning', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const position = await thread.client.cursor(thread.id);
    await using follower = follow(service.url, 'threadEvents', { threadId: thread.id, after: position });

    const { run } = await thread.run('echo', { input: human('one two') });
    await follower.seen(ended(run.id));

    expect(kinds(follower.events).slice(0, 2)).toEqual(['RunQueued', 'RunStarted']);
    expect(streamed(follower.events)).toBe('one two');
  });

  test('who comes after the end of a run gets it whole, and the end', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const { run } = await thread.run('echo', { input: human('one two') });

    const events = await follow(service.url, 'runEvents', { runId: run.id }).all();

    expect(kinds(events)).toEqual(
      expect.arrayContaining(['RunQueued', 'RunStarted', 'ValuesChunk', 'MessageCompleted', 'RunEnded']),
    );
    expect(events.at(-1)).toMatchObject({ __typename: 'RunEnded', run: { id: run.id, status: 'SUCCESS' } });
    expect(streamed(events)).toBe('one two');
  });

  test('modes choose the events; the lifecycle is always there', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const { run } = await thread.run('two-tools', { input: human('ask') });
    const kindsOf = async (modes?: readonly string[]) =>
      [
        ...new Set(
          kinds(
            await follow(service.url, 'runEvents', {
              runId: run.id,
              ...(modes === undefined ? {} : { modes }),
            }).all(),
          ),
        ),
      ].sort();
    const lifecycle = ['RunEnded', 'RunQueued', 'RunStarted'];

    expect(await kindsOf([])).toEqual(lifecycle);
    expect(await kindsOf(['VALUES'])).toEqual([...lifecycle, 'ValuesChunk']);
    expect(await kindsOf(['UPDATES'])).toEqual([...lifecycle, 'UpdatesChunk']);
    expect(await kindsOf(['TASKS'])).toEqual([...lifecycle, 'TaskChunk']);
    expect(await kindsOf(['CHECKPOINTS'])).toEqual(['CheckpointChunk', ...lifecycle]);
    expect(await kindsOf(['DEBUG'])).toEqual(['DebugChunk', ...lifecycle]);
    expect(await kindsOf(['MESSAGES'])).toEqual([
      'MessageCompleted',
      'MessageDelta',
      'MessageStarted',
      ...lifecycle,
    ]);
    expect(await kindsOf()).not.toContain('DebugChunk');
  });

  test('a refused subscription says what is wrong with its cursor or id', async () => {
    await using service = await startTestService();
    const [thread, other] = [await TestThread.create(service), await TestThread.create(service)];
    const { run } = await thread.run('trivial', { input: human('hi') });
    const theirs = await other.client.cursor(other.id);
    const unknown = '00000000-0000-4000-8000-000000000000';
    const beyond = Buffer.from(`${thread.id}.99999`).toString('base64url');
    const errorOf = async (
      subscription: 'runEvents' | 'threadEvents' | 'messages',
      variables: Record<string, unknown>,
    ) => {
      const end = await follow(service.url, subscription, variables).end;
      return end.how === 'refused' ? [end.errors[0]?.extensions?.['code'], end.errors[0]?.message] : end.how;
    };

    for (const after of ['nonsense', '', Buffer.from(`${thread.id}.x`).toString('base64url')]) {
      expect(await errorOf('runEvents', { runId: run.id, after })).toEqual([
        'BAD_CURSOR',
        'The cursor is not valid.',
      ]);
      expect(await errorOf('messages', { threadId: thread.id, after })).toEqual([
        'BAD_CURSOR',
        'The cursor is not valid.',
      ]);
    }
    expect(await errorOf('threadEvents', { threadId: thread.id, after: theirs })).toEqual([
      'BAD_CURSOR',
      `The cursor belongs to a different thread than ${thread.id}.`,
    ]);
    expect(await errorOf('runEvents', { runId: run.id, after: theirs })).toMatchObject([
      'BAD_CURSOR',
      expect.stringContaining('a different thread'),
    ]);
    expect(await errorOf('messages', { threadId: thread.id, after: beyond })).toEqual([
      'BAD_CURSOR',
      'The cursor points beyond the end of the event log.',
    ]);
    expect(await errorOf('runEvents', { runId: unknown })).toEqual(['NOT_FOUND', 'Run not found']);
    expect(await errorOf('runEvents', { runId: 'no uuid' })).toEqual(['NOT_FOUND', 'Run not found']);
    expect(await errorOf('threadEvents', { threadId: unknown })).toEqual([
      'NOT_FOUND',
      `Thread with ID ${unknown} not found`,
    ]);
    expect(await errorOf('messages', { threadId: thread.id, after: theirs, fromStart: true })).toMatchObject([
      'BAD_USER_INPUT',
      expect.any(String),
    ]);
  });

  test('a deleted thread completes its subscriptions', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const middle = gate('echo:1');
    await thread.start('echo', { input: human('one two') });
    await middle.reached;
    const events = follow(service.url, 'threadEvents', { threadId: thread.id });
    await expect.poll(() => service.followed).toEqual([thread.id]);
    const messages = follow(service.url, 'messages', { threadId: thread.id, fromStart: true });
    await messages.seen(() => true);

    expect(await thread.client.deleteThread(thread.id)).toMatchObject({
      __typename: 'Deleted',
      id: thread.id,
    });

    expect(await events.end).toEqual({ how: 'complete' });
    expect(await messages.end).toEqual({ how: 'complete' });
    expect(await thread.client.thread(thread.id)).toBeNull();
  });

  test('who comes while the thread is being deleted gets an end', async () => {
    await using service = await startTestService();
    const threads = await Promise.all(Array.from({ length: 10 }, () => TestThread.create(service)));

    const ends = await Promise.all(
      threads.map(async (thread) => {
        const deleting = thread.client.deleteThread(thread.id);
        const follower = follow(service.url, 'messages', { threadId: thread.id, fromStart: true });
        await deleting;
        return follower.end;
      }),
    );

    for (const end of ends) expect(['complete', 'refused']).toContain(end.how);
  });

  test('who leaves is forgotten at once', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const middle = gate('echo:1');
    const run = await thread.start('echo', { input: human('one two') });
    await middle.reached;
    const followers: Followed<RunEvent>[] = [
      follow(service.url, 'runEvents', { runId: run.id }),
      follow(service.url, 'threadEvents', {
        threadId: thread.id,
        after: await thread.client.cursor(thread.id),
      }),
    ];
    await followers[0]?.seen(({ __typename }) => __typename === 'RunStarted');
    await until(
      () => service.followed,
      (followed) => followed.includes(thread.id as never),
    );

    for (const follower of followers) await follower.leave();

    await until(
      () => service.followed,
      (followed) => followed.length === 0,
    );
    middle.open();
    expect((await thread.join(run)).run.status).toBe('SUCCESS');
  });
});

test('fifty subscribers who come one after the other all see the same, and are released with the end', async () => {
  await using service = await startTestService();
  const thread = await TestThread.create(service);
  const words = Array.from({ length: 10 }, (_, index) => `word${index}`);
  const gates = words.map((_, index) => gate(`echo:${index}`));
  const run = await thread.start('echo', { input: human(words.join(' ')) });
  const followers: Followed<RunEvent>[] = [];
  for (const [index, held] of gates.entries()) {
    await held.reached;
    for (let more = 0; more < 5; more += 1)
      followers.push((more % 2 === 0 ? overWebSocket : overSse)(service.url, 'runEvents', { runId: run.id }));
    if (index > 0) await followers.at(-1)?.seen(({ __typename }) => __typename === 'MessageDelta');
    held.open();
  }

  const all = await Promise.all(followers.map((follower) => follower.all()));

  const late = await overSse(service.url, 'runEvents', { runId: run.id }).all();
  for (const events of all) expect(told(events)).toEqual(told(late));
  expect(streamed(late)).toBe(words.join(' '));
  await until(
    () => service.followed,
    (followed) => followed.length === 0,
  );
});

test('EVENTS come only from runs that asked for them', async () => {
  await using service = await startTestService();
  const thread = await TestThread.create(service);
  const plain = await thread.run('echo', { input: human('one') });
  const recorded = await thread.run('echo', { input: human('two'), streamModes: ['EVENTS'] });

  const without = await overWebSocket(service.url, 'runEvents', {
    runId: plain.run.id,
    modes: ['EVENTS'],
  }).all();
  const withEvents = await overWebSocket(service.url, 'runEvents', {
    runId: recorded.run.id,
    modes: ['EVENTS'],
  }).all();

  expect(kinds(without)).toEqual(['RunQueued', 'RunStarted', 'RunEnded']);
  const callbacks = withEvents.flatMap((event) =>
    event.__typename === 'EventsChunk' ? [event.data as { readonly event: string }] : [],
  );
  expect(callbacks.map(({ event }) => event)).toEqual(
    expect.arrayContaining(['on_chain_start', 'on_chat_model_stream', 'on_chain_end']),
  );
  expect(kinds(await overWebSocket(service.url, 'runEvents', { runId: recorded.run.id }).all())).toEqual(
    expect.arrayContaining(['ValuesChunk', 'UpdatesChunk', 'MessageDelta', 'TaskChunk', 'CheckpointChunk']),
  );
});

test('the same cursor works in runEvents, threadEvents and messages', async () => {
  await using service = await startTestService();
  const thread = await TestThread.create(service);
  const { run } = await thread.run('echo', { input: human('one two three') });
  const events = await overWebSocket(service.url, 'runEvents', { runId: run.id, modes: ['MESSAGES'] }).all();
  const isMessage = ({ __typename }: { readonly __typename: string }) => __typename.startsWith('Message');
  const [middle] = events.filter(isMessage).slice(2, 3);
  const rest = events.slice(events.indexOf(middle!) + 1).filter(isMessage);

  await using ofThread = overSse(service.url, 'threadEvents', {
    threadId: thread.id,
    after: middle?.cursor,
    modes: ['MESSAGES'],
  });
  await using ofMessages = overSse(service.url, 'messages', { threadId: thread.id, after: middle?.cursor });
  await ofThread.seen(ended(run.id));
  await seenEndOf(service.url, run.id, ofMessages);

  expect(ofThread.events.filter(isMessage)).toEqual(rest);
  expect(ofMessages.events.filter(isMessage)).toEqual(rest);
});
