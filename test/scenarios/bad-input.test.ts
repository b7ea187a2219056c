import { createClient } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { CreateRunDocument } from '../../src/client/generated/graphql.ts';
import type { CreateRunResult, NewRun } from '../../src/client/public.ts';
import type { Service } from '../../src/service.ts';
import { human, TestThread } from '../support/conversing.ts';
import { overWebSocket } from '../support/followed.ts';
import { gate, resetGates } from '../support/gates.ts';
import { post, postText } from '../support/post.ts';
import { startTestService } from '../support/service.ts';
import { TestDatabase } from '../support/test-database.ts';

afterEach(resetGates);

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

let database: TestDatabase;
let service: Service;
/** Has a finished run. */
let thread: TestThread;
/** Has nothing. */
let empty: TestThread;

beforeAll(async () => {
  database = await TestDatabase.create();
  service = await startTestService({ database: database.url });
  thread = await TestThread.create(service);
  empty = await TestThread.create(service);
  await thread.run('breakpoints', { input: human('hello') });
});

afterAll(async () => {
  await service.stop('The tests are over');
  await database[Symbol.asyncDispose]();
});

/** What `act` gives, provided that no row of any table is another one after it. */
async function storingNothing<T>(act: () => Promise<T>): Promise<T> {
  const before = await database.dump();
  const result = await act();
  expect(await database.dump()).toEqual(before);
  return result;
}

/** createRun over the WebSocket, as graphql-ws's client sends it. */
async function createRunOverWebSocket(url: string, run: NewRun): Promise<CreateRunResult> {
  const client = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
  try {
    for await (const { data } of client.iterate({
      query: CreateRunDocument.toString(),
      variables: { ...run },
    }))
      return (data as unknown as { readonly createRun: CreateRunResult }).createRun;
    throw new Error('No result');
  } finally {
    await client.dispose();
  }
}

type BadRun = readonly [
  what: string,
  request: () => Partial<NewRun> & { readonly threadId?: string },
  refusal: object,
];

const invalid = (path: readonly string[], message: unknown) => ({
  __typename: 'ValidationError',
  issues: [{ path, message }],
});

