import { afterEach, describe, expect, test } from 'vitest';
import {
  createClient,
  emptyConversation,
  InterjectError,
  type MessageEvent,
  RefusedError,
  type RunEvent,
  reduceMessages,
  unwrap,
} from '../../src/client/public.ts';
import { human, TestThread } from '../support/conversing.ts';
import { gate, resetGates } from '../support/gates.ts';
import { startTestService } from '../support/service.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { TestDatabase } from '../support/test-database.ts';

afterEach(resetGates);

/** Until what events have told is so; `changed` is to be called after each. */
function watch() {
  const checks = new Set<() => void>();
  return {
    changed: () => {
      for (const check of checks) check();
    },
    until: (isSo: () => boolean) =>
      new Promise<void>((resolve) => {
        const check = () => {
          if (isSo()) resolve();
        };
        checks.add(check);
        check();
      }),
  };
}

const foldedTexts = (events: readonly MessageEvent[]) =>
  events.reduce(reduceMessages, emptyConversation).messages.map(({ text }) => text);

const atOnce = async (): Promise<void> => {};

const textOf = (events: readonly RunEvent[]) =>
  events.map((event) => (event.__typename === 'MessageDelta' ? event.text : '')).join('');
const withoutDeltas = (events: readonly RunEvent[]) =>
  events.flatMap(({ __typename, cursor }) =>
    __typename === 'MessageDelta' ? [] : [`${__typename} ${cursor}`],
  );

async function collect<Event>(
  events: AsyncIterable<Event>,
  onEvent: (event: Event) => void = () => {},
): Promise<Event[]> {
  const all: Event[] = [];
  for await (const event of events) {
    all.push(event);
    onEvent(event);
  }
  return all;
}

test('every method works against the real service', async () => {
  await using service = await startTestService();
  const client = createClient({ url: service.url });
  const thread = unwrap(await client.createThread({ metadata: { of: 'client' } }));
  const position = await client.cursor(thread.id);
  const run = unwrap(
    await client.createRun({ threadId: thread.id, assistantId: 'echo', input: human('one two') }),
  );
  const { run: ended, state } = unwrap(await client.joinRun<{ messages: unknown[] }>(thread.id, run.id));

  expect(ended).toMatchObject({ __typename: 'Run', id: run.id, status: 'SUCCESS', attempt: 1 });
  expect(state?.values.messages).toHaveLength(2);
  expect(await client.thread(thread.id)).toMatchObject({ id: thread.id, metadata: { of: 'client' } });
  expect((await client.threads()).nodes).toHaveLength(1);
  expect(await client.state(thread.id)).toEqual(state);
  expect((await client.history(thread.id))?.nodes[0]).toEqual(state);
  expect(await client.run(run.id)).toEqual(ended);
  expect(await client.runs(thread.id)).toMatchObject({ totalCount: 1, nodes: [ended] });
  expect(unwrap(await client.updateThread(thread.id, { more: 1 })).metadata).toEqual({
    of: 'client',
    more: 1,
  });
  expect(
    unwrap(await client.updateThreadState({ threadId: thread.id, values: human('three') })).messages,
  ).toHaveLength(3);
  expect(unwrap(await client.cancelRun(thread.id, run.id))).toEqual(ended);
  expect(textOf(await collect(client.runEvents(run.id)))).toBe('one two');
  for await (const event of client.threadEvents(thread.id, { after: position })) {
    expect(event).toMatchObject({ __typename: 'RunQueued', runId: run.id });
    break;
  }
  for await (const event of client.messages(thread.id, { fromStart: true })) {
    expect(event).toMatchObject({
      __typename: 'MessagesReset',
      messages: [{ text: 'one two' }, { text: 'one two' }, { text: 'three' }],
    });
    break;
  }
  expect(unwrap(await client.deleteRun(thread.id, run.id))).toEqual({ __typename: 'Deleted', id: run.id });
  expect(unwrap(await client.deleteThread(thread.id))).toEqual({ __typename: 'Deleted', id: thread.id });
});

test('unwrap gives the success or throws the refusal, with all that it says', async () => {
  await using service = await startTestService();
  const thread = await TestThread.create(service);
  const held = gate('echo:1');
  const running = await thread.start('echo', { input: human('one two') });
  await held.reached;

  const busy = await thread.client.createRun({
    threadId: thread.id,
    assistantId: 'echo',
    input: human('no'),
    multitaskStrategy: 'REJECT',
  });

  const refusal = (() => {
    try {
      return unwrap(busy);
    } catch (error) {
      return error;
    }
  })();
  expect(refusal).toBeInstanceOf(RefusedError);
  expect(refusal).toMatchObject({
    code: 'ThreadBusyError',
    refusal: { __typename: 'ThreadBusyError', blockingRun: { id: running.id } },
  });
  await expect(collect(thread.client.runEvents('nobody'))).rejects.toMatchObject({
    name: 'InterjectError',
    code: 'NOT_FOUND',
  });
  await expect(collect(thread.client.messages(thread.id, { after: 'nonsense' }))).rejects.toBeInstanceOf(
    InterjectError,
  );
});

