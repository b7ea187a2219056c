import { describe, expect, onTestFinished, test } from 'vitest';
import { createClient, InterjectError, type MessageEvent, type RunEvent } from '../../src/client/public.ts';
import { delta, FakeServer, refuse } from './fake-server.ts';

const LENGTH = 6;
const ALL = Array.from({ length: LENGTH }, (_, index) => `${index + 1}`);
const THREAD = 'thread-1';

async function serverWith(events: number): Promise<FakeServer> {
  const server = await new FakeServer().start();
  onTestFinished(() => server.stop());
  server.log.push(...Array.from({ length: events }, (_, index) => delta(index + 1)));
  return server;
}

const clientOf = (server: FakeServer, options: Partial<Parameters<typeof createClient>[0]> = {}) =>
  createClient({
    url: server.url,
    retryWait: () => new Promise((resolve) => setImmediate(resolve)),
    ...options,
  });

async function take<Event extends { readonly cursor: string }>(
  events: AsyncIterable<Event>,
  count: number,
): Promise<Event[]> {
  const taken: Event[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

const readAll = <Event extends { readonly cursor: string }>(events: AsyncIterable<Event>) =>
  take(events, Number.POSITIVE_INFINITY);

const cursors = (events: readonly (MessageEvent | RunEvent)[]) => events.map((event) => event.cursor);

const endings = {
  'is cut': (socket: { terminate(): void }) => socket.terminate(),
  'closes with 1000': (socket: { close(code: number): void }) => socket.close(1000),
  'closes with 1001, as a stopping server does': (socket: { close(code: number): void }) =>
    socket.close(1001),
  'closes with 1012, as a restarting server does': (socket: { close(code: number): void }) =>
    socket.close(1012),
  'closes with 4500': (socket: { close(code: number): void }) => socket.close(4500),
};

describe.each(Object.entries(endings))('a connection that %s', (_, end) => {
  test.each([0, 1, 2, 3, 4, 5])(
    'after event %i costs a run stream no event and repeats none',
    async (survived) => {
      const server = await serverWith(LENGTH);
      server.complete = true;
      let ended = false;
      const endOnce = (socket: Parameters<FakeServer['onSent']>[0], sent: number) => {
        if (ended || sent !== survived) return;
        ended = true;
        end(socket);
      };
      server.onSent = endOnce;
      server.onSubscribe = (_subscribed, { socket }) => {
        endOnce(socket, 0);
        return undefined;
      };

      const events = await readAll(clientOf(server).runEvents('run-1'));

      expect(cursors(events)).toEqual(ALL);
      expect(ended).toBe(true);
    },
  );

  test('after every single event costs a run stream no event and repeats none', async () => {
    const server = await serverWith(LENGTH);
    server.complete = true;
    server.onSent = (socket, sent) => {
      if (sent === 1) end(socket);
    };

    const events = await readAll(clientOf(server).runEvents('run-1'));

    expect(cursors(events)).toEqual(ALL);
    expect(server.subscriptions.length).toBeGreaterThan(LENGTH);
  });

  test.each([0, 1, 2, 3])(
    'after event %i costs a whole conversation no event, and it is loaded once',
    async (survived) => {
      const server = await serverWith(2);
      let ended = false;
      const endOnce = (socket: Parameters<FakeServer['onSent']>[0], sent: number) => {
        if (ended || sent !== survived) return;
        ended = true;
        end(socket);
      };
      server.onSent = (socket, sent) => {
        if (sent === 1 && socket.readyState === socket.OPEN) server.append(delta(3), delta(4));
        endOnce(socket, sent);
      };
      server.onSubscribe = (_subscribed, { socket }) => {
        endOnce(socket, 0);
        return undefined;
      };

      const events = await take(clientOf(server).messages(THREAD, { fromStart: true }), 3);

      expect(events.map((event) => [event.__typename, event.cursor])).toEqual([
        ['MessagesReset', '2'],
        ['MessageDelta', '3'],
        ['MessageDelta', '4'],
      ]);
    },
  );
});

test('a stream from now that loses its connection before its first event does not lose what happened meanwhile', async () => {
  const server = await serverWith(2);
  const client = clientOf(server);
  let lost = false;
  server.onSubscribe = ({ field }, { socket }) => {
    if (field === 'threadEvents' && !lost) {
      lost = true;
      socket.terminate();
      server.append(delta(3));
    }
    return undefined;
  };

  const events = await take(client.threadEvents(THREAD), 1);

  expect(cursors(events)).toEqual(['3']);
  expect(server.subscriptions.map(({ field, args }) => [field, args['after']])).toEqual([
    ['messages', undefined],
    ['threadEvents', '2'],
    ['threadEvents', '2'],
  ]);
});

test('messages from now begin with what happens next, without the conversation so far', async () => {
  const server = await serverWith(2);
  server.onSubscribe = ({ args }) => {
    if (args['after'] === '2') server.append(delta(3));
    return undefined;
  };

  const events = await take(clientOf(server).messages(THREAD), 1);

  expect(events.map((event) => [event.__typename, event.cursor])).toEqual([['MessageDelta', '3']]);
});

test('a stream goes on when its server has been away and is back', async () => {
  const server = await serverWith(2);
  const retries: string[] = [];
  const restarted = Promise.withResolvers<void>();
  const client = clientOf(server, {
    onRetry: (error) => {
      retries.push(error.code);
      // The first loss is the death itself, the second a try that found nobody.
      if (retries.length === 2) restarted.resolve();
    },
  });
  const events = client.runEvents('run-1');
  expect(cursors(await takeOnly(events, 2))).toEqual(['1', '2']);

  await server.stop();
  const third = events.next();
  await restarted.promise;
  server.log.push(delta(3));
  await server.start();

  expect((await third).value?.cursor).toBe('3');
  expect(new Set(retries)).toEqual(new Set(['CONNECTION_LOST']));
  await events.return();
});

test('the cursor of this moment is one after which everything that follows comes', async () => {
  const server = await serverWith(2);
  const client = clientOf(server);

  const cursor = await client.cursor(THREAD);
  server.append(delta(3), delta(4));

  expect(cursors(await take(client.threadEvents(THREAD, { after: cursor }), 2))).toEqual(['3', '4']);
});

test.each(['BAD_CURSOR', 'NOT_FOUND', 'CURSOR_EXPIRED', 'BAD_USER_INPUT'])(
  '%s ends a stream with its code, at once',
  async (code) => {
    const server = await serverWith(2);
    server.onSubscribe = () => refuse(code);

    const stream = clientOf(server).messages(THREAD, { after: 'x' });

    await expect(stream.next()).rejects.toThrow(
      expect.objectContaining({ name: 'InterjectError', code, message: `refused with ${code}` }),
    );
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(server.subscriptions).toHaveLength(1);
  },
);

test('events that came before a fatal error are handed out before it is thrown', async () => {
  const server = await serverWith(2);
  let refused = false;
  server.onSent = (socket, sent) => {
    if (sent === 2) socket.terminate();
  };
  server.onSubscribe = ({ args }) => {
    if (args['after'] !== '2') return undefined;
    refused = true;
    return refuse('CURSOR_EXPIRED');
  };
  const stream = clientOf(server).runEvents('run-1');
  const first = await stream.next();
  await server.until(() => refused);

  const second = await stream.next();

  expect([first.value?.cursor, second.value?.cursor]).toEqual(['1', '2']);
  await expect(stream.next()).rejects.toThrow(expect.objectContaining({ code: 'CURSOR_EXPIRED' }));
});

test('a fault of the server that passes is not seen', async () => {
  const server = await serverWith(2);
  server.complete = true;
  let faults = 3;
  server.onSubscribe = () => (faults-- > 0 ? refuse('INTERNAL_SERVER_ERROR') : undefined);

  expect(cursors(await readAll(clientOf(server).runEvents('run-1')))).toEqual(['1', '2']);
});

test('a server that is closing is tried as often as a lost connection', async () => {
  const server = await serverWith(2);
  server.complete = true;
  let left = 20;
  server.onSubscribe = () => (left-- > 0 ? refuse('SERVICE_UNAVAILABLE') : undefined);

  expect(cursors(await readAll(clientOf(server).runEvents('run-1')))).toEqual(['1', '2']);
});

test('a fault of the server that does not pass is thrown', async () => {
  const server = await serverWith(2);
  server.onSubscribe = () => refuse('INTERNAL_SERVER_ERROR');

  await expect(clientOf(server).runEvents('run-1').next()).rejects.toThrow(
    expect.objectContaining({ code: 'INTERNAL_SERVER_ERROR' }),
  );
  expect(server.subscriptions).toHaveLength(6);
});

test('a close code that forbids another try is thrown', async () => {
  const server = await serverWith(2);
  server.onSubscribe = (_subscribed, { socket }) => {
    socket.close(4403, 'Forbidden');
    return undefined;
  };

  await expect(clientOf(server).runEvents('run-1').next()).rejects.toThrow(
    expect.objectContaining({
      code: 'CONNECTION_REFUSED',
      message: 'The WebSocket was closed (4403 Forbidden)',
    }),
  );
});

test('retries that are used up end in CONNECTION_LOST', async () => {
  const server = await serverWith(0);
  await server.stop();

  const stream = clientOf(server, { retries: 2 }).runEvents('run-1');

  await expect(stream.next()).rejects.toThrow(InterjectError);
});

test('a consumer that falls behind is served from its cursor when it reads on', async () => {
  const count = 5_000;
  const server = await serverWith(count);
  const stream = clientOf(server).runEvents('run-1');
  const first = await stream.next();
  await leaving(server); // nobody reads on, so the client lets go of the subscription, which has no end yet
  server.complete = true;

  const rest = await readAll(stream);

  expect([first.value?.cursor, ...cursors(rest)]).toEqual(
    Array.from({ length: count }, (_, index) => `${index + 1}`),
  );
  expect(server.subscriptions.length).toBeGreaterThan(1);
});

test('returning from a stream that waits for an event ends it and leaves the server', async () => {
  const server = await serverWith(0);
  const stream = clientOf(server).runEvents('run-1');
  const pending = stream.next();
  await server.until(() => server.open === 1);

  await stream.return();

  expect(await pending).toEqual({ done: true, value: undefined });
  await leaving(server);
});

test('aborting the signal ends a stream without an error', async () => {
  const server = await serverWith(0);
  const abort = new AbortController();
  const all = readAll(clientOf(server).runEvents('run-1', { signal: abort.signal }));
  await server.until(() => server.open === 1);

  abort.abort();

  expect(await all).toEqual([]);
  await leaving(server);
});

test('a stream whose signal was aborted before it began asks the server for nothing', async () => {
  const server = await serverWith(2);

  expect(await readAll(clientOf(server).runEvents('run-1', { signal: AbortSignal.abort() }))).toEqual([]);
  expect(server.subscriptions).toEqual([]);
});

test('aborting the signal ends the wait for another try', async () => {
  const server = await serverWith(0);
  await server.stop();
  const abort = new AbortController();
  const client = createClient({
    url: server.url,
    retryWait: (_failures, signal) => {
      queueMicrotask(() => abort.abort());
      return new Promise((_resolve, reject) =>
        signal?.addEventListener('abort', () => reject(signal.reason)),
      );
    },
  });

  expect(await readAll(client.runEvents('run-1', { signal: abort.signal }))).toEqual([]);
});

test('calls of next that overlap get their events in the order of the calls', async () => {
  const server = await serverWith(3);
  server.complete = true;
  const stream = clientOf(server).runEvents('run-1');

  const results = await Promise.all([stream.next(), stream.next(), stream.next(), stream.next()]);

  expect(results.map(({ value }) => value?.cursor)).toEqual(['1', '2', '3', undefined]);
});

/** Reads without leaving the stream. */
async function takeOnly<Event>(events: AsyncIterator<Event, undefined>, count: number): Promise<Event[]> {
  const taken: Event[] = [];
  while (taken.length < count) {
    const result = await events.next();
    if (result.done === true) break;
    taken.push(result.value);
  }
  return taken;
}

/** Proves that the server has nobody left: the generators notice when they are woken. */
async function leaving(server: FakeServer): Promise<void> {
  const poll = setInterval(() => server.changed(), 5);
  await server.until(() => server.open === 0).finally(() => clearInterval(poll));
}
