import { afterEach, describe, expect, test } from 'vitest';
import type { Run } from '../../src/domain/run.ts';
import type { ClaimedRun } from '../../src/orchestrator/execution/claim-runs.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { gate, resetGates } from '../support/gates.ts';
import { InProcessThread } from '../support/in-process-thread.ts';
import { startTestService } from '../support/service.ts';
import { SteppedWorker } from '../support/stepped-worker.ts';
import { TestDatabase } from '../support/test-database.ts';
import { until } from '../support/until.ts';

afterEach(resetGates);

type Held = { readonly thread: InProcessThread; readonly run: Run; readonly claimed: ClaimedRun };

/** Claims a run on a thread of its own, which the worker then holds. */
async function hold(worker: SteppedWorker, graph = 'side-effects'): Promise<Held> {
  const thread = await InProcessThread.create(worker, graph);
  const run = await thread.say('go');
  return { thread, run, claimed: await worker.claim() };
}

const now = async ({ thread, run }: Pick<Held, 'thread' | 'run'>): Promise<Run> => (await thread.find(run))!;

describe('of the runs of a lost worker', () => {
  test('one that was alone counts a failure; those that were together count none and are suspects', async () => {
    await using worker = await SteppedWorker.start();
    const [one, other] = [await hold(worker), await hold(worker)];

    await worker.lose();
    const suspects = [await now(one), await now(other)];
    const { claimed } = await worker.recover();
    await worker.lose();

    expect(suspects).toMatchObject(
      Array(2).fill({ status: 'RUNNING', attempt: 2, failures: 0, suspicion: 1, leaseOwner: null }),
    );
    expect(claimed).toMatchObject([{ claim: { attempt: 2 }, trial: { isAlone: false } }]);
    const tried = claimed[0]!.run.id === one.run.id ? [one, other] : [other, one];
    expect(await now(tried[0]!)).toMatchObject({ attempt: 3, failures: 1, suspicion: 2 });
    expect(await now(tried[1]!)).toMatchObject({ attempt: 2, failures: 0, suspicion: 1 });
  });

  test('one whose lease ends later than the others is known not to have been alone', async () => {
    await using worker = await SteppedWorker.start();
    const [one, other] = [await hold(worker), await hold(worker)];
    await worker.expire(one.run);
    await worker.recover('NONE');
    expect(await now(other)).toMatchObject({ attempt: 1, suspicion: 0, leaseOwner: 'stepped' });
    const [tried] = (await worker.recover()).claimed;
    await worker.execute(tried!);

    await worker.expire(other.run);
    await worker.recover('NONE');

    expect(await now(one)).toMatchObject({ status: 'SUCCESS', failures: 0 });
    expect(await now(other)).toMatchObject({ attempt: 2, failures: 0, suspicion: 1 });
  });

  test('a worker that only stood still can write nothing to them any more', async () => {
    await using worker = await SteppedWorker.start();
    const { claimed } = await hold(worker);
    await worker.lose();

    await expect(worker.write(claimed)).rejects.toMatchObject({ name: 'ClaimLostError' });
  });

  test('one that is released is no suspect', async () => {
    await using worker = await SteppedWorker.start();
    const held = await hold(worker, 'echo');
    const other = await hold(worker);
    await worker.expire(other.run);
    await worker.recover('NONE');
    const marked = await now(held);

    await worker.execute(held.claimed, {}, AbortSignal.abort());

    expect(marked.suspectOf).toBe('stepped');
    expect(await now(held)).toMatchObject({
      status: 'RUNNING',
      attempt: 1,
      failures: 0,
      suspicion: 0,
      suspectOf: null,
    });
    expect((await worker.recover('NONE')).claimed).toMatchObject([
      { run: { id: held.run.id, attempt: 2 }, trial: null },
    ]);
  });

  test('one that is released in its trial stays a suspect, and its next attempt is another', async () => {
    await using worker = await SteppedWorker.start();
    const held = await hold(worker, 'echo');
    await worker.execute(await worker.takeOver(), {}, AbortSignal.abort());

    expect(await now(held)).toMatchObject({ attempt: 2, failures: 1, suspicion: 1, suspectOf: null });
    expect((await worker.recover()).claimed).toMatchObject([
      { run: { attempt: 3, failures: 1 }, trial: { isAlone: false } },
    ]);
  });

  test('those are tried that wait the longest', async () => {
    await using worker = await SteppedWorker.start();
    const [first, second] = [await hold(worker), await hold(worker)];
    await worker.lose();
    const order: string[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const [tried] = (await worker.recover()).claimed;
      order.push(tried!.run.id);
      await worker.lose();
    }

    expect([first.run.id, second.run.id]).toContain(order[0]);
    expect(order[1]).not.toBe(order[0]);
    expect(order.slice(2)).toEqual(order.slice(0, 2));
  });
});

