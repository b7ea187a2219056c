import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { fakeOrchestrator } from './support/fake-orchestrator.ts';
import { aRun } from './support/rows.ts';
import { type Answer, answerOf, post, serve } from './support/test-server.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const MODERN = { ...JSON_TYPE, accept: 'application/graphql-response+json' };

const send = async (url: string, init: RequestInit): Promise<Answer> => answerOf(await fetch(url, init));
const errorOf = ({ body }: Answer): { message: string; extensions: Record<string, unknown> } =>
  (body as { errors: { message: string; extensions: Record<string, unknown> }[] }).errors[0]!;

describe('a bad request', () => {
  test.each<[string, RequestInit, number, string, string]>([
    [
      'a body that is not JSON',
      { headers: JSON_TYPE, body: '{"query":' },
      400,
      'BAD_USER_INPUT',
      'The request body is not valid JSON: Unexpected end of JSON input.',
    ],
    [
      'an empty body',
      { headers: JSON_TYPE, body: '' },
      400,
      'BAD_USER_INPUT',
      'The request body is not valid JSON: Unexpected end of JSON input.',
    ],
    [
      'a body that is a string',
      { headers: JSON_TYPE, body: '"hi"' },
      400,
      'BAD_USER_INPUT',
      'The request body must be a JSON object with a query, or a list of such objects.',
    ],
    [
      'a body without a query',
      { headers: MODERN, body: '{}' },
      400,
      'BAD_USER_INPUT',
      'Must provide query string.',
    ],
    [
      'a query that is a number',
      { headers: MODERN, body: '{"query": 1}' },
      400,
      'BAD_USER_INPUT',
      'Expected "query" param to be a string, but given number.',
    ],
    [
      'another content type',
      { headers: { 'content-type': 'text/plain' }, body: '{"query":"{__typename}"}' },
      415,
      'BAD_USER_INPUT',
      'The content type must be application/json.',
    ],
    [
      'a syntax error',
      { headers: MODERN, body: JSON.stringify({ query: '{' }) },
      400,
      'GRAPHQL_PARSE_FAILED',
      'Syntax Error: Expected Name, found <EOF>.',
    ],
    [
      'an unknown field',
      { headers: MODERN, body: JSON.stringify({ query: '{ nope }' }) },
      400,
      'GRAPHQL_VALIDATION_FAILED',
      'Cannot query field "nope" on type "Query".',
    ],
    [
      'a wrong enum value',
      {
        headers: MODERN,
        body: JSON.stringify({
          query: 'mutation { cancelRun(threadId: "t", runId: "r", action: NO) { __typename } }',
        }),
      },
      400,
      'GRAPHQL_VALIDATION_FAILED',
      'Value "NO" does not exist in "CancelAction" enum.',
    ],
    [
      'a wrong enum value in a variable',
      {
        headers: MODERN,
        body: JSON.stringify({
          query: 'query($s: [ThreadStatus!]) { threads(status: $s) { nodes { id } } }',
          variables: { s: ['NO'] },
        }),
      },
      400,
      'BAD_USER_INPUT',
      'Variable "$s" has invalid value at [0]: Value "NO" does not exist in "ThreadStatus" enum.',
    ],
    [
      'an unknown operation name',
      { headers: MODERN, body: JSON.stringify({ query: '{ server { version } }', operationName: 'x' }) },
      400,
      'BAD_USER_INPUT',
      'Unknown operation named "x".',
    ],
    [
      'too large a batch',
      { headers: MODERN, body: JSON.stringify(Array(11).fill({ query: '{ __typename }' })) },
      413,
      'BAD_USER_INPUT',
      'Batching is limited to 10 operations per request.',
    ],
    [
      'a subscription in a batch',
      {
        headers: MODERN,
        body: JSON.stringify([{ query: 'subscription { runEvents(runId: "r") { __typename } }' }]),
      },
      200,
      'BAD_USER_INPUT',
      'A batch must not contain a subscription.',
    ],
  ])('with %s is refused and calls nothing', async (_what, init, status, code, message) => {
    const { url } = await serve(fakeOrchestrator());

    const answer = await send(url, { method: 'POST', ...init });

    const body = Array.isArray(answer.body) ? answer.body[0] : answer.body;
    expect(errorOf({ ...answer, body })).toMatchObject({ message, extensions: { code } });
    expect(answer.status).toBe(status);
  });

  test('with a mutation by GET is refused', async () => {
    const { url } = await serve(fakeOrchestrator());
    const query = encodeURIComponent('mutation { deleteThread(id: "t") { __typename } }');

    const response = await fetch(`${url}?query=${query}`);

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(errorOf(await answerOf(response)).message).toBe('A mutation must be sent by POST.');
  });

  test('with variables by GET that are not JSON is refused', async () => {
    const { url } = await serve(fakeOrchestrator());

    const answer = await send(`${url}?query=${encodeURIComponent('{__typename}')}&variables=x`, {});

    expect(answer.status).toBe(400);
    expect(errorOf(answer).extensions).toEqual({ code: 'BAD_USER_INPUT' });
  });

  test('with a Host header that is none gets 400 and no stack', async () => {
    const { origin } = await serve(fakeOrchestrator());

    const answer = await raw(
      origin,
      'GET /graphql?query={__typename} HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n',
    );

    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).not.toContain('    at ');
  });
});

