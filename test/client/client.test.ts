import { expect, onTestFinished, test } from 'vitest';
import {
  type ClientOptions,
  createClient,
  type Fetch,
  RefusedError,
  unwrap,
} from '../../src/client/public.ts';
import { FakeServer, refuse, runOf } from './fake-server.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const PENDING = runOf({ id: 'run-1', status: 'PENDING' });
const ENDED = runOf({ id: 'run-1', status: 'SUCCESS' });
const JOINED = { __typename: 'JoinedRun', run: ENDED, state: null };
const TIMED_OUT = { __typename: 'JoinTimeoutError', message: 'not yet', run: PENDING };

async function server(resolvers: FakeServer['resolvers']): Promise<FakeServer> {
  const started = await new FakeServer().start();
  onTestFinished(() => started.stop());
  started.resolvers = resolvers;
  return started;
}

const clientOf = ({ url }: FakeServer, options: Partial<ClientOptions> = {}) =>
  createClient({ url, retryWait: () => new Promise((resolve) => setImmediate(resolve)), ...options });

/** Sends every request; the first `count` answers get lost on their way back. */
function losing(count: number): Fetch {
  let left = count;
  return async (url, init) => {
    const answer = await fetch(url, init);
    if (left-- > 0) throw new TypeError('fetch failed');
    return answer;
  };
}

test('a createRun whose answer got lost is repeated with the same idempotency key, so that it makes one run', async () => {
  const keys: string[] = [];
  const fake = await server({
    createRun: ({ idempotencyKey }: { idempotencyKey: string }) => {
      keys.push(idempotencyKey);
      return PENDING;
    },
  });

  const run = unwrap(
    await clientOf(fake, { fetch: losing(2) }).createRun({ threadId: 'thread-1', assistantId: 'agent' }),
  );

  expect(run).toMatchObject({ id: 'run-1', status: 'PENDING' });
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(UUID);
});

test('two createRuns have different idempotency keys, and a given one is kept', async () => {
  const keys: string[] = [];
  const fake = await server({
    createRun: ({ idempotencyKey }: { idempotencyKey: string }) => {
      keys.push(idempotencyKey);
      return PENDING;
    },
  });
  const client = clientOf(fake);
  const run = { threadId: 'thread-1', assistantId: 'agent' };

  await client.createRun(run);
  await client.createRun(run);
  await client.createRun({ ...run, idempotencyKey: 'mine' });

  expect(new Set(keys).size).toBe(3);
  expect(keys[2]).toBe('mine');
});

test('createRun sends its arguments as they are and leaves the others to the schema', async () => {
  const seen: unknown[] = [];
  const fake = await server({
    createRun: (args: unknown) => {
      seen.push(args);
      return PENDING;
    },
  });

  await clientOf(fake).createRun({
    threadId: 'thread-1',
    assistantId: 'agent',
    input: { messages: [{ role: 'user', content: 'hi' }] },
    multitaskStrategy: 'INTERRUPT',
    idempotencyKey: 'k',
  });

  expect(seen).toEqual([
    {
      threadId: 'thread-1',
      assistantId: 'agent',
      input: { messages: [{ role: 'user', content: 'hi' }] },
      multitaskStrategy: 'INTERRUPT',
      keepPartialOutput: true,
      keepPendingInput: true,
      idempotencyKey: 'k',
    },
  ]);
});

test('a createThread whose answer got lost is repeated for the same id and finds its own thread', async () => {
  const seen: { id: string; ifExists: string }[] = [];
  const fake = await server({
    createThread: (args: { id: string; ifExists: string }) => {
      seen.push(args);
      return {
        __typename: 'Thread',
        id: args.id,
        status: 'IDLE',
        metadata: {},
        createdAt: '',
        updatedAt: '',
        stateUpdatedAt: '',
      };
    },
  });

  const thread = unwrap(await clientOf(fake, { fetch: losing(1) }).createThread());

  expect(seen).toEqual([
    { id: thread.id, ifExists: 'RETURN' },
    { id: thread.id, ifExists: 'RETURN' },
  ]);
  expect(thread.id).toMatch(UUID);
});

test('a createThread that must not find a thread is sent once', async () => {
  const fake = await server({
    createThread: () => ({ __typename: 'AlreadyExistsError', message: 'exists', id: 'mine' }),
  });
  const client = clientOf(fake, { fetch: losing(1) });

  await expect(client.createThread({ id: 'mine' })).rejects.toThrow(
    expect.objectContaining({ code: 'CONNECTION_LOST' }),
  );
});

test('joinRun survives lost connections and a restart of the server', async () => {
  const joining = Promise.withResolvers<void>();
  const fake = await server({
    joinRun: () => {
      joining.resolve();
      return new Promise(() => {});
    },
  });
  let retries = 0;
  const missed = Promise.withResolvers<void>();
  const client = clientOf(fake, {
    onRetry: () => {
      retries += 1;
      if (retries === 20) missed.resolve();
    },
  });

  const joined = client.joinRun('thread-1', 'run-1');
  await joining.promise;
  await fake.stop();
  await missed.promise;
  fake.resolvers = { joinRun: () => JOINED };
  await fake.start();

  expect(unwrap(await joined).run.status).toBe('SUCCESS');
});

test('joinRun waits in rounds that are shorter than what proxies allow, until the run has ended', async () => {
  const rounds: number[] = [];
  const fake = await server({
    joinRun: ({ timeoutSeconds }: { timeoutSeconds: number }) => {
      rounds.push(timeoutSeconds);
      return rounds.length < 4 ? TIMED_OUT : JOINED;
    },
  });

  const result = await clientOf(fake).joinRun('thread-1', 'run-1');

  expect(result.__typename).toBe('JoinedRun');
  expect(rounds).toEqual([25, 25, 25, 25]);
});

