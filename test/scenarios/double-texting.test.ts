import { afterEach, expect, test } from 'vitest';
import { createClient, unwrap } from '../../src/client/public.ts';
import { gate, resetGates } from '../support/gates.ts';
import { startTestService } from '../support/service.ts';

afterEach(resetGates);

const human = (content: string) => ({ messages: [{ role: 'user', content }] });

test('INTERRUPT keeps what the first run did and said, then answers the second message', async () => {
  await using service = await startTestService();
  const client = createClient({ url: service.url });
  const middle = gate('echo:3', { holds: 1 });
  const thread = unwrap(await client.createThread());
  const first = unwrap(
    await client.createRun({
      threadId: thread.id,
      assistantId: 'echo',
      input: human('one two three four five'),
    }),
  );
  await middle.reached;

  const second = unwrap(
    await client.createRun({
      threadId: thread.id,
      assistantId: 'echo',
      input: human('six seven'),
      multitaskStrategy: 'INTERRUPT',
    }),
  );
  const joined = unwrap(await client.joinRun(thread.id, second.id));

  expect(joined.run).toMatchObject({ status: 'SUCCESS', endReason: 'COMPLETED' });
  expect(joined.state?.messages.map(({ type, text }) => [type, text])).toEqual([
    ['human', 'one two three four five'],
    ['ai', 'one two three'],
    ['human', 'six seven'],
    ['ai', 'six seven'],
  ]);
  expect(await client.run(first.id)).toMatchObject({
    status: 'INTERRUPTED',
    endReason: 'SUPERSEDED',
    supersededBy: { id: second.id },
  });
});