const BAD_RUNS: readonly BadRun[] = [
  [
    'an unknown thread',
    () => ({ threadId: UNKNOWN }),
    { __typename: 'NotFoundError', kind: 'Thread', id: UNKNOWN, message: expect.stringContaining(UNKNOWN) },
  ],
  [
    'a thread id that is no UUID',
    () => ({ threadId: 'mine' }),
    { __typename: 'NotFoundError', kind: 'Thread', id: 'mine' },
  ],
  [
    'an unknown assistant',
    () => ({ assistantId: 'nobody' }),
    {
      __typename: 'NotFoundError',
      kind: 'Assistant',
      id: 'nobody',
      message: expect.stringContaining('nobody'),
    },
  ],
  [
    'an unknown checkpoint',
    () => ({ checkpointId: UNKNOWN }),
    { __typename: 'NotFoundError', kind: 'Checkpoint', id: UNKNOWN },
  ],
  [
    'input and command both',
    () => ({ command: { goto: 'a' } }),
    invalid(['command'], 'input and command cannot be combined'),
  ],
  [
    'neither, on a thread without a checkpoint',
    () => ({ threadId: empty.id, input: null }),
    invalid(['input'], expect.stringContaining('no checkpoint')),
  ],
  ['a negative afterSeconds', () => ({ afterSeconds: -1 }), invalid(['afterSeconds'], 'must be 0 or more')],
  [
    'a timeout of nothing',
    () => ({ timeoutSeconds: 0 }),
    invalid(['timeoutSeconds'], 'must be greater than 0'),
  ],
  [
    'an unknown member of command',
    () => ({ input: null, command: { retry: true, goto: 'a' } }),
    invalid(['command'], expect.stringContaining('resume, update, goto')),
  ],
  [
    'a command without anything',
    () => ({ input: null, command: {} }),
    invalid(['command'], expect.stringContaining('at least one of')),
  ],
  ['a config that is no object', () => ({ config: 7 }), invalid(['config'], 'must be a JSON object')],
  ['metadata that is no object', () => ({ metadata: ['x'] }), invalid(['metadata'], 'must be a JSON object')],
  [
    'a recursion limit of nothing',
    () => ({ config: { recursion_limit: 0 } }),
    invalid(['config', 'recursion_limit'], expect.any(String)),
  ],
  ...[0, -1, 1.5, '4'].map(
    (max_concurrency): BadRun => [
      `a max_concurrency of ${JSON.stringify(max_concurrency)}, with which the run would hang`,
      () => ({ config: { max_concurrency } }),
      invalid(['config', 'max_concurrency'], expect.stringContaining('whole number greater than 0')),
    ],
  ),
  [
    'an unknown durability',
    () => ({ config: { durability: 'later' } }),
    invalid(['config', 'durability'], 'must be one of sync, async, exit'),
  ],
  [
    'keys that LangGraph sets',
    () => ({ config: { configurable: { __pregel_checkpointer: false } } }),
    invalid(['config', 'configurable', '__pregel_checkpointer'], expect.stringContaining('reserved')),
  ],
  [
    'a checkpoint in its config',
    () => ({ config: { configurable: { checkpoint_id: UNKNOWN } } }),
    invalid(['config', 'configurable', 'checkpoint_id'], expect.stringContaining('reserved')),
  ],
  [
    "another thread's id in its config",
    () => ({ config: { configurable: { thread_id: UNKNOWN } } }),
    invalid(['config', 'configurable', 'thread_id'], expect.stringContaining("the run's thread")),
  ],
  ...[
    ['nowhere', ['goto']],
    ['__proto__', ['goto']],
    ['__start__', ['goto']],
    [{ node: 'nowhere', input: {} }, ['goto', 'node']],
    [{ node: '__end__', input: {} }, ['goto', 'node']],
    [
      ['a', { node: '__proto__', input: {} }],
      ['goto', '1', 'node'],
    ],
  ].map(
    ([goto, path]): BadRun => [
      `a jump to ${JSON.stringify(goto)}`,
      () => ({ input: null, command: { goto } }),
      invalid(['command', ...(path as string[])], expect.stringContaining('its nodes are a, b, c')),
    ],
  ),
  ...['__proto__', 'toString', 'branch:to:a', '__pregel_tasks', '__start__'].map(
    (key): BadRun => [
      `a write to ${key}`,
      () => ({ input: null, command: { update: [[key, 1]] } }),
      invalid(['command', 'update', key], expect.stringContaining('not a key of the state')),
    ],
  ),
  ...[
    { update: { zzz: 1 } },
    { update: [['zzz', 1]] },
    { update: { visited: ['known'], zzz: 1 } },
    { update: { zzz: 1 }, goto: 'c' },
    { update: [['zzz', 1]], resume: true },
  ].map(
    (command): BadRun => [
      `a write to what the state has no key for, ${JSON.stringify(command)}`,
      () => ({ input: null, command }),
      {
        __typename: 'ValidationError',
        issues: [
          {
            path: ['command', 'update', 'zzz'],
            message: 'is not a key of the state; its keys are messages, visited',
          },
        ],
      },
    ],
  ),
  [
    'an empty idempotency key',
    () => ({ idempotencyKey: '' }),
    invalid(['idempotencyKey'], 'must not be empty'),
  ],
  [
    'a breakpoint before no node',
    () => ({ interruptBefore: ['nowhere'] }),
    invalid(['interruptBefore'], 'the graph has no node "nowhere"; its nodes are a, b, c'),
  ],
  [
    'a resume of nothing',
    () => ({ input: null, command: { resume: true } }),
    invalid(['command', 'resume'], expect.stringContaining('nothing to resume')),
  ],
  [
    "a state that the graph's schema refuses",
    () => ({ assistantId: 'zod-state', input: { topic: '', count: -1 } }),
    {
      __typename: 'ValidationError',
      issues: expect.arrayContaining([
        expect.objectContaining({ path: ['input', 'topic'] }),
        expect.objectContaining({ path: ['input', 'count'] }),
      ]),
    },
  ],
];

