import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Run } from '../../src/domain/run.ts';
import type { Service } from '../../src/service.ts';
import { findDanglingToolCalls } from '../support/dangling-tool-calls.ts';
import { gate, resetGates } from '../support/gates.ts';
import { InProcessThread } from '../support/in-process-thread.ts';
import { startTestService } from '../support/service.ts';
import { SteppedWorker } from '../support/stepped-worker.ts';

const STOPPED = 'tool: The tool call was stopped before it finished.';

afterEach(resetGates);

const ask = (
  thread: InProcessThread,
  question: string,
  options: Parameters<InProcessThread['run']>[0] = {},
): Promise<Run> => thread.run({ assistantId: 'question', input: { question }, ...options });

const complaints = async (thread: InProcessThread) => findDanglingToolCalls((await thread.state())!.messages);

/** What the log says of messages that were added whole in this run. */
const told = async (thread: InProcessThread, { id }: Run) =>
  (await thread.log()).flatMap(({ runId, body }) =>
    runId === id && body.kind === 'MESSAGE_COMPLETED'
      ? [`${body.message.type}: ${body.message.content}`]
      : [],
  );

describe('a run whose input has no messages', () => {
  let service: Service;
  beforeEach(async () => {
    service = await startTestService();
  });
  afterEach(() => service.stop('The test is over'));

  test('finds the call of an interrupted tool answered', async () => {
    const thread = await InProcessThread.create(service, 'question');
    const tool = gate('question:tool', { holds: 1 });
    await ask(thread, 'lookup');
    await tool.reached;

    const next = await ask(thread, 'why?', { strategy: 'INTERRUPT' });

    expect(await thread.ended(next)).toMatchObject({ status: 'SUCCESS' });
    expect(await thread.conversation()).toEqual([
      'human: lookup',
      'ai: ',
      STOPPED,
      'human: why?',
      'ai: about why?',
    ]);
    expect(await complaints(thread)).toEqual([]);
  });

  test.each<[string, Partial<Run>]>([
    ['broken', { status: 'ERROR', endReason: 'FAILED' }],
    ['approval', { status: 'SUCCESS', endReason: 'AWAITING_HUMAN' }],
  ])(
    'finds a call answered that a run left open which ended with a tool that is %s, and subscribers learn it',
    async (name, end) => {
      const thread = await InProcessThread.create(service, 'question');
      expect(await thread.ended(await ask(thread, name))).toMatchObject(end);

      const next = await ask(thread, 'why?');

      expect(await thread.ended(next)).toMatchObject({ status: 'SUCCESS', endReason: 'COMPLETED' });
      expect(await thread.conversation()).toEqual([
        `human: ${name}`,
        'ai: ',
        STOPPED,
        'human: why?',
        'ai: about why?',
      ]);
      expect(await complaints(thread)).toEqual([]);
      expect(await told(thread, next)).toEqual([STOPPED, 'human: why?', 'ai: about why?']);
      expect((await thread.thread()).status).toBe('IDLE');
    },
  );

  test('carries the messages of runs that were superseded while they waited', async () => {
    const thread = await InProcessThread.create(service, 'echo');
    const middle = gate('echo:1', { holds: 1 });
    await thread.say('one two');
    await middle.reached;
    const [waiting] = [await thread.say('waiting'), await thread.say('too')];

    const next = await ask(thread, 'why?', { strategy: 'INTERRUPT' });

    expect(await thread.ended(next)).toMatchObject({ status: 'SUCCESS' });
    expect(await thread.conversation()).toEqual([
      'human: one two',
      'ai (partial): one',
      'human: waiting',
      'human: too',
      'human: why?',
      'ai: about why?',
    ]);
    expect(await thread.find(waiting)).toMatchObject({ carry: 'CARRIED', carriedBy: next.id });
    expect(await told(thread, next)).toEqual([
      'human: waiting',
      'human: too',
      'human: why?',
      'ai: about why?',
    ]);
  });

  test('that is rolled back takes what was written before its input with it, and the next run carries it', async () => {
    const thread = await InProcessThread.create(service, 'question');
    await thread.ended(await ask(thread, 'broken'));
    const middle = gate('echo:1', { holds: 1 });
    const answering = gate('question:answer', { holds: 1 });
    const running = await thread.say('one two', { assistantId: 'echo' });
    await middle.reached;
    const waiting = await thread.say('waiting', { assistantId: 'echo' });
    const carrier = await ask(thread, 'why?', { strategy: 'INTERRUPT' });
    await answering.reached;
    await thread.ended(running);
    expect((await thread.conversation()).slice(-2)).toEqual(['human: waiting', 'human: why?']);

    await thread.cancel(carrier, 'ROLLBACK');
    await thread.removed(carrier);

    expect(await thread.find(waiting)).toMatchObject({ carry: 'WAITING', carriedBy: null });
    expect(await thread.conversation()).toEqual([
      'human: broken',
      'ai: ',
      STOPPED,
      'human: one two',
      'ai (partial): one',
    ]);
    const next = await ask(thread, 'and now?');
    await thread.ended(next);
    expect((await thread.conversation()).slice(-3)).toEqual([
      'human: waiting',
      'human: and now?',
      'ai: about and now?',
    ]);
  });

  test.each(['broken', 'approval'])(
    'rolled back restores the state that a tool that is %s had left, exactly',
    async (name) => {
      const thread = await InProcessThread.create(service, 'question');
      await thread.ended(await ask(thread, name));
      const before = await thread.snapshot();
      const answering = gate('question:answer');
      const next = await ask(thread, 'why?');
      await answering.reached;
      expect(await thread.conversation()).toContain(STOPPED);

      await thread.cancel(next, 'ROLLBACK');
      await thread.removed(next);

      expect(await thread.snapshot()).toEqual(before);
    },
  );

  test('from an earlier checkpoint goes on from that one, mended', async () => {
    const thread = await InProcessThread.create(service, 'question');
    const broken = await thread.ended(await ask(thread, 'broken'));
    await thread.ended(await ask(thread, 'meanwhile'));

    const fork = await ask(thread, 'why?', { checkpointId: broken.headAfter! });

    expect(await thread.ended(fork)).toMatchObject({ status: 'SUCCESS' });
    expect(await thread.conversation()).toEqual([
      'human: broken',
      'ai: ',
      STOPPED,
      'human: why?',
      'ai: about why?',
    ]);
  });
});

