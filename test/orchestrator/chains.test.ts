import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Service } from '../../src/service.ts';
import { gate, resetGates } from '../support/gates.ts';
import { InProcessThread } from '../support/in-process-thread.ts';
import { IN_CALL_ORDER, startTestService } from '../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startTestService({ config: IN_CALL_ORDER });
});
afterAll(() => service.stop('The tests are over'));
afterEach(resetGates);

/** A thread whose run stands before its third word. */
async function threadInTheMiddle(): Promise<{
  readonly thread: InProcessThread;
  readonly running: Awaited<ReturnType<InProcessThread['say']>>;
}> {
  const thread = await InProcessThread.create(service, 'echo');
  const middle = gate('echo:2', { holds: 1 });
  const running = await thread.say('one two three');
  await middle.reached;
  await thread.heard(running, 'one two');
  return { thread, running };
}

test('of ROLLBACK and INTERRUPT sent before the running run has settled, it is rolled back and the last one carries the other', async () => {
  const { thread, running } = await threadInTheMiddle();

  const [first, second] = await Promise.all([
    thread.say('first', { strategy: 'ROLLBACK' }),
    thread.say('second', { strategy: 'INTERRUPT' }),
  ]);

  await thread.removed(running);
  expect(await thread.ended(second)).toMatchObject({ status: 'SUCCESS' });
  expect(await thread.find(first)).toMatchObject({
    status: 'INTERRUPTED',
    endReason: 'SUPERSEDED',
    supersededBy: second.id,
    carry: 'CARRIED',
    carriedBy: second.id,
  });
  expect(await thread.conversation()).toEqual(['human: first', 'human: second', 'ai: second']);
});

test('of INTERRUPT and ROLLBACK sent before the running run has settled, both it and the first are gone', async () => {
  const { thread, running } = await threadInTheMiddle();

  const [first, second] = await Promise.all([
    thread.say('first', { strategy: 'INTERRUPT' }),
    thread.say('second', { strategy: 'ROLLBACK' }),
  ]);

  expect(await thread.ended(second)).toMatchObject({ status: 'SUCCESS' });
  expect([await thread.find(running), await thread.find(first)]).toEqual([null, null]);
  expect(await thread.conversation()).toEqual(['human: second', 'ai: second']);
});

test('of two INTERRUPTs the first one says how the running run ends, and the second carries the first', async () => {
  const { thread, running } = await threadInTheMiddle();

  const [first, second] = await Promise.all([
    thread.say('first', { strategy: 'INTERRUPT', keepPartialOutput: false }),
    thread.say('second', { strategy: 'INTERRUPT', keepPartialOutput: true }),
  ]);

  await thread.ended(second);
  expect(await thread.find(running)).toMatchObject({
    status: 'INTERRUPTED',
    endReason: 'SUPERSEDED',
    supersededBy: first.id,
  });
  expect(await thread.conversation()).toEqual([
    'human: one two three',
    'human: first',
    'human: second',
    'ai: second',
  ]);
});

test('a stop request stands when the run that asked for it is removed, and then names nobody', async () => {
  const { thread, running } = await threadInTheMiddle();

  const [asked] = await Promise.all([
    thread.say('never mind', { strategy: 'INTERRUPT' }),
    thread.say('other', { strategy: 'ENQUEUE' }),
  ]);
  await thread.removed(await thread.cancel(asked, 'ROLLBACK').then(() => asked));

  expect(await thread.ended(running)).toMatchObject({
    status: 'INTERRUPTED',
    endReason: 'SUPERSEDED',
    supersededBy: null,
  });
});

test('a carrier that is cancelled before it starts leaves what it would have carried to the next run', async () => {
  const { thread, running } = await threadInTheMiddle();
  const [, carrier, next] = await Promise.all([
    thread.say('waiting', { strategy: 'ENQUEUE' }),
    thread.say('carrier', { strategy: 'INTERRUPT', afterSeconds: 60 }),
    thread.say('next', { strategy: 'ENQUEUE', afterSeconds: 60 }),
  ]);
  await thread.ended(running);

  await thread.cancel(carrier);
  await thread.cancel(next);
  await thread.ended(await thread.say('at last'));

  expect(await thread.conversation()).toEqual([
    'human: one two three',
    'ai (partial): one two',
    'human: waiting',
    'human: at last',
    'ai: at last',
  ]);
});

