import { expect, test } from 'vitest';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { TestDatabase } from '../support/test-database.ts';
import { startRestServer } from './support.ts';

const answered = async (asked: Promise<{ readonly status: number }>): Promise<number> => (await asked).status;

test('§9.70 an item is put, read, put again, searched for, listed and deleted', async () => {
  await using server = await startRestServer();
  const { store } = server.client;

  await store.putItem(['users', 'ann'], 'tea', { likes: 'green', cups: 2 });
  const first = await store.getItem(['users', 'ann'], 'tea');
  await store.putItem(['users', 'ann'], 'tea', { likes: 'black', cups: 3 });
  const second = await store.getItem(['users', 'ann'], 'tea');
  await store.putItem(['users', 'bob'], 'tea', { likes: 'none', cups: 0 });

  expect(first).toMatchObject({
    namespace: ['users', 'ann'],
    key: 'tea',
    value: { likes: 'green', cups: 2 },
  });
  expect(second).toMatchObject({ value: { likes: 'black', cups: 3 }, createdAt: first?.createdAt });
  expect(Date.parse(second!.updatedAt)).toBeGreaterThan(Date.parse(first!.updatedAt));
  const found = await store.searchItems(['users']);
  expect(found.items.map(({ namespace }) => namespace[1])).toEqual(['bob', 'ann']); // the last updated first
  expect(await store.listNamespaces({ prefix: ['users'] })).toEqual({
    namespaces: [
      ['users', 'ann'],
      ['users', 'bob'],
    ],
  });

  await store.deleteItem(['users', 'bob'], 'tea');

  expect(await store.getItem(['users', 'bob'], 'tea')).toBeNull();
  expect(await store.listNamespaces({})).toEqual({ namespaces: [['users', 'ann']] });
  await store.deleteItem(['users', 'bob'], 'tea'); // once more: 204 all the same
});

test('§9.70 a missing item is answered with 200 and null, and a delete with 204 whether there was one or not', async () => {
  await using server = await startRestServer();

  const missing = await server.request('GET', '/store/items?namespace=a.b&key=none');
  const deleted = await server.request('DELETE', '/store/items', { namespace: ['a', 'b'], key: 'none' });

  expect(missing).toMatchObject({ status: 200, body: null });
  expect(deleted).toMatchObject({ status: 204, body: '' });
});

test('a namespace in a URL may be joined by periods or repeated', async () => {
  await using server = await startRestServer();
  await server.client2.store.putItem(['a', 'b'], 'k', { n: 1 });

  const joined = await server.request('GET', '/store/items?namespace=a.b&key=k');
  const repeated = await server.request('GET', '/store/items?namespace=a&namespace=b&key=k');

  expect(joined.body).toMatchObject({ value: { n: 1 } });
  expect(repeated.body).toEqual(joined.body);
  expect(await server.client2.store.getItem(['a', 'b'], 'k')).toMatchObject({ value: { n: 1 } });
});

test('a filter compares members by equality and by operators, and pages are cut after it', async () => {
  await using server = await startRestServer();
  const { store } = server.client;
  for (const n of [1, 2, 3, 4]) await store.putItem(['n'], `k${n}`, { n, odd: n % 2 === 1, tags: [n] });
  const keys = async (options: Parameters<typeof store.searchItems>[1]) =>
    (await store.searchItems(['n'], options)).items.map(({ key }) => key);

  expect(await keys({ filter: { n: 2 } })).toEqual(['k2']);
  expect(await keys({ filter: { n: { $gt: 1, $lte: 3 } } })).toEqual(['k3', 'k2']);
  expect(await keys({ filter: { n: { $ne: 2 }, odd: { $eq: false } } })).toEqual(['k4']);
  expect(await keys({ filter: { n: { $gte: 2 } }, limit: 1, offset: 1 })).toEqual(['k3']);
  expect(await keys({ filter: { n: { $lt: 2 } } })).toEqual(['k1']);
  expect(await keys({ filter: { tags: [3] } })).toEqual(['k3']);
  expect(await keys({ limit: 2 })).toEqual(['k4', 'k3']);
});

