import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RestServer, startRestServer } from '../rest/support.ts';
import { human } from '../support/conversing.ts';

/** Texts that databases have no place for, that are paths in JavaScript, or that are long. */
const odd = fc.oneof(
  fc.constantFrom(
    '\0',
    'a\0b',
    '\ud800',
    'x\udc00',
    '__proto__',
    'constructor',
    '',
    ' ',
    '%00',
    '../..',
    "'; drop table thread; --",
    'é'.repeat(3_000),
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: fc.constantFrom('\0', '\ud83d', '\ude00', 'a', '|', ':', '.'), maxLength: 10 }),
);
const RUNS = { numRuns: 15 };

let server: RestServer;
let thread: string;
beforeAll(async () => {
  server = await startRestServer();
  thread = (await server.client.threads.create({ metadata: { graph_id: 'agent' } })).thread_id;
  await server.client.runs.wait(thread, 'agent', { input: human('hi') });
});
afterAll(() => server[Symbol.asyncDispose]());

type Ask = readonly [
  what: string,
  method: string,
  path: (text: string) => string,
  body?: (text: string) => object,
];
const at = (path: string) => () => path;
const onThread = (path: string) => () => `/threads/${thread}${path}`;
const inUrl = (text: string) => encodeURIComponent(text.toWellFormed());
const REST: readonly Ask[] = [
  ['thread id', 'GET', (text) => `/threads/${inUrl(text) || '-'}`],
  ['thread metadata', 'POST', at('/threads'), (text) => ({ metadata: { [text]: text } })],
  [
    'thread search',
    'POST',
    at('/threads/search'),
    (text) => ({
      metadata: { [text]: [text] },
      values: { [text]: text },
      extract: { [text]: `values.${text}` },
    }),
  ],
  ['state at', 'GET', (text) => `/threads/${thread}/state/${inUrl(text) || '-'}`],
  [
    'state of',
    'POST',
    onThread('/state/checkpoint'),
    (text) => ({ checkpoint: { checkpoint_ns: text, checkpoint_id: text } }),
  ],
  [
    'state of a namespace',
    'POST',
    onThread('/state/checkpoint'),
    (text) => ({ checkpoint: { checkpoint_ns: text } }),
  ],
  [
    'state update',
    'POST',
    onThread('/state'),
    (text) => ({ values: { [text]: text }, as_node: text, checkpoint_id: text }),
  ],
  [
    'values of a state update',
    'POST',
    onThread('/state'),
    (text) => ({ values: { [text]: text, messages: [{ role: 'user', content: text }] } }),
  ],
  ['history', 'POST', onThread('/history'), (text) => ({ before: text, metadata: { [text]: text } })],
  [
    'history of',
    'POST',
    onThread('/history'),
    (text) => ({ checkpoint: { checkpoint_ns: text }, metadata: { [text]: text } }),
  ],
  ['history before', 'GET', (text) => `/threads/${thread}/history?before=${inUrl(text)}`],
  ['runs', 'POST', onThread('/runs'), (text) => ({ assistant_id: text, input: {} })],
  [
    'checkpoint of a run',
    'POST',
    onThread('/runs'),
    (text) => ({ assistant_id: 'agent', input: {}, checkpoint_id: text, after_seconds: 1_000 }),
  ],
  [
    'subgraph of a run',
    'POST',
    onThread('/runs'),
    (text) => ({
      assistant_id: 'agent',
      input: {},
      checkpoint: { checkpoint_ns: text, checkpoint_id: text },
    }),
  ],
  [
    'config',
    'POST',
    onThread('/runs'),
    (text) => ({
      assistant_id: 'agent',
      input: { [text]: text },
      config: { [text]: text, configurable: { [text]: text } },
      metadata: { [text]: text },
      context: { [text]: text },
      after_seconds: 1_000,
    }),
  ],
  [
    'command',
    'POST',
    onThread('/runs'),
    (text) => ({
      assistant_id: 'agent',
      command: { goto: text, update: { [text]: text } },
      after_seconds: 1_000,
    }),
  ],
  [
    'breakpoints',
    'POST',
    onThread('/runs'),
    (text) => ({ assistant_id: 'agent', input: {}, interrupt_before: [text], after_seconds: 1_000 }),
  ],
  [
    'webhook',
    'POST',
    onThread('/runs'),
    (text) => ({ assistant_id: 'agent', input: {}, webhook: `http://${text}`, after_seconds: 1_000 }),
  ],
  [
    'crons',
    'POST',
    at('/runs/crons'),
    (text) => ({ assistant_id: 'agent', input: {}, schedule: text, timezone: text }),
  ],
  [
    'crons search',
    'POST',
    at('/runs/crons/search'),
    (text) => ({ assistant_id: text, metadata: { [text]: [text] } }),
  ],
  [
    'assistants',
    'POST',
    at('/assistants'),
    (text) => ({ graph_id: 'agent', name: text, description: text, metadata: { [text]: text } }),
  ],
  ['graph of an assistant', 'POST', at('/assistants'), (text) => ({ graph_id: text })],
  [
    'assistants search',
    'POST',
    at('/assistants/search'),
    (text) => ({ name: text, graph_id: text, metadata: { [text]: [text] } }),
  ],
  ['assistant id', 'GET', (text) => `/assistants/${inUrl(text) || '-'}`],
  ['subgraphs', 'GET', (text) => `/assistants/agent/subgraphs/${inUrl(text) || '-'}`],
  [
    'store put',
    'PUT',
    at('/store/items'),
    (text) => ({ namespace: ['n'], key: text, value: { [text]: text } }),
  ],
  ['store namespace', 'PUT', at('/store/items'), (text) => ({ namespace: [text], key: 'k', value: {} })],
  [
    'store index',
    'PUT',
    at('/store/items'),
    (text) => ({ namespace: ['n'], key: 'k', value: {}, index: [text] }),
  ],
  ['store get', 'GET', (text) => `/store/items?namespace=${inUrl(text)}&key=${inUrl(text)}`],
  [
    'store search',
    'POST',
    at('/store/items/search'),
    (text) => ({ namespace_prefix: [text], filter: { [text]: text }, query: text }),
  ],
  [
    'store filter',
    'POST',
    at('/store/items/search'),
    (text) => ({ namespace_prefix: ['n'], filter: { [text]: text } }),
  ],
  ['store namespaces', 'POST', at('/store/namespaces'), (text) => ({ prefix: [text], suffix: [text] })],
  [
    'commands',
    'POST',
    onThread('/commands'),
    (text) => ({ id: 1, method: 'state.listCheckpoints', params: { namespace: [text], before: text } }),
  ],
  [
    'forks',
    'POST',
    onThread('/commands'),
    (text) => ({ id: 1, method: 'state.fork', params: { checkpoint_id: text } }),
  ],
  ['methods', 'POST', onThread('/commands'), (text) => ({ id: 1, method: text })],
];

