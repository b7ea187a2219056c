import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_OWNER } from '../../src/domain/ids.ts';
import type { Service } from '../../src/service.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { gate, resetGates } from '../support/gates.ts';
import { InProcessThread } from '../support/in-process-thread.ts';
import { startTestService } from '../support/service.ts';
import { until } from '../support/until.ts';

const owner = DEFAULT_OWNER;
const MINUTE_MS = 60_000;
const clock = new AdvancingClock();
let service: Service;
beforeAll(async () => {
  service = await startTestService({ clock, options: { leaseMs: 24 * 60 * MINUTE_MS } });
});
afterAll(() => service.stop('The tests are over'));
afterEach(resetGates);

/** A thread of the echo graph whose run stands before its third word. */
async function inTheMiddle() {
  const thread = await InProcessThread.create(service, 'echo');
  const middle = gate('echo:2', { holds: 1 });
  const run = await thread.say('one two three');
  await middle.reached;
  await thread.heard(run, 'one two');
  return { thread, run, middle };
}

describe('delayed runs', () => {
  test('a delayed run does not hold up those behind it', async () => {
    const thread = await InProcessThread.create(service, 'echo');

    const delayed = await thread.say('later', { afterSeconds: 60 });
    await thread.ended(await thread.say('now'));

    expect(await thread.find(delayed)).toMatchObject({ status: 'PENDING' });
    expect((await thread.thread()).status).toBe('BUSY');
    await clock.advance(61_000);
    await thread.ended(delayed);
    expect(await thread.conversation()).toEqual(['human: now', 'ai: now', 'human: later', 'ai: later']);
  });

  test('a delayed run that has become due takes its place ahead of younger ones', async () => {
    const { thread, run, middle } = await inTheMiddle();
    const delayed = await thread.say('older', { afterSeconds: 60 });
    const younger = await thread.say('younger');

    await clock.advance(61_000);
    middle.open();

    await Promise.all([run, delayed, younger].map((one) => thread.ended(one)));
    expect((await thread.conversation()).slice(2)).toEqual([
      'human: older',
      'ai: older',
      'human: younger',
      'ai: younger',
    ]);
  });

  test('REJECT counts a delayed run as unfinished', async () => {
    const thread = await InProcessThread.create(service, 'echo');
    const delayed = await thread.say('later', { afterSeconds: 60 });

    expect(await thread.create({ input: { messages: [] }, strategy: 'REJECT' })).toMatchObject({
      kind: 'busy',
      blockingRun: { id: delayed.id },
    });
    await thread.cancel(delayed);
  });
});

test('a run whose time is over ends TIMEOUT with its partial text, and the next message works', async () => {
  const thread = await InProcessThread.create(service, 'echo');
  const middle = gate('echo:2', { holds: 1 });
  const run = await thread.say('one two three', { timeoutSeconds: 30 });
  await middle.reached;
  await thread.heard(run, 'one two');

  await clock.advance(31_000);

  expect(await thread.ended(run)).toMatchObject({ status: 'TIMEOUT', endReason: 'TIMED_OUT' });
  expect((await thread.thread()).status).toBe('ERROR');
  expect(await thread.ended(await thread.say('again'))).toMatchObject({ status: 'SUCCESS' });
  expect(await thread.conversation()).toEqual([
    'human: one two three',
    'ai (partial): one two',
    'human: again',
    'ai: again',
  ]);
  expect((await thread.thread()).status).toBe('IDLE');
});

test('a node that throws ends its run ERROR with what it threw, keeps the completed steps, and the next message works', async () => {
  const thread = await InProcessThread.create(service, 'failing');

  const run = await thread.ended(await thread.say('go'));

  expect(run).toMatchObject({
    status: 'ERROR',
    endReason: 'FAILED',
    error: { name: 'CustomError', message: 'Boo!' },
  });
  expect((await thread.thread()).status).toBe('ERROR');
  expect(await thread.ended(await thread.say('again'))).toMatchObject({ status: 'ERROR' });
  expect(await thread.conversation()).toEqual(['human: go', 'ai: prepared', 'human: again', 'ai: prepared']);
});

