import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Service } from '../../src/service.ts';
import { human, TestThread } from '../support/conversing.ts';
import { post } from '../support/post.ts';
import { startTestService } from '../support/service.ts';
import { TestDatabase } from '../support/test-database.ts';

const file = fileURLToPath(new URL('../support/graphs/odd-messages.ts', import.meta.url));
let database: TestDatabase;
let service: Service;

beforeAll(async () => {
  database = await TestDatabase.create();
  const graphs = { graph: `${file}:graph`, keeping: `${file}:keeping` };
  const langgraphJson = await database.write('langgraph.json', JSON.stringify({ graphs }));
  service = await startTestService({ database: database.url, langgraphJson });
});

afterAll(async () => {
  await service.stop('The tests are over');
  await database[Symbol.asyncDispose]();
});

type Answer = {
  readonly __typename?: string;
  readonly issues?: readonly { readonly path: readonly string[]; readonly message: string }[];
};

/** The ways of a client's message into the state. */
const WAYS: Readonly<
  Record<string, (thread: TestThread, messages: unknown, graph?: string) => Promise<Answer>>
> = {
  input: (thread, messages, graph = 'graph') =>
    thread.client.createRun({ threadId: thread.id, assistantId: graph, input: { messages } }),
  'command.update': (thread, messages, graph = 'graph') =>
    thread.client.createRun({
      threadId: thread.id,
      assistantId: graph,
      command: { update: { messages }, goto: 'a' },
    }),
  values: (thread, messages) =>
    thread.client.updateThreadState({ threadId: thread.id, values: { messages }, asNode: 'a' }),
};

const PROTO: unknown = JSON.parse('{"__proto__":{"a":1},"toString":5}');
const constructed = (name: string, kwargs: unknown) => ({
  lc: 1,
  type: 'constructor',
  id: ['langchain_core', 'messages', name],
  kwargs,
});
const TOOL_CALLS = 'must be a list of tool calls';
const TOOL_CALL = 'must be a tool call: { name, args, id }';
const ID = 'must be a string';
const ROLE = 'must be one of user, human, assistant, ai, system, developer, tool, remove';

const WRONG: readonly (readonly [message: unknown, path: string, why: string])[] = [
  [{ role: 'assistant', content: 'x', tool_calls: { a: 1 } }, 'tool_calls', TOOL_CALLS],
  [{ role: 'assistant', content: 'x', tool_calls: 'abc' }, 'tool_calls', TOOL_CALLS],
  [{ type: 'ai', content: 'x', tool_calls: 5 }, 'tool_calls', TOOL_CALLS],
  [constructed('AIMessage', { content: 'x', tool_calls: { a: 1 } }), 'kwargs.tool_calls', TOOL_CALLS],
  [constructed('AIMessageChunk', { content: 'x', tool_calls: 'abc' }), 'kwargs.tool_calls', TOOL_CALLS],
  [{ role: 'assistant', content: 'x', tool_calls: [null] }, 'tool_calls.0', TOOL_CALL],
  [{ role: 'assistant', content: 'x', tool_calls: [{}] }, 'tool_calls.0', TOOL_CALL],
  [
    { role: 'assistant', content: 'x', tool_calls: [{ id: { a: 1 }, name: 'n', args: {} }] },
    'tool_calls.0',
    TOOL_CALL,
  ],
  [
    { role: 'assistant', content: 'x', tool_calls: [{ id: 'a', name: 'n', args: 'b' }] },
    'tool_calls.0',
    TOOL_CALL,
  ],
  [
    {
      role: 'assistant',
      content: 'x',
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'n', arguments: '{bad' } }],
    },
    'tool_calls.0.function.arguments',
    'must be JSON text',
  ],
  [{ role: 'assistant', content: 'x', invalid_tool_calls: 5 }, 'invalid_tool_calls', 'must be a list'],
  [{ role: 'tool', content: 'x', tool_call_id: PROTO }, 'tool_call_id', ID],
  [{ role: 'tool', content: 'x', tool_call_id: null }, 'tool_call_id', ID],
  [{ role: 'tool', content: 'x' }, 'tool_call_id', ID],
  [{ role: 'tool', content: 'x', tool_call_id: 'a', status: 5 }, 'status', 'must be "success" or "error"'],
  [{ role: 'user', content: 'x', id: { a: 1 } }, 'id', ID],
  [{ role: 'user', content: 'x', id: [] }, 'id', ID],
  [{ role: 'user', content: 'x', name: { a: 1 } }, 'name', ID],
  [{ role: 'user', content: 5 }, 'content', 'must be a string or a list of content blocks'],
  [{ role: 'user', content: [null] }, 'content', 'must be a string or a list of content blocks'],
  [['human', { a: 1 }], '1', 'must be a string or a list of content blocks'],
  [{ role: 'user', content: 'x', additional_kwargs: 5 }, 'additional_kwargs', 'must be an object'],
  [{ type: 'ai', content: 'x', response_metadata: 's' }, 'response_metadata', 'must be an object'],
  [{ type: 'ai', content: 'x', usage_metadata: 5 }, 'usage_metadata', 'must be an object'],
  [{ type: 'remove', id: PROTO }, 'id', 'must be a string: the id of the message to remove'],
  [{ role: 'weird', content: 'x' }, 'role', ROLE],
  [{ type: 'AIMessageChunk', content: 'x' }, 'type', ROLE],
  [{ content: 'x' }, 'role', ROLE],
  [constructed('Document', {}), 'id', ROLE],
  [null, '', 'must be a message'],
  [5, '', 'must be a message'],
  [[['human', 'x']], '0', ROLE],
];

