import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { type InterjectClient, type Thread, unwrap } from '../../src/client/public.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { human, TestThread } from '../support/conversing.ts';
import { gate, resetGates } from '../support/gates.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { startTestService } from '../support/service.ts';
import { TestDatabase, testedDatabase } from '../support/test-database.ts';
import { until } from '../support/until.ts';

afterEach(resetGates);

const MINUTE = 60_000;
const UNKNOWN = '0198a000-0000-7000-8000-000000000000';

const statesOf = async (client: InterjectClient, threadId: string, checkpointNs?: string) =>
  (await client.history(threadId, { first: 100, ...(checkpointNs === undefined ? {} : { checkpointNs }) }))
    ?.nodes ?? [];

test('threads have the time to live that the langgraph.json says, unless they say otherwise', async () => {
  await using files = await TestDatabase.create();
  const langgraphJson = await files.write(
    'langgraph.json',
    JSON.stringify({
      graphs: { trivial: fileURLToPath(new URL('../support/graphs/trivial.ts:graph', import.meta.url)) },
      checkpointer: {
        ttl: { strategy: 'keep_latest', default_ttl: 30, sweep_interval_minutes: 1, sweep_limit: 1 },
      },
    }),
  );
  const clock = new AdvancingClock();
  await using service = await startTestService({ langgraphJson, clock });
  const kept = await TestThread.create(service);
  await kept.run('trivial', { input: human('hello') });
  const own = unwrap(await kept.client.createThread({ ttl: { minutes: 5, strategy: 'DELETE' } }));

  expect((await kept.client.thread(kept.id))?.ttl).toMatchObject({ minutes: 30, strategy: 'KEEP_LATEST' });
  expect(own.ttl).toMatchObject({ minutes: 5, strategy: 'DELETE' });
  expect(await statesOf(kept.client, kept.id)).not.toHaveLength(1);
  await clock.advance(31 * MINUTE);
  // One each minute, the longest due first.
  await until(
    () => kept.client.thread(own.id),
    (thread) => thread === null,
  );
  expect(await statesOf(kept.client, kept.id)).not.toHaveLength(1);
  await clock.advance(MINUTE);
  await until(
    () => statesOf(kept.client, kept.id),
    (states) => states.length === 1,
  );
});