describe('a graph that is made for each run', () => {
  const broken = { config: { configurable: { flavour: 'none' } } };

  test('ends its run ERROR with what its factory throws, also where there is a conversation already', async () => {
    const thread = await InProcessThread.create(service, 'factory');
    const error = { name: 'GraphLoadError', message: expect.stringContaining('There is no such flavour') };

    expect(await thread.ended(await thread.say('one', broken))).toMatchObject({ status: 'ERROR', error });
    expect(await thread.ended(await thread.say('two'))).toMatchObject({ status: 'SUCCESS' });
    expect(await thread.ended(await thread.say('three', broken))).toMatchObject({ status: 'ERROR', error });
  });

  test('can be stopped while its factory hangs, and the message is left to the next run', async () => {
    const thread = await InProcessThread.create(service, 'factory');
    await thread.ended(await thread.say('one'));
    const hanging = gate('factory', { holds: 1 });
    const run = await thread.say('two');
    await hanging.reached;

    await thread.cancel(run);
    const ending = thread.ended(run);
    await until(
      async () => {
        await clock.advance(5_001);
        return thread.find(run);
      },
      (found) => found?.endReason !== null,
    );

    expect(await ending).toMatchObject({ status: 'INTERRUPTED', endReason: 'CANCELLED', carry: 'WAITING' });
    expect(await thread.ended(await thread.say('three'))).toMatchObject({ status: 'SUCCESS' });
    expect((await thread.conversation()).slice(2)).toEqual(['human: two', 'human: three', 'ai: vanilla']);
  });
});

describe('cancelRun', () => {
  test('INTERRUPT ends a waiting run at once, and its message is carried by nobody', async () => {
    const { thread, run, middle } = await inTheMiddle();
    const waiting = await thread.say('waiting');

    expect(await thread.cancel(waiting)).toMatchObject({
      status: 'INTERRUPTED',
      endReason: 'CANCELLED',
      carry: 'NONE',
    });

    middle.open();
    await thread.ended(run);
    expect(await thread.conversation()).toEqual(['human: one two three', 'ai: one two three']);
  });

  test('ROLLBACK removes a waiting run at once', async () => {
    const { thread, run, middle } = await inTheMiddle();
    const waiting = await thread.say('waiting');

    expect(await thread.cancel(waiting, 'ROLLBACK')).toMatchObject({ id: waiting.id });

    expect(await thread.find(waiting)).toBeNull();
    middle.open();
    await thread.ended(run);
  });

  test('INTERRUPT keeps what a running run has said', async () => {
    const { thread, run } = await inTheMiddle();

    await thread.cancel(run);

    expect(await thread.ended(run)).toMatchObject({
      status: 'INTERRUPTED',
      endReason: 'CANCELLED',
      supersededBy: null,
    });
    expect(await thread.conversation()).toEqual(['human: one two three', 'ai (partial): one two']);
  });

  test('ROLLBACK of a running run leaves the thread as it was before', async () => {
    const thread = await InProcessThread.create(service, 'failing');
    await thread.ended(await thread.say('first'));
    const before = await thread.snapshot();
    const failing = gate('failing', { holds: 1 });
    const run = await thread.say('second');
    await failing.reached;

    await thread.cancel(run, 'ROLLBACK');

    await thread.removed(run);
    expect(before).toMatchObject({ status: 'ERROR' });
    expect(await thread.snapshot()).toEqual(before);
  });

  test.each(['INTERRUPT', 'ROLLBACK'] as const)('%s of an ended run returns it unchanged', async (action) => {
    const thread = await InProcessThread.create(service, 'echo');
    const ended = await thread.ended(await thread.say('hello'));

    expect(await thread.cancel(ended, action)).toEqual(ended);
    expect(await thread.find(ended)).toEqual(ended);
  });

  test('a run of another thread is not found', async () => {
    const { run } = await inTheMiddle();
    const other = await InProcessThread.create(service, 'echo');

    const outcome = await service.orchestrator.cancelRun({
      owner,
      threadId: other.id,
      runId: run.id,
      action: 'INTERRUPT',
    });

    expect(outcome).toEqual({ kind: 'notFound', what: 'Run', id: run.id });
  });
});

