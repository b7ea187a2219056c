import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Run } from '../../src/domain/run.ts';
import { findDanglingToolCalls } from '../support/dangling-tool-calls.ts';
import { type Decision, decide, isHeld } from '../support/decisions.ts';
import { InProcessThread } from '../support/in-process-thread.ts';
import { type Instants, SteppedWorker } from '../support/stepped-worker.ts';
import { until } from '../support/until.ts';

// A stop that comes in the very moment when a graph pauses for a human wins over the pause.

const STOPPED = 'tool: The tool call was stopped before it finished.';
/** Of the worker's clock; before its lease has to be renewed. */
const TIMEOUT_SECONDS = 5;

let worker: SteppedWorker;
beforeEach(async () => {
  worker = await SteppedWorker.start();
});
afterEach(() => worker[Symbol.asyncDispose]());

type Stop = (thread: InProcessThread, run: Run, stop: () => void, signal: AbortSignal) => Promise<unknown>;

const cancel: Stop = async (thread, run, stop) => {
  await thread.cancel(run);
  stop();
};
const cancelUnsignalled: Stop = (thread, run) => thread.cancel(run);
const supersede: Stop = async (thread, _run, stop) => {
  await thread.say('next', { strategy: 'INTERRUPT' });
  stop();
};
const timeOut: Stop = async (_thread, _run, _stop, signal) => {
  const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await worker.clock.advance((TIMEOUT_SECONDS + 1) * 1_000);
  await aborted;
};

/** A run of the graph with this input that is stopped at the instant. */
async function stoppedRun(thread: InProcessThread, instant: keyof Instants, stop: Stop): Promise<Run> {
  const run = await thread.run({
    input: { messages: [{ type: 'human', content: 'mail Ann' }] },
    ...(stop === timeOut ? { timeoutSeconds: TIMEOUT_SECONDS } : {}),
  });
  await worker.execute(await worker.claim(), {
    [instant]: (signal: () => void, aborts: AbortSignal) => stop(thread, run, signal, aborts),
  });
  return (await thread.find(run))!;
}

/** Lets the thread's running run of the model agent come to that end, once it is there. */
async function decideForOnly(thread: InProcessThread, decision: Decision): Promise<void> {
  const running = (await thread.runs()).find(({ status }) => status === 'RUNNING')!;
  await until(() => isHeld(running.id), Boolean);
  decide(running.id, decision);
}

const STOPS: [string, keyof Instants, Stop, Partial<Run>][] = [
  [
    'cancelled when its question is stored',
    'asked',
    cancel,
    { status: 'INTERRUPTED', endReason: 'CANCELLED' },
  ],
  [
    'cancelled when its question is stored, and learns it at its end',
    'asked',
    cancelUnsignalled,
    { endReason: 'CANCELLED' },
  ],
  [
    'cancelled when its stream has ended',
    'streamed',
    cancel,
    { status: 'INTERRUPTED', endReason: 'CANCELLED' },
  ],
  [
    'superseded when its question is stored',
    'asked',
    supersede,
    { status: 'INTERRUPTED', endReason: 'SUPERSEDED' },
  ],
  [
    'superseded when its stream has ended',
    'streamed',
    supersede,
    { status: 'INTERRUPTED', endReason: 'SUPERSEDED' },
  ],
  [
    'out of time when its question is stored',
    'asked',
    timeOut,
    { status: 'TIMEOUT', endReason: 'TIMED_OUT' },
  ],
  [
    'out of time when its stream has ended',
    'streamed',
    timeOut,
    { status: 'TIMEOUT', endReason: 'TIMED_OUT' },
  ],
];

describe.each(STOPS)('a run that is %s', (_what, instant, stop, end) => {
  test('ends so; its tool call is answered as stopped, and nothing is pending', async () => {
    const thread = await InProcessThread.create(worker, 'approval');

    const run = await stoppedRun(thread, instant, stop);

    expect(run).toMatchObject(end);
    const left = (await thread.orchestrator.queries.stateAfter(run))!;
    expect(left.messages.map(({ type, status }) => [type, status])).toEqual([
      ['human', undefined],
      ['ai', undefined],
      ['tool', 'error'],
    ]);
    expect(findDanglingToolCalls(left.messages)).toEqual([]);
    expect(left).toMatchObject({ interrupts: [], tasks: left.tasks.map(() => ({ interrupts: [] })) });
    const told = (await thread.log()).find(
      ({ runId, body }) => runId === run.id && body.kind === 'RUN_ENDED',
    );
    expect(told?.body).toMatchObject({ endReason: run.endReason, interrupts: [] });
  });

  test('can’t be resumed, neither at the head nor by the checkpoint at which it had paused', async () => {
    const thread = await InProcessThread.create(worker, 'approval');
    const run = await stoppedRun(thread, instant, stop);
    const pausedAt = (await thread.orchestrator.queries.stateAfter(run))!.parentCheckpoint!.checkpointId;
    expect((await thread.state(pausedAt))?.next).toEqual(['tools']);
    for (const next of (await thread.runs()).filter(({ status }) => status === 'PENDING'))
      await thread.cancel(next);

    const resumes = [{}, { checkpointId: pausedAt }].map((at) =>
      thread.create({ command: { resume: 'yes' }, ...at }),
    );

    for (const outcome of await Promise.all(resumes))
      expect(outcome).toMatchObject({ kind: 'invalid', issues: [{ path: ['command', 'resume'] }] });
    expect(await thread.conversation()).toEqual(['human: mail Ann', 'ai: ', STOPPED]);
  });

  test('and whose graph has no open call leaves no question either', async () => {
    const thread = await InProcessThread.create(worker, 'deep-approval');

    const run = await stoppedRun(thread, instant, stop);

    expect(run).toMatchObject(end);
    expect(await thread.orchestrator.queries.stateAfter(run)).toMatchObject({ interrupts: [], next: [] });
  });
});

