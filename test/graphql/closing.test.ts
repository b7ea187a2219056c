import { createConnection } from 'node:net';
import { expect, test } from 'vitest';
import type { Following } from '../../src/orchestrator/ports/subscriptions.ts';
import { until } from '../support/until.ts';
import { FakeEvents, fakeOrchestrator } from './support/fake-orchestrator.ts';
import { anEvent } from './support/rows.ts';
import { post, serve } from './support/test-server.ts';
import { wsClient } from './support/ws-client.ts';

const QUERY = 'subscription { runEvents(runId: "r") { __typename ... on Event { cursor } } }';

test("closing makes graphql-ws's client reconnect and subscribe again", async () => {
  const first = new FakeEvents();
  const second = new FakeEvents();
  const one = await serve(fakeOrchestrator({ followRun: async () => first.following }));
  const other = await serve(fakeOrchestrator({ followRun: async () => second.following }));
  const closeCodes: number[] = [];
  let url = one.webSocketUrl;
  const client = wsClient(one.webSocketUrl, {
    url: () => url,
    retryAttempts: 3,
    retryWait: async () => {},
    on: { closed: (event) => void closeCodes.push((event as { code: number }).code) },
  });
  const subscription = client.iterate({ query: QUERY });
  first.push(anEvent({ kind: 'RUN_ROLLED_BACK' }, 1));
  await subscription.next();

  url = other.webSocketUrl;
  await one.server.close('draining');
  second.push(anEvent({ kind: 'RUN_ROLLED_BACK' }, 2));

  expect((await subscription.next()).value).toMatchObject({ data: { runEvents: { cursor: 'cursor-2' } } });
  expect(closeCodes).toEqual([1012]);
  await first.left;
});

test('closing breaks event streams off without their complete, so that clients come back', async () => {
  const events = new FakeEvents();
  const { url, server } = await serve(fakeOrchestrator({ followRun: async () => events.following }));
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: QUERY }),
  });
  const seen: string[] = [];
  const read = (async () => {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) seen.push(chunk);
  })().catch((error: unknown) => error);

  await server.close('draining');

  expect(await read).toBeInstanceOf(Error);
  expect(seen.join('')).not.toContain('complete');
  await events.left;
});

test('closing answers operations in progress with SERVICE_UNAVAILABLE and 503', async () => {
  const joined = Promise.withResolvers<void>();
  const { url, server, log } = await serve(
    fakeOrchestrator({
      joinRun: ({ signal }) => {
        joined.resolve();
        return new Promise((_resolve, reject) =>
          signal?.addEventListener('abort', () => reject(signal.reason)),
        );
      },
    }),
  );
  const answer = post(url, 'mutation { joinRun(threadId: "t", runId: "r") { __typename } }');
  await joined.promise;

  await server.close('draining');

  const { status, body } = await answer;
  expect(body).toMatchObject({
    errors: [
      { message: 'The server is shutting down. Try again.', extensions: { code: 'SERVICE_UNAVAILABLE' } },
    ],
  });
  expect(status).toBe(503);
  expect(log.filter(({ level }) => level === 'error')).toEqual([]);
});

test('closing resolves when every socket is gone, with kept-alive connections too', async () => {
  const { url, server, log } = await serve(fakeOrchestrator());
  await post(url, '{ __typename }');

  await server.close('draining');

  await expect(post(url, '{ __typename }')).rejects.toThrow();
  expect(log.filter(({ level }) => level === 'warn')).toEqual([]);
});

test('closing does not wait for connections that were opened in advance and never used', async () => {
  const { url, server } = await serve(fakeOrchestrator());
  const { hostname, port } = new URL(url);
  const unused = createConnection(Number(port), hostname);
  const gone = new Promise((resolve) => unused.once('close', resolve));
  await new Promise((resolve) => unused.once('connect', resolve));
  await post(url, '{ __typename }'); // the server has accepted the one before this one's

  await Promise.all([server.close('draining', 3_600_000), gone]);

  expect(unused.destroyed).toBe(true);
});

test('closing cuts what does not end by the deadline', async () => {
  const asked = Promise.withResolvers<void>();
  const { url, server, log } = await serve(
    fakeOrchestrator({
      joinRun: () => {
        asked.resolve();
        return new Promise(() => {});
      },
    }),
  );
  const answer = post(url, 'mutation { joinRun(threadId: "t", runId: "r") { __typename } }').catch(
    (error: unknown) => error,
  );
  await asked.promise;

  await server.close('draining', 50);

  expect(await answer).toBeInstanceOf(Error);
  expect(log.filter(({ level }) => level === 'warn')).toMatchObject([{ deadlineMs: 50 }]);
});

test('a second close waits for the first', async () => {
  const { server } = await serve(fakeOrchestrator());

  await Promise.all([server.close('a'), server.close('b')]);
});

test('a port that is taken rejects listen', async () => {
  const { origin } = await serve(fakeOrchestrator());
  const { server } = await serve(fakeOrchestrator());

  await expect(server.listen(Number(new URL(origin).port), '127.0.0.1')).rejects.toThrow();
});

test('what a subscription that was just beginning meets when all is closed is no error to tell the operator of', async () => {
  const called = Promise.withResolvers<void>();
  const reading = Promise.withResolvers<Following>();
  const { server, webSocketUrl, log } = await serve(
    fakeOrchestrator({
      followRun: () => {
        called.resolve();
        return reading.promise;
      },
    }),
  );
  const client = wsClient(webSocketUrl, { retryAttempts: 0 });
  const first = client.iterate({ query: QUERY }).next();
  first.catch(() => {}); // it is broken off; that its client comes back is shown above
  await called.promise;

  await server.close('draining');
  reading.reject(new Error('Cannot use a pool after calling end on the pool'));

  await until(
    () => log.filter(({ err }) => err !== undefined),
    (told) => told.length > 0,
  );
  expect(log.filter(({ err }) => err !== undefined).map(({ level, message }) => [level, message])).toEqual([
    ['debug', 'Operation ended: client disconnected or server is shutting down'],
  ]);
});
