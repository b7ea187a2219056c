import { expect, test } from 'vitest';
import type { LoggedEvent } from '../../src/domain/event.ts';
import { newRunId, newThreadId } from '../../src/domain/ids.ts';
import { ClaimLostError, type Tx } from '../../src/orchestrator/ports/store.ts';
import type { OpenStore, StoreFixture } from './store.contract.ts';
import { type claimOf, custom, given, givenRunning, seqs } from './store-data.ts';

const datas = (events: readonly LoggedEvent[]) =>
  events.map(({ body }) => (body.kind === 'CUSTOM' ? body.data : body.kind));

/** The log of a thread, as transactions write it. */
export function eventTxContract(open: () => Promise<StoreFixture>): void {
  test('appended events get the next seqs of their thread and come back as logged', async () => {
    await using fixture = await open();
    const { store } = fixture;
    const { thread, runs } = await given(store, {}, {});
    const other = await given(store);

    const logged = await store.transaction(async (tx) => {
      await tx.events.append(other.thread.id, [custom('elsewhere')]);
      await tx.events.append(thread.id, [{ runId: runs[0]!.id, body: { kind: 'RUN_QUEUED' } }]);
      return tx.events.append(thread.id, [
        { runId: null, body: { kind: 'MESSAGES_RESET', checkpointId: null } },
        {
          runId: runs[0]!.id,
          body: {
            kind: 'MESSAGE_DELTA',
            ns: 'a:1|b:2',
            node: null,
            messageId: 'm',
            text: 'é😀',
            content: [{ n: 1.5 }],
          },
        },
      ]);
    });

    expect(seqs(logged)).toEqual([2, 3]);
    const [queued, ...rest] = await store.reads.events(thread.id, 0, 10);
    expect(queued).toMatchObject({
      seq: 1,
      threadId: thread.id,
      runId: runs[0]!.id,
      body: { kind: 'RUN_QUEUED' },
    });
    expect(rest).toEqual(logged);
  });

  test('an append of nothing changes nothing, and one to no thread rejects', async () => {
    await using fixture = await open();
    const { thread } = await given(fixture.store);

    expect(await fixture.store.transaction((tx) => tx.events.append(thread.id, []))).toEqual([]);

    expect(await fixture.store.reads.lastSeq(thread.id)).toBe(0);
    await expect(
      fixture.store.transaction((tx) => tx.events.append(newThreadId(), [custom(1)])),
    ).rejects.toThrow(/Unknown thread/);
  });

  test('the seqs of events that were removed are not used again', async () => {
    await using fixture = await open();
    const { store } = fixture;
    const { thread, runs } = await given(store, {}, {});
    const append = (tx: Tx) =>
      tx.events.append(thread.id, [custom('kept'), custom('gone', runs[0]!.id), custom('gone', runs[0]!.id)]);
    await store.transaction(append);

    await store.transaction((tx) => tx.events.removeRun(thread.id, runs[0]!.id));

    expect(await store.reads.lastSeq(thread.id)).toBe(3);
    expect(datas(await store.reads.events(thread.id, 0, 10))).toEqual(['kept']);
    expect(seqs(await store.transaction((tx) => tx.events.append(thread.id, [custom('next')])))).toEqual([4]);
  });

  test('the log is read after a seq, up to a limit, of all or of one run', async () => {
    await using fixture = await open();
    const { store } = fixture;
    const { thread, runs } = await given(store, {}, {}, {});
    const [one, two] = runs.map((run) => run.id);
    await store.transaction((tx) =>
      tx.events.append(thread.id, [
        custom(1, one),
        custom(2, two),
        custom(3),
        custom(4, one),
        custom(5, one),
      ]),
    );

    expect(seqs(await store.reads.events(thread.id, 0, 3))).toEqual([1, 2, 3]);
    expect(seqs(await store.reads.events(thread.id, 3, 3))).toEqual([4, 5]);
    expect(seqs(await store.reads.events(thread.id, 0, 2, one))).toEqual([1, 4]);
    expect(seqs(await store.reads.events(thread.id, 4, 2, one))).toEqual([5]);
    expect(await store.reads.events(newThreadId(), 0, 10, one)).toEqual([]);
  });

  test('last seqs of many threads leave out those that are not there', async () => {
    await using fixture = await open();
    const { store } = fixture;
    const { thread: silent } = await given(store);
    const { thread: loud } = await given(store);
    await store.transaction((tx) => tx.events.append(loud.id, [custom(1), custom(2)]));

    const last = await store.reads.lastSeqs([silent.id, newThreadId(), loud.id]);

    expect([...last].sort()).toEqual(
      [
        [silent.id, 0],
        [loud.id, 2],
      ].sort(),
    );
    expect((await store.reads.lastSeqs([])).size).toBe(0);
    expect(await store.reads.lastSeq(newThreadId())).toBeNull();
  });
}