test.each<[string, keyof Instants]>([
  ['its question is stored', 'asked'],
  ['its stream has ended', 'streamed'],
])('a run that is rolled back when %s leaves nothing', async (_when, instant) => {
  const thread = await InProcessThread.create(worker, 'approval');
  const before = await thread.snapshot();

  const run = await thread.say('mail Ann');
  await worker.execute(await worker.claim(), {
    [instant]: async (stop: () => void) => {
      await thread.cancel(run, 'ROLLBACK');
      stop();
    },
  });

  expect(await thread.find(run)).toBeNull();
  expect(await thread.snapshot()).toEqual(before);
});

test('a run that had completed stays a SUCCESS when it is cancelled before it is settled', async () => {
  const thread = await InProcessThread.create(worker, 'trivial');

  const run = await stoppedRun(thread, 'streamed', cancel);

  expect(run).toMatchObject({ status: 'SUCCESS', endReason: 'COMPLETED' });
});

describe('a run that resumes a pause', () => {
  const pausedThread = async (): Promise<InProcessThread> => {
    const thread = await InProcessThread.create(worker, 'approval');
    await thread.say('mail Ann');
    await worker.execute(await worker.claim());
    expect((await thread.thread()).status).toBe('INTERRUPTED');
    return thread;
  };
  const resume = (thread: InProcessThread) => thread.run({ command: { resume: 'yes' } });

  test('and is cancelled while it waits leaves the pause as it was', async () => {
    const thread = await pausedThread();
    const before = await thread.snapshot();

    await thread.cancel(await resume(thread));

    expect(await thread.snapshot()).toEqual(before);
    expect((await thread.thread()).status).toBe('INTERRUPTED');
  });

  test('and is cancelled before its graph is called leaves the pause as it was', async () => {
    const thread = await pausedThread();
    const before = await thread.snapshot();
    const run = await resume(thread);
    const claimed = await worker.claim();
    const stop = (await thread.cancel(run)).stop;

    await worker.execute({ ...claimed, run: { ...claimed.run, stop } });

    expect(await thread.find(run)).toMatchObject({ endReason: 'CANCELLED', headAfter: null });
    expect(await thread.snapshot()).toEqual(before);
    await resume(thread);
    await worker.execute(await worker.claim());
    expect((await thread.conversation()).slice(2)).toEqual(['tool: "yes"', 'ai: done']);
  });

  test('and is stopped when its graph asks again leaves no question, though the one before can be answered by its checkpoint', async () => {
    const thread = await InProcessThread.create(worker, 'model-agent');
    await thread.run({ input: { messages: [] }, config: { configurable: { label: 'one' } } });
    const first = worker.execute(await worker.claim());
    await decideForOnly(thread, 'PAUSE');
    await first;
    const asked = (await thread.state())!.checkpoint.checkpointId;
    const run = await thread.run({
      command: { resume: 'go on' },
      config: { configurable: { label: 'two' } },
    });
    const second = worker.execute(await worker.claim(), {
      asked: async (stop) => {
        await thread.cancel(run);
        stop();
      },
    });
    await decideForOnly(thread, 'PAUSE');
    await second;

    expect(await thread.find(run)).toMatchObject({ status: 'INTERRUPTED', endReason: 'CANCELLED' });
    expect(await thread.conversation()).toEqual([
      'ai: one thinks, asks',
      'ai: two (told go on) thinks, asks',
    ]);
    expect(await thread.state()).toMatchObject({ interrupts: [], next: [] });
    expect((await thread.thread()).status).toBe('IDLE');
    expect(await thread.create({ command: { resume: 'yes' } })).toMatchObject({ kind: 'invalid' });
    expect(await thread.create({ command: { resume: 'yes' }, checkpointId: asked })).toMatchObject({
      kind: 'ok',
    });
  });
});

test('a run whose process is lost when it has paused is settled as stopped by the takeover', async () => {
  const thread = await InProcessThread.create(worker, 'approval');
  const run = await thread.say('mail Ann');
  const claimed = await worker.claim();
  await worker.executeUnpublished(claimed, await worker.prepare(claimed));
  await thread.cancel(run);

  await worker.execute(await worker.takeOver());

  expect(await thread.find(run)).toMatchObject({ status: 'INTERRUPTED', endReason: 'CANCELLED' });
  expect(await thread.conversation()).toEqual(['human: mail Ann', 'ai: ', STOPPED]);
  expect(await thread.create({ command: { resume: 'yes' } })).toMatchObject({ kind: 'invalid' });
});