describe.each(Object.keys(WAYS))('messages by %s', (way) => {
  const send = WAYS[way] as NonNullable<(typeof WAYS)[string]>;

  test('are refused where a field has the wrong shape, with its path and what is allowed', async () => {
    const thread = await TestThread.create(service);
    await thread.run('graph', { input: human('first') });

    for (const [message, path, why] of WRONG) {
      const at = [...way.split('.'), 'messages', '1', ...path.split('.').filter((part) => part !== '')];
      expect([message, await send(thread, ['hi', message])]).toEqual([
        message,
        expect.objectContaining({
          __typename: 'ValidationError',
          issues: expect.arrayContaining([{ path: at, message: expect.stringContaining(why) }]),
        }),
      ]);
    }
    expect((await thread.run('graph', { input: human('next') })).run.status).toBe('SUCCESS');
  });

  test.each([
    ['a text', 'hi'],
    ['a message alone', { role: 'user', content: 'hi' }],
    [
      'pairs',
      [
        ['human', 'a'],
        ['ai', [{ type: 'text', text: 'b' }]],
      ],
    ],
    ['ids that are numbers', [{ role: 'user', id: 7, content: 'hi' }]],
    [
      'nulls for what is absent',
      [{ role: 'assistant', id: null, name: null, content: null, tool_calls: null, additional_kwargs: null }],
    ],
    ['no content', [{ role: 'user' }]],
    [
      'texts among blocks',
      [{ role: 'developer', content: ['a', { type: 'image_url', image_url: { url: 'x' } }] }],
    ],
    [
      'calls and answers',
      [
        {
          role: 'assistant',
          content: '',
          tool_calls: [
            { name: 'n', args: {} },
            { id: 'c', name: 'n', args: { a: 1 } },
          ],
        },
        {
          role: 'tool',
          content: [{ type: 'text', text: 'x' }],
          tool_call_id: 'c',
          status: 'error',
          artifact: PROTO,
        },
      ],
    ],
    [
      "OpenAI's calls",
      [
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'a', type: 'function', function: { name: 'n', arguments: '{}' } }],
        },
      ],
    ],
    [
      "LangChain's form",
      [
        constructed('AIMessageChunk', {
          content: 'x',
          tool_calls: [],
          tool_call_chunks: [],
          response_metadata: {},
        }),
      ],
    ],
    [
      'a removal of all',
      [
        { type: 'remove', id: '__remove_all__' },
        { role: 'user', content: 'x' },
      ],
    ],
    ['a new list', { __overwrite__: [{ role: 'user', id: 'u', content: 'x' }] }],
  ])('are taken as LangChain takes them: %s', async (_what, messages) => {
    const thread = await TestThread.create(service);
    await thread.run('graph', { input: human('first') });

    const answer = await send(thread, messages);

    expect(answer).toMatchObject({ __typename: way === 'values' ? 'ThreadState' : 'Run' });
    if (way !== 'values')
      expect((await thread.join(answer as { id: string })).run).toMatchObject({
        status: 'SUCCESS',
        error: null,
      });
    expect((await thread.run('graph', { input: human('next') })).run.status).toBe('SUCCESS');
  });
});

