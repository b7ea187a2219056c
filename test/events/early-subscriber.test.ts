import { expect, test } from 'vitest';
import { DEFAULT_OWNER } from '../../src/domain/ids.ts';
import { startTestService } from '../support/service.ts';

const owner = DEFAULT_OWNER;

test('who subscribed before the first run of a thread sees what a state update leaves', async () => {
  await using service = await startTestService();
  const { orchestrator } = service;
  const created = await orchestrator.createThread({ owner, ifExists: 'RAISE' });
  if (created.kind !== 'ok') throw new Error(created.kind);
  const threadId = created.value.id;
  const followed = await orchestrator.followMessages({ owner, threadId, fromStart: false });
  if (followed.kind !== 'following') throw new Error(followed.message);
  const run = await orchestrator.createRun({
    owner,
    threadId,
    assistantId: 'trivial',
    input: { messages: [{ type: 'human', content: 'hello' }] },
    strategy: 'REJECT',
    keepPartialOutput: true,
    keepPendingInput: true,
    recordEvents: false,
  });
  if (run.kind !== 'ok') throw new Error(run.kind);
  await orchestrator.joinRun({ owner, threadId, runId: run.value.id });

  await orchestrator.updateThreadState({
    owner,
    threadId,
    values: { messages: [{ type: 'human', content: 'by hand' }] },
    asNode: 'reply',
  });

  for await (const { body, runId } of followed.events) {
    if (body.kind !== 'MESSAGES_RESET' || runId !== null) continue;
    expect(body.messages.map(({ content }) => content)).toEqual(['hello', 'ok', 'by hand']);
    break;
  }
});