describe('a suspect', () => {
  test('is not tried where another one is', async () => {
    await using worker = await SteppedWorker.start();
    await hold(worker);
    await worker.lose();

    expect(await worker.recover('NONE')).toMatchObject({
      claimed: [],
      mayBeMore: false,
      needsRestMs: null,
      hasSuspects: true,
    });
    expect((await worker.recover('BESIDE')).claimed).toHaveLength(1);
  });

  test('of two deaths is only tried where nothing else is executed', async () => {
    await using worker = await SteppedWorker.start();
    const { run } = await hold(worker);
    await worker.takeOver();
    await worker.lose();

    const beside = await worker.recover('BESIDE');
    const alone = await worker.recover('ALONE');

    expect(beside).toMatchObject({ claimed: [], mayBeMore: false });
    expect(beside.needsRestMs).toBeGreaterThan(0);
    expect(alone).toMatchObject({
      claimed: [{ run: { id: run.id, attempt: 3 }, trial: { isAlone: true } }],
      needsRestMs: null,
    });
  });

  test('that must be alone is taken over without what was released', async () => {
    await using worker = await SteppedWorker.start();
    const suspect = await hold(worker);
    await worker.takeOver();
    await worker.lose();
    const other = await hold(worker, 'echo');
    await worker.execute(other.claimed, {}, AbortSignal.abort());

    expect((await worker.recover('BESIDE')).claimed).toEqual([]);
    expect((await worker.recover('ALONE')).claimed.map(({ run }) => run.id)).toEqual([suspect.run.id]);
    expect((await worker.recover('NONE')).claimed.map(({ run }) => run.id)).toEqual([other.run.id]);
  });

  test('is cleared by the checkpoint of a superstep of the root, while it is executed', async () => {
    await using worker = await SteppedWorker.start();
    const held = await hold(worker);
    const first = gate('side-effects:first');
    const second = gate('side-effects:second');
    const taken = await worker.takeOver();
    let passed = 0;
    const executing = worker.execute(taken, {}, new AbortController().signal, () => {
      passed += 1;
    });
    await first.reached;
    const before = passed;

    first.open();
    await second.reached;
    const cleared = await until(
      () => now(held),
      ({ suspicion }) => suspicion === 0,
    );
    second.open();
    await executing;

    // Those of its input are stored then.
    expect(before).toBe(0);
    expect(cleared).toMatchObject({ status: 'RUNNING', attempt: 2, failures: 1 });
    expect(passed).toBe(1);
    expect(await now(held)).toMatchObject({ status: 'SUCCESS' });
  });

  test('that is taken over at its newest checkpoint is not cleared by being told of it', async () => {
    await using worker = await SteppedWorker.start();
    const held = await hold(worker);
    const second = gate('side-effects:second');
    let passed = 0;
    void worker.execute(held.claimed).catch(() => {});
    await second.reached;
    const executing = worker.execute(await worker.takeOver(), {}, new AbortController().signal, () => {
      passed += 1;
    });
    await second.reachedBy(2);

    const before = [passed, (await now(held)).suspicion];
    second.open();
    await executing;

    expect(before).toEqual([0, 1]);
    expect(passed).toBe(1);
  });

  test('that is to stop is settled, not tried', async () => {
    await using worker = await SteppedWorker.start();
    const held = await hold(worker, 'echo');
    await hold(worker);
    await worker.lose();
    await held.thread.cancel(held.run);

    const { claimed } = await worker.recover('NONE');
    await worker.execute(claimed[0]!);

    expect(claimed).toMatchObject([{ run: { id: held.run.id }, trial: null }]);
    expect(await now(held)).toMatchObject({ status: 'INTERRUPTED', endReason: 'CANCELLED', attempt: 2 });
    expect(await held.thread.conversation()).toEqual(['human: go']);
  });
});

/**
 * Runs that a dead process held, each on a thread of its own; so often has each died without having passed
 * where it was.
 */
async function lostRuns(database: TestDatabase, suspicions: readonly number[], clock?: AdvancingClock) {
  const threads: InProcessThread[] = [];
  const runs: Run[] = [];
  {
    await using service = await startTestService({
      database: database.url,
      ...(clock === undefined ? {} : { clock }),
    });
    const held = gate('side-effects:first');
    for (const _ of suspicions) {
      const thread = await InProcessThread.create(service, 'side-effects');
      threads.push(thread);
      runs.push(await thread.say('go'));
    }
    await held.reachedBy(suspicions.length);
  }
  resetGates();
  for (const [index, { id }] of runs.entries())
    await database.query(
      `update run set suspicion = ${suspicions[index]}, suspect_of = 'dead', lease_until = ${index + 1} where id = '${id}' returning id`,
    );
  return { threads, runs };
}

/** Time passes, in steps in which leases are renewed, until something is so. */
const passing = (clock: AdvancingClock, isSo: () => boolean): Promise<unknown> =>
  // A minute of the clock's time, each second of which looks for work in the database: several real ones on
  // PostgreSQL.
  until(async () => (isSo() ? true : clock.advance(1_000).then(() => false)), Boolean, {
    pauseMs: 10,
    deadlineMs: 25_000,
  });

