import { type IncomingMessage, request } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { ThreadEventsDocument } from '../../src/client/generated/graphql.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/http/limits.ts';
import type { RestDeps } from '../../src/rest/deps.ts';
import { waitResponse } from '../../src/rest/runs/wait-response.ts';
import type { SseFrame } from '../../src/rest/streaming/sse-response.ts';
import { sseResponse } from '../../src/rest/streaming/sse-response.ts';
import type { Service } from '../../src/service.ts';
import { openEventStream } from '../rest/event-stream.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { human, TestThread } from '../support/conversing.ts';
import { gate, resetGates } from '../support/gates.ts';
import { post } from '../support/post.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { startTestService } from '../support/service.ts';
import { until } from '../support/until.ts';

afterEach(resetGates);

const limited = (limits: Partial<Limits>) => ({ config: { limits: { ...DEFAULT_LIMITS, ...limits } } });
/**
 * Each state is at least this long, and each run tells several: together far more than the kernel keeps for a
 * connection.
 */
const STATE_CHARS = 200_000;
const RUNS = 30;
/** In the last input. */
const END = 'THE-END';
/** Longer than the pause between heartbeats of every protocol. */
const BEAT_MS = 15_000;
const UNREAD = 'Closed an event stream with too many unsent bytes (INTERJECT_MAX_UNSENT_BYTES)';

type Ask = {
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: object;
};
type Protocol = {
  /** What happens on the thread behind `after`; null: from now on. */
  readonly ask: (thread: string, after: string | null) => Ask;
  /** The place of a frame, to come back with; null: it has none. */
  readonly placeOf: (frame: string) => string | null;
};

const JSON_HEADERS = { 'content-type': 'application/json', accept: 'text/event-stream' };
const lastEventId = (after: string | null): Record<string, string> =>
  after === null ? {} : { 'last-event-id': after };
const idOf = (frame: string): string | null => /^id: (.*)$/m.exec(frame)?.[1] ?? null;
const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  "REST's thread stream": {
    ask: (thread, after) => ({
      path: `/threads/${thread}/stream`,
      method: 'GET',
      headers: lastEventId(after),
    }),
    placeOf: idOf,
  },
  'event streaming': {
    ask: (thread, after) => ({
      ...{ path: `/threads/${thread}/stream/events`, method: 'POST', body: { channels: ['values'] } },
      headers: { ...JSON_HEADERS, ...lastEventId(after) },
    }),
    placeOf: idOf,
  },
  "GraphQL's SSE": {
    ask: (threadId, after) => ({
      ...{ path: '/graphql', method: 'POST', headers: JSON_HEADERS },
      body: { query: ThreadEventsDocument.toString(), variables: { threadId, modes: ['VALUES'], after } },
    }),
    placeOf: (frame) => /"cursor":"([^"]*)"/.exec(frame)?.[1] ?? null,
  },
};

