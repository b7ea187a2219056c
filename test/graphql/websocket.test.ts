import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../src/clock.ts';
import type { Clock } from '../../src/orchestrator/ports/environment.ts';
import type { FollowedBody } from '../../src/orchestrator/ports/subscriptions.ts';
import { FakeEvents, fakeOrchestrator } from './support/fake-orchestrator.ts';
import { aMessage, anEvent, aRun, aState, aThread, runId, threadId } from './support/rows.ts';
import { serve } from './support/test-server.ts';
import { wsClient } from './support/ws-client.ts';

const delta = (text: string): FollowedBody => ({
  kind: 'MESSAGE_DELTA',
  ns: '',
  node: 'agent',
  messageId: 'm1',
  text,
  content: text,
});
const EVENTS =
  'subscription { runEvents(runId: "r") { __typename ... on Event { cursor } ... on MessageDelta { text } } }';

test("every kind of event arrives as its type, in order, through graphql-ws's own client", async () => {
  const run = aRun({ status: 'RUNNING' });
  const bodies: FollowedBody[] = [
    { kind: 'RUN_QUEUED', run },
    { kind: 'RUN_STARTED', attempt: 1, run },
    { kind: 'RUN_RESUMED', attempt: 2 },
    { kind: 'VALUES', ns: '', values: { a: 1 } },
    { kind: 'UPDATES', ns: 'a:1|b:2', node: 'agent', update: { a: 1 } },
    { kind: 'CUSTOM', ns: '', node: null, data: 'x' },
    { kind: 'TASK', ns: '', task: { id: 't' } },
    { kind: 'CHECKPOINT', ns: '', state: aState() },
    { kind: 'DEBUG', ns: '', data: { type: 'task' } },
    { kind: 'EVENTS', data: { event: 'on_chain_start' } },
    { kind: 'MESSAGE_STARTED', ns: '', node: 'agent', message: aMessage({ type: 'ai', content: '' }) },
    delta('he'),
    { kind: 'MESSAGE_COMPLETED', ns: '', node: 'agent', message: aMessage({ type: 'ai', content: 'hello' }) },
    { kind: 'MESSAGES_RESET', messages: [aMessage()] },
    {
      kind: 'RUN_ENDED',
      status: 'SUCCESS',
      endReason: 'AWAITING_HUMAN',
      error: null,
      interrupts: [{ id: 'i1', value: 'ok?' }],
      run,
    },
    { kind: 'RUN_ROLLED_BACK' },
  ];
  const events = new FakeEvents();
  events.push(...bodies.map(anEvent));
  events.end();
  const { webSocketUrl } = await serve(fakeOrchestrator({ followThread: async () => events.following }));
  const query = `subscription { threadEvents(threadId: "t") { __typename
    ... on RunQueued { run { id } } ... on RunStarted { run { id status } } ... on RunResumed { attempt }
    ... on ValuesChunk { namespace values } ... on UpdatesChunk { namespace by: node update } ... on CustomChunk { namespace node data }
    ... on TaskChunk { namespace task } ... on CheckpointChunk { namespace state { values } } ... on DebugChunk { namespace data } ... on EventsChunk { data }
    ... on MessageStarted { namespace node message { __typename id } } ... on MessageDelta { namespace node messageId text content }
    ... on MessageCompleted { message { text } } ... on MessagesReset { messages { text } }
    ... on RunEnded { run { id } interrupts { id value } } ... on Event { cursor createdAt runId } } }`;

  const received: unknown[] = [];
  for await (const { data } of wsClient(webSocketUrl).iterate({ query }))
    received.push(data?.['threadEvents']);

  expect(received).toMatchInlineSnapshot(`
    [
      {
        "__typename": "RunQueued",
        "createdAt": "2026-01-01T12:00:00.000Z",
        "cursor": "cursor-0",
        "run": {
          "id": "00000000-0000-7000-8000-000000000101",
        },
        "runId": "00000000-0000-7000-8000-000000000101",
      },
      {
        "__typename": "RunStarted",
        "createdAt": "2026-01-01T12:00:01.000Z",
        "cursor": "cursor-1",
        "run": {
          "id": "00000000-0000-7000-8000-000000000101",
          "status": "RUNNING",
        },
        "runId": "00000000-0000-7000-8000-000000000101",
      },
      {
        "__typename": "RunResumed",
        "attempt": 2,
        "createdAt": "2026-01-01T12:00:02.000Z",
        "cursor": "cursor-2",
        "runId": "00000000-0000-7000-8000-000000000101",
      },
      {
        "__typename": "ValuesChunk",
        "createdAt": "2026-01-01T12:00:03.000Z",
        "cursor": "cursor-3",
        "namespace": [],
        "runId": "00000000-0000-7000-8000-000000000101",
        "values": {
          "a": 1,
        },
      },
      {
        "__typename": "UpdatesChunk",
        "by": "agent",
        "createdAt": "2026-01-01T12:00:04.000Z",
        "cursor": "cursor-4",
        "namespace": [
          "a:1",
          "b:2",
        ],
        "runId": "00000000-0000-7000-8000-000000000101",
        "update": {
          "a": 1,
        },
      },
      {
        "__typename": "CustomChunk",
        "createdAt": "2026-01-01T12:00:05.000Z",
        "cursor": "cursor-5",
        "data": "x",
        "namespace": [],
        "node": null,
        "runId": "00000000-0000-7000-8000-000000000101",
      },
      {
        "__typename": "TaskChunk",
        "createdAt": "2026-01-01T12:00:06.000Z",
        "cursor": "cursor-6",
        "namespace": [],
        "runId": "00000000-0000-7000-8000-000000000101",
        "task": {
          "id": "t",
        },
      },
      {
        "__typename": "CheckpointChunk",
        "createdAt": "2026-01-01T12:00:07.000Z",
        "cursor": "cursor-7",
        "namespace": [],
        "runId": "00000000-0000-7000-8000-000000000101",
        "state": {
          "values": {
            "count": 1,
          },
        },
      },
      {
        "__typename": "DebugChunk",
        "createdAt": "2026-01-01T12:00:08.000Z",
        "cursor": "cursor-8",
        "data": {
          "type": "task",
        },
        "namespace": [],
        "runId": "00000000-0000-7000-8000-000000000101",
      },
      {
        "__typename": "EventsChunk",
        "createdAt": "2026-01-01T12:00:09.000Z",
        "cursor": "cursor-9",
        "data": {
          "event": "on_chain_start",
        },
        "runId": "00000000-0000-7000-8000-000000000101",
      },
      {
        "__typename": "MessageStarted",
        "createdAt": "2026-01-01T12:00:10.000Z",
        "cursor": "cursor-10",
        "message": {
          "__typename": "AIMessage",
          "id": "m1",
        },
        "namespace": [],
        "node": "agent",
        "runId": "00000000-0000-7000-8000-000000000101",
      },
      {
        "__typename": "MessageDelta",
        "content": "he",
        "createdAt": "2026-01-01T12:00:11.000Z",
        "cursor": "cursor-11",
        "messageId": "m1",
        "namespace": [],
        "node": "agent",
        "runId": "00000000-0000-7000-8000-000000000101",
        "text": "he",
      },
      {
        "__typename": "MessageCompleted",
        "createdAt": "2026-01-01T12:00:12.000Z",
        "cursor": "cursor-12",
        "message": {
          "text": "hello",
        },
        "runId": "00000000-0000-7000-8000-000000000101",
      },
      {
        "__typename": "MessagesReset",
        "createdAt": "2026-01-01T12:00:13.000Z",
        "cursor": "cursor-13",
        "messages": [
          {
            "text": "hi",
          },
        ],
        "runId": "00000000-0000-7000-8000-000000000101",
      },
      {
        "__typename": "RunEnded",
        "createdAt": "2026-01-01T12:00:14.000Z",
        "cursor": "cursor-14",
        "interrupts": [
          {
            "id": "i1",
            "value": "ok?",
          },
        ],
        "run": {
          "id": "00000000-0000-7000-8000-000000000101",
        },
        "runId": "00000000-0000-7000-8000-000000000101",
      },
      {
        "__typename": "RunRolledBack",
        "createdAt": "2026-01-01T12:00:15.000Z",
        "cursor": "cursor-15",
        "runId": "00000000-0000-7000-8000-000000000101",
      },
    ]
  `);
});