describe.each([
  ['HTTP', (run: NewRun) => thread.client.createRun(run)],
  ['WebSocket', (run: NewRun) => createRunOverWebSocket(service.url, run)],
] as const)('createRun over %s', (_name, createRun) => {
  test.each(BAD_RUNS)('with %s is refused, and stores nothing', async (_what, request, refusal) => {
    const run = { threadId: thread.id, assistantId: 'breakpoints', input: human('again'), ...request() };

    const result = await storingNothing(() => createRun(run));

    expect(result).toMatchObject(refusal);
    expect('message' in result && result.message).toEqual(expect.stringMatching(/\w/));
  });
});

describe('refused, and nothing stored:', () => {
  test('a run with REJECT on a busy thread, which names the run in its way', async () => {
    const busy = await TestThread.create(service);
    const held = gate('breakpoints:b');
    const blocking = await busy.start('breakpoints', { input: human('work') });
    await held.reached;
    await using follower = overWebSocket(service.url, 'runEvents', { runId: blocking.id, modes: ['TASKS'] });
    await follower.seen(
      (event) => event.__typename === 'TaskChunk' && (event.task as { readonly name: string }).name === 'b',
    );

    const result = await storingNothing(() =>
      busy.client.createRun({
        threadId: busy.id,
        assistantId: 'breakpoints',
        input: human('more'),
        multitaskStrategy: 'REJECT',
      }),
    );

    expect(result).toMatchObject({
      __typename: 'ThreadBusyError',
      blockingRun: { id: blocking.id },
      message: expect.stringContaining(blocking.id),
    });
    held.open();
    await busy.join(blocking);
  });

  test('another request under a used idempotency key', async () => {
    const run = {
      threadId: thread.id,
      assistantId: 'breakpoints',
      input: human('once'),
      idempotencyKey: 'the key',
    };
    await thread.join((await thread.client.createRun(run)) as { id: string });

    const result = await storingNothing(() => thread.client.createRun({ ...run, input: human('twice') }));

    expect(result).toMatchObject({ __typename: 'IdempotencyConflictError', idempotencyKey: 'the key' });
  });

  test('commands on what is not there', async () => {
    const { client } = thread;
    const [run] = (await client.runs(thread.id))?.nodes ?? [];
    const notFound = (kind: string, id: string) => ({
      __typename: 'NotFoundError',
      kind,
      id,
      message: kind === 'Run' ? 'Run not found' : expect.stringContaining(id),
    });

    await storingNothing(async () => {
      for (const id of [UNKNOWN, 'no uuid']) {
        expect(await client.cancelRun(thread.id, id)).toMatchObject(notFound('Run', id));
        expect(await client.joinRun(thread.id, id)).toMatchObject(notFound('Run', id));
        expect(await client.deleteRun(thread.id, id)).toMatchObject(notFound('Run', id));
        expect(await client.updateThread(id, { a: 1 })).toMatchObject(notFound('Thread', id));
        expect(await client.deleteThread(id)).toMatchObject(notFound('Thread', id));
        expect(await client.updateThreadState({ threadId: id, values: {} })).toMatchObject(
          notFound('Thread', id),
        );
        expect(await client.thread(id)).toBeNull();
        expect(await client.run(id)).toBeNull();
        expect(await client.history(id)).toBeNull();
        expect(await client.state(thread.id, { checkpointId: id })).toBeNull();
        expect(
          await client.updateThreadState({ threadId: thread.id, values: {}, checkpointId: id }),
        ).toMatchObject(notFound('Checkpoint', id));
      }
      // A run is found in its own thread only.
      expect(await client.cancelRun(empty.id, run?.id ?? '')).toMatchObject(notFound('Run', run?.id ?? ''));
      expect(await client.joinRun(empty.id, run?.id ?? '')).toMatchObject(notFound('Run', run?.id ?? ''));
    });
  });

  test('metadata that is no object, an id that is no UUID, an id that is taken', async () => {
    const { client } = thread;
    await storingNothing(async () => {
      expect(await client.createThread({ id: 'mine' })).toMatchObject(invalid(['id'], 'must be a UUID'));
      expect(await client.createThread({ metadata: 'x' })).toMatchObject(
        invalid(['metadata'], 'must be a JSON object'),
      );
      expect(await client.updateThread(thread.id, [1])).toMatchObject(
        invalid(['metadata'], 'must be a JSON object'),
      );
      expect(await client.createThread({ id: thread.id })).toMatchObject({
        __typename: 'AlreadyExistsError',
        id: thread.id,
        message: 'Thread already exists',
      });
    });
  });

  test('a state update by a node that is not there, or that the graph does not know yet', async () => {
    await storingNothing(async () => {
      expect(
        await thread.client.updateThreadState({ threadId: thread.id, values: human('x'), asNode: 'nowhere' }),
      ).toMatchObject({
        __typename: 'ValidationError',
        message: expect.stringMatching(/./),
        issues: [{ path: ['asNode'], message: expect.stringContaining('nowhere') }],
      });
      expect(await empty.client.updateThreadState({ threadId: empty.id, values: human('x') })).toMatchObject({
        __typename: 'ValidationError',
      });
    });
  });

  test.each([
    ['a page of less than nothing', '{ threads(first: -1) { nodes { id } } }', /first/],
    ['a page of too much', '{ threads(first: 101) { nodes { id } } }', /100/],
    ['a page from both ends', '{ threads(first: 1, last: 1) { nodes { id } } }', /first.*last|last.*first/],
    ['a page after no cursor of ours', '{ threads(after: "nonsense") { nodes { id } } }', /cursor/i],
    ['an unknown field', '{ threadz { id } }', /threadz/],
    [
      'an unknown strategy',
      'mutation { createRun(threadId: "t", assistantId: "a", multitaskStrategy: MAYBE) { __typename } }',
      /MAYBE/,
    ],
    ['no operation', '', /./],
    ['an operation that does not parse', '{ threads(', /Syntax Error/],
  ])('%s', async (_what, query, message) => {
    const { body } = await storingNothing(() => post(service.url, query));

    expect(body.errors?.[0]?.message).toMatch(message);
    expect(body.errors?.[0]?.extensions['code']).toMatch(
      /^(BAD_USER_INPUT|BAD_CURSOR|GRAPHQL_PARSE_FAILED|GRAPHQL_VALIDATION_FAILED)$/,
    );
  });

  test('a body that is not JSON', async () => {
    const { status, body } = await storingNothing(() => postText(service.url, '{ "query": '));

    expect(status).toBe(400);
    expect(body.errors).toMatchObject([
      { message: expect.stringContaining('not valid JSON'), extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });

  test('an input of 33 MiB over HTTP', async () => {
    const run = {
      threadId: thread.id,
      assistantId: 'breakpoints',
      input: human('x'.repeat(33 * 1024 * 1024)),
    };
    const { status, body } = await storingNothing(() => post(service.url, CreateRunDocument.toString(), run));

    expect(status).toBe(413);
    expect(body.errors).toMatchObject([
      { message: expect.stringContaining('33554432'), extensions: { code: 'PAYLOAD_TOO_LARGE' } },
    ]);
  });

  test('an input of 33 MiB over WebSocket, which closes with 1009', async () => {
    const client = createClient({
      url: service.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    const run = {
      threadId: thread.id,
      assistantId: 'breakpoints',
      input: human('x'.repeat(33 * 1024 * 1024)),
    };
    const closed = Promise.withResolvers<number>();
    client.on('closed', (event) => closed.resolve((event as { readonly code: number }).code));

    await storingNothing(async () => {
      client.subscribe(
        { query: CreateRunDocument.toString(), variables: run },
        { next: () => closed.reject(new Error('It was taken')), error: () => {}, complete: () => {} },
      );
      expect(await closed.promise).toBe(1009);
    });
    await client.dispose();
  });
});

test('what only the reducer of a graph has against an input is the error of its run', async () => {
  const bad = await TestThread.create(service);

  const { run } = await bad.run('breakpoints', { input: { messages: [{ type: 'remove', id: 'unknown' }] } });

  expect(run).toMatchObject({
    status: 'ERROR',
    endReason: 'FAILED',
    error: { name: expect.any(String), message: expect.stringMatching(/./) },
  });
  expect(await bad.status()).toBe('ERROR');
});

test('neither input nor command goes on where the thread has a checkpoint', async () => {
  const paused = await TestThread.create(service);
  await paused.run('breakpoints', { input: human('go'), interruptBefore: ['b'] });

  await paused.run('breakpoints');

  expect((await paused.state()).values['visited']).toEqual(['a', 'b', 'c']);
});
