import { beforeEach, expect, test } from 'vitest';
import type { FollowedEvent } from '../../src/orchestrator/ports/subscriptions.ts';
import { FakeEvents, fakeOrchestrator } from './support/fake-orchestrator.ts';
import { anEvent, aRun } from './support/rows.ts';
import { serve, type TestServer } from './support/test-server.ts';
import { wsClient } from './support/ws-client.ts';

let reads: number;
beforeEach(() => {
  reads = 0;
});

/** A delta that counts how often an execution reads its text. */
function countedDelta(): FollowedEvent {
  const body = { kind: 'MESSAGE_DELTA', ns: '', node: null, messageId: 'm1', content: '' } as const;
  return anEvent(
    Object.defineProperty({ ...body, text: '' }, 'text', {
      get() {
        reads += 1;
        return 'hi';
      },
    }),
  );
}

/**
 * A server on which every subscriber of a run is sent `event`, as the hub would: another object around the
 * same body.
 */
const serving = (event: FollowedEvent): Promise<TestServer> =>
  serve(
    fakeOrchestrator({
      followRun: async () => {
        const events = new FakeEvents();
        events.push({ ...event });
        events.end();
        return events.following;
      },
      queries: { queuePosition: async () => ++reads },
    }),
  );

async function received(
  { webSocketUrl }: TestServer,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<unknown> {
  const { value } = await wsClient(webSocketUrl).iterate({ query, variables }).next();
  return value;
}

const TEXT =
  'subscription($after: Cursor, $no: Boolean = false) { runEvents(runId: "r", after: $after) { ... on MessageDelta { text node @skip(if: $no) } } }';

test('an event is executed once for all subscribers who ask the same, wherever they began', async () => {
  const server = await serving(countedDelta());

  const results = await Promise.all(['a', 'b', 'c'].map((after) => received(server, TEXT, { after })));

  expect(results).toEqual(Array(3).fill({ data: { runEvents: { text: 'hi', node: null } } }));
  expect(reads).toBe(1);
});

test('subscribers whose variables or documents ask otherwise get their own answer', async () => {
  const server = await serving(countedDelta());

  const results = [
    await received(server, TEXT, { no: false }),
    await received(server, TEXT, { no: true }),
    await received(server, 'subscription { runEvents(runId: "r") { ... on MessageDelta { words: text } } }'),
  ];

  expect(results).toEqual([
    { data: { runEvents: { text: 'hi', node: null } } },
    { data: { runEvents: { text: 'hi' } } },
    { data: { runEvents: { words: 'hi' } } },
  ]);
  expect(reads).toBe(3);
});

test('what has to be looked up is looked up for each subscriber', async () => {
  const server = await serving(anEvent({ kind: 'RUN_QUEUED', run: aRun() }));
  const query = 'subscription { runEvents(runId: "r") { ... on RunQueued { run { queuePosition } } } }';

  expect([await received(server, query), await received(server, query)]).toEqual([
    { data: { runEvents: { run: { queuePosition: 1 } } } },
    { data: { runEvents: { run: { queuePosition: 2 } } } },
  ]);
});

test('two events with one body keep their own cursors', async () => {
  const event = countedDelta();
  const cursors = ['one', 'other'];
  const followRun = async () => {
    const events = new FakeEvents();
    events.push({ ...event, cursor: cursors.shift() ?? 'none' });
    events.end();
    return events.following;
  };
  const server = await serve(fakeOrchestrator({ followRun }));
  const query = 'subscription { runEvents(runId: "r") { ... on Event { cursor } } }';

  expect([await received(server, query), await received(server, query)]).toEqual([
    { data: { runEvents: { cursor: 'one' } } },
    { data: { runEvents: { cursor: 'other' } } },
  ]);
});
