import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_OWNER } from '../../src/domain/ids.ts';
import type { Json } from '../../src/domain/json.ts';
import type { Run } from '../../src/domain/run.ts';
import type { Service } from '../../src/service.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { type Gate, gate, resetGates } from '../support/gates.ts';
import { InProcessThread } from '../support/in-process-thread.ts';
import { startTestService } from '../support/service.ts';
import { until } from '../support/until.ts';

/** No grace period ends by itself. */
const clock = new AdvancingClock();
let service: Service;
beforeAll(async () => {
  service = await startTestService({ clock, options: { leaseMs: 24 * 60 * 60_000 } });
});
afterAll(() => service.stop('The tests are over'));
afterEach(resetGates);

async function kept(key: string, namespace = ['tidied']): Promise<Json | null> {
  const found = await service.orchestrator.items.get({ owner: DEFAULT_OWNER, namespace, key });
  if (found.kind !== 'ok') throw new Error(`No item: ${found.kind}`);
  return found.value?.value ?? null;
}

const forget = (key: string) =>
  service.orchestrator.items.delete({ owner: DEFAULT_OWNER, namespace: ['tidied'], key });

/**
 * A cancelled run whose code has noticed and stands in its `finally`, when LangGraph's stream and loop have
 * long ended.
 */
async function stoppedRun(
  where: string,
  action?: 'ROLLBACK',
): Promise<{ thread: InProcessThread; run: Run; late: Gate }> {
  await forget(where);
  const [work, late] = [gate('tidying:work'), gate('tidying:late')];
  const thread = await InProcessThread.create(service, 'tidying');
  const run = await thread.say(where);
  await work.reached;
  await thread.cancel(run, action);
  await late.reached;
  const other = await InProcessThread.create(service, 'echo');
  await other.ended(await other.say('one'));
  return { thread, run, late };
}

const TIDIED = { got: expect.objectContaining({ where: expect.any(String) }), found: 1, left: 0 };

describe('the long-term store answers for as long as the code of a stopped run is at work', () => {
  test.each(['node', 'tools', 'sub', 'agent', 'functional'])('%s', async (where) => {
    const { thread, run, late } = await stoppedRun(where);

    late.open();

    expect(await thread.ended(run)).toMatchObject({
      status: 'INTERRUPTED',
      endReason: 'CANCELLED',
      abandoned: [],
    });
    expect(await kept(where)).toEqual(TIDIED);
  });

  test('a rollback leaves what was put', async () => {
    const { thread, run, late } = await stoppedRun('node', 'ROLLBACK');

    late.open();
    await thread.removed(run);

    expect(await kept('node')).toEqual(TIDIED);
  });
});

test('past the grace period calls of abandoned code reject and store nothing', async () => {
  const { thread, run, late } = await stoppedRun('node');
  const ending = thread.ended(run);
  await clock.advance(5_001);
  expect(await ending).toMatchObject({ status: 'INTERRUPTED', abandoned: ['node'] });

  const refused = gate('tidying:refused');
  late.open();
  await refused.reached;

  expect(await kept('node')).toBeNull();
});

test('puts that no node awaited are stored', async () => {
  const thread = await InProcessThread.create(service, 'tidying');

  await thread.ended(await thread.say('together'));

  await until(
    () => Promise.all(['first', 'second'].map((key) => kept(key, ['tidied', 'together']))),
    (values) => !values.includes(null),
  );
});
