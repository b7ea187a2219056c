import { afterEach, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/client/public.ts';
import { human, TestThread } from '../support/conversing.ts';
import { type Follow, overSse, overWebSocket, TRANSPORTS } from '../support/followed.ts';
import { gate, resetGates } from '../support/gates.ts';
import { startTestService } from '../support/service.ts';
import { TestDatabase } from '../support/test-database.ts';

afterEach(resetGates);

const ALL_MODES = [
  'VALUES',
  'UPDATES',
  'MESSAGES',
  'CUSTOM',
  'TASKS',
  'CHECKPOINTS',
  'DEBUG',
  'EVENTS',
] as const;

const AT_ONCE = 8;

type AnyEvent = { readonly __typename: string; readonly cursor: string };

/**
 * Adjacent deltas of one message as one, with the last one's cursor: a subscriber that lags may get them so.
 */
function joined(events: readonly AnyEvent[]): AnyEvent[] {
  const out: AnyEvent[] = [];
  for (const event of events as readonly RunEvent[]) {
    const last = out.at(-1) as RunEvent | undefined;
    const grows =
      event.__typename === 'MessageDelta' &&
      last?.__typename === 'MessageDelta' &&
      last.messageId === event.messageId;
    if (!grows) out.push(event);
    else
      out[out.length - 1] = {
        ...event,
        text: last.text + event.text,
        content: last.text + event.text,
      } as RunEvent;
  }
  return out.map(({ createdAt: _joinedHasTheLast, ...event }: AnyEvent & { createdAt?: string }) => event);
}

/**
 * What is delivered with live events says how things are at delivery (a run, a checkpoint's tasks). For
 * comparisons, each event as it is told after the end; deltas as they came, for the cursors of all of them
 * are wanted.
 */
function asToldLater(live: readonly AnyEvent[], later: readonly AnyEvent[]): AnyEvent[] {
  const told = new Map(later.map((event) => [event.cursor, event]));
  return live.flatMap((event) =>
    event.__typename === 'MessageDelta' ? [event] : (told.get(event.cursor) ?? []),
  );
}

const lines = (events: readonly AnyEvent[]): string =>
  events.map((event) => JSON.stringify(event)).join('\n');

/**
 * Resumes at every cursor, a few at once, over both transports in turn; each must get exactly what comes
 * after it.
 */
async function expectResumable(
  events: readonly AnyEvent[],
  resume: (after: string, follow: Follow) => Promise<readonly AnyEvent[]>,
  remains: (event: AnyEvent) => boolean = () => true,
): Promise<void> {
  const wrong: string[] = [];
  const check = async ({ cursor, __typename }: AnyEvent, index: number): Promise<void> => {
    const rest = lines(joined(events.slice(index + 1).filter(remains)));
    const resumed = await resume(cursor, index % 2 === 0 ? overWebSocket : overSse);
    if (lines(joined(resumed)) !== rest) wrong.push(`after ${index}, a ${__typename}`);
  };
  for (let start = 0; start < events.length; start += AT_ONCE)
    await Promise.all(
      events.slice(start, start + AT_ONCE).map((event, offset) => check(event, start + offset)),
    );
  expect(wrong).toEqual([]);
}

/**
 * Follows a thread to its `RunEnded` of this run (or RunRolledBack and the reset that follows it), then
 * leaves.
 */
async function upTo(
  follow: Follow,
  url: string,
  variables: object,
  isLast: (event: RunEvent) => boolean,
): Promise<readonly RunEvent[]> {
  await using followed = follow(url, 'threadEvents', variables as never);
  await followed.seen(isLast);
  return followed.events;
}

describe('a run resumed at every one of its cursors gives the same remaining events', () => {
  const RUNS = [
    ['with tokens', 'echo', {}],
    ['with tools', 'two-tools', {}],
    ['with subgraphs, two levels deep', 'nested', {}],
    ['that pauses for a human', 'approval', {}],
    ['that fails', 'failing', {}],
    ['with its own events', 'custom-events', {}],
    ['that records callbacks, with every mode', 'two-tools', { modes: ALL_MODES }],
    ['as DEBUG alone tells it', 'subgraph', { modes: ['DEBUG'] }],
    ['as TASKS and DEBUG tell it', 'two-tools', { modes: ['TASKS', 'DEBUG'] }],
  ] as const;

  test.each(RUNS)('%s', async (_what, assistantId, variables) => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const run = await thread.start(assistantId, {
      input: human('one two three'),
      streamModes: [...ALL_MODES],
    });
    const live = await overWebSocket(service.url, 'runEvents', { runId: run.id, ...variables }).all();
    const bySse = await overSse(service.url, 'runEvents', { runId: run.id, ...variables }).all();
    const later = await overWebSocket(service.url, 'runEvents', { runId: run.id, ...variables }).all();
    const events = asToldLater(live, later);

    expect(lines(bySse)).toBe(lines(later));
    expect(lines(joined(events))).toBe(lines(joined(later)));
    expect(new Set(live.map(({ cursor }) => cursor)).size).toBe(live.length);
    await expectResumable(events, (after, follow) =>
      follow(service.url, 'runEvents', { runId: run.id, after, ...variables }).all(),
    );
  });

  test('also after a restart of the service on the same database', async () => {
    await using database = await TestDatabase.create();
    let runId = '';
    let before: readonly AnyEvent[] = [];
    {
      await using service = await startTestService({ database: database.url });
      const thread = await TestThread.create(service);
      runId = (await thread.start('two-tools', { input: human('hello') })).id;
      const live = await overWebSocket(service.url, 'runEvents', { runId, modes: ALL_MODES }).all();
      const later = await overWebSocket(service.url, 'runEvents', { runId, modes: ALL_MODES }).all();
      before = asToldLater(live, later);
    }

    await using service = await startTestService({ database: database.url });

    await expectResumable(before, (after, follow) =>
      follow(service.url, 'runEvents', { runId, after, modes: ALL_MODES }).all(),
    );
  });
});

