import { getIntrospectionQuery } from 'graphql';
import { createClient } from 'graphql-ws';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { fakeOrchestrator } from './support/fake-orchestrator.ts';
import { post, serve } from './support/test-server.ts';

const nested = (depth: number): string =>
  depth === 0 ? 'id' : `id thread { id activeRun { ${nested(depth - 1)} } }`;
const aliases = (count: number): string =>
  Array.from({ length: count }, (_, i) => `a${i}: __typename`).join(' ');

const TOO_MUCH: [string, string, string][] = [
  [
    'fields too deep inside of each other',
    `{ run(id: "r") { ${nested(10)} } }`,
    'The operation is too deep: 22 nested fields (limit 20).',
  ],
  ['too many aliases', `{ ${aliases(51)} }`, 'The operation is too large: 51 aliases (limit 50).'],
  [
    'aliases multiplied by fragments',
    `query { ...a ...b } fragment a on Query { ...c ...c } fragment b on Query { ...a } fragment c on Query { ${aliases(20)} }`,
    'The operation is too large: 80 aliases (limit 50).',
  ],
  [
    'too many directives',
    `{ __typename ${'@include(if: true) '.repeat(51)} }`,
    'The operation is too large: 51 directives (limit 50).',
  ],
  [
    'connections inside of connections',
    '{ threads(first: 100) { nodes { runs(first: 100) { nodes { thread { history(first: 100) { nodes { values } } } } } } } }',
    'The operation is too expensive: 2030201 fields in the result (limit 50000).',
  ],
  [
    'page sizes in variables, which count as the largest',
    'query($n: Int) { threads(first: $n) { nodes { runs(first: $n) { nodes { thread { history(first: $n) { nodes { values } } } } } } } }',
    'The operation is too expensive: 2030201 fields in the result (limit 50000).',
  ],
  [
    'histories of a list of threads',
    '{ threads(first: 100) { nodes { history(first: 21) { nodes { checkpoint { checkpointId } } } } } }',
    'The operation is too expensive: 2100 checkpoints to read (limit 2000).',
  ],
  [
    'histories whose size comes after a null',
    '{ threads(first: 100) { nodes { history(first: null, last: 21) { nodes { next } } } } }',
    'The operation is too expensive: 2100 checkpoints to read (limit 2000).',
  ],
  [
    'histories of the largest size in variables',
    'query($n: Int) { threads(first: 21) { nodes { history(last: $n) { pageInfo { hasNextPage } } } } }',
    'The operation is too expensive: 2100 checkpoints to read (limit 2000).',
  ],
  [
    'states and messages inside of lists inside of lists',
    '{ threads(first: 30) { nodes { runs(first: 50) { nodes { thread { ...t } } } } } } fragment t on Thread { state { next } messages { id } }',
    'The operation is too expensive: 3000 checkpoints to read (limit 2000).',
  ],
  [
    'one history under many names',
    `{ ${Array.from({ length: 21 }, (_, i) => `h${i}: thread(id: "t") { history(first: 100) { nodes { next } } }`).join(' ')} }`,
    'The operation is too expensive: 2100 checkpoints to read (limit 2000).',
  ],
  [
    'histories of a list without pages',
    'mutation { cancelRuns(status: [PENDING]) { ... on CancelledRuns { runs { thread { history(first: 21) { nodes { next } } } } } } }',
    'The operation is too expensive: 2100 checkpoints to read (limit 2000).',
  ],
];
/** What reads checkpoints and is allowed. */
const ENOUGH = [
  [
    'the states and messages of a page of threads',
    '{ threads(first: 100) { nodes { id state { values next } messages { id text } } } }',
  ],
  [
    'the history of a thread with all of its messages',
    '{ thread(id: "t") { history(first: 100) { nodes { messages { id } tasks { state { messages { id } } } } } } }',
  ],
  [
    'as many checkpoints as allowed',
    '{ threads(first: 100) { nodes { history(first: 20) { nodes { next } } } } }',
  ],
];
const TOO_LONG = `{ ${'__typename '.repeat(5001)} }`;

describe.each([
  ['HTTP', overHttp],
  ['WebSocket', overWebSocket],
])('over %s', (_name, errorsOf) => {
  test.each(TOO_MUCH)('an operation with %s is refused', async (_what, query, message) => {
    const errors = await errorsOf(query);

    expect(errors.map((error) => [error.message, error.extensions['code']])).toContainEqual([
      message,
      'LIMIT_EXCEEDED',
    ]);
  });

  test.each(ENOUGH)('%s can be asked for', async (_what, query) => {
    const errors = await errorsOf(query);

    expect(errors.filter(({ extensions }) => extensions['code'] === 'LIMIT_EXCEEDED')).toEqual([]);
  });

  test('a document of too many tokens is refused', async () => {
    const errors = await errorsOf(TOO_LONG);

    expect(errors).toMatchObject([
      {
        message: 'Syntax Error: Document contains more than 5000 tokens. Parsing aborted.',
        extensions: { code: 'GRAPHQL_PARSE_FAILED' },
      },
    ]);
  });

  test('a fragment that contains itself is refused by name', async () => {
    const errors = await errorsOf('{ ...a } fragment a on Query { ...a }');

    expect(errors).toMatchObject([{ message: 'Cannot spread fragment "a" within itself.' }]);
  });

  test("GraphiQL's introspection is allowed", async () => {
    const query = getIntrospectionQuery({
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    });

    expect(await errorsOf(query)).toEqual([]);
  });
});

type Refusal = { readonly message: string; readonly extensions: Record<string, unknown> };

async function overHttp(query: string): Promise<readonly Refusal[]> {
  const { url } = await serve(fakeOrchestrator());
  const { body } = await post(url, query);
  return (body as { errors?: Refusal[] }).errors ?? [];
}

async function overWebSocket(query: string): Promise<readonly Refusal[]> {
  const { webSocketUrl } = await serve(fakeOrchestrator());
  const client = createClient({ url: webSocketUrl, webSocketImpl: WebSocket });
  try {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Refusal[]>();
    client.subscribe(
      { query },
      {
        next: ({ errors }) => resolve((errors ?? []) as never),
        error: (error) => (Array.isArray(error) ? resolve(error) : reject(error)),
        complete: () => resolve([]),
      },
    );
    return await promise;
  } finally {
    await client.dispose();
  }
}
