import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { DEFAULT_LIMITS } from '../../src/http/limits.ts';
import { post } from '../support/post.ts';
import { startTestService } from '../support/service.ts';

const LIMIT = 64 * 1024;
const LIMITED = { config: { limits: { ...DEFAULT_LIMITS, maxRequestBytes: LIMIT } } };
const MESSAGE = `The request body exceeds the limit of ${LIMIT} bytes (INTERJECT_MAX_REQUEST_BYTES).`;
const PUT =
  'mutation($value: JSON!) { putStoreItem(namespace: ["a"], key: "k", value: $value) { __typename } }';
const large = (bytes: number) => ({ text: 'x'.repeat(bytes) });

/** Posts only as much of a body as the answer needs; `announced` is its content-length, null for none. */
async function begin(
  url: string,
  announced: number | null,
  sent: string,
): Promise<{ status: number; text: string }> {
  const headers = {
    'content-type': 'application/json',
    ...(announced === null ? {} : { 'content-length': announced }),
  };
  const request = httpRequest(url, { method: 'POST', headers });
  request.write(sent);
  const [response] = await once(request, 'response');
  const text = (await response.toArray()).join('');
  request.on('error', () => {}).destroy();
  return { status: response.statusCode, text };
}

describe('one limit for the bodies of every protocol', () => {
  test('is 32 MiB by default: a photo of 8 MiB is taken by GraphQL and REST', async () => {
    await using service = await startTestService();

    const graphql = await post(service.url, PUT, { value: large(8 * 1024 * 1024) });
    const rest = await fetch(new URL('/store/items', service.url), {
      method: 'PUT',
      body: JSON.stringify({ namespace: ['a'], key: 'k', value: large(8 * 1024 * 1024) }),
    });

    expect(graphql).toMatchObject({ status: 200, body: { data: { putStoreItem: expect.anything() } } });
    expect(rest.status).toBe(204);
  });

  test.each(['/graphql', '/threads', `/threads/${randomUUID()}/stream/events`])(
    '%s refuses what is announced as longer, before it comes',
    async (path) => {
      await using service = await startTestService(LIMITED);

      const { status, text } = await begin(String(new URL(path, service.url)), LIMIT + 1, '{');

      expect(status).toBe(413);
      expect(text).toContain(MESSAGE);
    },
  );

  test.each(['/graphql', '/threads'])('%s refuses what gets longer without announcing it', async (path) => {
    await using service = await startTestService(LIMITED);

    const { status, text } = await begin(String(new URL(path, service.url)), null, 'x'.repeat(LIMIT + 1));

    expect(status).toBe(413);
    expect(text).toContain(MESSAGE);
  });

  test('is taken to the byte', async () => {
    await using service = await startTestService(LIMITED);
    const frame = JSON.stringify({ query: PUT, variables: { value: large(0) } }).length;

    const taken = await post(service.url, PUT, { value: large(LIMIT - frame) });
    const refused = await post(service.url, PUT, { value: large(LIMIT - frame + 1) });

    expect([taken.status, refused.status]).toEqual([200, 413]);
    expect(refused.body.errors).toMatchObject([
      { message: MESSAGE, extensions: { code: 'PAYLOAD_TOO_LARGE' } },
    ]);
  });

  test.each([
    ['/graphql', 'graphql-transport-ws'],
    [`/threads/${randomUUID()}/stream/events`, undefined],
  ])('closes a socket on %s with 1009 that sends a longer message', async (path, protocol) => {
    await using service = await startTestService(LIMITED);
    const socket = new WebSocket(new URL(path, service.url.replace('http', 'ws')), protocol);
    await once(socket, 'open');

    socket.send('x'.repeat(LIMIT + 1));

    expect((await once(socket, 'close'))[0]).toBe(1009);
  });
});
