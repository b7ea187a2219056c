import { afterEach, describe, expect, test } from 'vitest';
import { createClient, type Page, unwrap } from '../../src/client/public.ts';
import { defaultAssistantId } from '../../src/domain/ids.ts';
import { human, TestThread } from '../support/conversing.ts';
import { gate, resetGates } from '../support/gates.ts';
import { post } from '../support/post.ts';
import { startTestService } from '../support/service.ts';
import { TestDatabase } from '../support/test-database.ts';
import { laterMillisecond } from '../support/until.ts';

afterEach(resetGates);

type Ends = {
  readonly first?: number;
  readonly last?: number;
  readonly after?: string;
  readonly before?: string;
};

/** All pages of a connection, forwards and backwards; each must agree with its pageInfo. */
async function pagesOf<Node>(
  size: number,
  read: (ends: Ends) => Promise<Page<Node>>,
): Promise<{ forwards: Node[][]; backwards: Node[][] }> {
  const forwards: Node[][] = [];
  for (let after: string | undefined; ; ) {
    const { nodes, pageInfo } = await read({ first: size, ...(after === undefined ? {} : { after }) });
    expect(pageInfo.hasPreviousPage).toBe(forwards.length > 0);
    forwards.push([...nodes]);
    if (!pageInfo.hasNextPage) break;
    after = pageInfo.endCursor ?? undefined;
  }
  const backwards: Node[][] = [];
  for (let before: string | undefined; ; ) {
    const { nodes, pageInfo } = await read({ last: size, ...(before === undefined ? {} : { before }) });
    expect(pageInfo.hasNextPage).toBe(backwards.length > 0);
    backwards.unshift([...nodes]);
    if (!pageInfo.hasPreviousPage) break;
    before = pageInfo.startCursor ?? undefined;
  }
  return { forwards, backwards };
}

describe('threads', () => {
  test('page both ways in every order, and are filtered by status and metadata', async () => {
    await using service = await startTestService();
    const client = createClient({ url: service.url });
    const made: string[] = [];
    for (let index = 0; index < 7; index += 1) {
      made.push(
        unwrap(
          await client.createThread({
            metadata: { index, team: index % 2 === 0 ? 'even' : 'odd', deep: { a: index } },
          }),
        ).id,
      );
      await laterMillisecond(); // ids are random: threads of one millisecond have no order of their own
    }
    await client.updateThread(made[0] ?? '', { touched: true });
    const idsOf = (pages: { readonly id: string }[][]) => pages.map((page) => page.map(({ id }) => id));
    const page = (direction: 'ASC' | 'DESC') => (ends: Ends) =>
      client.threads({ ...ends, orderBy: { field: 'CREATED_AT', direction } }) as Promise<
        Page<{ readonly id: string }>
      >;

    const ascending = await pagesOf(3, page('ASC'));
    const descending = await pagesOf(3, page('DESC'));
    const newest = await client.threads({});

    expect(idsOf(ascending.forwards)).toEqual([made.slice(0, 3), made.slice(3, 6), made.slice(6)]);
    expect(idsOf(ascending.backwards).flat()).toEqual(made);
    expect(idsOf(descending.forwards).flat()).toEqual([...made].reverse());
    expect(newest.nodes[0]?.id).toBe(made[0]); // by default the one that changed last
    expect((await client.threads({ metadata: { team: 'odd' } })).nodes).toHaveLength(3);
    expect((await client.threads({ metadata: { deep: { a: 4 } } })).nodes.map(({ id }) => id)).toEqual([
      made[4],
    ]);
    expect((await client.threads({ metadata: { team: 'none' } })).nodes).toEqual([]);
  });

  test('have the status of their runs, by which they can be found', async () => {
    await using service = await startTestService();
    const { client } = await TestThread.create(service);
    const [busy, paused, failed, timedOut, delayed] = await Promise.all(
      Array.from({ length: 5 }, () => TestThread.create(service)),
    );
    const held = gate('breakpoints:b', { holds: 2 });
    const running = await busy!.start('breakpoints', { input: human('a') });
    await held.reached;
    await timedOut!.run('breakpoints', { input: human('a'), timeoutSeconds: 0.05 });
    await paused!.run('approval', { input: human('a') });
    await failed!.run('failing', { input: human('a') });
    await delayed!.start('trivial', { input: human('a'), afterSeconds: 1_000 });
    const withStatus = async (...status: ('IDLE' | 'BUSY' | 'INTERRUPTED' | 'ERROR')[]) =>
      (await client.threads({ status })).nodes.map(({ id }) => id).sort();

    expect(await withStatus('BUSY')).toEqual([busy!.id, delayed!.id].sort());
    expect(await withStatus('INTERRUPTED')).toEqual([paused!.id]);
    expect(await withStatus('ERROR')).toEqual([failed!.id, timedOut!.id].sort());
    expect(await withStatus('IDLE')).toHaveLength(1);
    expect(await withStatus('IDLE', 'BUSY')).toHaveLength(3);
    expect((await client.thread(busy!.id))?.activeRun?.id).toBe(running.id);
    expect((await client.thread(delayed!.id))?.activeRun).toBeNull();
    held.open();
    await busy!.join(running);
  });

  test('are made once: ifExists says what a second time gives, and metadata is merged', async () => {
    await using service = await startTestService();
    const client = createClient({ url: service.url });
    const id = '01900000-0000-7000-8000-0000000000aa';
    const thread = unwrap(await client.createThread({ id, metadata: { a: 1, b: { c: 1 } } }));

    expect(thread).toMatchObject({ id, status: 'IDLE', metadata: { a: 1, b: { c: 1 } } });
    expect(await client.createThread({ id })).toMatchObject({ __typename: 'AlreadyExistsError', id });
    expect(await client.createThread({ id: id.toUpperCase() })).toMatchObject({
      __typename: 'AlreadyExistsError',
      id,
    });
    expect(await client.createThread({ id, metadata: { z: 1 }, ifExists: 'RETURN' })).toEqual(thread);
    expect(unwrap(await client.updateThread(id, { b: 2, d: null })).metadata).toEqual({
      a: 1,
      b: 2,
      d: null,
    });
  });
});

