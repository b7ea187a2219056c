import { expect, test } from 'vitest';
import { createClient, InterjectError, unwrap } from '../../src/client/public.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { startTestService } from '../support/service.ts';
import { post } from './support/test-server.ts';

test('the typed client puts, reads, searches, lists and deletes items', async () => {
  await using service = await startTestService();
  const client = createClient({ url: service.url });

  const put = unwrap(
    await client.putStoreItem({
      namespace: ['users', 'ann'],
      key: 'tea',
      value: { cups: 2 },
      ttlMinutes: 10,
    }),
  );
  await client.putStoreItem({ namespace: ['users', 'bob'], key: 'tea', value: { cups: 0 } });

  expect(put).toMatchObject({
    __typename: 'StoreItem',
    namespace: ['users', 'ann'],
    key: 'tea',
    value: { cups: 2 },
  });
  expect(Date.parse(put.expiresAt!) - Date.parse(put.updatedAt)).toBe(600_000);
  const item = await client.storeItem<{ cups: number }>(['users', 'bob'], 'tea');
  expect(item?.value.cups).toBe(0);
  expect(item?.expiresAt).toBeNull();
  const found = await client.storeItems({ namespacePrefix: ['users'], filter: { cups: { $gt: 0 } } });
  expect(found).toMatchObject({
    nodes: [{ key: 'tea', value: { cups: 2 }, score: null }],
    pageInfo: { hasNextPage: false },
  });
  expect((await client.storeNamespaces({ prefix: ['users'] })).nodes).toEqual([
    ['users', 'ann'],
    ['users', 'bob'],
  ]);

  const deleted = unwrap(await client.deleteStoreItem(['users', 'bob'], 'tea'));

  expect(deleted).toMatchObject({ namespace: ['users', 'bob'], key: 'tea', existed: true });
  expect(unwrap(await client.deleteStoreItem(['users', 'bob'], 'tea')).existed).toBe(false);
  expect(await client.storeItem(['users', 'bob'], 'tea')).toBeNull();
});

test('items are paged in both directions, and the last ones are not asked for without a place', async () => {
  await using service = await startTestService();
  const client = createClient({ url: service.url });
  for (const n of [1, 2, 3, 4, 5])
    await client.putStoreItem({ namespace: ['n'], key: `k${n}`, value: { n } });
  const keysOf = ({ nodes }: { readonly nodes: readonly { readonly key: string }[] }) =>
    nodes.map(({ key }) => key);

  const first = await client.storeItems({ first: 2 });
  const second = await client.storeItems({ first: 2, after: first.pageInfo.endCursor });
  const third = await client.storeItems({ first: 2, after: second.pageInfo.endCursor });
  const back = await client.storeItems({ last: 1, before: second.pageInfo.startCursor });

  expect([first, second, third, back].map(keysOf)).toEqual([['k5', 'k4'], ['k3', 'k2'], ['k1'], ['k4']]);
  expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
  expect(third.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  expect(back.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  await expect(client.storeItems({ last: 2 })).rejects.toThrow('use first, or combine last with before');
  await expect(client.storeNamespaces({ after: first.pageInfo.endCursor })).rejects.toThrow(
    'is not a cursor of this list',
  );
});

test('a put that makes no sense is a ValidationError that names each fault, and stores nothing', async () => {
  await using service = await startTestService();
  const client = createClient({ url: service.url });

  const refused = await client.putStoreItem({ namespace: ['a.b'], key: 'k', value: 'text', ttlMinutes: -1 });

  expect(refused).toMatchObject({
    __typename: 'ValidationError',
    issues: [
      { path: ['namespace'], message: 'the label "a.b" must not contain "."' },
      { path: ['value'], message: 'must be a JSON object' },
      { path: ['ttlMinutes'], message: expect.stringContaining('greater than 0') },
    ],
  });
  expect(await client.deleteStoreItem([''], 'k')).toMatchObject({ __typename: 'ValidationError' });
  expect((await client.storeNamespaces()).nodes).toEqual([]);
  await expect(client.storeItems({ filter: { n: { $near: 1 } } })).rejects.toBeInstanceOf(InterjectError);
  await expect(client.storeItem(['a:b'], 'k')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
});

test('reading through GraphQL puts the end of an item off unless it is asked not to', async () => {
  const clock = new AdvancingClock();
  await using service = await startTestService({ clock });
  const client = createClient({ url: service.url });
  await client.putStoreItem({ namespace: ['t'], key: 'read', value: {}, ttlMinutes: 10 });
  await client.putStoreItem({ namespace: ['t'], key: 'peeked', value: {}, ttlMinutes: 10 });

  await clock.advance(9 * 60_000);
  const read = await client.storeItem(['t'], 'read');
  await client.storeItem(['t'], 'peeked', { refreshTtl: false });
  await clock.advance(2 * 60_000);

  expect(Date.parse(read!.expiresAt!)).toBeGreaterThan(clock.now().getTime());
  expect((await client.storeItems({ refreshTtl: false })).nodes.map(({ key }) => key)).toEqual(['read']);
});

test('an item is one selection away in GraphQL', async () => {
  await using service = await startTestService();
  await createClient({ url: service.url }).putStoreItem({
    namespace: ['a'],
    key: 'k',
    value: { deep: [1, { b: null }] },
  });

  const { body } = await post(
    service.url,
    '{ storeItem(namespace: ["a"], key: "k") { namespace key value } storeNamespaces { nodes { labels } } }',
  );

  expect(body).toEqual({
    data: {
      storeItem: { namespace: ['a'], key: 'k', value: { deep: [1, { b: null }] } },
      storeNamespaces: { nodes: [{ labels: ['a'] }] },
    },
  });
});