describe('a process', () => {
  test('tries one suspect at a time beside other runs, and the next when it has passed', async () => {
    await using database = await TestDatabase.create();
    const { threads, runs } = await lostRuns(database, [1, 1, 1]);
    const first = gate('side-effects:first', { holds: 1 });
    const second = gate('side-effects:second');
    await using service = await startTestService({ database: database.url });
    await first.reached;
    const ordinary = await InProcessThread.create(service, 'trivial');
    await ordinary.ended(await ordinary.say('one'));
    const whileFirst = await Promise.all(
      threads.map((thread, index) => thread.at(service).find(runs[index]!)),
    );

    first.open();
    await second.reachedBy(3);
    second.open();

    expect(whileFirst.map((run) => run?.leaseOwner)).toEqual(['test', null, null]);
    for (const [index, thread] of threads.entries())
      expect(await thread.at(service).ended(runs[index]!)).toMatchObject({ status: 'SUCCESS', failures: 0 });
  });

  test('claims nothing while one suspect must be alone, and lets others go first before the next', async () => {
    await using database = await TestDatabase.create();
    const { threads, runs } = await lostRuns(database, [2, 2]);
    const held = gate('side-effects:first');
    await using service = await startTestService({ database: database.url });
    await held.reached;
    const thread = await InProcessThread.create(service, 'echo');
    const ordinary = await thread.say('one');
    const atEnd = gate('echo:end');
    // Three looks for work have come to nothing: each of these is a wake.
    for (let made = 0; made < 3; made += 1)
      await (await InProcessThread.create(service, 'trivial')).say('one');
    const whileAlone = [
      held.held,
      (await thread.find(ordinary))?.status,
      (await threads[1]!.at(service).find(runs[1]!))?.leaseOwner,
    ];

    held.reset();
    await atEnd.reached;
    const between = await threads[1]!.at(service).find(runs[1]!);
    atEnd.open();
    held.open();

    expect(whileAlone).toEqual([1, 'PENDING', null]);
    expect(between).toMatchObject({ status: 'RUNNING', leaseOwner: null, suspicion: 2 });
    for (const [index, one] of threads.entries())
      expect(await one.at(service).ended(runs[index]!)).toMatchObject({ status: 'SUCCESS' });
    expect(await thread.ended(ordinary)).toMatchObject({ status: 'SUCCESS', attempt: 1 });
  });

  test('releases what does not end in time for the sake of a suspect that must be alone', async () => {
    await using database = await TestDatabase.create();
    const clock = new AdvancingClock();
    database.follow(clock);
    const { threads, runs } = await lostRuns(database, [2], clock);
    // Only after the ordinary run has begun, however long the service takes to start.
    await database.query(
      `update run set lease_until = ${clock.now().getTime() + 60_000} where id = '${runs[0]!.id}' returning id`,
    );
    const first = gate('side-effects:first');
    const echo = gate('echo:end', { holds: 1 });
    await using service = await startTestService({ database: database.url, clock });
    const thread = await InProcessThread.create(service, 'echo');
    const ordinary = await thread.say('one');
    await echo.reached;
    await passing(clock, () => first.held > 0);
    const whileAlone = await thread.find(ordinary);
    first.open();

    expect(whileAlone).toMatchObject({ status: 'RUNNING', leaseOwner: null, attempt: 1 });
    expect(await threads[0]!.at(service).ended(runs[0]!)).toMatchObject({ status: 'SUCCESS' });
    expect(await thread.ended(ordinary)).toMatchObject({
      status: 'SUCCESS',
      attempt: 2,
      failures: 0,
      suspicion: 0,
    });
  });

  test('lets the next suspect go when one takes long', async () => {
    await using database = await TestDatabase.create();
    const clock = new AdvancingClock();
    database.follow(clock);
    const { threads, runs } = await lostRuns(database, [1, 1], clock);
    const first = gate('side-effects:first', { holds: 1 });
    await using service = await startTestService({ database: database.url, clock });
    await first.reached;
    const ended = threads[1]!.at(service).ended(runs[1]!);
    let hasEnded = false;
    void ended.then(() => {
      hasEnded = true;
    });

    await passing(clock, () => hasEnded);
    first.open();

    expect(await ended).toMatchObject({ status: 'SUCCESS' });
    expect(await threads[0]!.at(service).ended(runs[0]!)).toMatchObject({ status: 'SUCCESS', failures: 0 });
  });

  test('settles a suspect that is told to stop while it waits, without a sweep', async () => {
    await using database = await TestDatabase.create();
    const { threads, runs } = await lostRuns(database, [1, 1]);
    const first = gate('side-effects:first', { holds: 1 });
    await using service = await startTestService({ database: database.url, options: { sweepMs: 600_000 } });
    await first.reached;
    const waiting = threads[1]!.at(service);

    await waiting.cancel(runs[1]!);

    expect(await waiting.ended(runs[1]!)).toMatchObject({ status: 'INTERRUPTED', endReason: 'CANCELLED' });
    first.open();
    expect(await threads[0]!.at(service).ended(runs[0]!)).toMatchObject({ status: 'SUCCESS' });
  });
});