test('namespaces are listed by prefix, suffix and depth, in pages', async () => {
  await using server = await startRestServer();
  const { store } = server.client;
  for (const namespace of [
    ['a', 'x', 'v1'],
    ['a', 'y', 'v1'],
    ['b', 'x', 'v2'],
  ])
    await store.putItem(namespace, 'k', { n: 1 });
  const listed = async (options: Parameters<typeof store.listNamespaces>[0]) =>
    (await store.listNamespaces(options)).namespaces;

  expect(await listed({ prefix: ['a'] })).toEqual([
    ['a', 'x', 'v1'],
    ['a', 'y', 'v1'],
  ]);
  expect(await listed({ prefix: ['*', 'x'] })).toEqual([
    ['a', 'x', 'v1'],
    ['b', 'x', 'v2'],
  ]);
  expect(await listed({ suffix: ['v1'], maxDepth: 1 })).toEqual([['a']]);
  expect(await listed({ limit: 1, offset: 1 })).toEqual([['a', 'y', 'v1']]);
});

test('§9.70 what makes no sense is refused with 422, and changes nothing', async () => {
  await using database = await TestDatabase.create();
  await using server = await startRestServer({ database: database.url });
  const put = (body: object) =>
    server.request('PUT', '/store/items', { namespace: ['a'], key: 'k', value: {}, ...body });
  const before = await database.dump();

  expect(await put({ namespace: ['a.b'] })).toMatchObject({
    status: 422,
    body: { detail: expect.stringContaining('must not contain "."') },
  });
  expect(await put({ namespace: [] })).toMatchObject({
    status: 422,
    body: { detail: 'namespace: must contain at least one label' },
  });
  expect(await answered(put({ namespace: [''] }))).toBe(422);
  expect(await answered(put({ namespace: ['langgraph'] }))).toBe(422);
  expect(await answered(put({ value: [1] }))).toBe(422);
  expect(await answered(put({ ttl: 0 }))).toBe(422);
  expect(await put({ key: 'x'.repeat(2_001) })).toMatchObject({
    status: 422,
    body: { detail: expect.stringContaining('at most 2000 bytes') },
  });
  expect(await answered(server.request('GET', '/store/items?namespace=a'))).toBe(422);
  expect(
    await server.request('POST', '/store/items/search', {
      namespace_prefix: [],
      filter: { n: { $near: 1 } },
    }),
  ).toMatchObject({
    status: 422,
    body: {
      detail: expect.stringMatching(
        /filter: contains the unknown operator \$near at "n"; supported are \$eq, /,
      ),
    },
  });
  expect(await answered(server.request('POST', '/store/items/search', { limit: 0 }))).toBe(422);
  expect(await answered(server.request('POST', '/store/namespaces', { max_depth: 0 }))).toBe(422);

  expect(await database.dump()).toEqual(before);
});

test('§9.70 an item whose time to live is over is hidden, and reading it puts that off unless it is asked not to', async () => {
  await using database = await TestDatabase.create();
  const clock = new AdvancingClock();
  database.follow(clock);
  await using server = await startRestServer({ database: database.url, clock });
  const { store } = server.client;
  await store.putItem(['t'], 'read', { n: 1 }, { ttl: 10 });
  await store.putItem(['t'], 'peeked', { n: 2 }, { ttl: 10 });
  await store.putItem(['t'], 'kept', { n: 3 });

  await clock.advance(9 * 60_000);
  expect(await store.getItem(['t'], 'read')).toMatchObject({ value: { n: 1 } });
  expect(await store.getItem(['t'], 'peeked', { refreshTtl: false })).toMatchObject({ value: { n: 2 } });
  await clock.advance(2 * 60_000);

  const found = await store.searchItems(['t'], { refreshTtl: false });
  expect(found.items.map(({ key }) => key)).toEqual(['kept', 'read']);
  expect(await store.getItem(['t'], 'peeked')).toBeNull();
  await clock.advance(9 * 60_000);
  expect((await store.searchItems(['t'])).items.map(({ key }) => key)).toEqual(['kept']);
});

test('§9.71 a graph sees what was put over HTTP, and HTTP what a graph has put', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const config = { configurable: { user: 'ann' } };
  const say = async (content: string): Promise<string[]> => {
    const { thread_id } = await client.threads.create();
    const values = await client.runs.wait(thread_id, 'memory', {
      input: { messages: [{ role: 'user', content }] },
      config,
    });
    return (values as { messages: { content: string }[] }).messages.map((message) => message.content);
  };
  await client.store.putItem(['memories', 'ann'], 'first', { text: 'likes tea' });

  const told = await say('what do you know?');
  await say('remember is tall');

  expect(told).toEqual(['what do you know?', 'likes tea', '1 remembered']);
  const { items } = await client.store.searchItems(['memories', 'ann'], { filter: { text: 'is tall' } });
  expect(items).toMatchObject([{ key: 'memory-is-tall', value: { text: 'is tall' } }]);
});
