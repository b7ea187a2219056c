import { afterEach, expect, test } from 'vitest';
import type { EventBody } from '../../src/domain/event.ts';
import type { MessageJson } from '../../src/domain/message.ts';
import { conversationAfter } from '../../src/events/expansion.ts';
import { resetGates } from '../support/gates.ts';
import { InProcessThread, toLine } from '../support/in-process-thread.ts';
import { startTestService } from '../support/service.ts';
import { SteppedWorker } from '../support/stepped-worker.ts';

afterEach(resetGates);

/** The conversation that a reader of the log from its beginning has put together. */
async function told(thread: InProcessThread): Promise<string[]> {
  const bodies = (await thread.log()).map(({ body }) => body);
  const messages = await conversationAfter(
    [],
    bodies as readonly EventBody[],
    async (body) => (body as unknown as { messages: MessageJson[] }).messages,
  );
  return messages.map(toLine);
}

test('what a lost worker had stored and not told any more is told when its run is interrupted', async () => {
  await using worker = await SteppedWorker.start();
  const thread = await InProcessThread.create(worker, 'side-effects');
  const run = await thread.say('go');
  const claimed = await worker.claim();
  await worker.executeUnpublished(claimed, await worker.prepare(claimed));
  await thread.cancel(run);

  await worker.execute(await worker.takeOver());

  expect(await thread.find(run)).toMatchObject({ status: 'INTERRUPTED' });
  expect(await thread.conversation()).toEqual(['human: go', 'ai: first', 'ai: second', 'ai: third']);
  expect(await told(thread)).toEqual(await thread.conversation());
});

test("a message of which a lost worker had stored only the input's checkpoint is kept when its run is interrupted", async () => {
  await using worker = await SteppedWorker.start();
  const thread = await InProcessThread.create(worker, 'side-effects');
  const run = await thread.say('go');
  const claimed = await worker.claim();
  await worker.executeInputOnly(claimed, await worker.prepare(claimed));
  const next = await thread.say('next', { strategy: 'INTERRUPT' });

  await worker.execute(await worker.takeOver());
  await worker.execute(await worker.claim());

  expect(await thread.find(run)).toMatchObject({ status: 'INTERRUPTED' });
  expect(await thread.find(next)).toMatchObject({ status: 'SUCCESS' });
  expect((await thread.conversation()).slice(0, 2)).toEqual(['human: go', 'human: next']);
  expect(await told(thread)).toEqual(await thread.conversation());
});

test.each([
  ['tool results that waited beside a question come behind the answer that it got', 'tools'],
  ['a message that waited beside a question is gone', 'aside'],
])('%s when a new message comes instead, and readers are told so', async (_what, wish) => {
  await using service = await startTestService();
  const thread = await InProcessThread.create(service, 'half-approved');
  const paused = await thread.ended(await thread.say(wish));

  await thread.ended(await thread.say('never mind'));

  expect(paused).toMatchObject({ endReason: 'AWAITING_HUMAN' });
  expect((await thread.conversation()).at(-1)).toBe('ai: done');
  expect(await told(thread)).toEqual(await thread.conversation());
});