describe('threads', () => {
  test('are found by id, status and values in every order, and counted', async () => {
    await using service = await startTestService();
    const [first, second, third] = [
      await TestThread.create(service),
      await TestThread.create(service),
      await TestThread.create(service),
    ];
    const { client } = first;
    await second.run('breakpoints', { input: human('go') });
    await first.run('approval', { input: human('send it') });
    await client.updateThread(third.id, { touched: true });
    const found = async (...filter: Parameters<typeof client.threads>) =>
      (await client.threads(...filter)).nodes.map(({ id }) => id);

    expect(
      await found({
        ids: [third.id, first.id, UNKNOWN, 'no uuid'],
        orderBy: { field: 'CREATED_AT', direction: 'ASC' },
      }),
    ).toEqual([first.id, third.id]);
    expect(await found({ values: { visited: ['a', 'b', 'c'] } })).toEqual([second.id]);
    expect(await found({ values: { visited: ['b'] } })).toEqual([second.id]); // containment looks into lists
    expect(await found({ values: { visited: ['d'] }, status: ['IDLE'] })).toEqual([]);
    expect(await found({ orderBy: { field: 'STATE_UPDATED_AT', direction: 'DESC' }, first: 2 })).toEqual([
      first.id,
      second.id,
    ]);
    expect(await found({ orderBy: { field: 'THREAD_ID', direction: 'ASC' } })).toEqual(
      [first.id, second.id, third.id].sort(),
    );
    // INTERRUPTED before IDLE
    expect((await found({ orderBy: { field: 'STATUS', direction: 'DESC' } }))[0]).toBe(first.id);
    expect(await client.countThreads()).toBe(3);
    expect(await client.countThreads({ values: { visited: ['a', 'b', 'c'] } })).toBe(1);
    expect(await client.countThreads({ status: ['INTERRUPTED'], ids: [first.id, third.id] })).toBe(1);
    await expect(client.threads({ values: 'text' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  test('page through what matches by values, and no place is lost between two pages', async () => {
    await using service = await startTestService();
    const threads = [];
    for (let index = 0; index < 4; index += 1) threads.push(await TestThread.create(service));
    for (const thread of threads.slice(1)) await thread.run('breakpoints', { input: human('go') });
    const { client } = threads[0]!;
    const page = (ends: object) =>
      client.threads({
        values: { visited: ['a', 'b', 'c'] },
        orderBy: { field: 'CREATED_AT', direction: 'ASC' },
        ...ends,
      });

    const first = await page({ first: 2 });
    const rest = await page({ first: 2, after: first.pageInfo.endCursor });
    const last = await page({ last: 1 });

    expect(first.nodes.map(({ id }) => id)).toEqual(threads.slice(1, 3).map(({ id }) => id));
    expect(first.pageInfo.hasNextPage).toBe(true);
    expect(rest.nodes.map(({ id }) => id)).toEqual([threads[3]!.id]);
    expect(rest.pageInfo.hasNextPage).toBe(false);
    expect(last.nodes.map(({ id }) => id)).toEqual([threads[3]!.id]);
  });

  test('are copied with state and history, also while they wait for a human; each then goes its own way', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const { client } = thread;
    await thread.run('approval', { input: human('send it') });
    const history = await statesOf(client, thread.id);

    const copy = unwrap(await client.copyThread(thread.id));
    const copied = await statesOf(client, copy.id);
    const resumed = unwrap(
      await client.createRun({ threadId: copy.id, assistantId: 'approval', command: { resume: 'yes' } }),
    );
    const joined = unwrap(await client.joinRun(copy.id, resumed.id));

    expect(copy).toMatchObject({ status: 'INTERRUPTED' });
    expect(JSON.parse(JSON.stringify(copied).replaceAll(copy.id, thread.id))).toEqual(history);
    expect(joined.state?.values).toMatchObject({ decision: 'yes' });
    expect(await statesOf(client, thread.id)).toEqual(history);
    expect(await client.copyThread(UNKNOWN)).toMatchObject({ __typename: 'NotFoundError', kind: 'Thread' });
  });

  test('are rebuilt from supersteps, at once or later; a refused superstep writes nothing', async () => {
    await using service = await startTestService();
    const { client } = await TestThread.create(service);
    const supersteps = [
      { updates: [{ values: human('go'), asNode: '__input__' }] },
      { updates: [{ values: { visited: ['by hand'] }, asNode: 'a' }] },
    ];

    const made = unwrap(await client.createThread({ metadata: { graph_id: 'breakpoints' }, supersteps }));
    const later = unwrap(
      await client.bulkUpdateThreadState(made.id, [
        { updates: [{ command: { update: { visited: ['commanded'] }, goto: 'c' }, asNode: 'b' }] },
      ]),
    );
    const before = await statesOf(client, made.id);
    const refused = await client.bulkUpdateThreadState(made.id, [
      supersteps[1]!,
      { updates: [{ values: {}, asNode: 'nobody' }] },
    ]);
    const unbound = await client.createThread({ supersteps });

    expect(before.map(({ metadata }) => (metadata as { source: string }).source)).toEqual([
      'update',
      'update',
      'input',
    ]);
    expect(later).toMatchObject({
      values: { visited: ['by hand', 'commanded'] },
      next: expect.arrayContaining(['c']),
    });
    expect(refused).toMatchObject({ __typename: 'ValidationError', issues: [{ path: ['asNode'] }] });
    expect(await statesOf(client, made.id)).toEqual(before);
    expect(await client.bulkUpdateThreadState(made.id, [])).toMatchObject({ __typename: 'ValidationError' });
    expect(await client.bulkUpdateThreadState(UNKNOWN, supersteps)).toMatchObject({
      __typename: 'NotFoundError',
    });
    expect(unbound).toMatchObject({
      __typename: 'ValidationError',
      issues: [{ message: expect.stringContaining('graph_id') }],
    });
    expect(await client.countThreads()).toBe(2);
  });
});

describe('pruning', () => {
  test('keeps the newest state, with the pause that it is in, and the thread goes on from there', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const { client } = thread;
    await thread.run('trivial', { input: human('one') });
    const paused = await thread.run('deep-approval', { input: human('ask') });
    const before = await thread.state({ subgraphs: true });

    const pruned = unwrap(await client.pruneThreads([thread.id, UNKNOWN, 'no uuid'], 'KEEP_LATEST'));
    const after = await thread.state({ subgraphs: true });
    const history = await statesOf(client, thread.id);
    const { run } = await thread.run('deep-approval', { command: { resume: 'fine' } });

    expect(pruned).toMatchObject({ pruned: [thread.id], busy: [] });
    expect(after).toEqual({ ...before, parentCheckpoint: null });
    expect(history.map(({ checkpoint }) => checkpoint.checkpointId)).toEqual([
      paused.state?.checkpoint.checkpointId,
    ]);
    expect(run.endReason).toBe('COMPLETED');
    expect((await thread.said()).at(-1)).toEqual(['ai', 'you said fine']);
  });

  test('tells who reads the whole log of a thread what its conversation is', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const before = await thread.client.cursor(thread.id);
    await thread.run('trivial', { input: human('one') });
    await thread.run('trivial', { input: human('two') });
    await thread.client.pruneThreads([thread.id], 'KEEP_LATEST');

    const events = [];
    for await (const event of thread.client.messages(thread.id, { after: before })) {
      events.push(event);
      if (event.__typename === 'MessagesReset') break;
    }

    expect(events.at(-1)).toMatchObject({
      messages: [{ text: 'one' }, { text: 'ok' }, { text: 'two' }, { text: 'ok' }],
    });
  });

  test('never touches a thread with an unfinished run', async () => {
    await using service = await startTestService();
    const [running, waiting, idle] = [
      await TestThread.create(service),
      await TestThread.create(service),
      await TestThread.create(service),
    ];
    const { client } = running;
    const held = gate('breakpoints:b');
    const run = await running.start('breakpoints', { input: human('go') });
    await held.reached;
    await waiting.start('trivial', { input: human('later'), afterSeconds: 1_000 });
    const all = [running.id, waiting.id, idle.id];

    const cut = unwrap(await client.pruneThreads(all, 'KEEP_LATEST'));
    const deleted = unwrap(await client.pruneThreads(all));
    held.open();

    expect(cut).toMatchObject({ pruned: [idle.id], busy: [running.id, waiting.id] });
    expect(deleted).toMatchObject({ pruned: [idle.id], busy: [running.id, waiting.id] });
    expect(await running.join(run)).toMatchObject({
      run: { endReason: 'COMPLETED' },
      state: { values: { visited: ['a', 'b', 'c'] } },
    });
    expect(await statesOf(client, running.id)).toHaveLength(5);
    expect(await client.thread(idle.id)).toBeNull();
  });

  test('of a thread that is followed completes its subscriptions', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const after = await thread.client.cursor(thread.id);
    await thread.run('trivial', { input: human('hi') });
    const events = thread.client.threadEvents(thread.id, { after });
    for (let event = await events.next(); event.value?.__typename !== 'RunEnded'; )
      event = await events.next();

    await thread.client.pruneThreads([thread.id]);

    expect((await events.next()).done).toBe(true);
  });
});

describe('a time to live', () => {
  /** A service whose sweep is under the test's clock. */
  async function aging() {
    const clock = new AdvancingClock();
    // no lease ends while the clock is put forward
    const service = await startTestService({ clock, config: { leaseMs: 24 * 60 * MINUTE } });
    return { clock, service, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() };
  }
  const gone = (client: InterjectClient, id: string): Promise<Thread | null> =>
    until(
      () => client.thread(id),
      (thread) => thread === null,
    );

  test('is shown, set, changed and taken away', async () => {
    await using service = await startTestService();
    const { client } = await TestThread.create(service);

    const made = unwrap(await client.createThread({ ttl: { minutes: 30 } }));
    const changed = unwrap(
      await client.updateThread(made.id, undefined, { minutes: 0.5, strategy: 'KEEP_LATEST' }),
    );
    const kept = unwrap(await client.updateThread(made.id, { a: 1 }));
    const none = unwrap(await client.updateThread(made.id, undefined, null));

    expect(made.ttl).toMatchObject({ strategy: 'DELETE', minutes: 30 });
    expect(Date.parse(String(made.ttl?.expiresAt)) - Date.parse(String(made.createdAt))).toBe(30 * MINUTE);
    expect(changed.ttl).toMatchObject({ strategy: 'KEEP_LATEST', minutes: 0.5 });
    expect(kept).toMatchObject({ metadata: { a: 1 }, ttl: changed.ttl });
    expect(none).toMatchObject({ metadata: { a: 1 }, ttl: null });
    for (const minutes of [0, -1, 1e9])
      expect(await client.createThread({ ttl: { minutes } })).toMatchObject({
        __typename: 'ValidationError',
        issues: [{ path: ['ttl', 'minutes'] }],
      });
  });

  test('counts anew from each run and each update of the state, and then the thread goes', async () => {
    await using scene = await aging();
    const { clock, service } = scene;
    const { client } = await TestThread.create(service);
    const { id } = unwrap(await client.createThread({ ttl: { minutes: 10 } }));
    const expiries: number[] = [];
    const note = async () => expiries.push(Date.parse(String((await client.thread(id))?.ttl?.expiresAt)));

    await note();
    await clock.advance(6 * MINUTE);
    const run = unwrap(await client.createRun({ threadId: id, assistantId: 'trivial', input: human('hi') }));
    await client.joinRun(id, run.id);
    await note();
    await clock.advance(6 * MINUTE);
    unwrap(await client.updateThreadState({ threadId: id, values: human('edited'), asNode: 'reply' }));
    await note();
    await clock.advance(6 * MINUTE);
    await client.updateThread(id, { looked: 'at' }); // is no activity
    await note();

    expect(expiries[1]! - expiries[0]!).toBeGreaterThanOrEqual(6 * MINUTE);
    expect(expiries[2]! - expiries[1]!).toBeGreaterThanOrEqual(6 * MINUTE);
    expect(expiries[3]).toBe(expiries[2]);
    await clock.advance(6 * MINUTE);
    await gone(client, id);
    expect(await client.run(run.id)).toBeNull();
  });

  test('with KEEP_LATEST leaves the newest state, once, and counts again from the next run', async () => {
    await using scene = await aging();
    const { clock, service } = scene;
    const thread = await TestThread.create(service);
    const { client } = thread;
    await client.updateThread(thread.id, undefined, { minutes: 10, strategy: 'KEEP_LATEST' });
    await thread.run('breakpoints', { input: human('go') });
    const before = await thread.state();

    await clock.advance(11 * MINUTE);
    await until(
      () => statesOf(client, thread.id),
      (states) => states.length === 1,
    );

    expect(await thread.state()).toEqual({ ...before, parentCheckpoint: null });
    expect((await client.thread(thread.id))?.ttl).toEqual({
      strategy: 'KEEP_LATEST',
      minutes: 10,
      expiresAt: null,
    });
    await thread.run('trivial', { input: human('again') });
    expect((await client.thread(thread.id))?.ttl?.expiresAt).not.toBeNull();
    expect((await statesOf(client, thread.id)).length).toBeGreaterThan(2);
  });

  test('does not cut a run that takes longer', async () => {
    await using scene = await aging();
    const { clock, service } = scene;
    const [long, witness] = [await TestThread.create(service), await TestThread.create(service)];
    const { client } = long;
    await client.updateThread(long.id, undefined, { minutes: 10 });
    const held = gate('breakpoints:b');
    const run = await long.start('breakpoints', { input: human('go') });
    await held.reached;
    await client.updateThread(witness.id, undefined, { minutes: 10 });

    await clock.advance(11 * MINUTE);
    await gone(client, witness.id); // the same sweep has passed the other one over
    held.open();

    expect((await long.join(run)).run.endReason).toBe('COMPLETED');
    expect(Date.parse(String((await client.thread(long.id))?.ttl?.expiresAt))).toBeGreaterThan(
      clock.now().getTime(),
    );
  });

  test.runIf(testedDatabase === 'postgres')(
    'is seen to by several processes at once, each thread once',
    async () => {
      await using database = await TestDatabase.create();
      const clock = new AdvancingClock();
      database.follow(clock);
      const logger = new RecordingLogger();
      await using one = await startTestService({ database: database.url, clock, logger });
      await using _other = await startTestService({
        database: database.url,
        clock,
        logger,
        config: { workerId: 'other' },
      });
      const { client } = await TestThread.create(one);
      for (let index = 0; index < 20; index += 1)
        unwrap(
          await client.createThread({
            ttl: { minutes: 5, strategy: index % 2 === 0 ? 'DELETE' : 'KEEP_LATEST' },
          }),
        );

      await clock.advance(6 * MINUTE);
      await until(
        async () => [
          await client.countThreads(),
          (await client.threads({ first: 100 })).nodes.filter(({ ttl }) => ttl?.expiresAt != null).length,
        ],
        ([count, due]) => count === 11 && due === 0,
      );

      expect(logger.at('error')).toEqual([]);
    },
  );
});

describe('a subgraph', () => {
  test('has a state and a history of its own, which can be written while it waits', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const { client } = thread;
    const paused = await thread.run('deep-approval', { input: human('ask') });
    const middleNs = paused.state?.tasks[0]?.checkpoint?.checkpointNs ?? '';
    const middle = await client.state(thread.id, { checkpointNs: middleNs });
    const inmostNs = middle?.tasks[0]?.checkpoint?.checkpointNs ?? '';

    const inmost = await client.state(thread.id, { checkpointNs: inmostNs });
    const history = await statesOf(client, thread.id, inmostNs);
    const written = unwrap(
      await client.updateThreadState({
        threadId: thread.id,
        checkpointNs: inmostNs,
        values: { messages: [{ type: 'ai', content: 'corrected', id: inmost?.messages.at(-1)?.id }] },
      }),
    );
    await thread.run('deep-approval', { command: { resume: 'fine' } });

    expect(inmost).toMatchObject({
      next: ['ask'],
      checkpoint: { checkpointNs: inmostNs },
      interrupts: [{ value: 'Well?' }],
    });
    expect(history.map(({ next }) => next)).toEqual([['ask'], ['prepare'], ['__start__']]);
    expect(
      await client.state(thread.id, {
        checkpointNs: inmostNs,
        checkpointId: history[1]!.checkpoint.checkpointId,
      }),
    ).toEqual(history[1]);
    expect(written.checkpoint.checkpointNs).toBe(inmostNs);
    expect(await thread.said()).toEqual([
      ['human', 'ask'],
      ['ai', 'corrected'],
      ['ai', 'you said fine'],
    ]);
    expect(await client.state(thread.id, { checkpointNs: 'nowhere:1' })).toBeNull();
  });
});

