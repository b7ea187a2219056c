import { type IncomingMessage, request } from 'node:http';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { ThreadEventsDocument } from '../../src/client/generated/graphql.ts';
import { human, TestThread } from '../support/conversing.ts';
import { overWebSocket } from '../support/followed.ts';
import { startTestService } from '../support/service.ts';
import { until } from '../support/until.ts';

/**
 * Each state is at least this long, and each run tells several: together far more than the kernel keeps for a
 * connection.
 */
const STATE_CHARS = 200_000;
const RUNS = 30;
/** What the server may hold for who reads nothing: its high-water mark, and the message that went over it. */
const MAX_HELD = 64 * 1024 + 2 * STATE_CHARS;
const QUERY = ThreadEventsDocument.toString();
const MODES = ['VALUES'];

type Stalled = { readonly cursors: readonly string[]; stall(): void; resume(): void; leave(): void };
type Subscribe = (url: string, variables: object) => Promise<Stalled>;

const cursorOf = (payload: unknown): string =>
  (payload as { data: { event: { cursor: string } } }).data.event.cursor;

const overSocket: Subscribe = async (url, variables) => {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
  const cursors: string[] = [];
  const acknowledged = Promise.withResolvers<void>();
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as { type: string; payload?: unknown };
    if (message.type === 'connection_ack') acknowledged.resolve();
    if (message.type === 'next') cursors.push(cursorOf(message.payload));
  });
  socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init' })));
  await acknowledged.promise;
  socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: QUERY, variables } }));
  return {
    cursors,
    stall: () => socket.pause(),
    resume: () => socket.resume(),
    leave: () => socket.terminate(),
  };
};

const overSse: Subscribe = async (url, variables) => {
  const { promise, resolve } = Promise.withResolvers<IncomingMessage>();
  const asked = request(
    url,
    { method: 'POST', headers: { 'content-type': 'application/json', accept: 'text/event-stream' } },
    resolve,
  );
  asked.end(JSON.stringify({ query: QUERY, variables }));
  const response = await promise;
  const cursors: string[] = [];
  let text = '';
  response.setEncoding('utf8').on('data', (piece: string) => {
    const frames = (text + piece).split('\n\n');
    text = frames.pop() ?? '';
    for (const frame of frames)
      if (frame.startsWith('event: next'))
        cursors.push(cursorOf(JSON.parse(frame.slice(frame.indexOf('data: ') + 6))));
  });
  return {
    cursors,
    stall: () => response.pause(),
    resume: () => response.resume(),
    leave: () => asked.destroy(),
  };
};

/**
 * The bytes that wait in this process for its sockets to take them, over all of them but the stalled reader's
 * own.
 */
const held = (): number =>
  (process as unknown as { _getActiveHandles(): readonly { writableLength?: number }[] })
    ._getActiveHandles()
    .reduce((sum, { writableLength }) => sum + (writableLength ?? 0), 0);

test.each([
  ['graphql-transport-ws', overSocket],
  ['SSE', overSse],
])(
  'a subscriber over %s that reads nothing holds up nobody, costs a bounded buffer and misses nothing',
  { timeout: 60_000 },
  async (_name, subscribe) => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const first = await thread.run('trivial', { input: human('x'.repeat(STATE_CHARS)) });
    const [queued] = await overWebSocket(service.url, 'runEvents', { runId: first.run.id }).all();
    const variables = { threadId: thread.id, modes: MODES, after: queued!.cursor };
    await using healthy = overWebSocket(service.url, 'threadEvents', variables);
    const stalled = await subscribe(service.url, variables);
    await until(
      () => stalled.cursors.length,
      (count) => count > 0,
    );
    stalled.stall();

    let most = 0;
    for (let done = 0; done < RUNS; done++) {
      await thread.run('trivial', { input: human('more') });
      most = Math.max(most, held());
    }
    const last = await thread.run('trivial', { input: human('last') });
    await healthy.seen(({ __typename, runId }) => __typename === 'RunEnded' && runId === last.run.id);
    const whileStalled = stalled.cursors.length;
    stalled.resume();
    const all = healthy.events.map(({ cursor }) => cursor);
    await until(
      () => stalled.cursors,
      (cursors) => cursors.at(-1) === all.at(-1),
      { deadlineMs: 20_000, describe: (cursors) => `${cursors.length} of ${all.length}` },
    );
    stalled.leave();

    expect(whileStalled).toBeLessThan(all.length / 2);
    expect(stalled.cursors).toEqual(all);
    expect(most).toBeLessThan(MAX_HELD);
  },
);
