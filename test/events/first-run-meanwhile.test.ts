import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { ThreadId } from '../../src/domain/ids.ts';
import { Hub } from '../../src/events/hub.ts';
import { LogSubscriptions } from '../../src/events/subscriptions.ts';
import { custom, given } from '../contract/store-data.ts';
import { MemoryCheckpointStore } from '../simulation/memory-checkpoint-store.ts';
import { MemoryDatabase } from '../simulation/memory-database.ts';
import { MemoryStore } from '../simulation/memory-store.ts';
import { ScriptedGraphs } from '../simulation/scripted-graphs.ts';
import { simulatedCalls } from '../simulation/simulated-calls.ts';
import { silentLogger } from '../support/silent-logger.ts';

test('who asks for a conversation while the first run of its thread comes and goes gets what that has left', async () => {
  const calls = simulatedCalls(1);
  const database = new MemoryDatabase(calls.world);
  const store = new MemoryStore(database, calls);
  const checkpoints = new MemoryCheckpointStore(database, store.commits, calls);
  const graphs = new ScriptedGraphs({ clock: systemClock, newId: () => 'first' });
  const { thread } = await given(store);
  const firstRun = async (threadId: ThreadId): Promise<void> => {
    const buffer = await checkpoints.buffer(threadId, null);
    const call = { threadId, runId: null, assistantId: null, config: {}, context: null, metadata: {} };
    const values = { messages: [{ type: 'human', id: 'm', content: 'hello' }] };
    await graphs.updateState({ graphId: 'scripted', call, buffer, checkpointId: null, values, asNode: null });
    await store.transaction(async (tx) => {
      await tx.threads.update(threadId, { graphId: 'scripted' });
      await tx.checkpoints.commit(buffer);
      await tx.events.append(threadId, [custom('its end')]);
    });
  };
  const { reads } = store;
  const lastSeq = reads.lastSeq.bind(reads);
  reads.lastSeq = async (threadId) => {
    reads.lastSeq = lastSeq;
    await firstRun(threadId);
    return lastSeq(threadId);
  };
  const hub = new Hub({ reads, clock: systemClock, logger: silentLogger });
  const subscriptions = new LogSubscriptions({ hub, reads, graphs, checkpoints });

  const followed = await subscriptions.followMessages({
    owner: thread.owner,
    threadId: thread.id,
    fromStart: true,
  });

  if (followed.kind !== 'following') throw new Error(followed.message);
  const { value } = await followed.events.next();
  await followed.events.return?.();
  expect(value?.body).toEqual({
    kind: 'MESSAGES_RESET',
    messages: [{ type: 'human', id: 'm', content: 'hello' }],
  });
});