describe('runs without a thread', () => {
  test('run on one that nobody finds after them, unless it is kept', async () => {
    await using service = await startTestService();
    const { client } = await TestThread.create(service);

    const run = unwrap(
      await client.createStatelessRun({ assistantId: 'trivial', input: human('hi'), keepThread: false }),
    );
    const kept = unwrap(
      await client.createStatelessRun({ assistantId: 'trivial', input: human('hi'), keepThread: true }),
    );
    const joined = unwrap(await client.joinRun(run.threadId, run.id));
    await client.joinRun(kept.threadId, kept.id);

    expect(joined).toMatchObject({
      run: { status: 'SUCCESS' },
      state: { messages: [{ text: 'hi' }, { text: 'ok' }] },
    });
    expect(await client.thread(run.threadId)).toBeNull();
    expect(await client.thread(kept.threadId)).toMatchObject({ status: 'IDLE' });
    expect(await client.createStatelessRun({ assistantId: 'nobody', keepThread: false })).toMatchObject({
      __typename: 'NotFoundError',
      kind: 'Assistant',
    });
    expect(
      await client.createStatelessRun({
        assistantId: 'trivial',
        input: human('hi'),
        afterSeconds: -1,
        keepThread: false,
      }),
    ).toMatchObject({
      __typename: 'ValidationError',
      issues: [{ path: ['runs', '0', 'afterSeconds'] }],
    });
  });

  test('are made in their order, all or none', async () => {
    await using service = await startTestService();
    const { client } = await TestThread.create(service);
    const asked = [1, 2, 3].map((place) => ({
      assistantId: 'trivial',
      input: human('hi'),
      metadata: { place },
      keepThread: true,
    }));

    const { runs } = unwrap(await client.createStatelessRuns(asked));
    for (const run of runs) await client.joinRun(run.threadId, run.id);
    const before = await client.countThreads();
    const refused = await client.createStatelessRuns([asked[0]!, { ...asked[1]!, assistantId: 'nobody' }]);
    const invalid = await client.createStatelessRuns([asked[0]!, { ...asked[1]!, timeoutSeconds: 0 }]);

    expect(runs.map(({ metadata }) => metadata)).toMatchObject([{ place: 1 }, { place: 2 }, { place: 3 }]);
    expect(refused).toMatchObject({ __typename: 'NotFoundError', kind: 'Assistant', id: 'nobody' });
    expect(invalid).toMatchObject({
      __typename: 'ValidationError',
      issues: [{ path: ['runs', '1', 'timeoutSeconds'] }],
    });
    expect(await client.createStatelessRuns([])).toMatchObject({ __typename: 'ValidationError' });
    expect(await client.countThreads()).toBe(before);
  });
});

