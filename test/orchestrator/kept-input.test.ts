import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Run } from '../../src/domain/run.ts';
import { InProcessThread } from '../support/in-process-thread.ts';
import { SteppedWorker } from '../support/stepped-worker.ts';

// However a run ends: its messages are in the state, or the next run with an input carries them.

let worker: SteppedWorker;
beforeEach(async () => {
  worker = await SteppedWorker.start();
});
afterEach(() => worker[Symbol.asyncDispose]());

const executeNext = async () => worker.execute(await worker.claim());

async function loseBeforeTheFirstCheckpoint(): Promise<void> {
  await worker.claim();
  await worker.giveUp();
}

async function loseWithTheInputStoredOnly(): Promise<void> {
  const claimed = await worker.claim();
  await worker.executeInputOnly(claimed, await worker.prepare(claimed));
  await worker.giveUp();
}

const lost: Partial<Run> = { status: 'ERROR', endReason: 'WORKER_LOST', carry: 'WAITING', headAfter: null };
const failed: Partial<Run> = { status: 'ERROR', endReason: 'FAILED', carry: 'WAITING' };

describe.each<[string, string, Partial<Run>, () => Promise<void>, Parameters<InProcessThread['say']>]>([
  ['is lost before its first checkpoint', 'echo', lost, loseBeforeTheFirstCheckpoint, ['one']],
  [
    'is lost when its input is stored and not applied',
    'echo',
    { ...lost, headAfter: expect.any(String) },
    loseWithTheInputStoredOnly,
    ['one'],
  ],
  ['fails at the graph’s start', 'throwing-start', failed, executeNext, ['throw']],
  [
    'fails because its graph can’t be built',
    'refusing',
    failed,
    executeNext,
    ['one', { config: { configurable: { refuse: true } } }],
  ],
])('the message of a run that %s', (_what, graph, end, come, said) => {
  test('is carried to the next run, once', async () => {
    const thread = await InProcessThread.create(worker, graph);
    const run = await thread.say(...said);
    await come();
    expect(await thread.find(run)).toMatchObject(end);

    const next = await thread.say('two', { assistantId: 'echo' });
    await executeNext();

    expect(await thread.find(run)).toMatchObject({ carry: 'CARRIED', carriedBy: next.id });
    expect(await thread.conversation()).toEqual([`human: ${said[0]}`, 'human: two', 'ai: two']);
    await thread.say('three', { assistantId: 'echo' });
    await executeNext();
    expect(await thread.conversation()).toHaveLength(5);
  });

  test('is carried with what that run was to carry, in their order', async () => {
    const thread = await InProcessThread.create(worker, graph);
    const [waiting] = [await thread.say('waiting', { assistantId: 'echo' })];
    const run = await thread.say(said[0], { ...said[1], strategy: 'INTERRUPT' });
    await come();
    expect(await thread.find(waiting)).toMatchObject({ carry: 'WAITING', carriedBy: null });

    await thread.say('two', { assistantId: 'echo' });
    await executeNext();

    expect(await thread.conversation()).toEqual([
      'human: waiting',
      `human: ${said[0]}`,
      'human: two',
      'ai: two',
    ]);
    expect(await thread.find(run)).toMatchObject({ carry: 'CARRIED' });
  });

  test('goes with the run when that is deleted', async () => {
    const thread = await InProcessThread.create(worker, graph);
    const { id: runId, owner } = await thread.say(...said);
    await come();

    await worker.orchestrator.deleteRun({ owner, threadId: thread.id, runId });
    await thread.say('two', { assistantId: 'echo' });
    await executeNext();

    expect(await thread.conversation()).toEqual(['human: two', 'ai: two']);
  });
});

test('a run without an input that applies what a failed run’s start had not makes it part of the state, so nothing carries it again', async () => {
  const thread = await InProcessThread.create(worker, 'throwing-start');
  const run = await thread.say('throw');
  await executeNext();

  const patient = { config: { configurable: { patient: true } } };
  const on = await thread.run(patient);
  await executeNext();

  // LangGraph takes a start that has failed for done
  expect(await thread.conversation()).toEqual(['human: throw']);
  expect(await thread.find(run)).toMatchObject({ carry: 'CARRIED', carriedBy: on.id });
  await thread.say('two', patient);
  await executeNext();
  expect(await thread.conversation()).toEqual(['human: throw', 'human: two', 'ai: heard two']);
});

test('a run that fails in a node has its message in the state, and nothing to carry', async () => {
  const thread = await InProcessThread.create(worker, 'failing');
  const run = await thread.say('one');
  await executeNext();

  expect(await thread.find(run)).toMatchObject({ status: 'ERROR', carry: 'NONE' });
  expect((await thread.conversation())[0]).toBe('human: one');
});

test('what the graph’s reducer refuses fails its own run and none after it', async () => {
  const thread = await InProcessThread.create(worker, 'echo');
  await thread.say('one');
  await executeNext();
  const refused = await thread.run({
    input: { messages: [{ type: 'remove', id: 'there is none', content: '' }] },
  });
  await executeNext();
  expect(await thread.find(refused)).toMatchObject({ status: 'ERROR', carry: 'WAITING' });

  const next = await thread.say('two');
  await executeNext();

  expect(await thread.find(next)).toMatchObject({ status: 'SUCCESS' });
  expect(await thread.conversation()).toEqual(['human: one', 'ai: one', 'human: two', 'ai: two']);
  expect(await thread.find(refused)).toMatchObject({ carry: 'NONE', carriedBy: null });
});
