import { afterEach, describe, expect, test } from 'vitest';
import type { MessageJson } from '../../src/domain/message.ts';
import { human, TestThread } from '../support/conversing.ts';
import { findDanglingToolCalls } from '../support/dangling-tool-calls.ts';
import { overWebSocket } from '../support/followed.ts';
import { resetGates } from '../support/gates.ts';
import { startTestService } from '../support/service.ts';

afterEach(resetGates);

const QUESTION = { action: 'send_email', args: { to: 'ann@example.com' }, question: 'Send it?' };

/** A service and a thread that waits for a human's approval of a tool call. */
async function awaitingApproval() {
  const service = await startTestService();
  const thread = await TestThread.create(service);
  const paused = await thread.run('approval', { input: human('send it') });
  return { service, thread, paused, [Symbol.asyncDispose]: () => service[Symbol.asyncDispose]() };
}

describe('a graph that asks a human', () => {
  test('ends its run with success, and leaves the thread interrupted with the question', async () => {
    await using scene = await awaitingApproval();
    const { service, thread, paused } = scene;

    const events = await overWebSocket(service.url, 'runEvents', { runId: paused.run.id }).all();

    expect(paused.run).toMatchObject({ status: 'SUCCESS', endReason: 'AWAITING_HUMAN', error: null });
    expect(paused.state).toMatchObject({
      next: ['tools'],
      interrupts: [{ value: QUESTION }],
      tasks: [{ name: 'tools', interrupts: [{ value: QUESTION }] }],
    });
    expect(await thread.status()).toBe('INTERRUPTED');
    expect(events.at(-1)).toMatchObject({ __typename: 'RunEnded', interrupts: paused.state?.interrupts });
  });

  test.each([
    ['a text', 'yes'],
    ['an object', { approve: true, note: 'go' }],
    ['false', false],
    ['zero', 0],
    ['an empty text', ''],
    ['null', null],
    ['a list', [1, 2]],
  ])('goes on with %s', async (_what, resume) => {
    await using scene = await awaitingApproval();
    const { thread } = scene;

    const { run, state } = await thread.run('approval', { command: { resume } });

    expect(run).toMatchObject({ status: 'SUCCESS', endReason: 'COMPLETED' });
    expect((await thread.state()).values['decision']).toEqual(resume);
    expect(state?.messages.map(({ type }) => type)).toEqual(['human', 'ai', 'tool', 'ai']);
    expect(state).toMatchObject({ next: [], interrupts: [] });
    expect(await thread.status()).toBe('IDLE');
  });

  test('asks again in the same node, and is what comes next in the state that either run left', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    await thread.run('asks-twice', { input: human('hi') });

    const { run, state } = await thread.run('asks-twice', { command: { resume: 'A' } });

    const paused = { next: ['ask'], interrupts: [{ value: 'second?' }] };
    expect(run).toMatchObject({ status: 'SUCCESS', endReason: 'AWAITING_HUMAN' });
    expect(state).toMatchObject(paused);
    expect(await thread.state()).toMatchObject(paused);
  });

  test('goes on with an answer by interrupt id', async () => {
    await using scene = await awaitingApproval();
    const { thread, paused } = scene;
    const id = paused.state?.interrupts[0]?.id ?? '';

    await thread.run('approval', { command: { resume: { [id]: 'by id' } } });

    expect((await thread.state()).values['decision']).toBe('by id');
  });

  test('is answered once: a second resume finds nothing to answer, two at once give one run', async () => {
    await using scene = await awaitingApproval();
    const { thread } = scene;
    const resume = () =>
      thread.client.createRun({ threadId: thread.id, assistantId: 'approval', command: { resume: 'yes' } });

    const results = await Promise.all([resume(), resume(), resume()]);
    for (const result of results) if (result.__typename === 'Run') await thread.join(result);
    const late = await resume();

    expect(results.filter(({ __typename }) => __typename === 'Run')).toHaveLength(1);
    expect(late).toMatchObject({
      __typename: 'ValidationError',
      issues: [{ path: ['command', 'resume'], message: expect.stringContaining('nothing to resume') }],
    });
    expect((await thread.client.runs(thread.id))?.totalCount).toBe(2);
  });

  test('refuses answers to interrupts that are not there', async () => {
    await using scene = await awaitingApproval();
    const { thread, paused } = scene;
    const unknown = '0'.repeat(32);

    const refused = await thread.client.createRun({
      threadId: thread.id,
      assistantId: 'approval',
      command: { resume: { [unknown]: 1 } },
    });

    expect(refused).toMatchObject({
      __typename: 'ValidationError',
      issues: [
        {
          path: ['command', 'resume', unknown],
          message: expect.stringContaining(paused.state?.interrupts[0]?.id ?? '?'),
        },
      ],
    });
  });

  test('takes a new message instead: the open tool call is answered as stopped first', async () => {
    await using scene = await awaitingApproval();
    const { thread } = scene;

    const { state } = await thread.run('trivial', { input: human('never mind') });

    expect(state?.messages.map(({ type, text }) => [type, text])).toEqual([
      ['human', 'send it'],
      ['ai', ''],
      ['tool', expect.stringMatching(/stopped/i)],
      ['human', 'never mind'],
      ['ai', 'ok'],
    ]);
    expect(state?.messages[2]).toMatchObject({ __typename: 'ToolMessage', status: 'error' });
    expect(findDanglingToolCalls((await thread.state()).values['messages'] as MessageJson[])).toEqual([]);
    expect(await thread.status()).toBe('IDLE');
  });

  test('can still be answered at its checkpoint after another run', async () => {
    await using scene = await awaitingApproval();
    const { thread, paused } = scene;
    await thread.run('trivial', { input: human('something else') });

    const checkpointId = paused.state?.checkpoint.checkpointId ?? '';
    const { state } = await thread.run('approval', { command: { resume: 'late' }, checkpointId });

    expect(state?.messages.map(({ text }) => text)).toEqual(['send it', '', '"late"', 'done']);
  });
});