describe('many runs at once', () => {
  test('are cancelled by id, or by status', async () => {
    await using service = await startTestService();
    const [first, second] = [await TestThread.create(service), await TestThread.create(service)];
    const { client } = first;
    const held = gate('breakpoints:b');
    const running = await first.start('breakpoints', { input: human('go') });
    await held.reached;
    const [early, late] = [
      await first.start('trivial', { input: human('a') }),
      await first.start('trivial', { input: human('b') }),
    ];
    const elsewhere = await second.start('trivial', { input: human('c'), afterSeconds: 1_000 });

    const named = unwrap(
      await client.cancelRuns({ threadId: first.id, runIds: [early.id, elsewhere.id, UNKNOWN] }),
    );
    const pending = unwrap(await client.cancelRuns({ status: ['PENDING'], action: 'ROLLBACK' }));
    const rest = unwrap(await client.cancelRuns({ status: ['RUNNING', 'PENDING'] }));

    expect(named.runs).toMatchObject([{ id: early.id, status: 'INTERRUPTED', endReason: 'CANCELLED' }]);
    expect(pending.runs.map(({ id }) => id).sort()).toEqual([late.id, elsewhere.id].sort());
    expect(await client.run(late.id)).toBeNull();
    expect(rest.runs.map(({ id }) => id)).toEqual([running.id]);
    expect((await first.join(running)).run).toMatchObject({ status: 'INTERRUPTED', endReason: 'CANCELLED' });
    expect(await client.cancelRuns({})).toMatchObject({ __typename: 'ValidationError' });
    expect(await client.cancelRuns({ status: ['SUCCESS'] })).toMatchObject({
      __typename: 'ValidationError',
      issues: [{ path: ['status'] }],
    });
    expect(await client.cancelRuns({ status: ['PENDING'], threadId: first.id, runIds: [] })).toMatchObject({
      __typename: 'ValidationError',
    });
  });
});