describe('through a connection that is cut at every event', () => {
  test('runEvents tells everything once, in order', async () => {
    await using service = await startTestService();
    await using proxy = await TcpProxy.before(service.url);
    const thread = await TestThread.create(service);
    const words = [1, 2, 3, 4].map((index) => gate(`echo:${index}`));
    const run = await thread.start('echo', { input: human('one two three four five') });
    let retries = 0;
    const onRetry = () => {
      retries += 1;
    };
    const client = createClient({ url: proxy.url, retryWait: atOnce, onRetry });

    const told: RunEvent[] = [];
    const { changed, until } = watch();
    const following = collect(client.runEvents(run.id), (event) => {
      told.push(event);
      changed();
      proxy.cut();
    });
    for (const [index, word] of words.entries()) {
      await word.reached;
      await until(() => textOf(told).split(' ').length > index && textOf(told) !== '');
      word.open();
    }
    await following;

    const whole = await collect(thread.client.runEvents(run.id));
    expect(withoutDeltas(told)).toEqual(withoutDeltas(whole));
    expect(textOf(told)).toBe('one two three four five');
    expect(retries).toBeGreaterThan(3);
  });

  test('messages adds up to the state', async () => {
    await using service = await startTestService();
    await using proxy = await TcpProxy.before(service.url);
    const thread = await TestThread.create(service);
    const client = createClient({ url: proxy.url, retryWait: atOnce });
    const events: MessageEvent[] = [];
    const leave = new AbortController();
    const { changed, until } = watch();
    const following = collect(
      client.messages(thread.id, { fromStart: true, signal: leave.signal }),
      (event) => {
        events.push(event);
        changed();
        proxy.cut();
      },
    );
    await until(() => events.length > 0);

    const { run } = await thread.run('two-tools', { input: human('ask both') });
    const end = (await collect(thread.client.runEvents(run.id, { modes: [] }))).at(-1)?.cursor;
    await until(() => events.some(({ cursor }) => cursor === end));
    leave.abort();
    await following;

    const state = await thread.state();
    const { messages } = events.reduce(reduceMessages, emptyConversation);
    expect(messages.map(({ type, id, text }) => ({ type, id, text }))).toEqual(
      state.messages.map(({ type, id, text }) => ({ type, id, text })),
    );
    expect(new Set(events.map(({ cursor }) => cursor)).size).toBe(events.length);
  });

  test('joinRun waits on', async () => {
    await using service = await startTestService();
    await using proxy = await TcpProxy.before(service.url);
    const thread = await TestThread.create(service);
    const held = gate('echo:1');
    const run = await thread.start('echo', { input: human('one two') });
    await held.reached;
    const retried = Promise.withResolvers<void>();
    const client = createClient({ url: proxy.url, retryWait: atOnce, onRetry: () => retried.resolve() });

    const joining = client.joinRun(thread.id, run.id);
    const cutting = setInterval(() => proxy.cut(), 20);
    await retried.promise;
    clearInterval(cutting);
    held.open();

    expect(unwrap(await joining).run.status).toBe('SUCCESS');
  });
});

test('a stream goes on over a restart of the service', async () => {
  await using database = await TestDatabase.create();
  let service = await startTestService({ database: database.url });
  const port = Number(new URL(service.url).port);
  const thread = await TestThread.create(service);
  const events: MessageEvent[] = [];
  const leave = new AbortController();
  const { changed, until } = watch();
  const client = createClient({ url: service.url });
  const following = collect(
    client.messages(thread.id, { fromStart: true, signal: leave.signal }),
    (event) => {
      events.push(event);
      changed();
    },
  );
  await until(() => events.length > 0);
  await thread.run('trivial', { input: human('before') });
  await until(() => foldedTexts(events).length === 2);

  await service.stop('A new version');
  service = await startTestService({ database: database.url, config: { port } });
  await using _stopped = service;
  const before = events.length;
  await thread.run('trivial', { input: human('after') });
  await until(() => foldedTexts(events).at(-1) === 'ok' && foldedTexts(events).length === 4);
  leave.abort();
  await following;

  expect(foldedTexts(events)).toEqual(['before', 'ok', 'after', 'ok']);
  expect(events.slice(before).map(({ __typename }) => __typename)).not.toContain('MessagesReset');
});
