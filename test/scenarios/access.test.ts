import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startTestService } from '../support/service.ts';

type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };
type Headers = Readonly<Record<string, string>>;

const QUERY = JSON.stringify({ query: '{ server { version } }' });

/** As fetch, but Host can be set. */
async function ask(url: string, headers: Headers, { method = 'GET', body = '' } = {}): Promise<Answer> {
  const asked = request(url, { method, headers });
  asked.end(body);
  const [response] = await once(asked, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() };
}

/** Null: it opened; else the answer that refused it. */
function open(
  url: string,
  headers: Headers,
  protocol?: string,
): Promise<{ status: number; body: string } | null> {
  const socket = new WebSocket(url.replace('http:', 'ws:'), protocol === undefined ? [] : [protocol], {
    headers,
  });
  return new Promise((resolve, reject) => {
    socket.on('unexpected-response', async (_request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
    });
    socket.on('open', () => {
      resolve(null);
      socket.close();
    });
    socket.on('error', reject);
  });
}

const paths = (url: string) => {
  const at = (path: string) => new URL(path, url).href;
  const thread = '0193a2b4-0000-7000-8000-000000000001';
  return {
    calls: [
      ['GraphQL', url, { method: 'POST', body: QUERY }],
      ['REST', at('/threads/search'), { method: 'POST', body: '{}' }],
      ['SSE', at(`/threads/${thread}/stream`), {}],
      ['the playground', url, {}],
      ['docs', at('/docs'), {}],
      ['openapi.json', at('/openapi.json'), {}],
      ['metrics', at('/metrics'), {}],
    ] as const,
    sockets: [
      ['GraphQL', url, 'graphql-transport-ws'],
      ['event streaming', at(`/threads/${thread}/stream/events`), undefined],
    ] as const,
  };
};
const JSON_TYPE = { 'content-type': 'application/json', accept: 'text/html' };

describe('a server on loopback without settings', () => {
  test('refuses a page that had its own name resolved to it, everywhere', async () => {
    await using service = await startTestService();
    const { calls, sockets } = paths(service.url);
    const host = `evil.example:${new URL(service.url).port}`;
    const rebound = { host, origin: `http://${host}` };

    for (const [what, url, init] of calls) {
      const { status, body } = await ask(url, { ...JSON_TYPE, host }, init);
      expect([what, status]).toEqual([what, 403]);
      expect(body).toMatch(/evil\.example.*INTERJECT_ALLOWED_HOSTS/);
    }
    for (const [, url, protocol] of sockets) {
      const refused = await open(url, rebound, protocol);
      expect(refused).toMatchObject({
        status: 403,
        body: expect.stringContaining('INTERJECT_ALLOWED_HOSTS'),
      });
    }
  });

  test('refuses pages of other origins everywhere, preflights too, and says what to set', async () => {
    await using service = await startTestService();
    const { calls, sockets } = paths(service.url);

    for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example', 'file://']) {
      for (const [what, url, init] of calls) {
        const { status, body, headers } = await ask(url, { ...JSON_TYPE, origin }, init);
        expect([what, origin, status]).toEqual([what, origin, 403]);
        expect(body).toMatch(/INTERJECT_ALLOWED_ORIGINS.*http\.cors/);
        expect(headers['access-control-allow-origin']).toBeUndefined();
        const preflight = await ask(
          url,
          { origin, 'access-control-request-method': 'POST' },
          { method: 'OPTIONS' },
        );
        expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([
          403,
          undefined,
        ]);
      }
      for (const [, url, protocol] of sockets)
        expect(await open(url, { origin }, protocol)).toMatchObject({ status: 403 });
    }
  });

  test('refuses what a page embeds without CORS, and shows its own pages to visitors who follow a link', async () => {
    await using service = await startTestService();
    const embedded = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
    const visited = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };

    expect((await ask(new URL('/threads/x/runs/y/join', service.url).href, embedded)).status).toBe(403);
    const page = await ask(`${service.url}?thread=0193a2b4-0000-7000-8000-000000000001`, {
      accept: 'text/html',
      ...visited,
    });
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain('frame-ancestors');
  });

  test('serves programs, its own pages, and pages of this machine', async () => {
    await using service = await startTestService();
    const { calls, sockets } = paths(service.url);
    const { port } = new URL(service.url);
    const friends: Headers[] = [
      {},
      { host: `localhost:${port}`, origin: `http://localhost:${port}` },
      { host: `127.0.0.1:${port}`, origin: 'http://localhost:5173' },
      { host: `[::1]:${port}`, origin: 'http://app.localhost:3000' },
      { host: `192.168.1.7:${port}` },
    ];

    for (const headers of friends) {
      for (const [what, url, init] of calls) {
        const answer = await ask(url, { ...JSON_TYPE, ...headers }, init);
        expect([what, answer.status === 403]).toEqual([what, false]);
        if (headers['origin'] !== undefined && what === 'REST')
          expect(answer.headers['access-control-allow-origin']).toBe(headers['origin']);
      }
      for (const [, url, protocol] of sockets) expect(await open(url, headers, protocol)).toBeNull();
    }
  });

  test('refuses pages of this machine under another host than a loopback name', async () => {
    await using service = await startTestService();

    const { status } = await ask(new URL('/info', service.url).href, {
      host: '192.168.1.7',
      origin: 'http://localhost:5173',
    });

    expect(status).toBe(403);
  });

  test('answers probes under any name', async () => {
    await using service = await startTestService();

    for (const path of ['/health', '/ready'])
      expect((await ask(new URL(path, service.url).href, { host: 'pod.cluster.internal' })).status).toBe(200);
  });
});

describe('a server behind a proxy', () => {
  const config = {
    host: '0.0.0.0',
    allowedHosts: ['chat.example.com', '*.internal'],
    allowedOrigins: ['https://app.example'],
  };

  test('serves its public name, pages of that name, and pages of configured origins', async () => {
    await using service = await startTestService({ config });
    const url = new URL('/info', service.url.replace('0.0.0.0', '127.0.0.1')).href;
    const statusOf = async (headers: Headers) => (await ask(url, headers)).status;

    expect(await statusOf({ host: 'chat.example.com' })).toBe(200);
    expect(await statusOf({ host: 'chat.example.com', origin: 'https://chat.example.com' })).toBe(200);
    expect(await statusOf({ host: 'chat.example.com:443', origin: 'https://chat.example.com' })).toBe(200);
    expect(await statusOf({ host: 'api.internal:4000' })).toBe(200);
    expect(await statusOf({ host: 'chat.example.com', origin: 'https://app.example' })).toBe(200);
    expect(await statusOf({ host: 'internal' })).toBe(403);
    expect(await statusOf({ host: 'chat.example.com.evil.example' })).toBe(403);
    expect(await statusOf({ host: 'chat.example.com', origin: 'http://localhost:5173' })).toBe(403);
    expect(
      await statusOf({ host: 'chat.example.com', origin: 'https://chat.example.com.evil.example' }),
    ).toBe(403);
  });

  test('can be open to every page, as it was, without credentials', async () => {
    await using service = await startTestService({ config: { allowedHosts: ['*'], allowedOrigins: ['*'] } });

    const { status, headers } = await ask(new URL('/info', service.url).href, {
      host: 'any.example',
      origin: 'https://any.example',
    });

    expect(status).toBe(200);
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });
});
