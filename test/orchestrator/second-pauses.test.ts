import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Run } from '../../src/domain/run.ts';
import type { Service } from '../../src/service.ts';
import { gate, resetGates } from '../support/gates.ts';
import { InProcessThread } from '../support/in-process-thread.ts';
import { startTestService } from '../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.stop('The tests are over'));
afterEach(resetGates);

// A node that was answered and asks again: its run writes no checkpoint, it adds to the one at which the
// first question was asked.

const AWAITING = { status: 'SUCCESS', endReason: 'AWAITING_HUMAN' };
const answer = async (thread: InProcessThread, resume: string): Promise<Run> =>
  thread.ended(await thread.run({ command: { resume } }));
const stateAfter = (run: Run) => service.orchestrator.queries.stateAfter(run);

/** Paused at the second question. */
async function pausedTwice(text: string): Promise<{ thread: InProcessThread; run: Run }> {
  const thread = await InProcessThread.create(service, 'asks-twice');
  await thread.ended(await thread.say(text));
  const run = await answer(thread, 'A');
  expect(run).toMatchObject(AWAITING);
  return { thread, run };
}

describe('the second question of a node', () => {
  test('shows as what comes next, in the state of the thread and in the one that the run left', async () => {
    const { thread, run } = await pausedTwice('ask');

    const paused = {
      next: ['ask'],
      interrupts: [{ value: 'second?' }],
      tasks: [{ name: 'ask', interrupts: [{ value: 'second?' }] }],
    };
    expect(await thread.state()).toMatchObject(paused);
    expect(await stateAfter(run)).toMatchObject(paused);
    expect((await service.orchestrator.queries.valuesAfter(run))?.messages).toHaveLength(1);
    expect((await thread.thread()).status).toBe('INTERRUPTED');
  });

  test('in a subgraph too', async () => {
    const { thread, run } = await pausedTwice('sub');

    const inner = { next: ['inner'], interrupts: [{ value: 'second?' }] };
    expect(await thread.state()).toMatchObject({
      next: ['sub'],
      interrupts: [{ value: 'second?' }],
      tasks: [{ name: 'sub', state: inner }],
    });
    expect(await stateAfter(run)).toMatchObject({ next: ['sub'] });
    const ns = (await thread.state())?.tasks[0]?.state?.checkpoint.checkpointNs;
    expect(await service.orchestrator.queries.state(await thread.thread(), null, false, ns)).toMatchObject(
      inner,
    );
  });

  test('behind a breakpoint before the node, the first one too', async () => {
    const thread = await InProcessThread.create(service, 'asks-twice');
    await thread.ended(await thread.say('ask', { interruptBefore: ['ask'] }));

    const first = await thread.ended(await thread.run({}));
    const second = await answer(thread, 'A');

    expect([first, second]).toMatchObject([AWAITING, AWAITING]);
    expect(await stateAfter(second)).toMatchObject({ next: ['ask'], interrupts: [{ value: 'second?' }] });
    expect(await thread.state()).toMatchObject({ next: ['ask'], interrupts: [{ value: 'second?' }] });
  });

  test.each(['ask', 'sub'])('is answered: %s', async (text) => {
    const { thread } = await pausedTwice(text);

    expect(await answer(thread, 'B')).toMatchObject({ status: 'SUCCESS', endReason: 'COMPLETED' });
    expect(await thread.conversation()).toEqual([`human: ${text}`, 'ai: A, B']);
    expect(await thread.state()).toMatchObject({ next: [], interrupts: [] });
  });

  test.each(['ask', 'sub'])('is gone when the run that answered it is stopped: %s', async (text) => {
    const { thread } = await pausedTwice(text);
    const held = gate('asks-twice');
    const run = await thread.run({ command: { resume: 'B' } });
    await held.reached;

    await thread.cancel(run);

    expect(await thread.ended(run)).toMatchObject({ status: 'INTERRUPTED', endReason: 'CANCELLED' });
    expect(await thread.state()).toMatchObject({ next: [], interrupts: [] });
    expect((await thread.thread()).status).toBe('IDLE');
    expect(await thread.create({ command: { resume: 'again' } })).toMatchObject({ kind: 'invalid' });
  });

  test.each(['ask', 'sub'])(
    'is left as it was when the run that answered it is rolled back: %s',
    async (text) => {
      const { thread } = await pausedTwice(text);
      const before = await thread.snapshot();
      const held = gate('asks-twice');
      const run = await thread.run({ command: { resume: 'B' } });
      await held.reached;

      await thread.cancel(run, 'ROLLBACK');
      await thread.removed(run);
      expect(await thread.snapshot()).toEqual(before);

      held.open();
      await answer(thread, 'C');
      expect(await thread.conversation()).toEqual([`human: ${text}`, 'ai: A, C']);
    },
  );

  test.each(['ask', 'sub'])(
    'is what comes next when the node that was answered has thrown: %s',
    async (text) => {
      const { thread } = await pausedTwice(text);

      expect(await answer(thread, 'throw')).toMatchObject({ status: 'ERROR' });

      expect(await thread.state()).toMatchObject({ next: [text] });
    },
  );

  test('gives way to a new input', async () => {
    const { thread } = await pausedTwice('ask');

    await thread.ended(await thread.say('ask'));

    expect(await thread.state()).toMatchObject({ next: ['ask'], interrupts: [{ value: 'first?' }] });
  });

  test('leaves the first one to be read and answered by its checkpoint, beside what came since', async () => {
    const { thread, run } = await pausedTwice('ask');
    const { checkpointId } = (await stateAfter(run))!.checkpoint;
    await answer(thread, 'B');

    expect(await stateAfter(run)).toMatchObject({ checkpoint: { checkpointId } });
  });
});

test('of two questions that wait at once the one left is what the run that answered the other left', async () => {
  const thread = await InProcessThread.create(service, 'two-approvals');
  await thread.ended(await thread.say('go'));
  const left = (await thread.state())!.interrupts.find(
    ({ value }) => (value as { question: string }).question === 'Left?',
  )!;

  const run = await thread.ended(await thread.run({ command: { resume: { [left.id]: 'yes' } } }));

  expect(run).toMatchObject(AWAITING);
  expect(await thread.state()).toMatchObject({
    next: ['right'],
    interrupts: [{ value: { question: 'Right?' } }],
  });
  expect(await stateAfter(run)).toMatchObject({ interrupts: [{ value: { question: 'Right?' } }] });
});