const GRAPHQL: readonly (readonly [document: string, variables: (text: string) => object])[] = [
  [
    'query($t: ID!) { thread(id: $t) { id } run(id: $t) { id } assistant(id: $t) { id } cron(id: $t) { id } }',
    (t) => ({ t }),
  ],
  [
    'query($t: JSON, $i: [ID!]) { threads(ids: $i, metadata: $t, values: $t) { nodes { id } } countThreads(metadata: $t) }',
    (t) => ({ t: { [t]: [t] }, i: [t] }),
  ],
  ['query($t: String!) { threads(after: $t) { nodes { id } } }', (t) => ({ t })],
  [
    'query($id: ID!, $t: String, $j: JSON) { thread(id: $id) { history(checkpointNs: $t, metadata: $j) { nodes { next } } } }',
    (t) => ({ id: thread, t, j: { [t]: [t] } }),
  ],
  [
    'mutation($id: ID!, $t: ID!, $s: String) { createRun(threadId: $id, assistantId: "agent", input: {}, checkpointId: $t, idempotencyKey: $s, afterSeconds: 1000) { __typename } }',
    (t) => ({ id: thread, t, s: t }),
  ],
  [
    'mutation($id: ID!, $s: String) { createRun(threadId: $id, assistantId: "agent", input: {}, idempotencyKey: $s, afterSeconds: 1000) { __typename } }',
    (s) => ({ id: thread, s }),
  ],
  [
    'mutation($id: ID!, $s: String, $j: JSON) { updateThreadState(threadId: $id, values: $j, asNode: $s, checkpointNs: $s) { __typename } }',
    (s) => ({ id: thread, s, j: { [s]: s } }),
  ],
];

