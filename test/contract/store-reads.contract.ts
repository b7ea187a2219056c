import { expect, test } from 'vitest';
import { newRunId, newThreadId, type Owner } from '../../src/domain/ids.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Thread } from '../../src/domain/thread.ts';
import type { Store, ThreadOrder, ThreadQuery } from '../../src/orchestrator/ports/store.ts';
import type { StoreFixture } from './store.contract.ts';
import { given } from './store-data.ts';

const owner = 'default' as Owner;
const someoneElse = 'someone else' as Owner;

const query = (over: Partial<ThreadQuery>): ThreadQuery => ({
  owner,
  order: { field: 'CREATED_AT', direction: 'ASC' },
  window: { limit: 100, inverted: false },
  ...over,
});

/** The second half of the store's contract: what is read outside of transactions. */
export function storeReadsContract(open: () => Promise<StoreFixture>): void {
  test('threads and runs are read by their owner only', async () => {
    await using fixture = await open();
    const { reads } = fixture.store;
    const mine = await given(fixture.store, {}, {});
    const other = await given(fixture.store, { owner: someoneElse }, {});
    const [myRun, otherRun] = [mine.runs[0]!, other.runs[0]!];

    expect(await reads.thread(owner, other.thread.id)).toBeNull();
    expect(await reads.run(owner, otherRun.id)).toBeNull();
    expect(await reads.threadsById(owner, [other.thread.id, mine.thread.id, newThreadId()])).toEqual([
      mine.thread,
    ]);
    expect(await reads.runsById(owner, [otherRun.id, myRun.id, newRunId()])).toEqual([myRun]);
    expect(await reads.threads(query({}))).toEqual([mine.thread]);
    expect(await reads.runsOfStatus(owner, ['PENDING'], null, 10)).toEqual([myRun]);
    expect(await reads.threadsById(owner, [])).toEqual([]);
  });

  const orders: ThreadOrder[] = (['CREATED_AT', 'UPDATED_AT'] as const).flatMap((field) =>
    (['ASC', 'DESC'] as const).map((direction) => ({ field, direction })),
  );
  test.each(orders)(
    'threads are paged by $field $direction from either end without a gap or a repeat',
    async (order) => {
      await using fixture = await open();
      const { reads } = fixture.store;
      for (const at of [5, 3, 3, 3, 9, 1, 7]) {
        await given(fixture.store, { createdAt: new Date(at), updatedAt: new Date(100 - at) });
      }
      const keyOf = (thread: Thread) => ({
        at: (order.field === 'CREATED_AT' ? thread.createdAt : thread.updatedAt).getTime(),
        id: thread.id,
      });
      const list = await reads.threads(query({ order }));
      const times = list.map((thread) => keyOf(thread).at);
      expect(times).toEqual(times.toSorted((a, b) => (order.direction === 'ASC' ? a - b : b - a)));
      expect(new Set(list.map((thread) => thread.id)).size).toBe(7);

      const forwards: Thread[] = [];
      for (let page: Thread[]; ; forwards.push(...page)) {
        const after = forwards.length === 0 ? undefined : keyOf(forwards.at(-1)!);
        page = await reads.threads(query({ order, window: { after, limit: 2, inverted: false } }));
        if (page.length === 0) break;
      }
      const backwards: Thread[] = [];
      for (let page: Thread[]; ; backwards.push(...page)) {
        const before = backwards.length === 0 ? undefined : keyOf(backwards.at(-1)!);
        page = await reads.threads(query({ order, window: { before, limit: 2, inverted: true } }));
        if (page.length === 0) break;
      }

      expect(forwards).toEqual(list);
      expect(backwards).toEqual(list.toReversed());
      const between = { after: keyOf(list[1]!), before: keyOf(list[5]!), limit: 10 };
      expect(await reads.threads(query({ order, window: { ...between, inverted: false } }))).toEqual(
        list.slice(2, 5),
      );
      expect(await reads.threads(query({ order, window: { ...between, inverted: true } }))).toEqual(
        list.slice(2, 5).toReversed(),
      );
    },
  );

  test('threads are filtered by status, and by none there are none', async () => {
    await using fixture = await open();
    const { reads } = fixture.store;
    await given(fixture.store, { status: 'IDLE', createdAt: new Date(1) });
    const { thread: busy } = await given(fixture.store, { status: 'BUSY', createdAt: new Date(2) });
    const { thread: error } = await given(fixture.store, { status: 'ERROR', createdAt: new Date(3) });

    expect(await reads.threads(query({ status: ['ERROR', 'BUSY'] }))).toEqual([busy, error]);
    expect(await reads.threads(query({ status: [] }))).toEqual([]);
  });

  const stored: JsonObject = {
    user: 'ada',
    n: 1,
    flag: true,
    none: null,
    deep: { a: { b: 'x', c: 2 } },
    list: [1, { k: 'v' }],
    pairs: [{ a: 1, b: 2 }],
    'a"b.c\\': 'odd',
    '': 0,
  };
  test.each<[string, JsonObject, boolean]>([
    ['nothing', {}, true],
    ['an equal string', { user: 'ada' }, true],
    ['another string', { user: 'bob' }, false],
    ['all of several', { user: 'ada', n: 1 }, true],
    ['only one of several', { user: 'ada', n: 2 }, false],
    ['a key that is not there', { absent: null }, false],
    ['null for null', { none: null }, true],
    ['true for true', { flag: true }, true],
    ['1 for true', { flag: 1 }, false],
    ['text for a number', { n: '1' }, false],
    ['part of a nested object', { deep: { a: { b: 'x' } } }, true],
    ['an empty nested object', { deep: {} }, true],
    ['another nested value', { deep: { a: { b: 'y' } } }, false],
    ['an object for a scalar', { user: {} }, false],
    ['an object for an array', { list: {} }, false],
    ['an equal array', { list: [1, { k: 'v' }] }, true],
    ['an equal array whose objects have their keys in another order', { pairs: [{ b: 2, a: 1 }] }, true],
    ['part of an array', { list: [1] }, true],
    ['an array with an item that is not in it', { list: [2] }, false],
    ['a key with quotes and dots', { 'a"b.c\\': 'odd' }, true],
    ['an empty key', { '': 0 }, true],
    ['what only looks like SQL', { user: "' or 1=1 --" }, false],
  ])('a metadata filter of %s matches as containment does', async (_, metadata, matches) => {
    await using fixture = await open();
    const { thread } = await given(fixture.store, { metadata: stored });
    await given(fixture.store, { metadata: {}, owner: someoneElse });

    expect(await fixture.store.reads.threads(query({ metadata }))).toEqual(matches ? [thread] : []);
  });

  test('a metadata filter of thousands of keys is answered', async () => {
    await using fixture = await open();
    const metadata = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`key ${index}`, index]));
    const { thread } = await given(fixture.store, { metadata });

    expect(await fixture.store.reads.threads(query({ metadata }))).toEqual([thread]);
  });

  test('runs are paged by position from either end and filtered by status', async () => {
    await using fixture = await open();
    const { reads } = fixture.store;
    const { thread } = await given(
      fixture.store,
      {},
      { status: 'SUCCESS' },
      { status: 'ERROR' },
      { status: 'SUCCESS' },
      {},
      {},
    );
    const positions = async (
      store: Store,
      window: Parameters<typeof reads.runs>[0]['window'],
      status?: ('SUCCESS' | 'PENDING')[],
    ) => (await store.reads.runs({ threadId: thread.id, status, window })).map((run) => run.position);

    expect(await positions(fixture.store, { limit: 2, inverted: false })).toEqual([1, 2]);
    expect(await positions(fixture.store, { after: 2, limit: 2, inverted: false })).toEqual([3, 4]);
    expect(await positions(fixture.store, { limit: 2, inverted: true })).toEqual([5, 4]);
    expect(await positions(fixture.store, { before: 4, limit: 2, inverted: true })).toEqual([3, 2]);
    expect(
      await positions(fixture.store, { after: 1, limit: 9, inverted: false }, ['SUCCESS', 'PENDING']),
    ).toEqual([3, 4, 5]);
    expect(await positions(fixture.store, { limit: 9, inverted: false }, [])).toEqual([]);
    expect(await reads.countRuns(thread.id)).toBe(5);
    expect(await reads.countRuns(thread.id, ['SUCCESS'])).toBe(2);
    expect(await reads.countRuns(thread.id, [])).toBe(0);
  });

  test('runs that exist are told from those that do not, whoever owns them', async () => {
    await using fixture = await open();
    const { runs } = await given(fixture.store, {}, {}, { owner: someoneElse });
    const ids = runs.map(({ id }) => id);

    expect(await fixture.store.reads.existingRuns([...ids, newRunId()])).toEqual(new Set(ids));
    expect((await fixture.store.reads.existingRuns([])).size).toBe(0);
  });

  test('the active run is the running one', async () => {
    await using fixture = await open();
    const busy = await given(fixture.store, {}, { status: 'SUCCESS' }, { status: 'RUNNING' }, {});
    const idle = await given(fixture.store, {}, {});

    expect(await fixture.store.reads.activeRun(busy.thread.id)).toEqual(busy.runs[1]);
    expect(await fixture.store.reads.activeRun(idle.thread.id)).toBeNull();
  });

  test('a place in the queue is counted among the pending runs of the thread', async () => {
    await using fixture = await open();
    const { reads } = fixture.store;
    const { runs } = await given(
      fixture.store,
      {},
      { status: 'SUCCESS' },
      { status: 'RUNNING' },
      {},
      {},
      { status: 'INTERRUPTED' },
      {},
    );
    await given(fixture.store, {}, {});

    const places = await Promise.all(runs.map((run) => reads.queuePosition(run.id)));

    expect(places).toEqual([null, null, 1, 2, null, 3]);
    expect(await reads.queuePosition(newRunId())).toBeNull();
  });

  test('the next time at which something may be claimed is the earliest; none when nothing waits', async () => {
    await using fixture = await open();
    expect(await fixture.store.reads.nextClaimableAt()).toBeNull();

    await given(fixture.store, { claimableAt: new Date(20) });
    await given(fixture.store, { claimableAt: new Date(10) });
    await given(fixture.store, { claimableAt: null });

    expect(await fixture.store.reads.nextClaimableAt()).toEqual(new Date(10));
  });
}
