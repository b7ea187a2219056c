import { afterEach, expect, test } from 'vitest';
import { createClient, unwrap } from '../../src/client/public.ts';
import { gate, resetGates } from '../support/gates.ts';
import { post } from '../support/post.ts';
import { startTestService } from '../support/service.ts';
import { TestDatabase } from '../support/test-database.ts';
import { until } from '../support/until.ts';

afterEach(resetGates);

const human = (content: string) => ({ messages: [{ role: 'user', content }] });

/** A service whose stored rows the test may damage. */
async function serve() {
  const database = await TestDatabase.create();
  const service = await startTestService({ database: database.url });
  const client = createClient({ url: service.url });
  const api = new URL(service.url).origin;
  return {
    client,
    /** Makes the column's text no JSON. */
    damage: (table: string, column: string, id: string) =>
      database.query(`update ${table} set ${column} = '{"a":' where id = '${id}' returning id`),
    gql: async (query: string) =>
      (await post(service.url, query)).body as unknown as {
        data: never;
        errors?: readonly { readonly message: string }[];
      },
    rest: async (method: string, path: string, body?: unknown) => {
      const init =
        body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
      const response = await fetch(`${api}${path}`, { method, ...init });
      return { status: response.status, body: (await response.json()) as readonly Record<string, unknown>[] };
    },
    thread: async () => unwrap(await client.createThread({ metadata: { mine: true } })).id,
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

const DAMAGED = { error: 'DamagedRowError', message: expect.stringContaining('metadata') };

test('a waiting run whose configuration is damaged fails by itself, and hinders neither its thread nor others', async () => {
  await using served = await serve();
  const { client } = served;
  const [thread, other] = [await served.thread(), await served.thread()];
  const start = gate('echo:0');
  const held = unwrap(
    await client.createRun({ threadId: thread, assistantId: 'echo', input: human('first') }),
  );
  await start.reached;
  const waiting = unwrap(
    await client.createRun({ threadId: thread, assistantId: 'trivial', input: human('second') }),
  );
  await served.damage('run', 'config', waiting.id);
  start.open();

  unwrap(await client.joinRun(thread, held.id));
  const { data } = await until(
    () => served.gql(`{ run(id: "${waiting.id}") { status endReason error { name message } } }`),
    ({ data }) => (data as { run: { status: string } }).run.status === 'ERROR',
  );
  expect(data).toMatchObject({
    run: {
      endReason: 'FAILED',
      error: { name: 'DamagedRowError', message: expect.stringContaining('config') },
    },
  });
  for (const threadId of [thread, other]) {
    const { id } = unwrap(
      await client.createRun({ threadId, assistantId: 'trivial', input: human('third') }),
    );
    expect(unwrap(await client.joinRun(threadId, id)).run.status).toBe('SUCCESS');
  }
});

test('lists show the other objects, and say of the damaged one what is wrong', async () => {
  await using served = await serve();
  const { client } = served;
  const [good, bad] = [await served.thread(), await served.thread()];
  for (const threadId of [good, bad]) {
    const { id } = unwrap(
      await client.createRun({ threadId, assistantId: 'trivial', input: human('hello') }),
    );
    unwrap(await client.joinRun(threadId, id));
  }
  const runs = await served.rest('GET', `/threads/${good}/runs`);
  const extra = unwrap(
    await client.createRun({ threadId: good, assistantId: 'trivial', input: human('again') }),
  );
  unwrap(await client.joinRun(good, extra.id));
  const assistants = await Promise.all(
    ['one', 'two'].map((name) => served.rest('POST', '/assistants', { graph_id: 'trivial', name })),
  );
  const crons = await Promise.all(
    [1, 2].map(() =>
      served.rest('POST', '/runs/crons', { assistant_id: 'trivial', schedule: '0 0 1 1 *', input: {} }),
    ),
  );
  const idOf = (answer: { body: unknown }, name: string) =>
    (answer.body as Record<string, string>)[name] as string;
  const damagedAssistant = idOf(assistants[0]!, 'assistant_id');
  const damagedCron = idOf(crons[0]!, 'cron_id');
  await served.damage('thread', 'metadata', bad);
  await served.damage('run', 'metadata', extra.id);
  await served.damage('assistant', 'metadata', damagedAssistant);
  await served.damage('cron', 'metadata', damagedCron);

  const expected = [
    { list: await served.rest('POST', '/threads/search', {}), key: 'thread_id', damaged: bad, count: 2 },
    {
      list: await served.rest('GET', `/threads/${good}/runs`),
      key: 'run_id',
      damaged: extra.id,
      count: runs.body.length + 1,
    },
    {
      list: await served.rest('POST', '/assistants/search', { graph_id: 'trivial' }),
      key: 'assistant_id',
      damaged: damagedAssistant,
      count: 3,
    },
    {
      list: await served.rest('POST', '/runs/crons/search', {}),
      key: 'cron_id',
      damaged: damagedCron,
      count: 2,
    },
  ];
  for (const { list, key, damaged, count } of expected) {
    expect(list.status).toBe(200);
    expect(list.body).toHaveLength(count);
    expect(list.body.filter(({ error }) => error != null)).toEqual([
      expect.objectContaining({ [key]: damaged, error: DAMAGED, metadata: null }),
    ]);
  }
  const { data, errors } = await served.gql(
    `{ threads { nodes { id metadata } } assistants { nodes { id metadata } } crons { nodes { id metadata } } thread(id: "${good}") { runs { nodes { id metadata } } } }`,
  );
  const nullsOf = (connection: { nodes: readonly unknown[] }) =>
    connection.nodes.filter((node) => node === null).length;
  const lists = data as { threads: never; assistants: never; crons: never; thread: { runs: never } };
  expect([lists.threads, lists.assistants, lists.crons, lists.thread.runs].map(nullsOf)).toEqual([
    1, 1, 1, 1,
  ]);
  expect(errors).toHaveLength(4);
  for (const { message } of errors ?? []) expect(message).toContain('metadata cannot be read');

  unwrap(await client.updateThread(bad, { healed: true }));
  expect((await served.gql(`{ thread(id: "${bad}") { metadata } }`)).data).toEqual({
    thread: { metadata: { healed: true } },
  });
});