const rest = async (method: string, path: string, body?: unknown) => {
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await fetch(new URL(path, service.url), { method, ...init });
  return { status: response.status, body: (await response.json()) as unknown };
};

test('over REST they are refused with 422 and the path', async () => {
  const thread = await TestThread.create(service);
  await thread.run('graph', { input: human('first') });
  const values = { messages: [{ role: 'tool', content: 'x', tool_call_id: PROTO }] };

  const detail = expect.stringContaining('messages.0.tool_call_id');
  expect(await rest('POST', `/threads/${thread.id}/state`, { values, as_node: 'a' })).toMatchObject({
    status: 422,
    body: { detail },
  });
  expect(
    await rest('POST', `/threads/${thread.id}/runs/wait`, { assistant_id: 'graph', input: values }),
  ).toMatchObject({
    status: 422,
    body: { detail },
  });
  const supersteps = [{ updates: [{ values, as_node: 'a' }] }];
  expect(await rest('POST', '/threads', { metadata: { graph_id: 'graph' }, supersteps })).toMatchObject({
    status: 422,
    body: { detail },
  });
});

const FIELDS = [
  'id',
  'name',
  'content',
  'tool_calls',
  'invalid_tool_calls',
  'tool_call_id',
  'status',
  'artifact',
  'additional_kwargs',
  'response_metadata',
  'usage_metadata',
  'metadata',
] as const;
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    5,
    'abc',
    '',
    true,
    [],
    {},
    [null],
    [{}],
    [5],
    PROTO,
    [PROTO],
    [{ id: PROTO, name: 5, args: null }],
    {
      a: 1,
    },
  ),
  fc.jsonValue({ maxDepth: 3 }),
);
const fields = fc.dictionary(fc.constantFrom(...FIELDS), odd, { minKeys: 1, maxKeys: 4 });
const role = fc.constantFrom('user', 'assistant', 'tool', 'system');
const message = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(role, fields).map(([role, given]) => ({ role, ...given })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('HumanMessage', 'AIMessage', 'ToolMessage'), fields)
      .map(([name, given]) => constructed(name, given)),
  },
  { weight: 1, arbitrary: odd },
);
const given = fc.record({ type: fc.constantFrom('human', 'ai', 'tool'), fields });

const READ = `query ($id: ID!) {
  thread(id: $id) { status messages { ...m } state { next messages { ...m } values } }
  threads(first: 1, ids: [$id]) { nodes { messages { ...m } } }
}
fragment m on Message {
  id type name text content additionalKwargs responseMetadata
  ... on AIMessage { toolCalls { id name args } usage { inputTokens outputTokens totalTokens } partial }
  ... on ToolMessage { toolCallId status }
}`;

/** That clients can read the thread, by both APIs, and go on with it. */
async function expectUsable(thread: TestThread, graph: string): Promise<void> {
  const { body } = await post(service.url, READ, { id: thread.id });
  expect(body).not.toHaveProperty('errors');
  for (const path of ['', '/state', '/history'])
    expect(await rest('GET', `/threads/${thread.id}${path}`)).toMatchObject({ status: 200 });
  expect(await rest('POST', '/threads/search', { ids: [thread.id] })).toMatchObject({
    status: 200,
    body: [{ error: null }],
  });
  expect((await thread.run(graph, { input: human('next') })).run).toMatchObject({
    status: 'SUCCESS',
    error: null,
  });
}

test('whatever messages clients send, they are refused or the thread stays usable', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('graph', 'keeping'),
      fc.constantFrom(...Object.keys(WAYS)),
      message,
      async (graph, way, sent) => {
        const thread = await TestThread.create(service);
        await thread.run(graph, { input: human('first') });

        const answer = await (WAYS[way] as NonNullable<(typeof WAYS)[string]>)(thread, [sent], graph);
        if (answer.__typename === 'Run') await thread.join(answer as { id: string });

        await expectUsable(thread, graph);
      },
    ),
    { numRuns: 80 },
  );
}, 120_000);

test('whatever messages a node returns, the thread stays usable', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('graph', 'keeping'), given, async (graph, give) => {
      const thread = await TestThread.create(service);

      await thread.run(graph, { input: { ...human('first'), give } });

      await expectUsable(thread, graph);
    }),
    {
      numRuns: 80,
      examples: [
        ['graph', { type: 'human', fields: { id: {} } }],
        ['graph', { type: 'ai', fields: { response_metadata: null } }],
      ],
    },
  );
}, 120_000);
