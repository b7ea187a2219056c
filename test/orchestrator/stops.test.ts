import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Run } from '../../src/domain/run.ts';
import type { Service } from '../../src/service.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { type Gate, gate, resetGates } from '../support/gates.ts';
import { InProcessThread } from '../support/in-process-thread.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { startTestService } from '../support/service.ts';

const LEASE_MS = 24 * 60 * 60_000;
const clock = new AdvancingClock();
const logger = new RecordingLogger();
let service: Service;
beforeAll(async () => {
  service = await startTestService({ clock, logger, options: { leaseMs: LEASE_MS } });
});
afterAll(() => service.stop('The tests are over'));
afterEach(resetGates);

/** A run of the graph deaf-places whose code stands at the gate. */
async function deafRun(where: string, held = 1): Promise<{ thread: InProcessThread; run: Run; deaf: Gate }> {
  const thread = await InProcessThread.create(service, 'deaf-places');
  const deaf = gate('deaf', { holds: held });
  const run = await thread.say(where);
  await deaf.reachedBy(held);
  return { thread, run, deaf };
}

/** The node that calls the code, and where it is found. */
const WAYS: [node: string, ...places: string[]][] = [
  ['node', 'node'],
  ['lambda', 'lambda'],
  ['tools', 'tools|tools:fetch'],
  ['sub', 'sub|deaf'],
  ['delegating', 'delegating|tools:fetch'], // the tool that delegates heeds: what it invokes rejects
  ['functional', 'functional|flow|step'],
];

describe('a stop is acknowledged when the code has settled', () => {
  test.each(WAYS)('%s', async (where, ..._places) => {
    const { thread, run, deaf } = await deafRun(where);
    await thread.cancel(run);
    const next = await thread.say('heeds');
    // Another thread's run goes all its way meanwhile: the stop signal has been acted on long since.
    const other = await InProcessThread.create(service, 'echo');
    await other.ended(await other.say('one'));

    const before = [await thread.find(run), await thread.find(next)];
    deaf.open();
    const ended = await thread.ended(run);
    await thread.ended(next);

    expect(before).toMatchObject([{ status: 'RUNNING' }, { status: 'PENDING' }]);
    expect(ended).toMatchObject({ status: 'INTERRUPTED', endReason: 'CANCELLED', abandoned: [] });
  });

  test('all tasks of a fan-out', async () => {
    const { thread, run, deaf } = await deafRun('send', 2);
    await thread.cancel(run, 'ROLLBACK');
    const other = await InProcessThread.create(service, 'echo');
    await other.ended(await other.say('one'));

    expect(await thread.find(run)).toMatchObject({ status: 'RUNNING' });
    deaf.open();
    await thread.removed(run);
  });

  test('a node beside one that threw', async () => {
    const sibling = gate('sibling');
    const { thread, run, deaf } = await deafRun('failing');
    await sibling.reached;
    sibling.open();
    const other = await InProcessThread.create(service, 'echo');
    await other.ended(await other.say('one'));

    expect(await thread.find(run)).toMatchObject({ status: 'RUNNING' });
    deaf.open();
    expect(await thread.ended(run)).toMatchObject({
      status: 'ERROR',
      endReason: 'FAILED',
      error: { message: 'the sibling threw' },
    });
  });

  test('a node that heeds its signal is not waited for', async () => {
    const { thread, run } = await deafRun('heeds');

    await thread.cancel(run);

    expect(await thread.ended(run)).toMatchObject({ status: 'INTERRUPTED', abandoned: [] });
  });
});

describe('past the grace period code is abandoned', () => {
  test.each(WAYS)('%s is named', async (where, ...places) => {
    const { thread, run } = await deafRun(where);

    await thread.cancel(run);
    const ending = thread.ended(run);
    // By then all code that heeds its signal has settled.
    const other = await InProcessThread.create(service, 'echo');
    await other.ended(await other.say('one'));
    await clock.advance(5_001);

    expect(await ending).toMatchObject({ status: 'INTERRUPTED', abandoned: places });
    expect((await thread.log()).find(({ body }) => body.kind === 'RUN_ENDED')?.body).toMatchObject({
      abandoned: places,
    });
    const warned = logger.lines.filter(
      ({ level, fields }) =>
        level === 'warn' &&
        'abandoned' in fields &&
        'graceMs' in fields &&
        'runId' in fields &&
        fields.runId === run.id,
    );
    expect(warned.map(({ fields }) => fields)).toMatchObject([{ abandoned: places }]);
  });

  test('and starts nothing more: a retry of its node fails', async () => {
    const { thread, run, deaf } = await deafRun('retried');
    await thread.cancel(run);
    const ending = thread.ended(run);
    await clock.advance(5_001);
    await ending;
    const again = gate('deaf');

    deaf.open();
    await thread.ended(await thread.say('heeds'));

    expect(again.held).toBe(1);
  });

  test('a rollback says so', async () => {
    const { thread, run } = await deafRun('node');

    await thread.cancel(run, 'ROLLBACK');
    const removal = thread.removed(run);
    await clock.advance(5_001);
    await removal;

    expect((await thread.log()).find(({ body }) => body.kind === 'RUN_ROLLED_BACK')?.body).toMatchObject({
      abandoned: ['node'],
    });
  });
});
