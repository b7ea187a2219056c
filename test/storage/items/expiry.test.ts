import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Owner } from '../../../src/domain/ids.ts';
import type { Namespace, StoreItem } from '../../../src/domain/store-item.ts';
import { removeExpired, startRemovingExpired } from '../../../src/orchestrator/maintenance/sweeps.ts';
import type { ItemStore, LongTermStore } from '../../../src/orchestrator/ports/item-store.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { ItemsFixture } from './fixture.ts';

const MINUTE_MS = 60_000;
const owner = 'somebody' as Owner;
const put = (key: string, ttlMinutes?: number | null) =>
  ({ kind: 'put', namespace: ['t'], key, value: { key }, ttlMinutes }) as const;
const LIST = { kind: 'namespaces', prefixes: [], suffixes: [], limit: null, offset: 0 } as const;

async function keys(store: LongTermStore, prefix: Namespace = []): Promise<string[]> {
  const search = {
    kind: 'search',
    prefix,
    filter: null,
    limit: 100,
    offset: 0,
    query: null,
    refreshTtl: false,
  } as const;
  const [found] = await store.batch(owner, 'GRAPH', [search]);
  return (found as readonly StoreItem[]).map(({ key }) => key);
}

test('an item that is put without a time to live gets the default, and null means for ever', async () => {
  await using fixture = await ItemsFixture.open();
  const store = fixture.store({ ttl: { refreshOnRead: true, defaultMinutes: 5, sweepMinutes: null } });
  await store.batch(owner, 'API', [put('default'), put('longer', 10), put('ever', null)]);

  await fixture.clock.advance(6 * MINUTE_MS);

  expect(await keys(store)).toEqual(['longer', 'ever']);
});

test('where langgraph.json says that reads refresh nothing, only a read that asks for it does', async () => {
  await using fixture = await ItemsFixture.open();
  const store = fixture.store({ ttl: { refreshOnRead: false, defaultMinutes: 5, sweepMinutes: null } });
  const get = (key: string, refreshTtl?: boolean) =>
    ({ kind: 'get', namespace: ['t'], key, refreshTtl }) as const;
  await store.batch(owner, 'API', [put('plain'), put('asked')]);
  await fixture.clock.advance(4 * MINUTE_MS);

  const [, asked] = await store.batch(owner, 'API', [get('plain'), get('asked', true)]);

  await fixture.clock.advance(4 * MINUTE_MS);
  expect(await keys(store)).toEqual(['asked']);
  expect((asked as StoreItem).expiresAt?.getTime()).toBeGreaterThan(fixture.clock.now().getTime());
});

test('what is put in the place of an item that has expired is a new item', async () => {
  await using fixture = await ItemsFixture.open();
  const store = fixture.store();
  const [first] = await store.batch(owner, 'API', [put('a', 1), put('b')]);
  await fixture.clock.advance(2 * MINUTE_MS);

  const [second] = await store.batch(owner, 'API', [put('a')]);

  expect((second as StoreItem).createdAt.getTime()).toBeGreaterThan((first as StoreItem).createdAt.getTime());
  expect(await keys(store)).toEqual(['b', 'a']);
});

test('the sweep removes what has expired, of two at once each item once, and namespaces that have been empty for an hour', async () => {
  await using fixture = await ItemsFixture.open();
  const store = fixture.store();
  await store.batch(owner, 'API', [
    ...Array.from({ length: 700 }, (_, index) => put(`old-${index}`, 1)),
    put('kept'),
  ]);
  await store.batch(owner, 'GRAPH', [{ ...put('gone'), namespace: ['empty'] }]);
  await store.batch(owner, 'GRAPH', [{ kind: 'delete', namespace: ['empty'], key: 'gone' }]);
  await fixture.clock.advance(2 * MINUTE_MS);

  const [one, other] = await Promise.all([removeExpired(fixture.items), removeExpired(fixture.items)]);

  expect(one + other).toBe(700);
  expect(await fixture.database.read.all('select key from store_item')).toEqual([{ key: '"kept"' }]);
  expect(await store.batch(owner, 'GRAPH', [LIST])).toEqual([[['empty'], ['t']]]);
  expect(await store.batch(owner, 'API', [LIST])).toEqual([[['t']]]);
  await fixture.clock.advance(61 * MINUTE_MS);
  expect(await removeExpired(fixture.items)).toBe(1);
  expect(await store.batch(owner, 'GRAPH', [LIST])).toEqual([[['t']]]);
});

test('the sweep comes again and again, after a failure too, until it is disposed', async () => {
  await using fixture = await ItemsFixture.open();
  const swept: string[] = [];
  let next = Promise.withResolvers<void>();
  const items: Pick<ItemStore, 'removeExpired'> = {
    removeExpired: async () => {
      swept.push('sweep');
      next.resolve();
      next = Promise.withResolvers();
      if (swept.length === 1) throw new Error('the database is away');
      return 0;
    },
  };
  const { clock } = fixture;
  const armed = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn++) await clock.nextTurn();
  };

  const sweep = startRemovingExpired({
    items: items as ItemStore,
    clock,
    logger: silentLogger,
    sweepMinutes: 5,
  });
  await clock.advance(4 * MINUTE_MS);
  expect(swept).toHaveLength(0);
  let come = next.promise;
  await clock.advance(MINUTE_MS);
  await come;
  await armed();
  come = next.promise;
  await clock.advance(5 * MINUTE_MS);
  await come;
  await armed();
  await sweep[Symbol.asyncDispose]();
  await clock.advance(50 * MINUTE_MS);
  await armed();

  expect(swept).toHaveLength(2);
});

test('nobody sees, changes or lists another owner’s items', async () => {
  await using fixture = await ItemsFixture.open();
  const store = fixture.store();
  const stranger = randomUUID() as Owner;
  await store.batch(owner, 'API', [put('mine')]);
  const search = { kind: 'search', prefix: [], filter: null, limit: 10, offset: 0, query: null } as const;
  const get = { kind: 'get', namespace: ['t'], key: 'mine' } as const;

  const seen = await store.batch(stranger, 'API', [get, search, LIST]);
  const [deleted] = await store.batch(stranger, 'API', [{ kind: 'delete', namespace: ['t'], key: 'mine' }]);
  await store.batch(stranger, 'API', [{ ...put('mine'), value: { other: true } }]);

  expect(seen).toEqual([null, [], []]);
  expect(deleted).toBe(false);
  expect(await store.batch(owner, 'API', [get])).toMatchObject([{ value: { key: 'mine' } }]);
});

test('batches that write to the same namespaces in other orders all land', async () => {
  await using fixture = await ItemsFixture.open();
  const store = fixture.store();
  const names = ['a', 'b', 'c', 'd'];
  const batch = (shift: number) =>
    names.map((_, index) => ({ ...put(`k${shift}`), namespace: [names[(index + shift) % names.length]!] }));

  await Promise.all(Array.from({ length: 20 }, (_, index) => store.batch(owner, 'API', batch(index))));

  expect(await keys(store)).toHaveLength(80);
});

test('of a batch with one write that cannot be stored nothing is stored', async () => {
  await using fixture = await ItemsFixture.open();
  const graph = fixture.graphStore();
  const tooLong = { namespace: ['b'], key: 'x'.repeat(3_000), value: { n: 2 } };

  await expect(graph.batch([{ namespace: ['a'], key: 'k', value: { n: 1 } }, tooLong])).rejects.toThrow(
    'at most 2000 bytes',
  );
  await expect(graph.put(['a'], 'k', [1] as never)).rejects.toThrow('must be an object, got an array');

  expect(await graph.get(['a'], 'k')).toBeNull();
});
