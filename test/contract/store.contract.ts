import { describe, expect, test } from 'vitest';
import type { LoggedEvent } from '../../src/domain/event.ts';
import { newRunId, type Owner } from '../../src/domain/ids.ts';
import type { OnCommitted, Store } from '../../src/orchestrator/ports/store.ts';
import { assistantsContract } from './store-assistants.contract.ts';
import { aRun, aThread, custom, given, later, seqs } from './store-data.ts';
import { appendContract, eventTxContract } from './store-log.contract.ts';
import { storeReadsContract } from './store-reads.contract.ts';
import { runTxContract, threadTxContract } from './store-rows.contract.ts';

export type StoreFixture = AsyncDisposable & { readonly store: Store };
/** An empty store. */
export type OpenStore = (onCommitted?: OnCommitted) => Promise<StoreFixture>;

const someoneElse = 'someone else' as Owner;

/** What any Store must do. */
export function storeContract(dialect: string, open: OpenStore): void {
  describe(`the store on ${dialect}`, () => {
    transactions(open);
    threadTxContract(open);
    runTxContract(open);
    eventTxContract(open);
    appendContract(open);
    idempotency(open);
    storeReadsContract(open);
    assistantsContract(open);
  });
}

function transactions(open: OpenStore): void {
  test('a transaction resolves with the result of its work', async () => {
    await using fixture = await open();

    expect(await fixture.store.transaction(async () => 42)).toBe(42);
  });

  test('a rejected transaction stores nothing, announces nothing and passes its rejection on', async () => {
    const announced: LoggedEvent[] = [];
    await using fixture = await open((events) => announced.push(...events));
    const { store } = fixture;
    const { thread } = await given(store);
    const other = aThread();
    const failure = new Error('changed its mind');

    const rejected = store.transaction(async (tx) => {
      await tx.threads.insert(other);
      await tx.threads.update(thread.id, { status: 'BUSY' });
      await tx.runs.insert(aRun(thread));
      await tx.events.append(thread.id, [custom(1)]);
      await tx.idempotency.insert(
        thread.owner,
        'key',
        { requestHash: 'h', runId: newRunId() },
        later(tx.now, 1000),
      );
      throw failure;
    });

    await expect(rejected).rejects.toBe(failure);
    expect(announced).toEqual([]);
    expect(await store.reads.thread(other.owner, other.id)).toBeNull();
    expect(await store.reads.thread(thread.owner, thread.id)).toEqual(thread);
    expect(await store.reads.countRuns(thread.id)).toBe(0);
    expect(await store.reads.lastSeq(thread.id)).toBe(0);
    expect(await store.transaction((tx) => tx.idempotency.find(thread.owner, 'key'))).toBeNull();
  });

  test('a transaction that failed on a statement does not hold up the next', async () => {
    await using fixture = await open();
    const { store } = fixture;
    const { runs } = await given(store, {}, {});

    await expect(store.transaction((tx) => tx.runs.insert(runs[0]!))).rejects.toThrow();

    expect(await store.transaction((tx) => tx.runs.find(runs[0]!.id))).toEqual(runs[0]);
  });

  test('events are announced after the commit, in order, before the transaction resolves', async () => {
    const trace: unknown[] = [];
    await using fixture = await open((events) => trace.push(seqs(events)));
    const { store } = fixture;
    const { thread } = await given(store);

    await store.transaction(async (tx) => {
      await tx.events.append(thread.id, [custom('a'), custom('b')]);
      await tx.events.append(thread.id, [custom('c')]);
      trace.push('end of work');
    });
    trace.push('resolved');

    expect(trace).toEqual(['end of work', [1, 2, 3], 'resolved']);
  });

  test('concurrent transactions on one thread announce each of their events, once', async () => {
    const announced: LoggedEvent[] = [];
    await using fixture = await open((events) => announced.push(...events));
    const { store } = fixture;
    const { thread } = await given(store);

    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        store.transaction(async (tx) => {
          await tx.threads.lockAny(thread.id);
          await tx.events.append(thread.id, [custom(index)]);
        }),
      ),
    );

    // On PostgreSQL the answers to two commits come over two connections, in either order.
    expect(seqs(announced).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
  });

  test('a store that is open answers its check', async () => {
    await using fixture = await open();

    await expect(fixture.store.check()).resolves.toBeUndefined();
  });
}

function idempotency(open: () => Promise<StoreFixture>): void {
  test('a key is found until it expires, by its owner only', async () => {
    await using fixture = await open();
    const record = { requestHash: 'hash', runId: newRunId() };
    const owner = 'ada' as Owner;

    await fixture.store.transaction(async (tx) => {
      await tx.idempotency.insert(owner, 'key', record, later(tx.now, 3_600_000));
      await tx.idempotency.insert(owner, 'old', record, tx.now);
    });

    await fixture.store.transaction(async (tx) => {
      expect(await tx.idempotency.find(owner, 'key')).toEqual(record);
      expect(await tx.idempotency.find(owner, 'old')).toBeNull();
      expect(await tx.idempotency.find(owner, 'other')).toBeNull();
      expect(await tx.idempotency.find(someoneElse, 'key')).toBeNull();
    });
  });

  test('a key takes the place of an expired one, never of one that stands', async () => {
    await using fixture = await open();
    const owner = 'ada' as Owner;
    const [first, second] = [1, 2].map((n) => ({ requestHash: `hash ${n}`, runId: newRunId() }));
    await fixture.store.transaction((tx) => tx.idempotency.insert(owner, 'key', first!, later(tx.now, -1)));

    await fixture.store.transaction((tx) =>
      tx.idempotency.insert(owner, 'key', second!, later(tx.now, 3_600_000)),
    );

    expect(await fixture.store.transaction((tx) => tx.idempotency.find(owner, 'key'))).toEqual(second);
    await expect(
      fixture.store.transaction((tx) => tx.idempotency.insert(owner, 'key', first!, later(tx.now, 1000))),
    ).rejects.toThrow(/in use/);
  });

  test("a key outlives its run's removal", async () => {
    await using fixture = await open();
    const { store } = fixture;
    const { runs } = await given(store, {}, {});
    const record = { requestHash: 'hash', runId: runs[0]!.id };
    await store.transaction((tx) =>
      tx.idempotency.insert(runs[0]!.owner, 'key', record, later(tx.now, 3_600_000)),
    );

    await store.transaction((tx) => tx.runs.delete(runs[0]!.id));

    expect(await store.transaction((tx) => tx.idempotency.find(runs[0]!.owner, 'key'))).toEqual(record);
  });
}