describe.each(TRANSPORTS)('over %s', (_name, follow) => {
  test('a thread resumed at every cursor gives what remains, a rolled-back run in its place', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const start = await thread.client.cursor(thread.id);
    await using live = overWebSocket(service.url, 'threadEvents', { threadId: thread.id, after: start });
    await thread.run('custom-events', { input: human('first') });
    await thread.run('approval', { input: human('second') });
    const middle = gate('echo:2', { holds: 1 });
    const removed = await thread.start('echo', { input: human('this will be removed') });
    await middle.reached;
    // What tells of a run that is gone by the time of its delivery is left out.
    await live.seen(({ __typename, runId }) => __typename === 'MessageDelta' && runId === removed.id);
    const last = await thread.run('trivial', { input: human('last'), multitaskStrategy: 'ROLLBACK' });
    const isLast = (event: RunEvent) => event.__typename === 'RunEnded' && event.runId === last.run.id;
    await live.seen(isLast);
    const all = { threadId: thread.id, after: start };
    const later = await upTo(follow, service.url, all, isLast);
    const ofRemoved = ({ runId }: RunEvent) => runId === removed.id;
    const events = live.events.map((event) => asToldLater([event], later)[0] ?? event);

    expect(live.events.filter(ofRemoved).map(({ __typename }) => __typename)).toEqual(
      expect.arrayContaining(['RunStarted', 'MessageDelta', 'RunRolledBack']),
    );
    expect(later.filter(ofRemoved).map(({ __typename }) => __typename)).toEqual(['RunRolledBack']);
    await expectResumable(
      events.filter((event) => !isLast(event as RunEvent)),
      async (after) => (await upTo(follow, service.url, { threadId: thread.id, after }, isLast)).slice(0, -1),
      (event) => !ofRemoved(event as RunEvent) || event.__typename === 'RunRolledBack',
    );
  });

  test('who comes back in the middle of a long message gets the rest of its text, and nothing twice', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    const text = Array.from({ length: 60 }, (_, index) => `word${index}`).join(' ');
    const textOf = (events: readonly RunEvent[]) =>
      events.map((event) => (event.__typename === 'MessageDelta' ? event.text : '')).join('');
    const pause = gate('echo:10');
    const run = await thread.start('echo', { input: human(text) });
    const following = overWebSocket(service.url, 'runEvents', { runId: run.id });
    await following.seen(() => textOf(following.events).endsWith('word9'));
    const seen = [...following.events];
    pause.open();
    await following.all();

    const rest = await follow(service.url, 'runEvents', {
      runId: run.id,
      after: seen.at(-1)?.cursor,
      modes: ['MESSAGES', 'DEBUG'],
    }).all();

    expect(textOf(seen) + textOf(rest)).toBe(text);
  });
});