test("a conversation's status changes are RunStatusChanged", async () => {
  const events = new FakeEvents();
  const run = aRun();
  events.push(
    anEvent({ kind: 'RUN_QUEUED', run }),
    anEvent({ kind: 'MESSAGES_RESET', messages: [] }),
    anEvent({ kind: 'RUN_STARTED', attempt: 1, run }),
  );
  events.end();
  const { webSocketUrl } = await serve(fakeOrchestrator({ followMessages: async () => events.following }));

  const types: unknown[] = [];
  const query = 'subscription { messages(threadId: "t", fromStart: true) { __typename } }';
  for await (const { data } of wsClient(webSocketUrl).iterate<{ messages: { __typename: string } }>({
    query,
  }))
    types.push(data?.messages.__typename);

  expect(types).toEqual(['RunStatusChanged', 'MessagesReset', 'RunStatusChanged']);
});

test('arguments of subscriptions reach the orchestrator', async () => {
  const seen: unknown[] = [];
  const follow = async ({ signal: _signal, ...request }: { signal?: AbortSignal | undefined }) => {
    seen.push(request);
    const events = new FakeEvents();
    events.end();
    return events.following;
  };
  const { webSocketUrl } = await serve(
    fakeOrchestrator({ followRun: follow, followThread: follow, followMessages: follow }),
  );
  const client = wsClient(webSocketUrl);

  for (const query of [
    'subscription { runEvents(runId: "r", after: "c", modes: [VALUES, DEBUG]) { __typename } }',
    'subscription { threadEvents(threadId: "t") { __typename } }',
    'subscription { messages(threadId: "t", after: null) { __typename } }',
  ]) {
    for await (const _result of client.iterate({ query }));
  }

  expect(seen).toEqual([
    { owner: 'default', runId: 'r', after: 'c', modes: ['VALUES', 'DEBUG'] },
    { owner: 'default', threadId: 't', after: undefined, modes: undefined },
    { owner: 'default', threadId: 't', after: undefined, fromStart: false },
  ]);
});

