import { expect, test } from 'vitest';
import { unwrap } from '../../src/client/public.ts';
import { ODD_ERRORS } from '../support/odd-errors.ts';
import { CrashScene } from './crash-scene.ts';

const TIMEOUT = { timeout: 60_000 };

test(
  'what a graph throws outside of its nodes ends its own run with the stack, and nothing else',
  TIMEOUT,
  async () => {
    await using scene = await CrashScene.open(['echo:2', 'uncaught']);
    const innocent = await scene.start('echo', 'one two three');
    await scene.words(2);

    for (const way of ['timer', 'immediate', 'rejection', 'emitter']) {
      const thread = unwrap(await scene.client.createThread());
      const run = await scene.start('uncaught', way, { threadId: thread.id });
      expect(unwrap(await scene.client.joinRun(thread.id, run.id)).run).toMatchObject({
        status: 'ERROR',
        endReason: 'FAILED',
      });
      const error = JSON.parse(String(scene.row(run)?.['error'])) as {
        readonly message: string;
        readonly stack: string;
      };
      expect(error.message).toBe(way);
      expect(error.stack).toContain('uncaught.ts');
    }

    scene.server.openGates();
    expect(await scene.ended(innocent)).toMatchObject({ status: 'SUCCESS', attempt: 1 });
  },
);

test("a listener of the run's signal that throws leaves the stop as it is", TIMEOUT, async () => {
  await using scene = await CrashScene.open(['uncaught']);
  const run = await scene.start('uncaught', 'listener');
  await scene.seen('TaskChunk');

  unwrap(await scene.client.cancelRun(scene.threadId, run.id));

  expect(await scene.ended(run)).toMatchObject({ status: 'INTERRUPTED', endReason: 'CANCELLED' });
  await scene.server.logged('Graph threw outside an active run');
  expect((await fetch(new URL('/health', scene.server.url))).status).toBe(200);
});

test(
  'a subscriber of a diagnostics channel that throws in the server’s own request does it no harm',
  TIMEOUT,
  async () => {
    await using scene = await CrashScene.open(['uncaught']);
    const run = await scene.start('uncaught', 'subscriber');
    await scene.seen('TaskChunk');

    expect((await fetch(new URL('/health', scene.server.url))).status).toBe(200);

    await scene.server.logged('Diagnostics channel subscriber threw');
    scene.server.openGates();
    expect(await scene.ended(run)).toMatchObject({ status: 'SUCCESS' });
  },
);

test('a tool that fails is the business of its agent, which goes on', TIMEOUT, async () => {
  await using scene = await CrashScene.open([]);
  const run = await scene.start('failing-tool', 'try it');

  expect(await scene.ended(run)).toMatchObject({ status: 'SUCCESS', error: null });
});

test.each(['timer', 'reject', 'throw'])(
  'no error is so odd that it ends the process or stays without an end (%s)',
  TIMEOUT,
  async (where) => {
    await using scene = await CrashScene.open(['uncaught']);

    for (const odd of Object.keys(ODD_ERRORS)) {
      const thread = unwrap(await scene.client.createThread());
      const run = await scene.start('uncaught', `${where}:${odd}`, { threadId: thread.id });
      const ended = unwrap(await scene.client.joinRun(thread.id, run.id, { timeoutSeconds: 10 })).run;
      expect({ odd, ...ended }).toMatchObject({
        odd,
        status: 'ERROR',
        endReason: 'FAILED',
        error: { name: expect.any(String) },
      });
      expect(ended.error?.name).not.toBe('InternalError');
      expect(ended.error?.message.length).toBeLessThanOrEqual(16_384);
    }
    expect((await fetch(new URL('/health', scene.server.url))).status).toBe(200);
  },
);