/** Appends under a claim, outside of the caller's transactions. */
export function appendContract(open: OpenStore): void {
  test('events appended by claims are committed in call order and announced before their calls resolve', async () => {
    const announced: LoggedEvent[] = [];
    await using fixture = await open((events) => announced.push(...events));
    const { store } = fixture;
    const { thread, run, claim } = await givenRunning(store);
    const seenAtResolve: number[] = [];

    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        await store.append(claim, [custom(index, run.id)]);
        seenAtResolve.push(announced.length);
      }),
    );

    const stored = await store.reads.events(thread.id, 0, 100);
    expect(datas(stored)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(announced).toEqual(stored);
    expect(seenAtResolve.every((length, index) => length > index)).toBe(true);
  });

  test.each([
    ['an older attempt', (claim: ReturnType<typeof claimOf>) => ({ ...claim, attempt: claim.attempt - 1 })],
    ['a later attempt', (claim: ReturnType<typeof claimOf>) => ({ ...claim, attempt: claim.attempt + 1 })],
    ['a run that is gone', (claim: ReturnType<typeof claimOf>) => ({ ...claim, runId: newRunId() })],
    ['a thread that is gone', (claim: ReturnType<typeof claimOf>) => ({ ...claim, threadId: newThreadId() })],
  ])('the claim of %s stores nothing, while what others wrote in the same turn commits', async (_, lose) => {
    await using fixture = await open();
    const { store } = fixture;
    const lost = await givenRunning(store);
    const held = await givenRunning(store);

    const [refused, accepted] = await Promise.allSettled([
      store.append(lose(lost.claim), [custom('lost')]),
      store.append(held.claim, [custom('kept')]),
    ]);

    expect(refused).toMatchObject({ status: 'rejected', reason: expect.any(ClaimLostError) });
    expect(accepted.status).toBe('fulfilled');
    expect(await store.reads.lastSeq(lost.thread.id)).toBe(0);
    expect(datas(await store.reads.events(held.thread.id, 0, 10))).toEqual(['kept']);
  });

  test("a settled run's claim is lost", async () => {
    await using fixture = await open();
    const { store } = fixture;
    const { run, claim } = await givenRunning(store);
    await store.transaction((tx) => tx.runs.update(run.id, { status: 'SUCCESS' }));

    const refused = store.append(claim, [custom('late')]);

    await expect(refused).rejects.toMatchObject({ name: 'ClaimLostError', claim });
  });

  test('appends of many runs at once are each logged once, with seqs that have no gap', async () => {
    await using fixture = await open();
    const { store } = fixture;
    const running = await Promise.all(Array.from({ length: 30 }, () => givenRunning(store)));

    await Promise.all(
      running.flatMap(({ claim }) => [1, 2, 3].map((n) => store.append(claim, [custom(n), custom(-n)]))),
    );

    for (const { thread } of running) {
      const stored = await store.reads.events(thread.id, 0, 100);
      expect(datas(stored)).toEqual([1, -1, 2, -2, 3, -3]);
      expect(seqs(stored)).toEqual([1, 2, 3, 4, 5, 6]);
    }
  });
}
