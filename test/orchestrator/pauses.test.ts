import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Run } from '../../src/domain/run.ts';
import type { Service } from '../../src/service.ts';
import { findDanglingToolCalls } from '../support/dangling-tool-calls.ts';
import { type Decision, decide, isHeld } from '../support/decisions.ts';
import { InProcessThread } from '../support/in-process-thread.ts';
import { startTestService } from '../support/service.ts';
import { until } from '../support/until.ts';

let service: Service;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.stop('The tests are over'));

const label = (name: string) => ({ config: { configurable: { label: name } } });

/** Lets a run of the model agent come to that end, once it is there. */
async function end(thread: InProcessThread, run: Run, decision: Decision): Promise<void> {
  await until(() => isHeld(run.id), Boolean);
  decide(run.id, decision);
  await thread.ended(run);
}

async function paused(graph: string): Promise<InProcessThread> {
  const thread = await InProcessThread.create(service, graph);
  const run = await thread.ended(await thread.say('write to Ann'));
  expect(run).toMatchObject({ status: 'SUCCESS', endReason: 'AWAITING_HUMAN' });
  expect((await thread.thread()).status).toBe('INTERRUPTED');
  return thread;
}

test('a resume goes on where the graph had paused', async () => {
  const thread = await paused('approval');

  const run = await thread.ended(await thread.run({ command: { resume: 'yes' } }));

  expect(run).toMatchObject({ status: 'SUCCESS', endReason: 'COMPLETED' });
  expect((await thread.conversation()).slice(2)).toEqual(['tool: "yes"', 'ai: done']);
  expect((await thread.thread()).status).toBe('IDLE');
});

test('of two resumes at once exactly one is accepted', async () => {
  const thread = await paused('approval');

  const outcomes = await Promise.all([
    thread.create({ command: { resume: 'yes' } }),
    thread.create({ command: { resume: 'no' } }),
  ]);

  const accepted = outcomes.flatMap((outcome) => (outcome.kind === 'ok' ? [outcome.value] : []));
  expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['busy', 'ok']);
  await thread.ended(accepted[0]!);
  const again = await thread.create({ command: { resume: 'later' } });
  expect(again).toMatchObject({ kind: 'invalid', issues: [{ path: ['command', 'resume'] }] });
});

test('one pause is resumed three times by its checkpoint, and rolling back the third leaves what the second had left', async () => {
  const thread = await InProcessThread.create(service, 'model-agent');
  await end(thread, await thread.say('go', label('first')), 'PAUSE');
  const checkpointId = (await thread.state())!.checkpoint.checkpointId;
  for (const name of ['second', 'third'])
    await end(
      thread,
      await thread.run({ command: { resume: name }, checkpointId, ...label(name) }),
      'FINISH',
    );
  const before = await thread.snapshot();
  const pauseBefore = await thread.state(checkpointId);

  const last = await thread.run({ command: { resume: 'last' }, checkpointId, ...label('last') });
  await until(() => isHeld(last.id), Boolean);
  await thread.cancel(last, 'ROLLBACK');

  await thread.removed(last);
  expect(await thread.snapshot()).toEqual(before);
  expect(await thread.state(checkpointId)).toEqual(pauseBefore);
  // What it was told isn't looked at: LangGraph tells a node that was resumed at this checkpoint before the
  // first answer again.
  expect(await thread.conversation()).toEqual([
    'human: go',
    'ai: first thinks, asks',
    expect.stringMatching(/^ai: third .* thinks, done$/),
  ]);
});

test('a resume that is rolled back leaves the pause as it was, and another one is accepted', async () => {
  const thread = await InProcessThread.create(service, 'model-agent');
  await end(thread, await thread.say('go', label('first')), 'PAUSE');
  const before = await thread.snapshot();
  const resume = await thread.run({ command: { resume: 'no' }, ...label('second') });
  await until(() => isHeld(resume.id), Boolean);

  await thread.cancel(resume, 'ROLLBACK');
  await thread.removed(resume);

  expect(await thread.snapshot()).toEqual(before);
  await end(thread, await thread.run({ command: { resume: 'yes' }, ...label('third') }), 'FINISH');
  expect((await thread.conversation()).slice(2)).toEqual(['ai: third (told yes) thinks, done']);
});