test('deleteRun removes an ended run from the lists, while the state stays and can go on', async () => {
  const thread = await InProcessThread.create(service, 'echo');
  const first = await thread.ended(await thread.say('one'));
  await thread.ended(await thread.say('two'));
  const before = await thread.snapshot();

  expect(await service.orchestrator.deleteRun({ owner, threadId: thread.id, runId: first.id })).toEqual({
    kind: 'deleted',
    id: first.id,
  });

  expect((await thread.runs()).map(({ id }) => id)).not.toContain(first.id);
  expect(await thread.snapshot()).toEqual(before);
  await thread.ended(await thread.say('three'));
  expect(await thread.conversation()).toHaveLength(6);
});

test('deleteRun leaves the state that a rollback of the active run restores', async () => {
  const thread = await InProcessThread.create(service, 'echo');
  const { headAfter } = await thread.ended(await thread.say('one'));
  const second = await thread.ended(await thread.say('two'));
  const before = await thread.snapshot();
  const middle = gate('echo:2', { holds: 1 });
  const fork = await thread.say('one two three', { checkpointId: headAfter! });
  await middle.reached;

  await service.orchestrator.deleteRun({ owner, threadId: thread.id, runId: second.id });
  await thread.cancel(fork, 'ROLLBACK');
  await thread.removed(fork);

  expect(await thread.snapshot()).toEqual(before);
});

test('deleteRun ends a subscription to the run that had not caught up with its end', async () => {
  const thread = await InProcessThread.create(service, 'echo');
  const words = Array.from({ length: 900 }, (_, index) => `word${index}`);
  const run = await thread.say(words.join(' '));
  const followed = await service.orchestrator.followRun({ owner, runId: run.id });
  if (followed.kind !== 'following') throw new Error(followed.message);
  expect((await followed.events.next()).done).toBe(false);
  await thread.ended(run);

  await service.orchestrator.deleteRun({ owner, threadId: thread.id, runId: run.id });

  const left: string[] = [];
  for await (const { body } of followed.events) left.push(body.kind);
  expect(left).not.toContain('RUN_ENDED'); // it did lag
  expect(service.followed).not.toContain(thread.id);
});

test('deleteRun refuses a run that is not over', async () => {
  const { thread, run } = await inTheMiddle();

  const outcome = await service.orchestrator.deleteRun({ owner, threadId: thread.id, runId: run.id });

  expect(outcome).toMatchObject({ kind: 'active', run: { id: run.id } });
});

test('deleteThread stops the running run, ends its followers and joiners, and removes everything', async () => {
  const { thread, run } = await inTheMiddle();
  const waiting = await thread.say('waiting');
  const followed = await service.orchestrator.followThread({ owner, threadId: thread.id });
  const joins = [thread.join(run), thread.join(waiting)];

  expect(await service.orchestrator.deleteThread({ owner, threadId: thread.id })).toEqual({
    kind: 'deleted',
    id: thread.id,
  });

  expect((await Promise.all(joins)).map(({ kind }) => kind)).toEqual(['notFound', 'notFound']);
  expect(await service.orchestrator.queries.thread(owner, thread.id)).toBeNull();
  expect([await thread.find(run), await thread.find(waiting)]).toEqual([null, null]);
  if (followed.kind === 'following') for await (const _event of followed.events);
  expect(await thread.create({ input: {} })).toMatchObject({ kind: 'notFound', what: 'Thread' });
});

