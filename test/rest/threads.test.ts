import { afterEach, expect, test } from 'vitest';
import { resetGates } from '../support/gates.ts';
import { startRestServer } from './support.ts';

afterEach(resetGates);
const hello = { messages: [{ role: 'user', content: 'hi' }] };

test('§9.1 a thread created with nothing is idle, with empty metadata and null values', async () => {
  await using server = await startRestServer();

  const created = await server.request('POST', '/threads', {});

  expect(created.status).toBe(200);
  expect(created.body).toMatchObject({
    status: 'idle',
    metadata: {},
    values: null,
    interrupts: {},
    config: {},
  });
});

test('§9.3 what is unknown answers 404 with a detail', async () => {
  await using server = await startRestServer();
  const unknown = '0198a000-0000-7000-8000-000000000000';

  const answers = [
    await server.request('GET', `/threads/${unknown}`),
    await server.request('PATCH', `/threads/${unknown}`, { metadata: {} }),
    await server.request('DELETE', `/threads/${unknown}`),
    await server.request('GET', `/threads/${unknown}/runs`),
  ];

  for (const answer of answers)
    expect(answer).toMatchObject({ status: 404, body: { detail: `Thread with ID ${unknown} not found` } });
});

test('§9.24 wait returns the final values, which are the thread’s too', async () => {
  await using server = await startRestServer();
  const { client, client2 } = server;
  const thread = await client.threads.create();

  const values = (await client.runs.wait(thread.thread_id, 'agent', { input: hello })) as {
    messages: unknown[];
  };

  expect(values.messages).toHaveLength(4);
  expect((await client2.threads.get(thread.thread_id)).values).toEqual(values);
});
