import { describe, expect, test } from 'vitest';
import type { Run } from '../../src/domain/run.ts';
import type { Window } from '../../src/orchestrator/ports/paging.ts';
import { fakeOrchestrator } from './support/fake-orchestrator.ts';
import { aMessage, aRun, aState, aThread, at, runId, threadId } from './support/rows.ts';
import { post, serve } from './support/test-server.ts';

type Overrides = Parameters<typeof fakeOrchestrator>[0];
const resultOf = async (overrides: Overrides, query: string, variables: object = {}): Promise<unknown> => {
  const { url } = await serve(fakeOrchestrator(overrides));
  return (await post(url, query, variables)).body;
};

test('a thread that is not there is null', async () => {
  expect(await resultOf({ queries: { thread: async () => null } }, '{ thread(id: "x") { id } }')).toEqual({
    data: { thread: null },
  });
});

test('the server tells its version and its graphs', async () => {
  expect(await resultOf({}, '{ server { version graphs } }')).toEqual({
    data: { server: { version: '0.0.0-test', graphs: ['agent'] } },
  });
});

test('a state has its tasks with interrupts, results and subgraph states', async () => {
  const task = {
    id: 't1',
    name: 'ask',
    path: ['__pregel_pull', 'ask'],
    error: null,
    interrupts: [{ id: 'i1', value: 'ok?' }],
    checkpoint: null,
    state: aState({ next: ['inner'] }),
    result: null,
  };
  const state = aState({ next: ['ask'], tasks: [task], interrupts: task.interrupts, parentCheckpoint: null });
  const query = `{ thread(id: "x") { state(subgraphs: true) { next createdAt metadata parentCheckpoint { checkpointId }
    interrupts { id value } tasks { id name path error result interrupts { id } checkpoint { checkpointNs } state { next } } } } }`;

  expect(
    await resultOf({ queries: { thread: async () => aThread(), state: async () => state } }, query),
  ).toMatchInlineSnapshot(`
    {
      "data": {
        "thread": {
          "state": {
            "createdAt": "2026-01-01T12:00:05.000Z",
            "interrupts": [
              {
                "id": "i1",
                "value": "ok?",
              },
            ],
            "metadata": {
              "step": 1,
            },
            "next": [
              "ask",
            ],
            "parentCheckpoint": null,
            "tasks": [
              {
                "checkpoint": null,
                "error": null,
                "id": "t1",
                "interrupts": [
                  {
                    "id": "i1",
                  },
                ],
                "name": "ask",
                "path": [
                  "__pregel_pull",
                  "ask",
                ],
                "result": null,
                "state": {
                  "next": [
                    "inner",
                  ],
                },
              },
            ],
          },
        },
      },
    }
  `);
});

test('messages come as the type that their kind asks for', async () => {
  const messages = [
    aMessage({ type: 'system', content: 'Be brief.' }),
    aMessage({
      type: 'human',
      name: 'ann',
      content: [
        { type: 'text', text: 'a' },
        { type: 'image_url', image_url: 'x' },
        { type: 'text', text: 'b' },
      ],
    }),
    aMessage({
      type: 'ai',
      content: 'Half an ans',
      tool_calls: [{ id: 'call1', name: 'search', args: { q: 'sf' } }],
      usage_metadata: { input_tokens: 3, output_tokens: 4, total_tokens: 7 },
      response_metadata: { partial: true },
    }),
    aMessage({ type: 'ai', id: null, content: 'All of it', additional_kwargs: { a: 1 } }),
    aMessage({ type: 'tool', content: 'no', tool_call_id: 'call1', status: 'error' }),
    aMessage({ type: 'remove', content: '' }),
  ];
  const query = `{ thread(id: "x") { messages { __typename id type name text content additionalKwargs responseMetadata
    ... on AIMessage { toolCalls { id name args } usage { inputTokens outputTokens totalTokens } partial }
    ... on ToolMessage { toolCallId status } } } }`;

  expect(
    await resultOf({ queries: { thread: async () => aThread(), messages: async () => messages } }, query),
  ).toMatchInlineSnapshot(`
    {
      "data": {
        "thread": {
          "messages": [
            {
              "__typename": "SystemMessage",
              "additionalKwargs": {},
              "content": "Be brief.",
              "id": "m1",
              "name": null,
              "responseMetadata": {},
              "text": "Be brief.",
              "type": "system",
            },
            {
              "__typename": "HumanMessage",
              "additionalKwargs": {},
              "content": [
                {
                  "text": "a",
                  "type": "text",
                },
                {
                  "image_url": "x",
                  "type": "image_url",
                },
                {
                  "text": "b",
                  "type": "text",
                },
              ],
              "id": "m1",
              "name": "ann",
              "responseMetadata": {},
              "text": "ab",
              "type": "human",
            },
            {
              "__typename": "AIMessage",
              "additionalKwargs": {},
              "content": "Half an ans",
              "id": "m1",
              "name": null,
              "partial": true,
              "responseMetadata": {
                "partial": true,
              },
              "text": "Half an ans",
              "toolCalls": [
                {
                  "args": {
                    "q": "sf",
                  },
                  "id": "call1",
                  "name": "search",
                },
              ],
              "type": "ai",
              "usage": {
                "inputTokens": 3,
                "outputTokens": 4,
                "totalTokens": 7,
              },
            },
            {
              "__typename": "AIMessage",
              "additionalKwargs": {
                "a": 1,
              },
              "content": "All of it",
              "id": null,
              "name": null,
              "partial": false,
              "responseMetadata": {},
              "text": "All of it",
              "toolCalls": [],
              "type": "ai",
              "usage": null,
            },
            {
              "__typename": "ToolMessage",
              "additionalKwargs": {},
              "content": "no",
              "id": "m1",
              "name": null,
              "responseMetadata": {},
              "status": "error",
              "text": "no",
              "toolCallId": "call1",
              "type": "tool",
            },
            {
              "__typename": "OtherMessage",
              "additionalKwargs": {},
              "content": "",
              "id": "m1",
              "name": null,
              "responseMetadata": {},
              "text": "",
              "type": "remove",
            },
          ],
        },
      },
    }
  `);
});