describe('runs', () => {
  test('page both ways in the order in which they were accepted, with totalCount and filtered by status', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const held = gate('breakpoints:a', { holds: 1 });
    const runs = [await thread.start('breakpoints', { input: human('0') })];
    await held.reached;
    for (let index = 1; index < 6; index += 1)
      runs.push(await thread.start('trivial', { input: human(String(index)) }));
    const ids = runs.map(({ id }) => id);
    const read = async (ends: Ends) => {
      const page = await thread.client.runs(thread.id, ends);
      expect(page?.totalCount).toBe(6);
      return page as Page<{ readonly id: string; readonly queuePosition: number | null }>;
    };

    const { forwards, backwards } = await pagesOf(4, read);
    const pending = await thread.client.runs(thread.id, { status: ['PENDING'] });

    expect(forwards.map((page) => page.map(({ id }) => id))).toEqual([ids.slice(0, 4), ids.slice(4)]);
    expect(backwards.flat().map(({ id }) => id)).toEqual(ids);
    expect(forwards.flat().map(({ queuePosition }) => queuePosition)).toEqual([null, 1, 2, 3, 4, 5]);
    expect(pending?.totalCount).toBe(5);
    held.open();
    await thread.join(runs.at(-1)!);
    expect((await thread.client.runs(thread.id, { status: ['SUCCESS'] }))?.totalCount).toBe(6);
    expect((await thread.client.runs(thread.id, { status: ['ERROR', 'TIMEOUT'] }))?.totalCount).toBe(0);
  });
});

describe('assistants and the server', () => {
  test('each graph has a default assistant, found by its name and by the id that the protocol derives from it', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const id = defaultAssistantId('echo');
    const query = 'query($id: ID!) { assistant(id: $id) { id graphId name metadata createdAt } }';

    const byName = await post(service.url, query, { id: 'echo' });
    const byId = await post(service.url, query, { id });
    const nobody = await post(service.url, query, { id: 'nobody' });
    const run = await thread.run(id, { input: human('hi') });

    expect(byName.body.data?.['assistant']).toMatchObject({ id, graphId: 'echo', name: 'echo' });
    expect(byId.body).toEqual(byName.body);
    expect(nobody.body).toEqual({ data: { assistant: null } });
    expect(run.run).toMatchObject({ status: 'SUCCESS', assistantId: id });
    // The id that LangGraph's own servers give to a graph called `agent` (a version 5 UUID of its name).
    expect(defaultAssistantId('agent')).toBe('fe096781-5601-53d2-b2f6-0d3403f7e9ca');
  });

  test('the server tells its version and its graphs', async () => {
    await using service = await startTestService();

    const { body } = await post(service.url, '{ server { version graphs } }');

    expect(body.data?.['server']).toMatchObject({
      version: '0.0.0-test',
      graphs: expect.arrayContaining(['echo', 'trivial', 'factory']),
    });
  });

  test.each([
    ['an uncompiled graph', 'uncompiled', {}, 'compiled'],
    [
      'an asynchronous function of the config',
      'factory',
      { config: { configurable: { flavour: 'mint' } } },
      'mint',
    ],
    ['what createAgent returns', 'create-agent', {}, 'An agent answers.'],
  ])('%s runs like any other', async (_what, assistantId, request, answer) => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);

    await thread.run(assistantId, { input: human('hi'), ...request });

    expect((await thread.said()).at(-1)).toEqual(['ai', answer]);
  });
});

test('everything survives a restart', async () => {
  await using database = await TestDatabase.create();
  const everything = async (url: string, threadId: string) => {
    const client = createClient({ url });
    return {
      thread: await client.thread(threadId),
      runs: await client.runs(threadId),
      state: await client.state(threadId, { subgraphs: true }),
      history: await client.history(threadId, { first: 100 }),
    };
  };
  let threadId = '';
  let before: Awaited<ReturnType<typeof everything>>;
  {
    await using service = await startTestService({ database: database.url });
    const thread = await TestThread.create(service);
    threadId = thread.id;
    await thread.client.updateThread(thread.id, { kept: true });
    await thread.run('two-tools', { input: human('one') });
    await thread.run('nested', { input: human('two'), metadata: { of: 'run' } });
    await thread.run('approval', { input: human('three') });
    before = await everything(service.url, threadId);
  }

  await using service = await startTestService({ database: database.url });

  expect(await everything(service.url, threadId)).toEqual(before);
  const resumed = await createClient({ url: service.url }).createRun({
    threadId,
    assistantId: 'approval',
    command: { resume: 'yes' },
  });
  expect(
    unwrap(await createClient({ url: service.url }).joinRun(threadId, unwrap(resumed).id)).run.status,
  ).toBe('SUCCESS');
});
