import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { Hub } from '../../src/events/hub.ts';
import { LogSubscriptions } from '../../src/events/subscriptions.ts';
import type { Followed } from '../../src/orchestrator/ports/subscriptions.ts';
import { custom, given } from '../contract/store-data.ts';
import { MemoryCheckpointStore } from '../simulation/memory-checkpoint-store.ts';
import { MemoryDatabase } from '../simulation/memory-database.ts';
import { MemoryStore } from '../simulation/memory-store.ts';
import { ScriptedGraphs } from '../simulation/scripted-graphs.ts';
import { simulatedCalls } from '../simulation/simulated-calls.ts';
import { silentLogger } from '../support/silent-logger.ts';

async function scene() {
  const calls = simulatedCalls(1);
  const database = new MemoryDatabase(calls.world);
  const store: MemoryStore = new MemoryStore(database, calls, (events) => hub.publish(events));
  const hub: Hub = new Hub({ reads: store.reads, clock: systemClock, logger: silentLogger });
  const checkpoints = new MemoryCheckpointStore(database, store.commits, calls);
  const graphs = new ScriptedGraphs({ clock: systemClock, newId: () => 'first' });
  const subscriptions = new LogSubscriptions({ hub, reads: store.reads, graphs, checkpoints });
  const { thread } = await given(store);
  const log = (data: string) => store.transaction((tx) => tx.events.append(thread.id, [custom(data)]));
  return { hub, log, subscriptions, request: { owner: thread.owner, threadId: thread.id } };
}

const eventsOf = (followed: Followed) => {
  if (followed.kind !== 'following') throw new Error(followed.message);
  return followed.events;
};

test.each(['followThread', 'followMessages'] as const)(
  'return() of %s ends a next() that waits, and releases the log',
  async (method) => {
    const { hub, subscriptions, request } = await scene();
    const events = eventsOf(await subscriptions[method]({ ...request, fromStart: false }));
    const waiting = [events.next(), events.next()];
    expect(hub.followed).toEqual([request.threadId]);

    expect(await events.return?.()).toEqual({ done: true, value: undefined });

    expect(await Promise.all(waiting)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    expect(hub.followed).toEqual([]);
    expect(await events.next()).toEqual({ done: true, value: undefined });
  },
);

test('calls of next() that wait side by side get the events in their order', async () => {
  const { log, subscriptions, request } = await scene();
  const events = eventsOf(await subscriptions.followThread(request));
  const waiting = [events.next(), events.next()];

  await log('one');
  await log('two');

  const bodies = (await Promise.all(waiting)).map(({ value }) => value?.body);
  await events.return?.();
  expect(bodies).toEqual([custom('one').body, custom('two').body]);
});
