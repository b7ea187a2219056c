import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createClient, unwrap } from '../../src/client/public.ts';
import { built } from '../support/graphs/needs-user.ts';
import { post } from '../support/post.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { startTestService } from '../support/service.ts';
import { TestDatabase } from '../support/test-database.ts';

const graphFile = (name: string) =>
  `${fileURLToPath(new URL(`../support/graphs/${name}.ts`, import.meta.url))}:graph`;
const ALL = {
  agent: graphFile('trivial'),
  old: graphFile('trivial'),
  'needs-user': graphFile('needs-user'),
  approval: graphFile('approval'),
};
const { old: _removed, approval: _alsoRemoved, ...LEFT } = ALL;
const human = (content: string) => ({ messages: [{ role: 'user', content }] });

type Fields = {
  readonly input?: unknown;
  readonly config?: unknown;
  readonly context?: unknown;
  readonly command?: unknown;
};

/** A service on the database, with these graphs, over both of its APIs. */
async function serve(database: TestDatabase, graphs: Readonly<Record<string, string>>) {
  const logger = new RecordingLogger();
  const langgraphJson = await database.write('langgraph.json', JSON.stringify({ graphs }));
  const service = await startTestService({ database: database.url, langgraphJson, logger });
  const client = createClient({ url: service.url });
  const api = new URL(service.url).origin;
  return {
    client,
    logger,
    gql: async (query: string) =>
      (await post(service.url, query)).body as { data: never; errors?: readonly unknown[] },
    rest: async (method: string, path: string, body?: unknown) => {
      const init =
        body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
      const response = await fetch(`${api}${path}`, { method, ...init });
      return { status: response.status, body: (await response.json()) as never };
    },
    run: async (threadId: string, assistantId: string, fields: Fields) => {
      const { id } = unwrap(await client.createRun({ threadId, assistantId, ...fields }));
      return unwrap(await client.joinRun(threadId, id));
    },
    thread: async () => unwrap(await client.createThread()).id,
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

type Listed = {
  readonly thread_id: string;
  readonly values: { readonly messages: readonly unknown[] } | null;
  readonly error: unknown;
};

test('a thread whose graph was taken out of langgraph.json is read as it was stored, and writes say why they are refused', async () => {
  await using database = await TestDatabase.create();
  let kept = '';
  let orphan = '';
  let paused = '';
  {
    await using before = await serve(database, ALL);
    [kept, orphan, paused] = [await before.thread(), await before.thread(), await before.thread()];
    await before.run(kept, 'agent', { input: human('kept') });
    await before.run(orphan, 'old', { input: human('orphan') });
    await before.run(paused, 'approval', { input: human('ask me') });
  }

  await using after = await serve(database, LEFT);

  const state = await after.client.state(orphan);
  expect(state).toMatchObject({
    messages: [{ text: 'orphan' }, { __typename: 'AIMessage' }],
    next: [],
    tasks: [],
    incomplete: {
      reason: 'GRAPH_NOT_SERVED',
      message: expect.stringContaining('"old"'),
      unknown: ['next', 'tasks'],
    },
  });
  expect((await after.client.state(paused))?.interrupts).toHaveLength(1);
  expect((await after.client.history(orphan))?.nodes.at(-1)?.incomplete?.reason).toBe('GRAPH_NOT_SERVED');
  const { body: listed } = await after.rest('POST', '/threads/search', {});
  expect(
    (listed as readonly Listed[]).map(({ thread_id, values, error }) => [
      thread_id,
      values?.messages.length,
      error,
    ]),
  ).toEqual(
    expect.arrayContaining([
      [kept, 2, null],
      [orphan, 2, null],
      [paused, 2, null],
    ]),
  );
  expect(await after.rest('GET', `/threads/${orphan}/state`)).toMatchObject({
    status: 200,
    body: {
      values: { messages: [{}, {}] },
      next: [],
      error: { error: 'GraphNotServed' },
      unknown: ['next', 'tasks'],
    },
  });
  for await (const event of after.client.messages(orphan, { fromStart: true })) {
    expect(event).toMatchObject({ __typename: 'MessagesReset', messages: [{ text: 'orphan' }, {}] });
    break;
  }
  const refused = { __typename: 'ValidationError', issues: [{ message: expect.stringContaining('"old"') }] };
  expect(await after.client.updateThreadState({ threadId: orphan, values: human('no') })).toMatchObject(
    refused,
  );
  expect(
    await after.client.createRun({ threadId: orphan, assistantId: 'old', input: human('no') }),
  ).toMatchObject({
    __typename: expect.stringMatching(/^(ValidationError|NotFoundError)$/),
  });
  expect((await after.run(orphan, 'agent', { input: human('go on') })).state?.messages).toHaveLength(4);
});

test('a factory gets the configuration of the run behind a state, and what it refuses to build is read as it was stored', async () => {
  await using database = await TestDatabase.create();
  await using server = await serve(database, ALL);
  const threadId = await server.thread();
  built.length = 0;
  await server.run(threadId, 'needs-user', {
    input: human('hi'),
    config: { configurable: { user: 'ann' } },
    context: { tenant: 'x' },
  });
  expect(built.filter(({ runtime }) => runtime.accessContext === 'threads.create_run').at(-1)).toEqual({
    user: 'ann',
    runtime: {
      accessContext: 'threads.create_run',
      executionRuntime: { context: expect.objectContaining({ tenant: 'x' }) },
    },
  });
  const builds = built.length;

  // Values and messages need no graph.
  expect((await server.rest('GET', `/threads/${threadId}`)).body).toMatchObject({
    values: { messages: [{}, {}] },
    error: null,
  });
  expect(await server.gql('{ threads { nodes { messages { text } } } }')).toMatchObject({
    data: { threads: { nodes: [{ messages: [{ text: 'hi' }, { text: 'for ann' }] }] } },
  });
  expect(built).toHaveLength(builds);

  expect(await server.client.state(threadId)).toMatchObject({ next: [], incomplete: null });
  expect(built.at(-1)).toEqual({
    user: 'ann',
    runtime: { accessContext: 'threads.read', executionRuntime: null },
  });
  expect(
    await server.client.updateThreadState({ threadId, values: human('more'), asNode: 'reply' }),
  ).toMatchObject({
    __typename: 'ThreadState',
  });
  expect(built.some(({ runtime }) => runtime.accessContext === 'threads.update')).toBe(true);

  // A copy has no run, so no configuration.
  const copy = unwrap(await server.client.copyThread(threadId)).id;
  const incomplete = {
    reason: 'GRAPH_FAILED',
    message: expect.stringContaining('a user is required'),
    unknown: ['next', 'tasks'],
  };
  expect(await server.client.state(copy)).toMatchObject({ messages: [{}, {}, { text: 'more' }], incomplete });
  expect(await server.client.updateThreadState({ threadId: copy, values: human('no') })).toMatchObject({
    __typename: 'ValidationError',
    issues: [{ message: expect.stringContaining('a user is required') }],
  });
  expect(
    await server.client.createRun({ threadId: copy, assistantId: 'needs-user', command: { resume: 1 } }),
  ).toMatchObject({
    __typename: 'ValidationError',
    issues: [{ message: expect.stringContaining('a user is required') }],
  });
  const logged = server.logger.at('error');
  expect(logged).toEqual([]);
});

test('a damaged checkpoint costs only what is damaged: lists and the state have the rest, and runs are refused', async () => {
  await using database = await TestDatabase.create();
  let intact = '';
  let damaged = '';
  let headless = '';
  {
    await using before = await serve(database, ALL);
    [intact, damaged, headless] = [await before.thread(), await before.thread(), await before.thread()];
    for (const id of [intact, damaged, headless])
      await before.run(id, 'agent', { input: human(`hello from a thread that is ${'x'.repeat(80)}`) });
  }
  await database.query(`update blob set data = '[{"broken' where thread_id = '${damaged}' returning id`);
  await database.query(
    `delete from checkpoint where thread_id = '${headless}' and checkpoint_id = (select checkpoint_id from checkpoint_head where thread_id = '${headless}' and ns = '') returning thread_id`,
  );

  await using after = await serve(database, ALL);

  expect((await after.client.threads()).nodes).toHaveLength(3);
  expect(await after.gql('{ threads { nodes { id messages { text } } } }')).toMatchObject({
    data: {
      threads: {
        nodes: expect.arrayContaining([
          expect.objectContaining({ id: intact, messages: [{}, {}].map(() => expect.anything()) }),
        ]),
      },
    },
  });
  const { status, body } = await after.rest('POST', '/threads/search', {});
  expect(status).toBe(200);
  const byId = new Map((body as readonly Listed[]).map((thread) => [thread.thread_id, thread]));
  expect(byId.get(intact)).toMatchObject({ values: { messages: [{}, {}] }, error: null });
  expect(byId.get(damaged)).toMatchObject({ error: { error: 'CheckpointDamaged' } });
  expect(byId.get(headless)?.values?.messages.length).toBeGreaterThan(0);
  expect(await after.client.state(damaged)).toMatchObject({
    incomplete: { reason: 'CHECKPOINT_DAMAGED', unknown: ['next', 'tasks', 'values.messages'] },
  });
  expect(await after.client.state(headless)).toMatchObject({ incomplete: { reason: 'CHECKPOINT_DAMAGED' } });
  for (const threadId of [damaged, headless]) {
    expect(
      await after.client.createRun({ threadId, assistantId: 'agent', input: human('no') }),
    ).toMatchObject({
      __typename: 'ValidationError',
      issues: [{ message: expect.stringContaining('is damaged') }],
    });
    expect(await after.client.updateThreadState({ threadId, values: human('no') })).toMatchObject({
      __typename: 'ValidationError',
      issues: [{ message: expect.stringContaining('is damaged') }],
    });
  }
  expect(after.logger.at('error')).toContain('Stored checkpoint is damaged');
});
