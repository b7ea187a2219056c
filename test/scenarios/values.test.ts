import { expect, test } from 'vitest';
import { unwrap } from '../../src/client/public.ts';
import type { Service } from '../../src/service.ts';
import { TestThread } from '../support/conversing.ts';
import { startTestService } from '../support/service.ts';
import { TestDatabase } from '../support/test-database.ts';

const gadget = (...path: string[]) => ({
  lc: 1,
  type: 'constructor',
  id: ['langchain_core', ...path],
  kwargs: {},
});
const loader = gadget('document_loaders', 'langsmith', 'LangSmithLoader');
/** JSON that a serializer could take for something else. */
const TELLING = {
  loader,
  list: [
    gadget('no', 'such', 'Thing'),
    { lc: 1, type: 'secret', id: ['PATH'] },
    { lc: 2, type: 'undefined' },
    { __lc_escaped__: { lc: 1 } },
  ],
  nested: {
    lc: 1,
    type: 'constructor',
    id: ['langchain_core', 'messages', 'HumanMessage'],
    kwargs: { content: 'x', loader },
  },
  send: { lg_name: 'Send', node: 'x', args: 1, more: 2 },
  proto: JSON.parse('{"__proto__":{"lc":1},"toJSON":"x","constructor":{"prototype":1}}'),
  text: '\ud83d and \0',
};
/** As far as this test reads it. */
type Said = {
  readonly content: readonly { readonly data: unknown }[];
  readonly additional_kwargs: { readonly given: unknown };
  readonly response_metadata: { readonly given: unknown };
  readonly tool_calls: readonly { readonly args: unknown }[];
  readonly artifact: unknown;
};
type Values = {
  readonly messages: readonly Said[];
  readonly data: Readonly<Record<string, unknown>>;
  readonly result: unknown;
};

const nested = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = { a: value };
  return value;
};

test('what clients send is data, in every place, before and after a restart', async () => {
  await using database = await TestDatabase.create();
  process.env['LANGSMITH_API_KEY'] = 'lsv2_CANARY';
  try {
    const first = await startTestService({ database: database.url });
    const message = {
      type: 'human',
      id: 'h',
      content: [{ type: 'json', data: TELLING }],
      additional_kwargs: { given: TELLING },
      response_metadata: { given: TELLING },
    };
    const call = { id: 'c', name: 'f', type: 'tool_call', args: TELLING };
    const messages = [
      message,
      { type: 'ai', id: 'a', content: '', tool_calls: [call] },
      { type: 'tool', id: 't', content: '', tool_call_id: 'c', artifact: TELLING },
    ];
    const thread = await TestThread.create(first);
    await thread.run('odd-values', {
      input: { messages, data: { given: TELLING } },
      metadata: { given: TELLING },
      context: TELLING,
    });
    unwrap(
      await thread.client.updateThreadState({
        threadId: thread.id,
        values: { result: TELLING },
        asNode: 'after',
      }),
    );
    unwrap(await thread.client.putStoreItem({ namespace: ['n'], key: 'k', value: TELLING }));
    const copy = unwrap(await thread.client.copyThread(thread.id));
    await expectAllData(first, thread.id);
    await first.stop('restart');

    await using second = await startTestService({ database: database.url });

    await expectAllData(second, thread.id);
    await expectAllData(second, copy.id);
    const client = (await TestThread.create(second)).client;
    const item = await client.storeItem(['n'], 'k');
    expect(JSON.stringify(item?.value)).toBe(JSON.stringify(TELLING));
  } finally {
    delete process.env['LANGSMITH_API_KEY'];
  }
});

