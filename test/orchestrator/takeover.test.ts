import { afterEach, expect, test } from 'vitest';
import type { Service } from '../../src/service.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { gate, resetGates } from '../support/gates.ts';
import { InProcessThread } from '../support/in-process-thread.ts';
import { startTestService } from '../support/service.ts';
import { TestDatabase } from '../support/test-database.ts';

afterEach(resetGates);

// A service that stops at once hands its runs back: the next one on the same database takes them over, as
// after a crash.

/** Commits what `commands` asks for while nothing is executed, as by a server that died right after it. */
async function withoutWorkers(
  database: TestDatabase,
  commands: (service: Service) => Promise<void>,
): Promise<void> {
  await using service = await startTestService({ database: database.url, config: { concurrency: 0 } });
  await commands(service);
}

test('a carrier that is taken over in its first step still carries what it had carried, once', async () => {
  await using database = await TestDatabase.create();
  let thread: InProcessThread;
  {
    await using service = await startTestService({ database: database.url });
    thread = await InProcessThread.create(service, 'echo');
    const middle = gate('echo:1', { holds: 2 });
    const running = await thread.say('one two');
    await middle.reached;
    await thread.heard(running, 'one');
    await thread.say('waiting');
    await thread.say('carrier goes on', { strategy: 'INTERRUPT' });
    await thread.ended(running);
    await middle.reachedBy(2);
  }

  resetGates();
  await using service = await startTestService({ database: database.url });

  const again = thread.at(service);
  await again.quiet();
  expect(await again.conversation()).toEqual([
    'human: one two',
    'ai (partial): one',
    'human: waiting',
    'human: carrier goes on',
    'ai: carrier goes on',
  ]);
});

test('a carrier that is taken over before its input was committed brings what it had carried', async () => {
  await using database = await TestDatabase.create();
  let thread: InProcessThread;
  {
    await using service = await startTestService({ database: database.url, config: { graceMs: 50 } });
    thread = await InProcessThread.create(service, 'echo');
    const middle = gate('echo:1', { holds: 1 });
    const beforeGraph = gate('factory');
    const running = await thread.say('one two');
    await middle.reached;
    await thread.heard(running, 'one');
    await thread.say('waiting');
    await thread.say('carrier', { strategy: 'INTERRUPT', assistantId: 'factory' });
    await beforeGraph.reached;
  }

  resetGates();
  await using service = await startTestService({ database: database.url });

  const again = thread.at(service);
  await again.quiet();
  expect((await again.conversation()).slice(2)).toEqual(['human: waiting', 'human: carrier', 'ai: vanilla']);
  expect((await again.runs()).map(({ carry, attempt }) => [carry, attempt])).toEqual([
    ['NONE', 1],
    ['CARRIED', 0],
    ['NONE', 2],
  ]);
});

test('messages superseded while a run was running are carried by the next run, also when the running one is taken over', async () => {
  await using database = await TestDatabase.create();
  let thread: InProcessThread;
  {
    await using service = await startTestService({ database: database.url });
    thread = await InProcessThread.create(service, 'two-tools');
    const answering = gate('two-tools:answer:2', { holds: 1 });
    const running = await thread.say('go');
    await answering.reached;
    await thread.heard(running, 'Both tools');
  }
  await withoutWorkers(database, async (service) => {
    await thread.at(service).say('waiting');
    await thread.at(service).say('next', { strategy: 'INTERRUPT' });
  });

  resetGates();
  await using service = await startTestService({ database: database.url });

  const again = thread.at(service);
  await again.quiet();
  expect((await again.conversation()).slice(4, 7)).toEqual([
    'ai (partial): Both tools',
    'human: waiting',
    'human: next',
  ]);
  expect((await again.runs()).map(({ endReason, carry, attempt }) => [endReason, carry, attempt])).toEqual([
    ['SUPERSEDED', 'NONE', 2],
    ['SUPERSEDED', 'CARRIED', 0],
    ['COMPLETED', 'NONE', 1],
  ]);
});

test('INTERRUPT of a run that was lost in its first step keeps its input and what it had streamed', async () => {
  await using database = await TestDatabase.create();
  let thread: InProcessThread;
  {
    await using service = await startTestService({ database: database.url });
    thread = await InProcessThread.create(service, 'echo');
    const middle = gate('echo:2', { holds: 1 });
    const running = await thread.say('one two three');
    await middle.reached;
    await thread.heard(running, 'one two');
  }
  await withoutWorkers(database, async (service) => {
    await thread.at(service).say('waiting');
    await thread.at(service).say('next', { strategy: 'INTERRUPT' });
  });

  resetGates();
  await using service = await startTestService({ database: database.url });

  const again = thread.at(service);
  await again.quiet();
  expect(await again.conversation()).toEqual([
    'human: one two three',
    'ai (partial): one two',
    'human: waiting',
    'human: next',
    'ai: next',
  ]);
});

test('ROLLBACK of a run that was lost leaves the thread as it was before', async () => {
  await using database = await TestDatabase.create();
  let thread: InProcessThread;
  let before: unknown;
  {
    await using service = await startTestService({ database: database.url });
    thread = await InProcessThread.create(service, 'failing');
    await thread.ended(await thread.say('first'));
    before = await thread.snapshot();
    const failing = gate('failing', { holds: 1 });
    await thread.say('second');
    await failing.reached;
  }
  await withoutWorkers(database, async (service) => {
    const [, run] = await thread.at(service).runs();
    await thread.at(service).cancel(run!, 'ROLLBACK');
  });

  resetGates();
  await using service = await startTestService({ database: database.url });

  const again = thread.at(service);
  await again.quiet();
  expect(await again.snapshot()).toEqual(before);
  expect(await again.runs()).toHaveLength(1);
});

test('the time of a run counts across its attempts', async () => {
  await using database = await TestDatabase.create();
  const clock = new AdvancingClock();
  database.follow(clock);
  let thread: InProcessThread;
  {
    await using service = await startTestService({ database: database.url, clock });
    thread = await InProcessThread.create(service, 'echo');
    const middle = gate('echo:2');
    await thread.say('one two three', { timeoutSeconds: 30 });
    await middle.reached;
  }

  await clock.advance(31_000);
  await using service = await startTestService({ database: database.url, clock });

  const again = thread.at(service);
  await again.quiet();
  expect(await again.runs()).toMatchObject([
    { status: 'TIMEOUT', endReason: 'TIMED_OUT', attempt: 2, failures: 0 },
  ]);
});

test('cancelled while it waited for its takeover, a run is interrupted as by a live server', async () => {
  await using database = await TestDatabase.create();
  let thread: InProcessThread;
  {
    await using service = await startTestService({ database: database.url });
    thread = await InProcessThread.create(service, 'side-effects');
    const second = gate('side-effects:second', { holds: 1 });
    await thread.say('go');
    await second.reached;
  }
  await withoutWorkers(database, async (service) => {
    const [run] = await thread.at(service).runs();
    expect(await thread.at(service).cancel(run!)).toMatchObject({ status: 'RUNNING' });
  });

  resetGates();
  await using service = await startTestService({ database: database.url });

  const again = thread.at(service);
  await again.quiet();
  expect(await again.runs()).toMatchObject([{ status: 'INTERRUPTED', endReason: 'CANCELLED' }]);
  expect(await again.conversation()).toEqual(['human: go', 'ai: first']);
});
