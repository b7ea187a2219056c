import { expect, test } from 'vitest';
import { decide, isHeld } from '../support/decisions.ts';
import { InProcessThread } from '../support/in-process-thread.ts';
import { startTestService } from '../support/service.ts';
import { until } from '../support/until.ts';

test('the text of a message whose node threw is taken back from its readers before the run ends', async () => {
  await using service = await startTestService();
  const thread = await InProcessThread.create(service, 'model-agent');
  const run = await thread.say('hello', { config: { configurable: { label: 'one' } } });
  await until(() => isHeld(run.id), Boolean);
  decide(run.id, 'FAIL');
  await thread.ended(run);

  const kinds = (await thread.log()).map(({ body }) => body.kind);
  expect(kinds.indexOf('MESSAGE_DELTA')).toBeGreaterThan(-1);
  expect(kinds.slice(-2)).toEqual(['MESSAGES_RESET', 'RUN_ENDED']);
});