test('joinRun returns JoinTimeoutError when its own time is over, and asks for no more than that', async () => {
  const rounds: number[] = [];
  const fake = await server({
    joinRun: async ({ timeoutSeconds }: { timeoutSeconds: number }) => {
      rounds.push(timeoutSeconds);
      await new Promise((resolve) => setTimeout(resolve, timeoutSeconds * 1_000 + 5));
      return TIMED_OUT;
    },
  });

  const result = await clientOf(fake).joinRun('thread-1', 'run-1', { timeoutSeconds: 0.05 });

  expect(result).toMatchObject({ __typename: 'JoinTimeoutError', run: { id: 'run-1' } });
  expect(rounds).toHaveLength(1);
  expect(rounds[0]).toBeLessThanOrEqual(0.05);
});

test('joinRun with a limit gives up on a server that is away when the limit is over', async () => {
  const fake = await server({});
  await fake.stop();

  await expect(clientOf(fake).joinRun('thread-1', 'run-1', { timeoutSeconds: 0.05 })).rejects.toThrow(
    expect.objectContaining({ code: 'CONNECTION_LOST' }),
  );
});

test('aborting the signal of joinRun rejects with its reason', async () => {
  const joining = Promise.withResolvers<void>();
  const fake = await server({
    joinRun: () => {
      joining.resolve();
      return new Promise(() => {});
    },
  });
  const abort = new AbortController();

  const joined = clientOf(fake).joinRun('thread-1', 'run-1', { signal: abort.signal });
  await joining.promise;
  abort.abort(new Error('enough'));

  await expect(joined).rejects.toThrow('enough');
});

test('a request that nobody answers fails with CONNECTION_LOST after five tries', async () => {
  const fake = await server({});
  await fake.stop();
  let tries = 0;
  const counting: Fetch = (url, init) => {
    tries += 1;
    return fetch(url, init);
  };

  await expect(clientOf(fake, { fetch: counting }).thread('thread-1')).rejects.toThrow(
    expect.objectContaining({ name: 'InterjectError', code: 'CONNECTION_LOST' }),
  );
  expect(tries).toBe(5);
});

test.each([502, 503, 504, 429])('an answer with HTTP %i is asked for again', async (status) => {
  const fake = await server({ cancelRun: () => ENDED });
  let first = true;
  const busy: Fetch = (url, init) => {
    if (!first) return fetch(url, init);
    first = false;
    return Promise.resolve(new Response('<html>', { status }));
  };

  expect(await clientOf(fake, { fetch: busy }).cancelRun('thread-1', 'run-1')).toMatchObject({
    __typename: 'Run',
  });
});

test('a server that says it is closing is asked again', async () => {
  let closing = true;
  const fake = await server({
    joinRun: () => {
      if (!closing) return JOINED;
      closing = false;
      return refuse('SERVICE_UNAVAILABLE');
    },
  });

  expect(await clientOf(fake).joinRun('thread-1', 'run-1')).toMatchObject({ __typename: 'JoinedRun' });
});

test('a top-level error is thrown with its code and not repeated', async () => {
  let calls = 0;
  const fake = await server({
    createRun: () => {
      calls += 1;
      return refuse('PAYLOAD_TOO_LARGE');
    },
  });

  await expect(clientOf(fake).createRun({ threadId: 't', assistantId: 'agent' })).rejects.toThrow(
    expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE', message: 'refused with PAYLOAD_TOO_LARGE' }),
  );
  expect(calls).toBe(1);
});

test('an answer that is no GraphQL is BAD_RESPONSE with its status', async () => {
  const client = createClient({
    url: 'http://127.0.0.1/',
    fetch: () => Promise.resolve(new Response('<html>', { status: 404 })),
  });

  await expect(client.run('run-1')).rejects.toThrow(
    expect.objectContaining({ code: 'BAD_RESPONSE', message: expect.stringContaining('404') }),
  );
});

test('an error of the result union is returned as data, and thrown by unwrap with all its fields', async () => {
  const fake = await server({
    createRun: () => ({ __typename: 'ThreadBusyError', message: 'busy', blockingRun: PENDING }),
  });

  const result = await clientOf(fake).createRun({
    threadId: 'thread-1',
    assistantId: 'agent',
    multitaskStrategy: 'REJECT',
  });

  expect(result).toMatchObject({ __typename: 'ThreadBusyError', blockingRun: { id: 'run-1' } });
  let thrown: unknown;
  try {
    unwrap(result);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(RefusedError);
  expect(thrown).toMatchObject({
    name: 'RefusedError',
    code: 'ThreadBusyError',
    message: 'busy',
    refusal: result,
  });
});

test('reads of what is not there are null', async () => {
  const fake = await server({ thread: () => null });
  const client = clientOf(fake);

  expect([
    await client.thread('t'),
    await client.state('t'),
    await client.history('t'),
    await client.runs('t'),
  ]).toEqual([null, null, null, null]);
});

test('an operation of the user is sent as it is', async () => {
  const fake = await server({ thread: ({ id }: { id: string }) => ({ id }) });

  expect(await clientOf(fake).request('query ($id: ID!) { thread(id: $id) { id } }', { id: 'x' })).toEqual({
    thread: { id: 'x' },
  });
});

test.each(['ftp://example.org/', '/graphql', 'nonsense'])('the url %s is refused at once', (url) => {
  expect(() => createClient({ url })).toThrow(TypeError);
});