test('a resume that is rolled back leaves no answer behind: who goes on without one waits again', async () => {
  const thread = await InProcessThread.create(service, 'model-agent');
  await end(thread, await thread.say('go', label('first')), 'PAUSE');
  const resume = await thread.run({ command: { resume: 'yes' }, ...label('second') });
  await until(() => isHeld(resume.id), Boolean);
  await thread.cancel(resume, 'ROLLBACK');
  await thread.removed(resume);

  const on = await thread.join(await thread.run(label('third')), 5);

  expect(on).toMatchObject({ kind: 'joined', run: { status: 'SUCCESS', endReason: 'AWAITING_HUMAN' } });
});

test('of a resume whose node threw the answer is kept, of one that was stopped neither the answer nor the pause', async () => {
  const thread = await InProcessThread.create(service, 'model-agent');
  await end(thread, await thread.say('go', label('first')), 'PAUSE');
  const stopped = await thread.run({ command: { resume: 'maybe' }, ...label('second') });
  await until(() => isHeld(stopped.id), Boolean);
  const delayed = await thread.run({
    input: { messages: [] },
    strategy: 'INTERRUPT',
    keepPartialOutput: false,
    afterSeconds: 60,
  });
  await thread.ended(stopped);
  await thread.cancel(delayed, 'ROLLBACK');
  await thread.removed(delayed);

  expect(await thread.create({ command: { resume: 'no' } })).toMatchObject({ kind: 'invalid' });
  await end(thread, await thread.say('again', label('again')), 'PAUSE');
  await end(thread, await thread.run({ command: { resume: 'no' }, ...label('third') }), 'FAIL');
  await end(thread, await thread.run({ command: { resume: 'yes' }, ...label('fourth') }), 'FINISH');

  // LangGraph stores what a node was told with the error that it threw, and tells a node no other answer at
  // the same checkpoint after that.
  expect((await thread.conversation()).slice(2)).toEqual([
    'human: again',
    'ai: again thinks, asks',
    'ai: fourth (told no) thinks, done',
  ]);
});

test('runs that were queued before a pause still run, and the pause can be resumed by its checkpoint afterwards', async () => {
  const thread = await InProcessThread.create(service, 'model-agent');
  const first = await thread.say('go', label('first'));
  const queued = await thread.say('and then', label('queued'));

  await end(thread, first, 'PAUSE');
  await end(thread, queued, 'FINISH');
  const paused = (await thread.find(first))!;
  const resume = await thread.run({
    command: { resume: 'yes' },
    checkpointId: paused.headAfter!,
    ...label('resume'),
  });
  await end(thread, resume, 'FINISH');

  expect(await thread.conversation()).toEqual([
    'human: go',
    'ai: first thinks, asks',
    'ai: resume (told yes) thinks, done',
  ]);
  expect(
    (await thread.log()).find(({ runId, body }) => runId === first.id && body.kind === 'RUN_ENDED')?.body,
  ).toMatchObject({
    endReason: 'AWAITING_HUMAN',
    interrupts: [{ value: { question: 'Go on?' } }],
  });
});

test('a new message to a thread that waits for a human answers the open tool call as stopped', async () => {
  const thread = await paused('approval');

  await thread.ended(await thread.say('forget it'));

  const state = await thread.state();
  expect(state?.messages.map(({ type }) => type)).toEqual(['human', 'ai', 'tool', 'human', 'ai']);
  expect(findDanglingToolCalls(state?.messages.slice(0, 4) ?? [])).toEqual([]);
});

