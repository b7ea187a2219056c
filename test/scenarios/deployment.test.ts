import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { RecordingLogger } from '../support/recording-logger.ts';
import { startTestService } from '../support/service.ts';
import { directoryOfTest } from '../support/temporary-directory.ts';

const echo = fileURLToPath(new URL('../support/graphs/echo.ts', import.meta.url));

async function langgraphJson(fields: object): Promise<string> {
  const file = join(await directoryOfTest(), 'langgraph.json');
  await writeFile(file, JSON.stringify({ graphs: { echo: `${echo}:graph` }, ...fields }));
  return file;
}

test('a start names each field of langgraph.json that changes nothing, and those of the image in one line', async () => {
  const logger = new RecordingLogger();
  const fields = { http: { app: './app.ts:app' }, node_version: '24', dependencies: ['.'] };
  await using _service = await startTestService({ logger, langgraphJson: await langgraphJson(fields) });

  expect(logger.at('warn')).toEqual([
    'langgraph.json: http.app is not supported: its routes and middleware are not served',
  ]);
  expect(logger.at('info')).toContain(
    'langgraph.json: only used for building images: node_version, dependencies',
  );
});

const FRIEND = 'https://friend.example';
const STRANGER = 'https://stranger.example';
const cors = { allow_origins: [FRIEND], allow_credentials: true, expose_headers: ['x-more'], max_age: 5 };

async function preflight(url: string, origin: string): Promise<Headers> {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'x-one',
  };
  return (await fetch(url, { method: 'OPTIONS', headers })).headers;
}

test('http.cors decides which pages may ask, on both transports', async () => {
  await using service = await startTestService({ langgraphJson: await langgraphJson({ http: { cors } }) });
  const rest = new URL('/threads', service.url).href;

  for (const url of [rest, service.url]) {
    const friend = await preflight(url, FRIEND);
    const stranger = await preflight(url, STRANGER);

    expect(friend.get('access-control-allow-origin')).toBe(FRIEND);
    expect(friend.get('access-control-allow-credentials')).toBe('true');
    expect(friend.get('access-control-allow-headers')).toBe('x-one');
    expect(friend.get('access-control-expose-headers')).toContain('x-more');
    expect(friend.get('access-control-max-age')).toBe('5');
    expect(stranger.get('access-control-allow-origin')).toBeNull();
  }
  expect((await preflight(rest, FRIEND)).get('access-control-expose-headers')).toContain('content-location');
});

/** The status that refused the socket; null when it opened. */
function openSocket(url: string, origin: string | undefined): Promise<number | null> {
  const socket = new WebSocket(url, 'graphql-transport-ws', origin === undefined ? {} : { origin });
  return new Promise((resolve, reject) => {
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    socket.on('open', () => {
      resolve(null);
      socket.close();
    });
    socket.on('error', reject);
  });
}

test('http.cors decides who may open a WebSocket too, which browsers leave to the server', async () => {
  await using service = await startTestService({ langgraphJson: await langgraphJson({ http: { cors } }) });
  const url = service.url.replace('http:', 'ws:');

  expect(await openSocket(url, FRIEND)).toBeNull();
  expect(await openSocket(url, new URL(service.url).origin)).toBeNull();
  expect(await openSocket(url, undefined)).toBeNull();
  expect(await openSocket(url, STRANGER)).toBe(403);
});

test('checkpointer.ttl is what a thread lives that names no time of its own', async () => {
  const ttl = { strategy: 'keep_latest', default_ttl: 90 };
  await using service = await startTestService({
    langgraphJson: await langgraphJson({ checkpointer: { ttl } }),
  });
  const threads = new URL('/threads', service.url).href;
  const post = async (body: object) => {
    const created = await fetch(threads, { method: 'POST', body: JSON.stringify(body) });
    const { thread_id } = (await created.json()) as { thread_id: string };
    return (await (await fetch(`${threads}/${thread_id}?include=ttl`)).json()) as object;
  };

  expect(await post({})).toMatchObject({ ttl: { strategy: 'keep_latest', ttl_minutes: 90 } });
  expect(await post({ ttl: 5 })).toMatchObject({ ttl: { strategy: 'delete', ttl_minutes: 5 } });
});