/** A client that can stop reading: Node then takes nothing from the connection either. */
async function read(service: Service, { ask, placeOf }: Protocol, thread: string, after: string | null) {
  const { path, body, ...options } = ask(thread, after);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const asked = request(new URL(path, service.url), options, resolve).once('error', reject);
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  const response = await promise;
  const places: string[] = [];
  const [closed, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let text = '';
  response.setEncoding('utf8').on('data', (piece: string) => {
    const frames = (text + piece).split('\n\n');
    text = frames.pop() ?? '';
    for (const frame of frames) {
      if (places.at(-1) === END) return;
      const place = placeOf(frame);
      if (place !== null) places.push(place);
      if (!frame.includes(END)) continue;
      places.push(END);
      end.resolve();
    }
  });
  response.on('error', () => {}).once('close', closed.resolve);
  return {
    status: response.statusCode,
    /** In their order; after the first frame with END that. */
    places,
    end: end.promise,
    closed: closed.promise,
    stall: () => response.pause(),
    resume: () => response.resume(),
    leave: () => asked.destroy(),
  };
}

describe.each(Object.entries(PROTOCOLS))('an event stream over %s', (_name, protocol) => {
  test('whose client reads nothing is closed with a line in the log, and goes on where the client comes back to', {
    timeout: 60_000,
  }, async () => {
    const clock = new AdvancingClock();
    const logger = new RecordingLogger();
    const longLease = { ...limited({ maxUnsentBytes: STATE_CHARS / 2 }).config, leaseMs: 3_600_000 };
    await using service = await startTestService({ config: longLease, clock, logger });
    const thread = await TestThread.create(service);
    await thread.run('trivial', { input: human('x'.repeat(STATE_CHARS)) });
    const healthy = await read(service, protocol, thread.id, null);
    const stalled = await read(service, protocol, thread.id, null);
    await thread.run('trivial', { input: human('first') });
    await until(
      () => stalled.places.length,
      (count) => count > 0,
    );
    stalled.stall();
    for (let runs = 0; runs < RUNS; runs += 1) await thread.run('trivial', { input: human('more') });

    await until(
      async () => {
        await clock.advance(BEAT_MS);
        return logger.at('warn');
      },
      (warnings) => warnings.includes(UNREAD),
    );
    stalled.resume();
    await stalled.closed;
    const again = await read(service, protocol, thread.id, stalled.places.at(-1) ?? null);
    await thread.run('trivial', { input: human(END) });
    await Promise.all([again.end, healthy.end]);
    again.leave();
    healthy.leave();

    expect(stalled.places.length).toBeLessThan(healthy.places.length - 1);
    expect([...stalled.places, ...again.places]).toEqual(healthy.places);
  });
});

describe('what keeps an idle answer alive', () => {
  /** A connection that takes nothing while `unsent` is more than 0. */
  const connection = (unsent: number) => ({ unsentBytes: () => unsent, breakOff: () => {} });
  const depsOf = (clock: object, ended: Promise<object>) =>
    ({
      ...{
        clock,
        logger: new RecordingLogger(),
        limits: DEFAULT_LIMITS,
        closing: new AbortController().signal,
      },
      orchestrator: { joinRun: () => ended },
    }) as unknown as RestDeps;
  const REMOVED = { kind: 'notFound', what: 'Run', id: '' };

  test.each([
    ['a client that reads', 0, 1],
    ['one whose connection takes nothing', 1, 0],
  ])('is sent to %s, and no more of it than the client takes', async (_who, unsent, expected) => {
    const due: (() => void)[] = [];
    const clock = {
      timer: (_ms: number, fire: () => void) => ({ [Symbol.dispose]: () => {}, at: due.push(fire) }),
    };
    const ended = Promise.withResolvers<object>();
    const deps = depsOf(clock, ended.promise);
    const outgoing = connection(unsent);
    const frames = (): AsyncIterator<SseFrame> => ({
      next: () => ended.promise.then(() => ({ done: true, value: undefined })),
    });

    const waited = waitResponse(deps, { id: '', threadId: '' } as never, {
      headers: {},
      cancelOnDisconnect: false,
      outgoing,
    });
    const streamed = sseResponse(deps, frames, { outgoing });
    for (let beats = 0; beats < 20; beats += 1) for (const fire of due.splice(0)) fire();
    ended.resolve(REMOVED);

    expect((await waited.text()).split('{')[0]).toBe('\n'.repeat(expected));
    expect(await streamed.text()).toBe(': heartbeat\n'.repeat(expected));
  });
});

describe('event streams beyond those that a process may have open', () => {
  const FULL =
    'This process has reached its limit of 1 open event streams (INTERJECT_MAX_STREAMS). Try again later.';
  const RUN = { assistant_id: 'trivial', input: human('hi') };
  const ONE = limited({ maxStreams: 1 });
  const open = (service: Service, path: string, body?: object) =>
    openEventStream(String(new URL(path, service.url)), body === undefined ? {} : { method: 'POST', body });

  test('get 503 with Retry-After over every protocol, before there is a run', async () => {
    await using service = await startTestService(ONE);
    const thread = await TestThread.create(service);
    const { run } = await thread.run('trivial', { input: human('hi') });
    await using _first = await open(service, `/threads/${thread.id}/stream`);
    const paths: readonly (readonly [string, object?])[] = [
      [`/threads/${thread.id}/stream`],
      [`/threads/${thread.id}/runs/${run.id}/stream`],
      [`/runs/${run.id}/stream`],
      [`/threads/${thread.id}/stream/events`, { channels: ['values'] }],
      [`/threads/${thread.id}/runs/stream`, RUN],
      ['/runs/stream', RUN],
    ];

    for (const [path, body] of paths) {
      await using refused = await open(service, path, body);
      expect([path, refused.status, refused.headers.get('retry-after')]).toEqual([path, 503, '5']);
      await refused.until((text) => text === JSON.stringify({ detail: FULL }));
    }
    const graphql = await fetch(service.url, {
      ...{ method: 'POST', headers: JSON_HEADERS },
      body: JSON.stringify({ query: ThreadEventsDocument.toString(), variables: { threadId: thread.id } }),
    });
    expect([graphql.status, graphql.headers.get('retry-after')]).toEqual([503, '5']);
    const [, told = ''] = /^data: (.*)$/m.exec(await graphql.text()) ?? [];
    expect(JSON.parse(told)).toEqual({
      errors: [{ message: FULL, extensions: { code: 'SERVICE_UNAVAILABLE' } }],
    });

    const runs = await fetch(new URL(`/threads/${thread.id}/runs`, service.url));
    expect((await runs.json()) as unknown[]).toHaveLength(1);
    const threads = await fetch(new URL('/threads/search', service.url), { method: 'POST' });
    expect((await threads.json()) as unknown[]).toHaveLength(1);
  });

  test('are opened when others have ended or their clients have gone; queries and joins need no place', async () => {
    await using service = await startTestService(ONE);
    const stays = gate('side-effects:first');
    const thread = await TestThread.create(service);
    const subscription = await read(service, PROTOCOLS["GraphQL's SSE"] as Protocol, thread.id, null);
    expect((await post(service.url, '{ server { version } }')).status).toBe(200);
    await using refused = await open(service, `/threads/${thread.id}/stream`);
    expect(refused.status).toBe(503);

    subscription.leave();
    const begun = await untilOpen(() =>
      open(service, `/threads/${thread.id}/runs/stream`, { ...RUN, assistant_id: 'side-effects' }),
    );
    await stays.reached;
    stays.open();
    await begun.rest();
    await using last = await untilOpen(() => open(service, `/threads/${thread.id}/stream`));

    expect(last.status).toBe(200);
  });
});

const untilOpen = (open: () => ReturnType<typeof openEventStream>) =>
  until(open, ({ status }) => status === 200, { describe: ({ status }) => String(status) });