/** What a server answers to these very bytes. */
async function raw(origin: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.write(bytes);
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  return answer;
}

describe('a body over a limit of 4 MiB', () => {
  const FOUR_MIB = { limits: { maxRequestBytes: 4 * 1024 * 1024 } };
  const query =
    'mutation($input: JSON) { createRun(threadId: "t", assistantId: "agent", input: $input) { __typename } }';
  const large = JSON.stringify({ query, variables: { input: 'x'.repeat(10 * 1024 * 1024) } });

  test('is refused with 413 and creates nothing', async () => {
    const { url } = await serve(fakeOrchestrator(), FOUR_MIB);

    const answer = await send(url, { method: 'POST', headers: JSON_TYPE, body: large });

    expect(answer).toEqual({
      status: 413,
      type: expect.stringContaining('json'),
      body: {
        errors: [
          {
            message: 'The request body exceeds the limit of 4194304 bytes (INTERJECT_MAX_REQUEST_BYTES).',
            extensions: { code: 'PAYLOAD_TOO_LARGE' },
          },
        ],
      },
    });
  });

  test('is refused too when its length is not announced', async () => {
    const { url } = await serve(fakeOrchestrator(), FOUR_MIB);
    const body = Readable.from(large.match(/.{1,65536}/gs) ?? []);

    const answer = await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const request = httpRequest(url, { method: 'POST', headers: MODERN }, async (response) => {
        resolve({ status: response.statusCode, text: (await response.toArray()).join('') });
      });
      request.on('error', reject);
      body.pipe(request);
    });

    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.text)).toMatchObject({
      errors: [{ extensions: { code: 'PAYLOAD_TOO_LARGE' } }],
    });
  });

  test('leaves the server able to answer the next request', async () => {
    const { url } = await serve(fakeOrchestrator(), FOUR_MIB);
    await send(url, { method: 'POST', headers: JSON_TYPE, body: large });

    expect((await post(url, '{ __typename }')).status).toBe(200);
  });

  test('that has as many bytes as it may is taken', async () => {
    const createRun = async () => ({ kind: 'ok', value: aRun() }) as const;
    const { url } = await serve(fakeOrchestrator({ createRun }), FOUR_MIB);
    const frame = JSON.stringify({ query, variables: { input: '' } });
    const body = JSON.stringify({ query, variables: { input: 'x'.repeat(4 * 1024 * 1024 - frame.length) } });

    expect((await send(url, { method: 'POST', headers: MODERN, body })).status).toBe(200);
  });
});

test('JSON nested absurdly deep is refused before anything walks it', async () => {
  const { url, log } = await serve(fakeOrchestrator());
  const deep = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
  const body = `{"query":"mutation($i: JSON) { createRun(threadId: \\"t\\", assistantId: \\"a\\", input: $i) { ... on Run { input } } }","variables":{"i":${deep}}}`;

  const answer = await send(url, { method: 'POST', headers: MODERN, body });

  expect(answer.status).toBe(400);
  expect(errorOf(answer)).toMatchObject({
    message: expect.stringContaining('JSON must not be nested deeper than 200 levels (exceeded at '),
    extensions: { code: 'BAD_USER_INPUT' },
  });
  expect(log.filter(({ level }) => level === 'error')).toEqual([]);
});

