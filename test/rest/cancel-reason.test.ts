import { afterEach, expect, test } from 'vitest';
import { gate, resetGates } from '../support/gates.ts';
import { startRestServer } from './support.ts';

afterEach(resetGates);

const input = { messages: [{ role: 'user', content: 'hi' }] };

test('a run says why it was stopped: cancelled, superseded, or null', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create();
  const held = gate('rest-agent:begin:1', { holds: 2 });
  const superseded = await client.runs.create(thread_id, 'agent', { input });
  await held.reached;
  const cancelled = await client.runs.create(thread_id, 'agent', { input, multitaskStrategy: 'interrupt' });
  await client.runs.join(thread_id, superseded.run_id);
  await client.runs.cancel(thread_id, cancelled.run_id, true);
  resetGates();
  const finished = await client.runs.create(thread_id, 'agent', { input });
  await client.runs.join(thread_id, finished.run_id);

  const runs = await client.runs.list(thread_id, { select: ['run_id', 'cancel_reason'] });

  expect(Object.fromEntries(runs.map(({ run_id, cancel_reason }) => [run_id, cancel_reason]))).toEqual({
    [superseded.run_id]: 'superseded',
    [cancelled.run_id]: 'cancelled',
    [finished.run_id]: null,
  });
});