test.each(REST.map((ask) => ({ what: ask[0], ask })))(
  'REST: odd texts in $what never are a fault of the server',
  async ({ ask }) => {
    const [, method, path, body] = ask;
    await fc.assert(
      fc.asyncProperty(odd, async (text) => {
        const { status, body: answer } = await server.request(method, path(text), body?.(text));
        expect(status, JSON.stringify(answer)).toBeLessThan(500);
        expect(JSON.stringify(answer ?? '')).not.toContain('unknown_error');
        if (status >= 400) expect(JSON.stringify(answer).length).toBeLessThan(8_000);
      }),
      RUNS,
    );
  },
);

test.each(GRAPHQL)('GraphQL: odd texts in %s never are a fault of the server', async (query, variables) => {
  await fc.assert(
    fc.asyncProperty(odd, async (text) => {
      const response = await fetch(server.service.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables: variables(text) }),
      });
      const said = await response.text();
      expect(said).not.toContain('INTERNAL_SERVER_ERROR');
      expect(said).not.toContain('GRAPHQL_VALIDATION_FAILED');
      expect(response.status).toBeLessThan(500);
    }),
    RUNS,
  );
});

describe('what is accepted comes back as it was', () => {
  test.each(['m\0', '\ud800', '__proto__'])('metadata and a filter of %j', async (text) => {
    const metadata: object = { [text]: `comes back ${text}` };
    const { thread_id, metadata: stored } = await server.client.threads.create({
      metadata: metadata as never,
    });

    expect(JSON.stringify(stored)).toBe(JSON.stringify(metadata));
    const found = (
      await server.request(
        'POST',
        '/threads/search',
        JSON.stringify({ limit: 100 }).replace('{', `{"metadata":${JSON.stringify(metadata)},`),
      )
    ).body;
    expect((found as { thread_id: string }[]).map(({ thread_id: id }) => id)).toEqual([thread_id]);
  });

  test('filters look into lists', async () => {
    const { thread_id } = await server.client.threads.create({
      metadata: { tags: ['vip', 'de'], parts: [{ n: 1, x: 2 }, [1, 2]] },
    });
    await server.client.threads.create({ metadata: { tags: ['de'] } });
    const found = async (metadata: object) => {
      const { body } = await server.request('POST', '/threads/search', { metadata });
      return (body as { thread_id: string }[]).map(({ thread_id: id }) => id === thread_id);
    };

    for (const filter of [
      { tags: ['vip'] },
      { tags: ['de', 'vip', 'vip'] },
      { parts: [{ n: 1 }] },
      { parts: [[2]] },
    ])
      expect(await found(filter)).toEqual([true]);
    for (const filter of [
      { tags: ['vip', 'x'] },
      { tags: 'vip' },
      { parts: [{ n: 1, x: 3 }] },
      { parts: [1] },
    ])
      expect(await found(filter)).toEqual([]);
  });
});