test('the threads and superseders of many runs are loaded in one call each', async () => {
  const calls: unknown[] = [];
  const runs = [1, 2, 3].map((n) => aRun({ id: runId(n), position: n, supersededBy: runId(9) }));
  const body = await resultOf(
    {
      queries: {
        thread: async () => aThread(),
        runs: async () => runs,
        threadsById: async (_owner, ids) => {
          calls.push(['threads', ids]);
          return [aThread()];
        },
        runsById: async (_owner, ids) => {
          calls.push(['runs', ids]);
          return [];
        },
      },
    },
    '{ thread(id: "x") { runs { nodes { thread { id } supersededBy { id } } } } }',
  );

  expect(calls).toEqual([
    ['threads', [threadId()]],
    ['runs', [runId(9)]],
  ]);
  expect(body).toEqual({
    data: {
      thread: { runs: { nodes: runs.map(() => ({ thread: { id: threadId() }, supersededBy: null })) } },
    },
  });
});

describe('a connection', () => {
  const all = Array.from({ length: 5 }, (_, i) => aRun({ id: runId(i + 1), position: i + 1 }));

  /** Keyset paging as a store does it. */
  function windowed({
    after = 0,
    before = Number.POSITIVE_INFINITY,
    limit,
    inverted,
  }: Window<number>): Run[] {
    const inside = all.filter((run) => run.position > after && run.position < before);
    return (inverted ? inside.reverse() : inside).slice(0, limit);
  }
  const queries = {
    thread: async () => aThread(),
    runs: async (_thread: unknown, _status: unknown, window: Window<number>) => windowed(window),
    countRuns: async () => 5,
  };
  const page = async (args: string) => {
    const query = `{ thread(id: "x") { runs${args} { totalCount edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
    const body = (await resultOf({ queries }, query)) as {
      data: {
        thread: {
          runs: { edges: { cursor: string; node: { id: string } }[]; pageInfo: Record<string, unknown> };
        };
      };
    };
    return body.data.thread.runs;
  };
  const numbers = ({ edges }: { edges: { node: { id: string } }[] }) =>
    edges.map(({ node }) => all.findIndex(({ id }) => id === node.id) + 1);

  test('without arguments starts at the beginning and counts the whole list', async () => {
    expect(await page('')).toMatchInlineSnapshot(`
      {
        "edges": [
          {
            "cursor": "WyJydW5zIDAwMDAwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMSIsMV0",
            "node": {
              "id": "00000000-0000-7000-8000-000000000101",
            },
          },
          {
            "cursor": "WyJydW5zIDAwMDAwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMSIsMl0",
            "node": {
              "id": "00000000-0000-7000-8000-000000000102",
            },
          },
          {
            "cursor": "WyJydW5zIDAwMDAwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMSIsM10",
            "node": {
              "id": "00000000-0000-7000-8000-000000000103",
            },
          },
          {
            "cursor": "WyJydW5zIDAwMDAwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMSIsNF0",
            "node": {
              "id": "00000000-0000-7000-8000-000000000104",
            },
          },
          {
            "cursor": "WyJydW5zIDAwMDAwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMSIsNV0",
            "node": {
              "id": "00000000-0000-7000-8000-000000000105",
            },
          },
        ],
        "nodes": [
          {
            "id": "00000000-0000-7000-8000-000000000101",
          },
          {
            "id": "00000000-0000-7000-8000-000000000102",
          },
          {
            "id": "00000000-0000-7000-8000-000000000103",
          },
          {
            "id": "00000000-0000-7000-8000-000000000104",
          },
          {
            "id": "00000000-0000-7000-8000-000000000105",
          },
        ],
        "pageInfo": {
          "endCursor": "WyJydW5zIDAwMDAwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMSIsNV0",
          "hasNextPage": false,
          "hasPreviousPage": false,
          "startCursor": "WyJydW5zIDAwMDAwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMSIsMV0",
        },
        "totalCount": 5,
      }
    `);
  });

  test('pages forward to the end without gap or repeat', async () => {
    const first = await page('(first: 2)');
    const second = await page(`(first: 2, after: "${first.pageInfo['endCursor']}")`);
    const third = await page(`(first: 2, after: "${second.pageInfo['endCursor']}")`);

    expect([first, second, third].map(numbers)).toEqual([[1, 2], [3, 4], [5]]);
    expect([first, second, third].map((one) => one.pageInfo['hasNextPage'])).toEqual([true, true, false]);
    expect([first, second, third].map((one) => one.pageInfo['hasPreviousPage'])).toEqual([false, true, true]);
  });

  test('pages backward in list order', async () => {
    const last = await page('(last: 2)');
    const before = await page(`(last: 2, before: "${last.pageInfo['startCursor']}")`);
    const first = await page(`(last: 2, before: "${before.pageInfo['startCursor']}")`);

    expect([last, before, first].map(numbers)).toEqual([[4, 5], [2, 3], [1]]);
    expect([last, before, first].map((one) => one.pageInfo['hasPreviousPage'])).toEqual([true, true, false]);
  });

  test('that is empty has no cursors', async () => {
    expect((await page('(first: 0)')).pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: null,
      endCursor: null,
    });
  });

  test.each([
    ['(first: 101)', 'first must be at most 100 (got 101).'],
    ['(last: 101)', 'last must be at most 100 (got 101).'],
    ['(first: -1)', 'first must not be negative (got -1).'],
    ['(last: -1)', 'last must not be negative (got -1).'],
    ['(first: 1, last: 1)', 'first and last cannot be combined.'],
  ])('with %s is refused', async (args, message) => {
    const body = await resultOf({ queries }, `{ thread(id: "x") { runs${args} { nodes { id } } } }`);

    expect(body).toMatchObject({
      errors: [{ message, extensions: { code: 'BAD_USER_INPUT' }, path: ['thread', 'runs'] }],
    });
  });

  test.each([
    'nonsense',
    '',
    Buffer.from('["history",3]').toString('base64url'),
    Buffer.from('["runs","3"]').toString('base64url'),
  ])('with the cursor "%s" of no list of its own is refused', async (cursor) => {
    const body = await resultOf(
      { queries },
      `{ thread(id: "x") { runs(after: "${cursor}") { nodes { id } } } }`,
    );

    expect(body).toMatchObject({ errors: [{ extensions: { code: 'BAD_CURSOR' } }] });
  });
});

test('threads are asked for with order, filters and keys', async () => {
  const seen: unknown[] = [];
  const threads = async (query: unknown) => {
    seen.push(query);
    return [aThread({ updatedAt: at(7) })];
  };
  const { url } = await serve(fakeOrchestrator({ queries: { threads } }));
  const first = await post(url, '{ threads(status: [BUSY], metadata: {a: 1}) { pageInfo { endCursor } } }');
  const cursor = (first.body as { data: { threads: { pageInfo: { endCursor: string } } } }).data.threads
    .pageInfo.endCursor;
  await post(url, 'query($c: String) { threads(after: $c) { nodes { id } } }', { c: cursor });
  const other = await post(
    url,
    'query($c: String) { threads(after: $c, orderBy: {field: CREATED_AT, direction: ASC}) { nodes { id } } }',
    {
      c: cursor,
    },
  );

  const order = { field: 'UPDATED_AT', direction: 'DESC' };
  expect(seen).toMatchObject([
    { owner: 'default', status: ['BUSY'], metadata: { a: 1 }, order, window: { limit: 21, inverted: false } },
    { order, window: { after: { at: at(7).getTime(), id: threadId() } } },
  ]);
  expect(other.body).toMatchObject({ errors: [{ extensions: { code: 'BAD_CURSOR' } }] });
});

test('a metadata filter that is no object is refused', async () => {
  expect(await resultOf({}, '{ threads(metadata: [1]) { nodes { id } } }')).toMatchObject({
    errors: [{ message: 'metadata must be a JSON object.', extensions: { code: 'BAD_USER_INPUT' } }],
  });
});

test('history pages by the stored sequence', async () => {
  const seen: Window<number>[] = [];
  const history = async (_thread: unknown, _metadata: unknown, window: Window<number>) => {
    seen.push(window);
    return [{ key: 12, checkpointId: 'c2', state: aState() }];
  };
  const { url } = await serve(fakeOrchestrator({ queries: { thread: async () => aThread(), history } }));
  const first = await post(
    url,
    '{ thread(id: "x") { history(first: 1) { edges { cursor node { checkpoint { checkpointId } } } } } }',
  );
  const [edge] = (
    first.body as { data: { thread: { history: { edges: { cursor: string; node: unknown }[] } } } }
  ).data.thread.history.edges;
  await post(url, 'query($c: String) { thread(id: "x") { history(after: $c) { nodes { next } } } }', {
    c: edge?.cursor,
  });

  expect(edge?.node).toEqual({ checkpoint: { checkpointId: 'c2' } });
  expect(seen[1]).toEqual({ after: 12, before: undefined, limit: 21, inverted: false });
});