test('a run stops before and after the nodes it names, and goes on without input', async () => {
  const thread = await InProcessThread.create(service, 'breakpoints');
  const first = await thread.ended(await thread.say('go', { interruptBefore: ['b'] }));
  expect(first).toMatchObject({ status: 'SUCCESS', endReason: 'AWAITING_HUMAN' });
  expect(await thread.state()).toMatchObject({ next: ['b'], values: { visited: ['a'] } });

  const second = await thread.ended(await thread.run({ interruptAfter: ['b'] }));
  expect(second).toMatchObject({ endReason: 'AWAITING_HUMAN' });
  expect(await thread.state()).toMatchObject({ next: ['c'], values: { visited: ['a', 'b'] } });

  expect(await thread.ended(await thread.run({}))).toMatchObject({ endReason: 'COMPLETED' });
  expect(await thread.conversation()).toEqual(['human: go', 'ai: a', 'ai: b', 'ai: c']);
});

test('neither input nor command is refused on a thread without a checkpoint', async () => {
  const thread = await InProcessThread.create(service, 'breakpoints');

  expect(await thread.create({})).toMatchObject({ kind: 'invalid', issues: [{ path: ['input'] }] });
  expect(await thread.runs()).toEqual([]);
});

test('a command updates the state and goes to a node', async () => {
  const thread = await InProcessThread.create(service, 'breakpoints');
  await thread.ended(await thread.say('go'));

  const command = { update: { messages: [{ type: 'human', content: 'again' }] }, goto: 'c' };
  expect(await thread.ended(await thread.run({ command }))).toMatchObject({ status: 'SUCCESS' });

  expect(await thread.state()).toMatchObject({ values: { visited: ['a', 'b', 'c', 'c'] } });
  expect((await thread.conversation()).slice(4)).toEqual(['human: again', 'ai: c']);
});

test('a run from an earlier checkpoint makes a branch of it, and its rollback brings the newer branch back', async () => {
  const thread = await InProcessThread.create(service, 'model-agent');
  await end(thread, await thread.say('one', label('first')), 'FINISH');
  const checkpointId = (await thread.state())!.checkpoint.checkpointId;
  await end(thread, await thread.say('two', label('second')), 'FINISH');
  const before = await thread.snapshot();

  const fork = await thread.say('other', { checkpointId, ...label('fork') });
  await until(() => isHeld(fork.id), Boolean);
  expect(await thread.conversation()).toEqual(['human: one', 'ai: first thinks, done', 'human: other']);
  await thread.cancel(fork, 'ROLLBACK');
  await thread.removed(fork);

  expect(await thread.snapshot()).toEqual(before);
  await end(thread, await thread.say('other', { checkpointId, ...label('fork') }), 'FINISH');
  expect(await thread.conversation()).toEqual([
    'human: one',
    'ai: first thinks, done',
    'human: other',
    'ai: fork thinks, done',
  ]);
});

test('a fork that is interrupted keeps its partial on its own branch', async () => {
  const thread = await InProcessThread.create(service, 'model-agent');
  await end(thread, await thread.say('one', label('first')), 'FINISH');
  const checkpointId = (await thread.state())!.checkpoint.checkpointId;
  await end(thread, await thread.say('two', label('second')), 'FINISH');
  const fork = await thread.say('other', { checkpointId, ...label('fork') });
  await until(() => isHeld(fork.id), Boolean);

  await thread.cancel(fork);
  await thread.ended(fork);

  expect(await thread.conversation()).toEqual([
    'human: one',
    'ai: first thinks, done',
    'human: other',
    'ai (partial): fork thinks',
  ]);
});

test('an unknown checkpoint is refused', async () => {
  const thread = await InProcessThread.create(service, 'breakpoints');
  const checkpointId = '1f000000-0000-6000-8000-000000000000';

  expect(await thread.create({ checkpointId })).toEqual({
    kind: 'notFound',
    what: 'Checkpoint',
    id: checkpointId,
  });
});