describe('a body that can not be kept as it is', () => {
  const post = async (url: string, body: string | Buffer) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: body as never,
    });
    return `${response.status} ${await response.text()}`;
  };
  const brokenUtf8 = (text: string) =>
    Buffer.concat([Buffer.from(text.slice(0, -2)), Buffer.from([0xff]), Buffer.from(text.slice(-2))]);

  test('is refused, over REST and GraphQL', async () => {
    const { api, service } = server;
    const mutation = 'mutation($m: JSON) { createThread(metadata: $m) { __typename } }';

    expect(await post(`${api}/threads`, '{"metadata":{"a":[1e400]}}')).toMatch(
      /^422 .*number that is too large at metadata\.a\.0/,
    );
    expect(await post(`${api}/threads`, brokenUtf8('{"metadata":{"a":"x"}}'))).toMatch(
      /^422 .*not valid UTF-8/,
    );
    expect(
      await post(service.url, `{"query":${JSON.stringify(mutation)},"variables":{"m":{"a":1e400}}}`),
    ).toMatch(/number that is too large at a/);
    expect(
      await post(
        service.url,
        JSON.stringify({ query: 'mutation { createThread(metadata: {a: 1e400}) { __typename } }' }),
      ),
    ).toMatch(/number that is too large at a/);
    expect(await post(service.url, brokenUtf8('{"query":"{ __typename }"}'))).toMatch(
      /^400 .*not valid UTF-8/,
    );
  });

  test('text that can not be stored is a ValidationError where a field has that, else BAD_USER_INPUT', async () => {
    const { service } = server;
    const ask = async (query: string) => {
      const response = await fetch(service.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables: { text: 'a\0b', thread } }),
      });
      return response.json();
    };
    const create = 'createRun(threadId: $thread, assistantId: "agent", input: {}, idempotencyKey: $text)';

    expect(
      await ask(
        `mutation($text: String!, $thread: ID!) { it: ${create} { __typename ... on ValidationError { message issues { path } } } }`,
      ),
    ).toEqual({
      data: {
        it: {
          __typename: 'ValidationError',
          message: 'idempotencyKey: must not contain NUL characters',
          issues: [{ path: ['idempotencyKey'] }],
        },
      },
    });
    expect(await ask('query($text: ID!) { thread(id: $text) { id } }')).toMatchObject({
      errors: [{ message: 'id: must not contain NUL characters', extensions: { code: 'BAD_USER_INPUT' } }],
    });
  });

  test('a cron schedule and ids that are long are refused without being repeated', async () => {
    const long = 'x'.repeat(200_000);
    const { status, body } = await server.request('POST', '/runs/crons', {
      assistant_id: 'agent',
      schedule: `0 0 * * ${'1,'.repeat(100_000)}1`,
      input: {},
    });
    const read = await server.request('POST', `/threads/${thread}/state/checkpoint`, {
      checkpoint: { checkpoint_id: long },
    });

    expect([status, read.status]).toEqual([422, 422]);
    expect(JSON.stringify([body, read.body]).length).toBeLessThan(1_000);
  });
});

test("a cursor of another thread's list is refused", async () => {
  const other = (await server.client.threads.create({ metadata: { graph_id: 'agent' } })).thread_id;
  const ask = async (id: string, list: string, after: string | null) => {
    const query = `query($id: ID!, $after: String) { thread(id: $id) { ${list}(first: 1, after: $after) { pageInfo { endCursor } } } }`;
    const response = await fetch(server.service.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { id, after } }),
    });
    return (await response.json()) as {
      data: { thread: Record<string, { pageInfo: { endCursor: string } }> | null };
      errors?: { extensions: { code: string } }[];
    };
  };
  for (const list of ['history', 'runs']) {
    const cursor = (await ask(thread, list, null)).data.thread![list]!.pageInfo.endCursor;
    expect((await ask(thread, list, cursor)).errors).toBeUndefined();
    expect((await ask(other, list, cursor)).errors).toMatchObject([{ extensions: { code: 'BAD_CURSOR' } }]);
  }
});
