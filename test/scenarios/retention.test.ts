import { afterEach, expect, test } from 'vitest';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { human, TestThread } from '../support/conversing.ts';
import { overSse, overWebSocket } from '../support/followed.ts';
import { resetGates } from '../support/gates.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { startTestService } from '../support/service.ts';
import { until } from '../support/until.ts';

afterEach(resetGates);

const DAY_MS = 24 * 60 * 60 * 1_000;
const REMOVED = 'Removed events and checkpoints older than their retention';

/** A service whose log, or all of whose history, goes after 30 days, and a clock to pass them with. */
async function keeping30Days(what: 'events' | 'all history') {
  const clock = new AdvancingClock();
  const logger = new RecordingLogger();
  const retention = {
    eventRetentionMs: 30 * DAY_MS,
    checkpointRetentionMs: what === 'events' ? null : 30 * DAY_MS,
  };
  const service = await startTestService({ clock, logger, config: retention });
  return {
    service,
    passDays: (days: number) => clock.advance(days * DAY_MS),
    removed: () =>
      until(
        () => logger.at('info'),
        (messages) => messages.includes(REMOVED),
      ),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

test('after the retention a cursor expires with an error that says so, and a younger one gets everything', async () => {
  await using scene = await keeping30Days('events');
  const { url } = scene.service;
  const thread = await TestThread.create(scene.service);
  const old = await thread.run('echo', { input: human('one two') });
  const oldEvents = await overWebSocket(url, 'runEvents', { runId: old.run.id }).all();
  await scene.passDays(20);
  const young = await thread.run('echo', { input: human('three four') });
  const youngEvents = await overWebSocket(url, 'runEvents', { runId: young.run.id }).all();

  await scene.passDays(15);
  await scene.removed();

  for (const follow of [overWebSocket, overSse]) {
    const end = await follow(url, 'threadEvents', { threadId: thread.id, after: oldEvents[1]!.cursor }).end;
    expect(end).toMatchObject({
      how: 'refused',
      errors: [
        {
          message: expect.stringMatching(/removed by the event retention/),
          extensions: { code: 'CURSOR_EXPIRED' },
        },
      ],
    });
  }
  const rest = await overWebSocket(url, 'runEvents', {
    runId: young.run.id,
    after: youngEvents[1]!.cursor,
  }).all();
  expect(rest.map(({ cursor }) => cursor)).toEqual(youngEvents.slice(2).map(({ cursor }) => cursor));
  expect(await overWebSocket(url, 'runEvents', { runId: young.run.id }).all()).toEqual(youngEvents);
});

test('a run whose events are gone still tells how it ended, and its conversation is whole', async () => {
  await using scene = await keeping30Days('events');
  const { url } = scene.service;
  const thread = await TestThread.create(scene.service);
  const { run } = await thread.run('echo', { input: human('one two') });
  const said = await thread.said();
  await scene.passDays(31);
  await scene.removed();

  const events = await overSse(url, 'runEvents', { runId: run.id }).all();
  await using messages = overWebSocket(url, 'messages', { threadId: thread.id, fromStart: true });
  const whole = await messages.seen(({ __typename }) => __typename === 'MessagesReset');

  expect(events).toMatchObject([{ __typename: 'RunEnded', runId: run.id }]);
  expect(whole).toMatchObject({ messages: [{ text: 'one two' }, { text: 'one two' }] });
  expect((await thread.join(run)).state?.messages).toHaveLength(2);
  expect(await thread.said()).toEqual(said);
});

test('who has seen all there was can come back however long nothing has happened', async () => {
  await using scene = await keeping30Days('events');
  const { url } = scene.service;
  const thread = await TestThread.create(scene.service);
  await using followed = overWebSocket(url, 'threadEvents', { threadId: thread.id });
  await expect.poll(() => scene.service.followed).toEqual([thread.id]);
  const { run } = await thread.run('echo', { input: human('one') });
  const last = await followed.seen(({ __typename, runId }) => __typename === 'RunEnded' && runId === run.id);
  await followed.leave();
  await scene.passDays(31);
  await scene.removed();

  await using back = overWebSocket(url, 'threadEvents', { threadId: thread.id, after: last.cursor });
  const next = await thread.run('echo', { input: human('two') });
  await back.seen(({ __typename, runId }) => __typename === 'RunEnded' && runId === next.run.id);

  expect(back.events[0]).toMatchObject({ __typename: 'RunQueued', runId: next.run.id });
});

test('old checkpoints go: history begins later, the state and what comes after it are the same', async () => {
  await using scene = await keeping30Days('all history');
  const thread = await TestThread.create(scene.service);
  const early = await thread.run('echo', { input: human('one') });
  await thread.run('echo', { input: human('two') });
  await scene.passDays(20);
  await thread.run('nested', { input: human('three') });
  const [before, said] = [await thread.state(), await thread.said()];
  await scene.passDays(15);
  await scene.removed();

  expect(await thread.state()).toEqual(before);
  expect(
    await thread.client.state(thread.id, { checkpointId: early.state!.checkpoint.checkpointId }),
  ).toBeNull();
  expect((await thread.join(early.run)).state).toBeNull();
  await thread.run('echo', { input: human('four') });
  const rolledBack = await thread.start('echo', { input: human('five'), multitaskStrategy: 'ENQUEUE' });
  await thread.join(rolledBack);
  expect(await thread.said()).toEqual([
    ...said,
    ['human', 'four'],
    ['ai', 'four'],
    ['human', 'five'],
    ['ai', 'five'],
  ]);
});

test.each(['approval', 'deep-approval', 'two-approvals'])(
  'a pause of %s is answered long after the retention',
  async (graph) => {
    await using scene = await keeping30Days('all history');
    const thread = await TestThread.create(scene.service);
    await thread.run('echo', { input: human('hello') });
    const paused = await thread.run(graph, { input: human('send it') });
    await scene.passDays(31);
    await scene.removed();

    const [interrupt, ...others] = paused.state!.interrupts;
    const answers = Object.fromEntries([interrupt!, ...others].map(({ id }) => [id, 'yes']));
    const { run } = await thread.run(graph, { command: { resume: answers } });

    expect(run).toMatchObject({ status: 'SUCCESS', endReason: 'COMPLETED' });
    expect(await thread.status()).toBe('IDLE');
  },
);
