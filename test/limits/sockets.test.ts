import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { DEFAULT_LIMITS, type Limits } from '../../src/http/limits.ts';
import { newThreadId } from '../rest/event-streaming/support.ts';
import { TestThread } from '../support/conversing.ts';
import { resetGates } from '../support/gates.ts';
import { startTestService } from '../support/service.ts';
import { until } from '../support/until.ts';

afterEach(resetGates);

const limited = (limits: Partial<Limits>) => ({ config: { limits: { ...DEFAULT_LIMITS, ...limits } } });

type Message = {
  readonly type: string;
  readonly id: string | number;
  readonly error?: string;
  readonly message?: string;
  readonly payload?: unknown;
  readonly result?: Readonly<Record<string, string>>;
};

/** A bare socket: what it gets, oldest first. */
async function open(service: { readonly url: string }, path: string, protocol?: string) {
  const socket = new WebSocket(new URL(path, service.url.replace('http', 'ws')), protocol);
  const received: Message[] = [];
  socket.on('message', (data) => received.push(JSON.parse(String(data)) as Message));
  await once(socket, 'open');
  const answer = (id: string | number): Promise<Message> =>
    until(
      () => received.find((message) => message.id === id),
      (message) => message !== undefined,
    ) as Promise<Message>;
  return {
    socket,
    received,
    send: (message: object) => socket.send(JSON.stringify(message)),
    answer,
    [Symbol.asyncDispose]: async () => {
      socket.terminate();
      if (socket.readyState !== socket.CLOSED) await once(socket, 'close');
    },
  };
}

async function openGraphql(service: { readonly url: string }) {
  const opened = await open(service, '/graphql', 'graphql-transport-ws');
  opened.send({ type: 'connection_init' });
  await until(
    () => opened.received.length,
    (count) => count === 1,
  );
  return opened;
}
const EVENTS = 'subscription($id: ID!) { threadEvents(threadId: $id) { __typename } }';

describe('a GraphQL WebSocket', () => {
  test('carries as many operations as allowed; a further one gets LIMIT_EXCEEDED, and is taken once another has ended', async () => {
    await using service = await startTestService(limited({ maxSocketOperations: 2 }));
    const thread = await TestThread.create(service);
    await using client = await openGraphql(service);
    const subscribe = (id: string) =>
      client.send({ type: 'subscribe', id, payload: { query: EVENTS, variables: { id: thread.id } } });
    subscribe('1');
    subscribe('2');
    await until(
      () => service.followed.length,
      (count) => count === 1,
    );

    subscribe('3');
    const refused = await client.answer('3');
    let tries = 3;
    client.send({ type: 'complete', id: '1' });
    const taken = await until(
      async () => {
        tries += 1;
        client.send({ type: 'subscribe', id: String(tries), payload: { query: '{ server { version } }' } });
        return client.answer(String(tries));
      },
      ({ type }) => type === 'next',
    );

    expect(refused).toEqual({
      type: 'error',
      id: '3',
      payload: [
        {
          message:
            'Too many operations on this WebSocket: limit 2 (INTERJECT_MAX_SOCKET_OPERATIONS), with 33554432 bytes in total (INTERJECT_MAX_REQUEST_BYTES).',
          extensions: { code: 'LIMIT_EXCEEDED' },
        },
      ],
    });
    expect(taken).toMatchObject({ payload: { data: { server: { version: expect.any(String) } } } });
  });

  test('carries operations of as many bytes together as one message may have', async () => {
    await using service = await startTestService(limited({ maxRequestBytes: 10_000 }));
    const thread = await TestThread.create(service);
    await using client = await openGraphql(service);
    const subscribe = (id: string) =>
      client.send({
        type: 'subscribe',
        id,
        payload: { query: EVENTS, variables: { id: thread.id, unused: 'x'.repeat(6_000) } },
      });

    subscribe('1');
    subscribe('2');

    expect(await client.answer('2')).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'LIMIT_EXCEEDED' } }],
    });
    expect(client.received.some(({ id }) => id === '1')).toBe(false);
  });

  test('that leaves too much unread is closed with 1013', async () => {
    await using service = await startTestService(limited({ maxUnsentBytes: 64 * 1024 }));
    await using client = await openGraphql(service);
    client.socket.pause();
    const closed = once(client.socket, 'close');
    const payload = { text: 'x'.repeat(100_000) };
    for (let pings = 0; pings < 300; pings += 1) client.send({ type: 'ping', payload });
    await until(
      () => client.socket.bufferedAmount,
      (bytes) => bytes === 0,
    );
    client.socket.resume();

    expect((await closed)[0]).toBe(1013);
  });
});