describe('a run whose graph has no messages', () => {
  test('leaves what it can’t carry to the next run that can', async () => {
    await using service = await startTestService();
    const thread = await InProcessThread.create(service, 'echo');
    const middle = gate('echo:1', { holds: 1 });
    await thread.say('one two');
    await middle.reached;
    const waiting = await thread.say('waiting');
    const counting = await thread.run({
      assistantId: 'no-messages',
      input: { counter: 1 },
      strategy: 'INTERRUPT',
    });
    expect(await thread.ended(counting)).toMatchObject({ status: 'SUCCESS' });
    expect(await thread.find(waiting)).toMatchObject({
      carry: 'WAITING',
      carriedBy: null,
      supersededBy: counting.id,
    });

    const next = await thread.say('next');

    await thread.ended(next);
    expect((await thread.conversation()).slice(2)).toEqual(['human: waiting', 'human: next', 'ai: next']);
    expect(await thread.find(waiting)).toMatchObject({ carry: 'CARRIED', carriedBy: next.id });
  });
});

describe('a worker that is lost', () => {
  let worker: SteppedWorker;
  beforeEach(async () => {
    worker = await SteppedWorker.start();
  });
  afterEach(() => worker[Symbol.asyncDispose]());

  /** A thread of which a run ended with an open call, and which has messages that wait for a carrier. */
  async function openThread(): Promise<{
    readonly thread: InProcessThread;
    readonly waiting: Run;
    readonly next: Run;
    readonly head: string;
  }> {
    const thread = await InProcessThread.create(worker, 'question');
    await ask(thread, 'broken');
    await worker.execute(await worker.claim());
    const { checkpoint } = (await thread.state())!;
    const waiting = await thread.say('waiting', { assistantId: 'echo' });
    return {
      thread,
      waiting,
      next: await ask(thread, 'why?', { strategy: 'INTERRUPT' }),
      head: checkpoint.checkpointId,
    };
  }

  test('before its run’s input was in the state leaves a run that starts with the input, and adds nothing twice', async () => {
    const { thread, waiting, next } = await openThread();
    await worker.prepare(await worker.claim());
    expect((await thread.conversation()).slice(2)).toEqual([STOPPED, 'human: waiting']);

    await worker.execute(await worker.takeOver());

    expect(await thread.find(next)).toMatchObject({ status: 'SUCCESS', attempt: 2 });
    expect((await thread.conversation()).slice(2)).toEqual([
      STOPPED,
      'human: waiting',
      'human: why?',
      'ai: about why?',
    ]);
    expect(await thread.find(waiting)).toMatchObject({ carry: 'CARRIED', carriedBy: next.id });
  });

  test('the same where the run starts from an earlier checkpoint', async () => {
    const thread = await InProcessThread.create(worker, 'question');
    for (const question of ['broken', 'meanwhile']) {
      await ask(thread, question);
      await worker.execute(await worker.claim());
    }
    const [broken] = await thread.runs();
    await thread.say('waiting', { assistantId: 'echo' });
    await ask(thread, 'why?', { checkpointId: broken!.headAfter!, strategy: 'INTERRUPT' });
    await worker.prepare(await worker.claim());

    await worker.execute(await worker.takeOver());

    expect((await thread.conversation()).slice(2)).toEqual([
      STOPPED,
      'human: waiting',
      'human: why?',
      'ai: about why?',
    ]);
  });

  test('and whose run is stopped then leaves the input in the state, with what came before it', async () => {
    const { thread, next } = await openThread();
    await worker.prepare(await worker.claim());
    await thread.cancel(next);

    await worker.execute(await worker.takeOver());

    expect(await thread.find(next)).toMatchObject({ status: 'INTERRUPTED', endReason: 'CANCELLED' });
    expect((await thread.state())!.values).toMatchObject({ question: 'why?' });
    expect((await thread.conversation()).slice(2)).toEqual([STOPPED, 'human: waiting']);
  });

  test('leaves what was superseded meanwhile to the run that superseded it', async () => {
    const thread = await InProcessThread.create(worker, 'echo');
    const running = await thread.say('one');
    await worker.claim();
    const waiting = await thread.say('waiting');
    const next = await thread.say('next', { strategy: 'INTERRUPT' });

    await worker.execute(await worker.takeOver());
    await worker.execute(await worker.claim());

    expect(await thread.find(running)).toMatchObject({ status: 'INTERRUPTED', endReason: 'SUPERSEDED' });
    expect(await thread.find(waiting)).toMatchObject({ carry: 'CARRIED', carriedBy: next.id });
    expect(await thread.conversation()).toEqual(['human: one', 'human: waiting', 'human: next', 'ai: next']);
  });

  test('leaves a run without input that starts from the checkpoint that it names', async () => {
    const thread = await InProcessThread.create(worker, 'breakpoints');
    await thread.say('one', { interruptBefore: ['b'] });
    await worker.execute(await worker.claim());
    const { checkpoint } = (await thread.state())!;
    await thread.say('two');
    await worker.execute(await worker.claim());
    const run = await thread.run({ checkpointId: checkpoint.checkpointId });
    await worker.claim();

    await worker.execute(await worker.takeOver());

    expect(await thread.find(run)).toMatchObject({ status: 'SUCCESS', attempt: 2 });
    expect(await thread.conversation()).toEqual(['human: one', 'ai: a', 'ai: b', 'ai: c']);
  });
});

test('a run whose graph can’t be built fails with the reason, and what it would have carried waits for the next one', async () => {
  await using service = await startTestService();
  const thread = await InProcessThread.create(service, 'refusing');
  const middle = gate('echo:1', { holds: 1 });
  await thread.say('one two');
  await middle.reached;
  const waiting = await thread.say('waiting');

  const refused = await thread.say('refused', {
    strategy: 'INTERRUPT',
    config: { configurable: { refuse: true } },
  });

  const { status, endReason, error } = await thread.ended(refused);
  expect({ status, endReason }).toEqual({ status: 'ERROR', endReason: 'FAILED' });
  expect(error?.message).toContain('RangeError: This config is refused');
  expect(await thread.find(waiting)).toMatchObject({ carry: 'WAITING', carriedBy: null });
  await thread.ended(await thread.say('next'));
  expect((await thread.conversation()).slice(2)).toEqual([
    'human: waiting',
    'human: refused',
    'human: next',
    'ai: next',
  ]);
});