async function expectAllData(service: Service, threadId: string): Promise<void> {
  const response = await fetch(`${new URL(service.url).origin}/threads/${threadId}/state`);
  const text = await response.text();
  expect(response.status).toBe(200);
  expect(text).not.toContain('CANARY');
  const { values, metadata } = JSON.parse(text) as { values: Values; metadata: Record<string, unknown> };
  const [human, ai, tool] = values.messages as [Said, Said, Said];
  const given = [
    values.data['given'],
    values.result,
    human.content[0]?.data,
    human.additional_kwargs.given,
    human.response_metadata.given,
  ];
  for (const one of [...given, ai.tool_calls[0]?.args, tool.artifact])
    expect(JSON.stringify(one)).toBe(JSON.stringify(TELLING));
  expect(metadata['source']).toBeDefined();
}

test('JSON of any depth up to the limit is read after a restart; deeper is refused with its place on every door', async () => {
  await using database = await TestDatabase.create();
  const first = await startTestService({ database: database.url });
  const thread = await TestThread.create(first);
  const deepest = {
    messages: [{ type: 'human', id: 'h', content: 'x', additional_kwargs: nested(197) }],
    data: nested(199),
  };

  await thread.run('odd-values', { input: deepest });
  const refused = await Promise.all([
    thread.client
      .createRun({ threadId: thread.id, assistantId: 'odd-values', input: { data: nested(200) } })
      .catch(String),
    rest(first, `/threads/${thread.id}/runs`, { assistant_id: 'odd-values', input: { data: nested(200) } }),
    rest(
      first,
      `/threads/${thread.id}/runs`,
      `{"assistant_id":"odd-values","command":{"resume":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}}`,
    ),
    rest(first, `/threads/${thread.id}/state`, { values: { data: nested(200) } }),
    rest(first, '/store/items', { namespace: ['n'], key: 'k', value: nested(201) }, 'PUT'),
    rest(first, `/threads/${thread.id}/commands`, {
      id: 1,
      method: 'run.start',
      params: { assistant_id: 'odd-values', input: nested(201) },
    }),
  ]);
  await first.stop('restart');

  for (const answer of refused)
    expect(JSON.stringify(answer)).toMatch(
      /JSON must not be nested deeper than 200 levels \(exceeded at (data\.)?a\.a\.a/,
    );
  await using second = await startTestService({ database: database.url });
  const { values } = (await (
    await fetch(`${new URL(second.url).origin}/threads/${thread.id}/state`)
  ).json()) as {
    values: Values;
  };
  expect(values.data).toEqual(nested(199));
  expect(values.messages[0]?.additional_kwargs).toEqual(nested(197));
});

async function rest(service: Service, path: string, body: unknown, method = 'POST'): Promise<unknown> {
  const response = await fetch(`${new URL(service.url).origin}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return response.json();
}

test.each([
  ['artifact', 'channel messages: a BigInt cannot be stored at [0].artifact.rows[0].id'],
  ['function', 'channel result: a function cannot be stored at call'],
  ['circular', 'channel result: a circular reference cannot be stored at rows[0]'],
  ['deep', 'channel result: a value nested deeper than 250 levels cannot be stored at a.a.a'],
  ['getter', 'channel result: a value whose access throws "not now" cannot be stored at broken'],
  ['swallowed by a reducer', 'channel applied: a function cannot be stored'],
  ['interrupt', 'interrupt: a function cannot be stored at [0].value.question'],
  ['goto', 'channel "branch:to:no\\u0000where": a name with a NUL character cannot be stored'],
  ['send', 'Send: a BigInt cannot be stored at '],
  ['store', 'a BigInt cannot be stored at list[0]'],
])(
  'a run that puts a value that can’t be stored fails with its place, and the state before stays: %s',
  async (put, message) => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    await thread.run('odd-values', { input: { data: { put: 'nothing', n: 1 } } });

    const { run } = await thread.join(await thread.start('odd-values', { input: { data: { put } } }));

    expect(run).toMatchObject({ status: 'ERROR', error: { message: expect.stringContaining(message) } });
    const { values, interrupts } = await thread.state();
    expect(values).toMatchObject({ data: { put }, messages: [] });
    expect(values['result'] ?? null).toBeNull();
    expect(interrupts).toEqual([]);
    const next = await thread.run('odd-values', { input: { data: { put: 'nothing', n: 2 } } });
    expect(next.run.status).toBe('SUCCESS');
    expect((await thread.state()).values).toMatchObject({ data: { n: 2 } });
  },
);

test.each([
  ['bigint', 'a BigInt cannot be stored at [0].'],
  ['bigints', 'a BigInt cannot be stored at [0].'],
  ['circular', 'a circular reference cannot be stored at [0].'],
  ['getter', 'a value whose access throws "not now" cannot be stored at [0].'],
  ['proxy', 'a value whose access throws "a trap" cannot be stored at [0].'],
  ['object', 'a BigInt cannot be stored at [0].'],
  ['send', 'a BigInt cannot be stored at [0].'],
  ['message', 'a BigInt cannot be stored at [0].'],
])(
  'a run whose node gives a message an id or a name that can’t be stored fails with its place: %s',
  async (what, message) => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);

    for (const field of ['id', 'name']) {
      const { run } = await thread.join(
        await thread.start('odd-values', { input: { data: { put: `${field} ${what}` } } }),
      );

      expect(run).toMatchObject({
        status: 'ERROR',
        error: {
          name: 'UnstorableValueError',
          message: expect.stringContaining(`channel messages: ${message}${field}`),
        },
      });
      expect((await thread.state()).values).toMatchObject({ messages: [] });
    }
    expect((await thread.run('odd-values', { input: { data: { put: 'nothing', n: 2 } } })).run.status).toBe(
      'SUCCESS',
    );
  },
);

test.each(['undefined', 'null', 'NaN', 'an invalid Date'])(
  'interrupt() with %s asks null, and the paused thread is read and resumed',
  async (asked) => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);

    const paused = await thread.run('odd-values', { input: { data: { put: `interrupt with ${asked}` } } });

    expect(paused.run).toMatchObject({ status: 'SUCCESS', endReason: 'AWAITING_HUMAN' });
    expect(await thread.state()).toMatchObject({
      next: ['put'],
      interrupts: [{ value: null }],
      tasks: [{ interrupts: [{ value: null }] }],
    });
    expect((await thread.run('odd-values', { command: { resume: 'yes' } })).run.status).toBe('SUCCESS');
    expect((await thread.state()).values).toMatchObject({ result: 'yes' });
  },
);

test('a node that writes what has no form in JSON to its stream, and returns null, is shown with null', async () => {
  await using service = await startTestService();
  const thread = await TestThread.create(service);
  const run = await thread.start('odd-values', { input: { data: { put: 'nothing at all' } } });

  const events: unknown[] = [];
  for await (const event of thread.client.runEvents(run.id, { modes: ['CUSTOM', 'UPDATES'] }))
    events.push(event);

  expect(events).toContainEqual(expect.objectContaining({ __typename: 'CustomChunk', data: null }));
  expect(events).toContainEqual(
    expect.objectContaining({ __typename: 'UpdatesChunk', updatedBy: 'put', update: {} }),
  );
  expect((await thread.join(run)).run.status).toBe('SUCCESS');
});

test('a custom event that is no JSON is shown as what comes nearest, and the run goes on', async () => {
  await using service = await startTestService();
  const thread = await TestThread.create(service);
  const run = await thread.start('odd-values', { input: { data: { put: 'custom' } } });

  const events: unknown[] = [];
  for await (const event of thread.client.runEvents(run.id, { modes: ['CUSTOM'] })) events.push(event);

  expect(
    events.filter((event) => (event as { __typename: string }).__typename === 'CustomChunk'),
  ).toMatchObject([{ data: { big: '1', circular: { rows: ['[Circular]'] } } }]);
  expect((await thread.join(run)).run.status).toBe('SUCCESS');
});