describe('an event streaming WebSocket', () => {
  const path = (thread: string) => `/threads/${thread}/stream/events`;
  const subscribe = (id: number) => ({
    id,
    method: 'subscription.subscribe',
    params: { channels: ['values'] },
  });

  test('carries as many subscriptions as allowed, and takes another one after an unsubscribe', async () => {
    await using service = await startTestService(limited({ maxSocketOperations: 2 }));
    await using client = await open(service, path(newThreadId()));
    client.send(subscribe(1));
    client.send(subscribe(2));
    client.send(subscribe(3));

    const refused = await client.answer(3);
    client.send({ id: 4, method: 'subscription.unsubscribe', params: (await client.answer(1)).result });
    client.send(subscribe(5));

    expect(refused).toEqual({
      type: 'error',
      id: 3,
      error: 'invalid_argument',
      message:
        'This WebSocket has reached its limit of 2 subscriptions (INTERJECT_MAX_SOCKET_OPERATIONS). Unsubscribe from one first.',
    });
    expect(await client.answer(5)).toMatchObject({ type: 'success' });
  });

  test('answers commands beyond its queue at once, and takes further ones when it has answered', async () => {
    await using service = await startTestService(limited({ maxSocketCommands: 3 }));
    await using client = await open(service, path(newThreadId()));
    const ids = Array.from({ length: 50 }, (_, index) => index + 1);

    for (const id of ids) client.send({ id, method: 'agent.getTree', params: {} });
    for (const id of ids) await client.answer(id);
    client.send(subscribe(51));

    const refused = client.received.filter(({ message = '' }) =>
      message.includes('INTERJECT_MAX_SOCKET_COMMANDS'),
    );
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ type: 'error', error: 'invalid_argument' });
    expect(await client.answer(51)).toMatchObject({ type: 'success' });
  });

  test('is not hung, nor hangs the process, by 20,000 subscriptions', async () => {
    await using service = await startTestService();
    await using client = await open(service, path(newThreadId()));

    for (let id = 1; id <= 20_000; id += 1) client.send(subscribe(id));
    await client.answer(20_000);

    expect((await fetch(new URL('/ok', service.url))).status).toBe(200);
    expect(client.received.filter(({ type }) => type === 'success').length).toBeLessThanOrEqual(
      DEFAULT_LIMITS.maxSocketOperations,
    );
  });
});

test('WebSockets beyond those that a process may have open get 503, of all protocols together', async () => {
  await using service = await startTestService(limited({ maxSockets: 2 }));
  await using first = await openGraphql(service);
  await using _second = await open(service, `/threads/${newThreadId()}/stream/events`);

  const third = new WebSocket(service.url.replace('http', 'ws'), 'graphql-transport-ws');
  const [, answer] = await once(third, 'unexpected-response');
  const text = (await answer.toArray()).join('');
  first.socket.close();
  await once(first.socket, 'close');
  const fourth = await until(
    () => openGraphql(service).catch(() => null),
    (opened) => opened !== null,
  );
  fourth?.socket.terminate();

  expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '5']);
  expect(JSON.parse(text)).toEqual({
    error:
      'This process has reached its limit of 2 open WebSockets (INTERJECT_MAX_SOCKETS). Try again later.',
  });
});