test.each(['NOT_FOUND', 'BAD_CURSOR', 'CURSOR_EXPIRED', 'BAD_USER_INPUT'] as const)(
  'a subscription refused with %s is a GraphQL error with that code',
  async (code) => {
    const { webSocketUrl } = await serve(
      fakeOrchestrator({ followRun: async () => ({ kind: 'refused', code, message: 'No.' }) }),
    );

    const results: unknown[] = [];
    for await (const result of wsClient(webSocketUrl).iterate({ query: EVENTS })) results.push(result);

    expect(results).toMatchObject([{ errors: [{ message: 'No.', extensions: { code } }] }]);
  },
);

describe('leaving', () => {
  test('a subscription is seen by the orchestrator while it waits for an event', async () => {
    const events = new FakeEvents();
    const { webSocketUrl } = await serve(fakeOrchestrator({ followRun: async () => events.following }));
    const subscription = wsClient(webSocketUrl).iterate({ query: EVENTS });
    events.push(anEvent(delta('a')));
    await subscription.next();

    await subscription.return?.();

    await events.left;
  });

  test('by closing the socket is seen too', async () => {
    const events = new FakeEvents();
    const { webSocketUrl } = await serve(fakeOrchestrator({ followRun: async () => events.following }));
    const client = wsClient(webSocketUrl, { retryAttempts: 0 });
    events.push(anEvent(delta('a')));
    await client.iterate({ query: EVENTS }).next();

    client.terminate();

    await events.left;
  });

  test('before the orchestrator has begun the subscription releases it once it has', async () => {
    const events = new FakeEvents();
    const asked = Promise.withResolvers<void>();
    const begin = Promise.withResolvers<void>();
    const followRun = async () => {
      asked.resolve();
      await begin.promise;
      return events.following;
    };
    const { webSocketUrl } = await serve(fakeOrchestrator({ followRun }));
    const leave = wsClient(webSocketUrl).subscribe(
      { query: EVENTS },
      { next: () => {}, error: () => {}, complete: () => {} },
    );
    await asked.promise;

    leave();
    begin.resolve();

    await events.left;
  });

  test('a joinRun aborts its signal', async () => {
    const joined = Promise.withResolvers<AbortSignal>();
    const aborted = Promise.withResolvers<void>();
    const { webSocketUrl, log } = await serve(
      fakeOrchestrator({
        joinRun: async ({ signal }) => {
          joined.resolve(signal!);
          await new Promise((_resolve, reject) =>
            signal?.addEventListener('abort', () => reject(signal.reason)),
          );
          throw new Error('not reached');
        },
      }),
    );
    const query = 'mutation { joinRun(threadId: "t", runId: "r") { __typename } }';
    const leave = wsClient(webSocketUrl).subscribe(
      { query },
      { next: () => {}, error: () => {}, complete: () => {} },
    );
    (await joined.promise).addEventListener('abort', () => aborted.resolve());

    leave();

    await aborted.promise;
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

test('an event whose execution fails is masked and the stream goes on', async () => {
  const events = new FakeEvents();
  events.push(anEvent({ kind: 'RUN_QUEUED', run: aRun() }), anEvent(delta('a')));
  events.end();
  const { webSocketUrl, log } = await serve(
    fakeOrchestrator({
      followRun: async () => events.following,
      queries: {
        queuePosition: async () => {
          throw new Error('secret');
        },
      },
    }),
  );

  const results: unknown[] = [];
  const query =
    'subscription { runEvents(runId: "r") { __typename ... on RunQueued { run { queuePosition } } } }';
  for await (const result of wsClient(webSocketUrl).iterate({ query })) results.push(result);

  expect(results).toMatchObject([
    {
      data: { runEvents: { run: { queuePosition: null } } },
      errors: [{ message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    },
    { data: { runEvents: { __typename: 'MessageDelta' } } },
  ]);
  expect(JSON.stringify(results)).not.toContain('secret');
  expect(log.find(({ level }) => level === 'error')).toMatchObject({ err: { message: 'secret' } });
});

test('a source that fails ends the stream with a masked error', async () => {
  const events = new FakeEvents();
  const { webSocketUrl, log } = await serve(fakeOrchestrator({ followRun: async () => events.following }));
  const subscription = wsClient(webSocketUrl).iterate({ query: EVENTS });
  events.push(anEvent(delta('a')));
  await subscription.next();

  events.fail(new Error('secret'));

  await expect(subscription.next()).rejects.toMatchObject([
    { message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } },
  ]);
  expect(log.find(({ level }) => level === 'error')).toMatchObject({ err: { message: 'secret' } });
});

test('queries and mutations work over the socket, with their errors masked', async () => {
  const { webSocketUrl } = await serve(fakeOrchestrator({ queries: { thread: async () => aThread() } }));

  const results: unknown[] = [];
  for await (const result of wsClient(webSocketUrl).iterate({
    query: '{ thread(id: "x") { id } run(id: "y") { id } }',
  }))
    results.push(result);

  expect(results).toMatchObject([
    {
      data: { thread: { id: threadId() }, run: null },
      errors: [
        { message: 'Internal server error', path: ['run'], extensions: { requestId: expect.any(String) } },
      ],
    },
  ]);
});

test('a document that is no GraphQL is an error of its operation, and the socket stays', async () => {
  const { webSocketUrl } = await serve(fakeOrchestrator());
  const client = wsClient(webSocketUrl);

  await expect(client.iterate({ query: '{' }).next()).rejects.toMatchObject([
    { extensions: { code: 'GRAPHQL_PARSE_FAILED' } },
  ]);
  expect((await client.iterate({ query: '{ __typename }' }).next()).value).toEqual({
    data: { __typename: 'Query' },
  });
});

test('wrong variables are an error with BAD_USER_INPUT', async () => {
  const { webSocketUrl } = await serve(fakeOrchestrator());
  const query = 'subscription($after: Cursor) { runEvents(runId: "r", after: $after) { __typename } }';

  const { value } = await wsClient(webSocketUrl)
    .iterate({ query, variables: { after: 5 } })
    .next();

  expect(value).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  expect(value?.data).toBeUndefined();
});

describe('a socket', () => {
  /** A bare WebSocket that has been opened; resolves to its close code with `closed`. */
  async function open(
    url: string,
    protocol: string,
  ): Promise<{ socket: WebSocket; closed: Promise<number> }> {
    const socket = new WebSocket(url, protocol);
    onTestFinished(() => socket.terminate());
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return { socket, closed };
  }

  test('that sends more than the limit is closed with 1009', async () => {
    const { webSocketUrl } = await serve(fakeOrchestrator(), {
      limits: { maxRequestBytes: 4 * 1024 * 1024 },
    });
    const { socket, closed } = await open(webSocketUrl, GRAPHQL_TRANSPORT_WS_PROTOCOL);

    socket.send(
      JSON.stringify({ type: 'connection_init', payload: { large: 'x'.repeat(10 * 1024 * 1024) } }),
    );

    expect(await closed).toBe(1009);
  });

  test('that speaks another protocol is closed with 4406', async () => {
    const { webSocketUrl } = await serve(fakeOrchestrator());

    const { closed } = await open(webSocketUrl, 'something-else').catch(() => ({
      closed: Promise.resolve(4406),
    }));

    expect(await closed).toBe(4406);
  });

  test('that sends what is no message is closed with 4400', async () => {
    const { webSocketUrl } = await serve(fakeOrchestrator());
    const { socket, closed } = await open(webSocketUrl, GRAPHQL_TRANSPORT_WS_PROTOCOL);

    socket.send('not JSON');

    expect(await closed).toBe(4400);
  });

  test('that does not answer a ping is cut', async () => {
    const beats: (() => void)[] = [];
    const timer: Clock['timer'] = (_ms, fire) => {
      beats.push(fire);
      return { [Symbol.dispose]: () => {} };
    };
    const { webSocketUrl } = await serve(fakeOrchestrator(), { clock: { ...systemClock, timer } });
    const socket = new WebSocket(webSocketUrl, GRAPHQL_TRANSPORT_WS_PROTOCOL, { autoPong: false });
    const pinged = new Promise((resolve) => socket.once('ping', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => socket.once('open', resolve));

    beats.shift()?.();
    await pinged;
    beats.shift()?.();

    expect(await closed).toBe(1006);
  });

  test('elsewhere than /graphql is refused with 404', async () => {
    const { origin } = await serve(fakeOrchestrator());
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/elsewhere`);

    const error = await new Promise<Error>((resolve) => socket.once('error', resolve));

    expect(error.message).toBe('Unexpected server response: 404');
  });
});

test('what an event refers to is loaded anew for each event', async () => {
  const events = new FakeEvents();
  const loaded: unknown[] = [];
  events.push(
    anEvent({ kind: 'RUN_QUEUED', run: aRun({ supersededBy: runId(7) }) }),
    anEvent({ kind: 'RUN_QUEUED', run: aRun({ supersededBy: runId(7) }) }),
  );
  events.end();
  const runsById = async (_owner: unknown, ids: readonly string[]) => {
    loaded.push(ids);
    return [aRun({ id: runId(7), status: loaded.length === 1 ? 'RUNNING' : 'SUCCESS' })];
  };
  const { webSocketUrl } = await serve(
    fakeOrchestrator({ followRun: async () => events.following, queries: { runsById } }),
  );

  const statuses: unknown[] = [];
  const query =
    'subscription { runEvents(runId: "r") { ... on RunQueued { run { supersededBy { status } } } } }';
  for await (const { data } of wsClient(webSocketUrl).iterate<{
    runEvents: { run: { supersededBy: { status: string } } };
  }>({ query })) {
    statuses.push(data?.runEvents.run.supersededBy.status);
  }

  expect(statuses).toEqual(['RUNNING', 'SUCCESS']);
});
