import { expect, test } from 'vitest';
import { newRunId, newThreadId, type Owner, type ThreadId } from '../../src/domain/ids.ts';
import type { Run } from '../../src/domain/run.ts';
import type { Thread } from '../../src/domain/thread.ts';
import type { StoreFixture } from './store.contract.ts';
import { aRun, aThread, claimOf, custom, given, givenRunning, later } from './store-data.ts';

const someoneElse = 'someone else' as Owner;

/** What a transaction does to threads. */
export function threadTxContract(open: () => Promise<StoreFixture>): void {
  test('a thread comes back as it was inserted', async () => {
    await using fixture = await open();
    const thread = aThread({
      status: 'BUSY',
      restingStatus: 'ERROR',
      metadata: { a: { b: [1, 'two', null] } },
      graphId: 'agent',
      nextSeq: 7,
      nextPosition: 3,
      stateVersion: 11,
      claimableAt: new Date(5),
      stateUpdatedAt: new Date(6),
      temporary: true,
      discardAt: new Date(7),
    });

    const inserted = await fixture.store.transaction((tx) => tx.threads.insert(thread));

    expect(inserted).toBe(true);
    expect(await fixture.store.transaction((tx) => tx.threads.lock(thread.owner, thread.id))).toEqual(thread);
  });

  test('a thread whose id exists, of whichever owner, is not inserted and changes nothing', async () => {
    await using fixture = await open();
    const { thread } = await given(fixture.store);

    const inserted = await fixture.store.transaction((tx) =>
      tx.threads.insert({ ...thread, owner: someoneElse, status: 'ERROR' }),
    );

    expect(inserted).toBe(false);
    expect(await fixture.store.reads.thread(thread.owner, thread.id)).toEqual(thread);
  });

  test("another owner's thread can't be locked by its owner's name, but by whoever asks for any", async () => {
    await using fixture = await open();
    const { thread } = await given(fixture.store);

    await fixture.store.transaction(async (tx) => {
      expect(await tx.threads.lock(someoneElse, thread.id)).toBeNull();
      expect(await tx.threads.lockAny(thread.id)).toEqual(thread);
      expect(await tx.threads.lockAny(newThreadId())).toBeNull();
    });
  });

  test('an update changes what the patch names and nothing else', async () => {
    await using fixture = await open();
    const { thread } = await given(fixture.store, { claimableAt: new Date(1), metadata: { a: 1 } });
    const patch = { status: 'BUSY', claimableAt: null, nextPosition: 9, updatedAt: new Date(99) } as const;

    await fixture.store.transaction(async (tx) => {
      await tx.threads.update(thread.id, patch);
      await tx.threads.update(thread.id, {});
    });

    expect(await fixture.store.reads.thread(thread.owner, thread.id)).toEqual({ ...thread, ...patch });
  });

  test('the thread claimed next is the one longest due; those at rest and those not yet due are left alone', async () => {
    await using fixture = await open();
    const { store } = fixture;
    const now = await store.transaction(async (tx) => tx.now);
    await given(store, { claimableAt: null });
    const { thread: future } = await given(store, { claimableAt: later(now, 3_600_000) });
    const { thread: second } = await given(store, { claimableAt: later(now, -1_000) });
    const { thread: first } = await given(store, { claimableAt: later(now, -2_000) });

    const claimed: (string | undefined)[] = [];
    for (let turn = 0; turn < 3; turn++) {
      await store.transaction(async (tx) => {
        const thread = await tx.threads.lockClaimable(null);
        claimed.push(thread?.id);
        if (thread !== null) await tx.threads.update(thread.id, { claimableAt: null });
      });
    }

    expect(claimed).toEqual([first.id, second.id, undefined]);
    expect(await store.reads.nextClaimableAt()).toEqual(future.claimableAt);
  });

  test('of many owners each has its turn, however many threads of one are due and how long', async () => {
    await using fixture = await open();
    const { store } = fixture;
    const now = await store.transaction(async (tx) => tx.now);
    const owned = (owner: string, ms: number) =>
      given(store, { owner: owner as Owner, claimableAt: later(now, ms) });
    for (let made = 0; made < 20; made++) await owned('flooding', made - 10_000);
    await owned('ann', -2);
    await owned('zoe', -2);
    await owned('zoe', -1);
    for (let made = 0; made < 3; made++) await owned('only later', 3_600_000);

    const turns: string[] = [];
    let last: Owner | null = null;
    await store.transaction(async (tx) => {
      for (let turn = 0; turn < 7; turn++) {
        const thread: Thread | null = await tx.threads.lockClaimable(last);
        await tx.threads.update(thread!.id, { claimableAt: null });
        last = thread!.owner;
        turns.push(`${thread!.owner} ${thread!.claimableAt!.getTime() - now.getTime()}`);
      }
    });

    expect(turns).toEqual([
      'ann -2',
      'flooding -10000',
      'zoe -2',
      'flooding -9999',
      'zoe -1',
      'flooding -9998',
      'flooding -9997',
    ]);
  });

  test("deleting a thread takes its runs and events with it, and no one else's", async () => {
    await using fixture = await open();
    const { store } = fixture;
    const doomed = await given(store, {}, {}, {});
    const other = await given(store, {}, {});
    await store.transaction(async (tx) => {
      await tx.events.append(doomed.thread.id, [custom(1, doomed.runs[0]!.id)]);
      await tx.events.append(other.thread.id, [custom(2)]);
    });

    await store.transaction((tx) => tx.threads.delete(doomed.thread.id));

    expect(await store.reads.thread(doomed.thread.owner, doomed.thread.id)).toBeNull();
    expect(await store.reads.run(doomed.thread.owner, doomed.runs[0]!.id)).toBeNull();
    expect(await store.reads.events(doomed.thread.id, 0, 10)).toEqual([]);
    expect(await store.reads.lastSeq(doomed.thread.id)).toBeNull();
    expect(await store.reads.countRuns(other.thread.id)).toBe(1);
    expect(await store.reads.lastSeq(other.thread.id)).toBe(1);
  });
}