describe('joinRun', () => {
  test('gives the run to who joins before it starts, while it runs and after it has ended', async () => {
    const { thread, run, middle } = await inTheMiddle();
    const waiting = await thread.say('waiting');
    const early = [thread.join(run), thread.join(run), thread.join(waiting)];

    middle.open();

    const outcomes = [...(await Promise.all(early)), await thread.join(run)];
    expect(outcomes.map(({ kind }) => kind)).toEqual(['joined', 'joined', 'joined', 'joined']);
    expect(outcomes.map((outcome) => outcome.kind === 'joined' && outcome.run.status)).toEqual(
      Array(4).fill('SUCCESS'),
    );
  });

  test('gives the state that the run left, not what came later', async () => {
    const thread = await InProcessThread.create(service, 'echo');
    const first = await thread.ended(await thread.say('one'));
    await thread.ended(await thread.say('two'));

    const state = await service.orchestrator.queries.stateAfter(first);

    expect(state?.messages.map(({ content }) => content)).toEqual(['one', 'one']);
  });

  test('a run that is removed is not found by its joiners', async () => {
    const { thread, run } = await inTheMiddle();
    const joining = [thread.join(run), thread.join(run)];

    await thread.cancel(run, 'ROLLBACK');

    expect((await Promise.all(joining)).map(({ kind }) => kind)).toEqual(['notFound', 'notFound']);
  });

  test('gives up when its time is over; 0 only looks', async () => {
    const { thread, run } = await inTheMiddle();

    expect(await thread.join(run, 0)).toMatchObject({ kind: 'timeout', run: { status: 'RUNNING' } });
    expect(await thread.join(run, 0.02)).toMatchObject({ kind: 'timeout', run: { id: run.id } });
  });

  test('rejects with the reason of a caller that leaves', async () => {
    const { thread, run } = await inTheMiddle();
    const caller = new AbortController();
    const joining = service.orchestrator.joinRun({
      owner,
      threadId: thread.id,
      runId: run.id,
      signal: caller.signal,
    });

    caller.abort(new Error('gone'));

    await expect(joining).rejects.toThrow('gone');
  });
});

test('a node that ignores its abort is given up, and what it does later changes nothing', async () => {
  const thread = await InProcessThread.create(service, 'slow-abort');
  const deaf = gate('slow-abort', { holds: 1 });
  const run = await thread.say('hello');
  await deaf.reached;

  await thread.cancel(run);
  const ending = thread.ended(run);
  await clock.advance(5_001);

  expect(await ending).toMatchObject({ status: 'INTERRUPTED', endReason: 'CANCELLED' });
  const before = [await thread.snapshot(), await thread.log()];
  deaf.open();
  const next = await thread.ended(await thread.say('next'));
  expect(before[0]).toMatchObject({ status: 'IDLE' });
  expect(await thread.conversation()).toEqual(['human: hello', 'human: next', 'ai: late']);
  const late = (await thread.log()).filter(({ runId }) => runId === run.id);
  expect(late).toEqual((before[1] as typeof late).filter(({ runId }) => runId === run.id));
  expect(next).toMatchObject({ status: 'SUCCESS' });
});

test('waiting runs of one thread start in the order in which they were accepted, whatever way those before them end', async () => {
  const thread = await InProcessThread.create(service, 'echo');
  const middle = gate('echo:1', { holds: 1 });
  const first = await thread.say('one two');
  await middle.reached;
  const others = [];
  for (const text of ['a', 'b', 'c', 'd']) others.push(await thread.say(text));
  expect(await Promise.all(others.map((run) => service.orchestrator.queries.queuePosition(run)))).toEqual([
    1, 2, 3, 4,
  ]);

  await thread.cancel(others[1]!);
  await thread.cancel(first);

  await until(
    () => thread.runs(),
    (runs) => runs.every(({ endReason }) => endReason !== null),
  );
  const starts = (await thread.log())
    .filter(({ body }) => body.kind === 'RUN_STARTED')
    .map(({ runId }) => runId);
  expect(starts).toEqual([first, others[0]!, others[2]!, others[3]!].map(({ id }) => id));
});
