import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { Clock } from '../../src/orchestrator/ports/environment.ts';
import { FakeEvents, fakeOrchestrator } from './support/fake-orchestrator.ts';
import { anEvent } from './support/rows.ts';
import { serve } from './support/test-server.ts';

const QUERY =
  'subscription { runEvents(runId: "r") { __typename ... on Event { cursor } ... on MessageDelta { text } } }';
const aDelta = (n: number) =>
  anEvent({ kind: 'MESSAGE_DELTA', ns: '', node: null, messageId: 'm', text: `é${n}\n`, content: '' }, n);

const subscribe = (url: string, init: RequestInit = {}, query = QUERY): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query }),
    ...init,
  });

test('a subscription is a stream of next frames that ends with complete', async () => {
  const events = new FakeEvents();
  events.push(aDelta(1), aDelta(2));
  events.end();
  const { url } = await serve(fakeOrchestrator({ followRun: async () => events.following }));

  const response = await subscribe(url);

  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(await response.text()).toMatchInlineSnapshot(`
    ":

    event: next
    data: {"data":{"runEvents":{"__typename":"MessageDelta","cursor":"cursor-1","text":"é1\\n"}}}

    event: next
    data: {"data":{"runEvents":{"__typename":"MessageDelta","cursor":"cursor-2","text":"é2\\n"}}}

    event: complete
    data:

    "
  `);
});

test('an event is sent as soon as it is there', async () => {
  const events = new FakeEvents();
  const { url } = await serve(fakeOrchestrator({ followRun: async () => events.following }));
  const response = await subscribe(url);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let seen = '';
  const until = async (text: string) => {
    while (!seen.includes(text)) seen += (await reader.read()).value ?? '';
  };

  await until(':\n\n'); // the stream is open before there is any event
  events.push(aDelta(1));
  await until('cursor-1');
  events.push(aDelta(2));
  await until('cursor-2');

  await reader.cancel();
});

test('a GET by an EventSource works', async () => {
  const events = new FakeEvents();
  events.end();
  const { url } = await serve(fakeOrchestrator({ followRun: async () => events.following }));

  const response = await fetch(`${url}?query=${encodeURIComponent(QUERY)}`, {
    headers: { accept: 'text/event-stream' },
  });

  expect(await response.text()).toBe(':\n\nevent: complete\ndata:\n\n');
});

test('a client that accepts anything gets the event stream', async () => {
  const events = new FakeEvents();
  events.end();
  const { url } = await serve(fakeOrchestrator({ followRun: async () => events.following }));

  const response = await subscribe(url, { headers: { 'content-type': 'application/json' } });

  expect(response.headers.get('content-type')).toBe('text/event-stream');
  await response.text();
});

test('a client that accepts no event stream gets 406, and the subscription is released', async () => {
  const events = new FakeEvents();
  const { url } = await serve(fakeOrchestrator({ followRun: async () => events.following }));

  const response = await subscribe(url, {
    headers: { 'content-type': 'application/json', accept: 'application/json' },
  });

  expect(response.status).toBe(406);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  await events.left;
});

test('a refusal is one frame with the error and its code', async () => {
  const { url } = await serve(
    fakeOrchestrator({ followRun: async () => ({ kind: 'refused', code: 'BAD_CURSOR', message: 'No.' }) }),
  );

  const text = await (await subscribe(url)).text();

  expect(text).toContain('event: next\ndata: {"errors":[{"message":"No."');
  expect(text).toContain('"code":"BAD_CURSOR"');
});

test('a source that fails ends the stream with a masked error', async () => {
  const events = new FakeEvents();
  events.fail(new Error('secret'));
  const { url, log } = await serve(fakeOrchestrator({ followRun: async () => events.following }));

  const text = await (await subscribe(url)).text();

  expect(text).toContain('"message":"Internal server error"');
  expect(text).not.toContain('secret');
  expect(log.find(({ level }) => level === 'error')).toMatchObject({ err: { message: 'secret' } });
});

describe('leaving', () => {
  test('is seen by the orchestrator while it waits for an event', async () => {
    const events = new FakeEvents();
    const { url } = await serve(fakeOrchestrator({ followRun: async () => events.following }));
    const abort = new AbortController();
    await subscribe(url, { signal: abort.signal });

    abort.abort();

    await events.left;
  });

  test('before the subscription has begun aborts its signal', async () => {
    const asked = Promise.withResolvers<AbortSignal>();
    const aborted = Promise.withResolvers<void>();
    const { url } = await serve(
      fakeOrchestrator({
        followRun: async ({ signal }) => {
          asked.resolve(signal!);
          await aborted.promise;
          return { kind: 'refused', code: 'NOT_FOUND', message: 'Too late.' };
        },
      }),
    );
    const abort = new AbortController();
    const response = subscribe(url, { signal: abort.signal }).catch((error: unknown) => error);
    (await asked.promise).addEventListener('abort', () => aborted.resolve());

    abort.abort();

    await aborted.promise;
    expect(await response).toBeInstanceOf(Error);
  });

  test('a joinRun over HTTP aborts its signal', async () => {
    const joined = Promise.withResolvers<AbortSignal>();
    const aborted = Promise.withResolvers<void>();
    const { url } = await serve(
      fakeOrchestrator({
        joinRun: async ({ signal }) => {
          joined.resolve(signal!);
          await aborted.promise;
          throw signal!.reason;
        },
      }),
    );
    const abort = new AbortController();
    const response = subscribe(
      url,
      { signal: abort.signal },
      'mutation { joinRun(threadId: "t", runId: "r") { __typename } }',
    ).catch((error: unknown) => error);
    (await joined.promise).addEventListener('abort', () => aborted.resolve());

    abort.abort();

    await aborted.promise;
    expect(await response).toBeInstanceOf(Error);
  });
});

test('a silent stream is pinged', async () => {
  const timers: (() => void)[] = [];
  const clock: Clock = {
    ...systemClock,
    timer: (_ms, fire) => {
      timers.push(fire);
      return { [Symbol.dispose]: () => {} };
    },
  };
  const events = new FakeEvents();
  const { url } = await serve(fakeOrchestrator({ followRun: async () => events.following }), { clock });
  const response = await subscribe(url);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  await reader.read();

  timers.at(-1)?.();

  expect((await reader.read()).value).toBe(':\n\n');
  events.end();
  await reader.cancel();
});