/** What a transaction does to runs. */
export function runTxContract(open: () => Promise<StoreFixture>): void {
  test('what comes next on a thread is told by its running run, by one that is due, or else by the first that will be', async () => {
    await using fixture = await open();
    const { store } = fixture;
    const now = await store.transaction(async (tx) => tx.now);
    const soon = { availableAt: later(now, 3_600_000) };
    const latest = { availableAt: later(now, 7_200_000) };
    const due = { availableAt: later(now, -5) };
    const cases = {
      none: await given(store, {}, { status: 'SUCCESS' }),
      delayed: await given(store, {}, latest, soon),
      due: await given(store, {}, soon, due, { availableAt: later(now, -9) }),
      running: await given(store, {}, { status: 'RUNNING', attempt: 1 }, latest),
    };
    const of = (threadId: ThreadId) =>
      store.transaction(async (tx) => ({
        first: (await tx.runs.firstDue(threadId))?.position,
        ahead: (await tx.runs.ahead(threadId)).map(({ status, availableAt }) => [
          status,
          availableAt.getTime() - now.getTime(),
        ]),
      }));

    expect(await of(cases.none.thread.id)).toEqual({ first: undefined, ahead: [] });
    expect(await of(cases.delayed.thread.id)).toEqual({ first: undefined, ahead: [['PENDING', 3_600_000]] });
    expect(await of(cases.due.thread.id)).toEqual({ first: 2, ahead: [['PENDING', -5]] });
    expect((await of(cases.running.thread.id)).ahead.map(([status]) => status)).toEqual([
      'RUNNING',
      'PENDING',
    ]);
  });

  test('a run comes back as it was inserted', async () => {
    await using fixture = await open();
    const { thread } = await given(fixture.store);
    const run = aRun(thread, {
      status: 'ERROR',
      endReason: 'FAILED',
      error: { name: 'Error', message: 'broke' },
      strategy: 'ROLLBACK',
      input: null,
      command: { resume: null, goto: ['a'] },
      config: { recursion_limit: 4 },
      context: { user: 'ada' },
      metadata: { tags: ['x'] },
      interruptBefore: ['*'],
      interruptAfter: [],
      recordEvents: true,
      position: 12,
      attempt: 2,
      failures: 1,
      leaseOwner: 'worker',
      leaseUntil: new Date(10),
      availableAt: new Date(11),
      timeoutMs: 5_000,
      deadline: new Date(12),
      stop: { action: 'INTERRUPT', reason: 'SUPERSEDED', by: newRunId(), keepPartialOutput: false },
      supersededBy: newRunId(),
      carry: 'TAKEN',
      carriedBy: newRunId(),
      baseCheckpointId: 'base',
      headBefore: 'before',
      headAfter: 'after',
      threadStatusBefore: 'INTERRUPTED',
      startedAt: new Date(13),
      finishedAt: new Date(14),
      request: { stream_mode: ['values'] },
    });

    await fixture.store.transaction((tx) => tx.runs.insert(run));

    expect(await fixture.store.transaction((tx) => tx.runs.find(run.id))).toEqual(run);
    expect(await fixture.store.reads.run(run.owner, run.id)).toEqual(run);
    expect(await fixture.store.transaction((tx) => tx.runs.find(newRunId()))).toBeNull();
  });

  test('the unfinished runs are the pending and the running ones of that thread, by position', async () => {
    await using fixture = await open();
    const { thread, runs } = await given(
      fixture.store,
      {},
      { status: 'SUCCESS', position: 1 },
      { status: 'PENDING', position: 4 },
      { status: 'RUNNING', position: 2 },
      { status: 'INTERRUPTED', position: 3 },
    );
    await given(fixture.store, {}, {});

    const unfinished = await fixture.store.transaction((tx) => tx.runs.unfinished(thread.id));

    expect(unfinished).toEqual([runs[2], runs[1]]);
  });

  test('runs are found by what becomes of their messages, by position', async () => {
    await using fixture = await open();
    const { thread, runs } = await given(
      fixture.store,
      {},
      { carry: 'WAITING', position: 4 },
      { carry: 'TAKEN', position: 2 },
      { carry: 'CARRIED', position: 3 },
      { carry: 'NONE', position: 1 },
    );

    await fixture.store.transaction(async (tx) => {
      expect(await tx.runs.withCarry(thread.id, ['WAITING', 'TAKEN'])).toEqual([runs[1], runs[0]]);
      expect(await tx.runs.withCarry(thread.id, ['WAITING'])).toEqual([runs[0]]);
      expect(await tx.runs.withCarry(thread.id, ['CARRIED', 'WAITING'])).toEqual([runs[2], runs[0]]);
      expect(await tx.runs.withCarry(thread.id, [])).toEqual([]);
    });
  });

  test('a second running run of one thread is refused', async () => {
    await using fixture = await open();
    const { runs } = await given(fixture.store, {}, { status: 'RUNNING' }, { status: 'PENDING' });

    const second = fixture.store.transaction((tx) => tx.runs.update(runs[1]!.id, { status: 'RUNNING' }));

    await expect(second).rejects.toThrow();
    expect((await fixture.store.reads.run(runs[1]!.owner, runs[1]!.id))?.status).toBe('PENDING');
  });

  test('two runs of one thread in the same position are refused', async () => {
    await using fixture = await open();
    const { thread } = await given(fixture.store, {}, {});

    await expect(
      fixture.store.transaction((tx) => tx.runs.insert(aRun(thread, { position: 1 }))),
    ).rejects.toThrow();
  });

  test('an update of a run sets updatedAt to the time of the transaction, unless the patch says otherwise', async () => {
    await using fixture = await open();
    const { runs } = await given(fixture.store, {}, { updatedAt: new Date(1) }, { updatedAt: new Date(1) });

    const now = await fixture.store.transaction(async (tx) => {
      await tx.runs.update(runs[0]!.id, { attempt: 3, stop: null });
      await tx.runs.update(runs[1]!.id, { updatedAt: new Date(2) });
      return tx.now;
    });

    expect(await fixture.store.reads.run(runs[0]!.owner, runs[0]!.id)).toEqual({
      ...runs[0],
      attempt: 3,
      updatedAt: now,
    });
    expect(await fixture.store.reads.run(runs[1]!.owner, runs[1]!.id)).toEqual({
      ...runs[1],
      updatedAt: new Date(2),
    });
  });

  test('an update of a run that is not there rejects', async () => {
    await using fixture = await open();

    await expect(
      fixture.store.transaction((tx) => tx.runs.update(newRunId(), { attempt: 1 })),
    ).rejects.toThrow(/Unknown run/);
  });

  test('a lease is renewed only for the current attempt of a running run', async () => {
    await using fixture = await open();
    const { store } = fixture;
    const { run, claim } = await givenRunning(store);
    const { runs: ended } = await given(store, {}, { status: 'SUCCESS', attempt: 1 });

    await store.transaction(async (tx) => {
      const until = later(tx.now, 1000);
      expect(await tx.runs.renewLease(claim, until)).toBe(true);
      expect((await tx.runs.find(run.id))?.leaseUntil).toEqual(until);
      expect(await tx.runs.renewLease({ ...claim, attempt: 2 }, until)).toBe(false);
      expect(await tx.runs.renewLease(claimOf(ended[0]!), until)).toBe(false);
      expect(await tx.runs.renewLease({ ...claim, runId: newRunId() }, until)).toBe(false);
    });
  });

  test('expired leases come oldest first, up to the limit; a lease that ends now has expired', async () => {
    await using fixture = await open();
    const { store } = fixture;
    const now = await store.transaction(async (tx) => tx.now);
    const leasedUntil = async (leaseUntil: Date | null, status: 'RUNNING' | 'SUCCESS' = 'RUNNING') =>
      (await given(store, {}, { status, leaseUntil })).runs[0]!;
    const newest = await leasedUntil(now);
    const oldest = await leasedUntil(later(now, -2000));
    const middle = await leasedUntil(later(now, -1000));
    const held = await leasedUntil(later(now, 3_600_000));
    await leasedUntil(null);
    await leasedUntil(later(now, -3000), 'SUCCESS');

    const expired = (limit: number) =>
      store.transaction(async (tx) => (await tx.runs.leaseExpired(limit)).map((run) => run.id));

    expect(await expired(10)).toEqual([oldest.id, middle.id, newest.id]);
    expect(await expired(2)).toEqual([oldest.id, middle.id]);
    expect(await store.transaction((tx) => tx.runs.expireAllLeases())).toBe(5);
    expect(await expired(10)).toContain(held.id);
    expect(await expired(10)).toHaveLength(5);
  });

  test('a suspect that waits for its trial comes by itself, the longest waiting first; one that is to stop comes with the expired leases', async () => {
    await using fixture = await open();
    const { store } = fixture;
    const now = await store.transaction(async (tx) => tx.now);
    const suspect = async (leaseUntil: Date, over: Partial<Run> = {}) =>
      (await given(store, {}, { status: 'RUNNING', leaseUntil, suspicion: 1, ...over })).runs[0]!;
    const stop = { action: 'INTERRUPT', reason: 'CANCELLED', by: null, keepPartialOutput: true } as const;
    const second = await suspect(later(now, -1000));
    const first = await suspect(later(now, -2000), { suspicion: 2, suspectOf: 'P1', stop });
    const stopped = await suspect(later(now, -3000), { stop });
    const cleared = await suspect(later(now, -4000), { suspicion: 0 });
    const lost = await suspect(later(now, -5000), { leaseOwner: 'P2' });
    await suspect(later(now, 3_600_000));
    await given(store, {}, { status: 'SUCCESS', leaseUntil: later(now, -6000), suspicion: 1 });

    const order: (string | undefined)[] = [];
    for (let turn = 0; turn < 3; turn += 1)
      await store.transaction(async (tx) => {
        const next = await tx.runs.nextSuspect();
        order.push(next?.id);
        if (next !== null) await tx.runs.update(next.id, { leaseOwner: 'P3' });
      });
    await store.transaction((tx) => tx.runs.update(first.id, { leaseOwner: null }));

    expect(order).toEqual([first.id, second.id, undefined]);
    const expired = await store.transaction(async (tx) =>
      (await tx.runs.leaseExpired(10)).map(({ id }) => id),
    );
    expect(expired).toEqual([lost.id, cleared.id, stopped.id, second.id]);
    await store.transaction((tx) => tx.runs.expireAllLeases());
    expect(await store.transaction((tx) => tx.runs.nextSuspect())).toMatchObject({
      id: first.id,
      leaseUntil: later(now, -2000),
    });
  });

  test('what workers hold is found by their names, whether its lease is over or not', async () => {
    await using fixture = await open();
    const { store } = fixture;
    const now = await store.transaction(async (tx) => tx.now);
    const held = async (leaseOwner: string | null, over: Partial<Run> = {}) =>
      (await given(store, {}, { status: 'RUNNING', leaseOwner, leaseUntil: later(now, 3_600_000), ...over }))
        .runs[0]!;
    const one = await held('P1');
    const over = await held('P1', { leaseUntil: later(now, -1000) });
    const other = await held('P2');
    await held('P3');
    await held(null);
    await held('P1', { status: 'SUCCESS' });

    const by = (...workers: string[]) =>
      store.transaction(async (tx) => (await tx.runs.heldBy(workers)).map(({ id }) => id).toSorted());

    expect(await by('P1')).toEqual([one.id, over.id].toSorted());
    expect(await by('P1', 'P2')).toEqual([one.id, over.id, other.id].toSorted());
    expect(await by('P4')).toEqual([]);
    expect(await by()).toEqual([]);
  });

  test('removing a run nulls what refers to it, and messages it had taken wait again', async () => {
    await using fixture = await open();
    const { store } = fixture;
    const doomed = newRunId();
    const { runs } = await given(
      store,
      {},
      { id: doomed },
      { supersededBy: doomed, carry: 'TAKEN', carriedBy: doomed },
      { carry: 'CARRIED', carriedBy: doomed },
      { supersededBy: newRunId(), carry: 'TAKEN', carriedBy: newRunId() },
    );
    await store.transaction((tx) => tx.events.append(runs[0]!.threadId, [custom(1, doomed)]));

    await store.transaction((tx) => tx.runs.delete(doomed));

    const owner = runs[0]!.owner;
    expect(await store.reads.run(owner, doomed)).toBeNull();
    expect(await store.reads.run(owner, runs[1]!.id)).toEqual({
      ...runs[1],
      supersededBy: null,
      carry: 'WAITING',
      carriedBy: null,
    });
    expect(await store.reads.run(owner, runs[2]!.id)).toEqual({ ...runs[2], carriedBy: null });
    expect(await store.reads.run(owner, runs[3]!.id)).toEqual(runs[3]);
    expect(await store.reads.events(runs[0]!.threadId, 0, 10)).toHaveLength(1);
  });
}
