import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unwrap } from '../../src/client/public.ts';
import type { Service } from '../../src/service.ts';
import { human, TestThread } from '../support/conversing.ts';
import { startTestService } from '../support/service.ts';
import { TestDatabase } from '../support/test-database.ts';

const file = fileURLToPath(new URL('../support/graphs/odd-messages.ts', import.meta.url));
let database: TestDatabase;
let service: Service;

beforeAll(async () => {
  database = await TestDatabase.create();
  const langgraphJson = await database.write(
    'langgraph.json',
    JSON.stringify({ graphs: { graph: `${file}:graph` } }),
  );
  service = await startTestService({ database: database.url, langgraphJson });
});

afterAll(async () => {
  await service.stop('The tests are over');
  await database[Symbol.asyncDispose]();
});

const REFUSED = [
  [
    'a removal of an unknown message',
    { messages: [{ type: 'remove', id: 'nope' }] },
    "doesn't exist ('nope')",
  ],
  [
    'two values for a channel of one',
    [
      ['x', 1],
      ['x', 2],
    ],
    'can only receive one value per step',
  ],
] as const;

test.each(REFUSED)(
  'an update by command that a reducer refuses fails its run alone: %s',
  async (_what, update, message) => {
    const thread = await TestThread.create(service);
    await thread.run('graph', { input: human('first') });
    const before = await thread.state();

    const { run } = await thread.run('graph', { command: { update, goto: 'a' } });

    expect(run).toMatchObject({ status: 'ERROR', error: { message: expect.stringContaining(message) } });
    expect(await thread.state()).toMatchObject({
      values: before.values,
      checkpoint: before.checkpoint,
      incomplete: null,
    });
    expect((await thread.run('graph', { input: human('next') })).run).toMatchObject({
      status: 'SUCCESS',
      error: null,
    });
    expect(
      (await thread.run('graph', { input: human('now'), multitaskStrategy: 'INTERRUPT' })).run.status,
    ).toBe('SUCCESS');
    unwrap(await thread.client.updateThreadState({ threadId: thread.id, values: { x: 1 }, asNode: 'a' }));
    const { checkpointId } = before.checkpoint;
    expect((await thread.run('graph', { input: human('from there'), checkpointId })).run.status).toBe(
      'SUCCESS',
    );
    expect(
      (await thread.run('graph', { command: { update: { x: 2 }, goto: 'a' }, checkpointId })).run.status,
    ).toBe('SUCCESS');
    expect((await thread.state()).values).toMatchObject({ x: 2 });
  },
);

test.each(REFUSED)('so does one on a thread without a checkpoint: %s', async (_what, update, message) => {
  const thread = await TestThread.create(service);

  const { run } = await thread.run('graph', { command: { update, goto: 'a' } });

  expect(run).toMatchObject({ status: 'ERROR', error: { message: expect.stringContaining(message) } });
  expect((await thread.run('graph', { input: human('first') })).run).toMatchObject({
    status: 'SUCCESS',
    error: null,
  });
});