test('two questions at once are answered together, by id; a bare answer is refused', async () => {
  await using service = await startTestService();
  const thread = await TestThread.create(service);
  const { state } = await thread.run('two-approvals', { input: human('ask') });
  const answers = Object.fromEntries(
    (state?.interrupts ?? []).map(({ id, value }) => [id, (value as { question: string }).question]),
  );

  const refused = await thread.client.createRun({
    threadId: thread.id,
    assistantId: 'two-approvals',
    command: { resume: 'both' },
  });
  await thread.run('two-approvals', { command: { resume: answers } });

  expect(refused).toMatchObject({
    __typename: 'ValidationError',
    issues: [{ message: expect.stringContaining('several interrupts are pending') }],
  });
  expect((await thread.state()).values['decisions']).toEqual({ left: 'Left?', right: 'Right?' });
});

test('a question two subgraphs deep is answered there', async () => {
  await using service = await startTestService();
  const thread = await TestThread.create(service);
  const paused = await thread.run('deep-approval', { input: human('ask') });

  const { run } = await thread.run('deep-approval', { command: { resume: 'fine' } });

  expect(paused.run.endReason).toBe('AWAITING_HUMAN');
  expect(run.endReason).toBe('COMPLETED');
  expect((await thread.said()).at(-1)).toEqual(['ai', 'you said fine']);
});

describe('breakpoints', () => {
  test('stop before and after nodes, and the graph goes on from there', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);

    const before = await thread.run('breakpoints', { input: human('go'), interruptBefore: ['b'] });
    const after = await thread.run('breakpoints', { interruptAfter: ['b'] });
    const rest = await thread.run('breakpoints');

    expect(before).toMatchObject({
      run: { status: 'SUCCESS', endReason: 'AWAITING_HUMAN' },
      state: { next: ['b'], interrupts: [] },
    });
    expect(after).toMatchObject({ run: { endReason: 'AWAITING_HUMAN' }, state: { next: ['c'] } });
    expect(rest).toMatchObject({ run: { endReason: 'COMPLETED' }, state: { next: [] } });
    expect((await thread.state()).values['visited']).toEqual(['a', 'b', 'c']);
  });

  test('a command updates the state and jumps', async () => {
    await using service = await startTestService();
    const thread = await TestThread.create(service);
    await thread.run('breakpoints', { input: human('go'), interruptBefore: ['b'] });

    const { run } = await thread.run('breakpoints', {
      command: { update: { visited: ['by command'] }, goto: 'c' },
    });

    expect(run).toMatchObject({
      status: 'SUCCESS',
      command: { update: { visited: ['by command'] }, goto: 'c' },
    });
    expect((await thread.state()).values['visited']).toEqual(
      expect.arrayContaining(['a', 'by command', 'c']),
    );
  });
});