test('what a rolled-back carrier had carried is carried by the run after it', async () => {
  const { thread, running } = await threadInTheMiddle();
  const middle = gate('echo:0');
  const [waiting, carrier] = await Promise.all([
    thread.say('waiting', { strategy: 'ENQUEUE' }),
    thread.say('carrier', { strategy: 'INTERRUPT' }),
  ]);
  await thread.ended(running);
  await middle.reached;
  expect(await thread.find(waiting)).toMatchObject({ carry: 'TAKEN', carriedBy: carrier.id });
  expect((await thread.conversation()).slice(2)).toEqual(['human: waiting', 'human: carrier']);

  const after = await thread.say('after', { strategy: 'ROLLBACK' });
  middle.open();

  await thread.ended(after);
  expect(await thread.find(waiting)).toMatchObject({
    carry: 'CARRIED',
    carriedBy: after.id,
    supersededBy: null,
  });
  expect(await thread.conversation()).toEqual([
    'human: one two three',
    'ai (partial): one two',
    'human: waiting',
    'human: after',
    'ai: after',
  ]);
});

test('messages of several superseded runs are carried in the order in which they were sent', async () => {
  const { thread } = await threadInTheMiddle();

  const [, , , last] = await Promise.all([
    thread.say('a'),
    thread.say('b'),
    thread.say('c', { strategy: 'INTERRUPT' }),
    thread.say('d', { strategy: 'INTERRUPT' }),
  ]);

  await thread.ended(last);
  expect((await thread.conversation()).slice(2)).toEqual([
    'human: a',
    'human: b',
    'human: c',
    'human: d',
    'ai: d',
  ]);
});

test('keepPendingInput false drops the messages of the runs that were waiting, and keepPartialOutput false what was being said', async () => {
  const { thread } = await threadInTheMiddle();

  const [waiting, last] = await Promise.all([
    thread.say('waiting'),
    thread.say('last', { strategy: 'INTERRUPT', keepPendingInput: false, keepPartialOutput: false }),
  ]);

  await thread.ended(last);
  expect(await thread.find(waiting)).toMatchObject({
    endReason: 'SUPERSEDED',
    carry: 'NONE',
    carriedBy: null,
  });
  expect(await thread.conversation()).toEqual(['human: one two three', 'human: last', 'ai: last']);
});

test('a retried INTERRUPT with its idempotency key is the same run, which it does not stop', async () => {
  const { thread, running } = await threadInTheMiddle();
  const middle = gate('echo:0', { holds: 1 });
  const options = { strategy: 'INTERRUPT', idempotencyKey: `retry ${thread.id}` } as const;
  const interrupting = await thread.say('stop', options);
  await middle.reached;

  const retried = await thread.say('stop', options);
  middle.open();

  expect(retried.id).toBe(interrupting.id);
  expect(await thread.ended(interrupting)).toMatchObject({ status: 'SUCCESS' });
  expect(await thread.runs()).toHaveLength(2);
  expect(await thread.find(running)).toMatchObject({ supersededBy: interrupting.id });
});

test('a stop that comes just before the end interrupts the run, with all of its text kept as partial', async () => {
  const thread = await InProcessThread.create(service, 'echo');
  const end = gate('echo:end', { holds: 1 });
  const run = await thread.say('one two');
  await end.reached;
  await thread.heard(run, 'one two');

  const cancelled = await thread.cancel(run);
  end.open();

  expect(cancelled).toMatchObject({ status: 'RUNNING', stop: { action: 'INTERRUPT', reason: 'CANCELLED' } });
  expect(await thread.ended(run)).toMatchObject({ status: 'INTERRUPTED', endReason: 'CANCELLED' });
  expect(await thread.conversation()).toEqual(['human: one two', 'ai (partial): one two']);
});

test.each([0, 1, 2, 3, 5, 8, 13])(
  'a stop that comes %i turns after the graph was let go gives one end, and the text once',
  async (turns) => {
    const thread = await InProcessThread.create(service, 'echo');
    const end = gate('echo:end', { holds: 1 });
    const run = await thread.say('one two');
    await end.reached;

    end.open();
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
    await thread.cancel(run);

    const { status } = await thread.ended(run);
    const [, answer, ...more] = await thread.conversation();
    // Stopped between its only step and its end, the run is interrupted although its answer is whole.
    expect(status === 'SUCCESS' ? ['ai: one two'] : ['ai: one two', 'ai (partial): one two']).toContain(
      answer,
    );
    expect(more).toEqual([]);
    const ends = (await thread.log()).filter(({ body }) => body.kind === 'RUN_ENDED');
    expect(ends.map(({ body }) => body)).toMatchObject([{ status }]);
    await thread.ended(await thread.say('next'));
    expect((await thread.conversation()).slice(2)).toEqual(['human: next', 'ai: next']);
  },
);