describe('an internal error', () => {
  const broken = fakeOrchestrator({
    queries: {
      thread: async () => {
        throw new Error('SQLITE_CORRUPT in /var/secret.db');
      },
    },
  });

  test('is masked, with the request id that the log has beside the cause', async () => {
    const { url, log } = await serve(broken);

    const { status, body } = await post(url, '{ thread(id: "x") { id } }');

    const logged = log.find(({ level }) => level === 'error');
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        data: { thread: null },
        errors: [
          {
            message: 'Internal server error',
            locations: [{ line: 1, column: 3 }],
            path: ['thread'],
            extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: logged?.['requestId'] },
          },
        ],
      },
    });
    expect(logged?.['err']).toMatchObject({ message: 'SQLITE_CORRUPT in /var/secret.db' });
  });

  test('is logged once', async () => {
    const { url, log } = await serve(broken);

    await post(url, '{ thread(id: "x") { id } }');

    expect(log.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  test('is masked when a non-null field was null', async () => {
    const noRun = fakeOrchestrator({ queries: { run: async () => aRun(), threadsById: async () => [] } });
    const { url } = await serve(noRun);

    const { body } = await post(url, '{ run(id: "x") { thread { id } } }');

    expect(body).toMatchObject({ errors: [{ message: 'Internal server error' }] });
  });
});

describe('content negotiation', () => {
  test.each([
    ['application/graphql-response+json', 400, 'application/graphql-response+json; charset=utf-8'],
    ['application/json', 200, 'application/json; charset=utf-8'],
  ])('answers an invalid query for %s with %i', async (accept, status, type) => {
    const { url } = await serve(fakeOrchestrator());

    const answer = await send(url, {
      method: 'POST',
      headers: { ...JSON_TYPE, accept },
      body: JSON.stringify({ query: '{ nope }' }),
    });

    expect([answer.status, answer.type]).toEqual([status, type]);
  });

  test('lets pages of this machine in, without credentials', async () => {
    const { url } = await serve(fakeOrchestrator());

    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: {
        origin: 'http://localhost:5173',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });

    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type');
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
  });
});

test('every operation is logged at debug with its name, type and time', async () => {
  const { url, log } = await serve(fakeOrchestrator());

  await post(url, 'query Version { server { version } }');

  expect(log).toEqual([
    {
      level: 'debug',
      message: 'Operation executed',
      type: 'query',
      operation: 'Version',
      ms: expect.any(Number),
      errors: 0,
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    },
  ]);
});

describe('health', () => {
  test('/health tells that the process is alive', async () => {
    const { origin } = await serve(fakeOrchestrator());

    expect(await send(`${origin}/health`, {})).toMatchObject({ status: 200, body: { status: 'alive' } });
  });

  test('/ready is 200 when the check says so', async () => {
    const { origin } = await serve(fakeOrchestrator());

    expect(await send(`${origin}/ready`, {})).toMatchObject({ status: 200, body: { status: 'ready' } });
  });

  test('/ready is 503 with the reason that the check gives', async () => {
    const { origin } = await serve(fakeOrchestrator(), {
      readiness: async () => ({ ready: false, reason: 'migrations are missing' }),
    });

    expect(await send(`${origin}/ready`, {})).toMatchObject({
      status: 503,
      body: { status: 'unavailable', reason: 'migrations are missing' },
    });
  });

  test('/ready is 503 when the check fails, and only the log says why', async () => {
    const readiness = async () => {
      throw new Error('no such file');
    };
    const { origin, log } = await serve(fakeOrchestrator(), { readiness });

    expect(await send(`${origin}/ready`, {})).toMatchObject({
      status: 503,
      body: { reason: 'the readiness check failed' },
    });
    expect(log).toMatchObject([{ level: 'warn', err: { message: 'no such file' } }]);
  });
});

describe('other paths', () => {
  test('are 404', async () => {
    const { origin } = await serve(fakeOrchestrator());

    expect((await send(`${origin}/nowhere`, {})).status).toBe(404);
  });

  test('belong to the other listener where there is one', async () => {
    const { origin } = await serve(fakeOrchestrator(), {
      otherwise: (_request, response) => response.end('"other"'),
    });

    expect((await send(`${origin}/threads`, {})).body).toBe('other');
  });
});
