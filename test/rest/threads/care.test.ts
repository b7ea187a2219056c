import { afterEach, expect, test } from 'vitest';
import { AdvancingClock } from '../../support/advancing-clock.ts';
import { gate, resetGates } from '../../support/gates.ts';
import { until } from '../../support/until.ts';
import { type RestServer, startRestServer } from '../support.ts';

afterEach(resetGates);

const hello = { messages: [{ role: 'user', content: 'hi' }] };
const UNKNOWN = '0198a000-0000-7000-8000-000000000000';
const MINUTE = 60_000;

/** Threads with metadata { index }, in the order of their creation. */
async function made({ client }: RestServer, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1)
    ids.push((await client.threads.create({ metadata: { index } })).thread_id);
  return ids;
}

test('§9.2 wrong types and broken JSON are refused with the place and the reason', async () => {
  await using server = await startRestServer();
  const refused = [
    ['/threads', '{"metadata":'],
    ['/threads', { metadata: 'text' }],
    ['/threads', { thread_id: 'no-uuid' }],
    ['/threads', { ttl: { ttl: -1 } }],
    ['/threads', { ttl: { ttl: 1, strategy: 'shred' } }],
    ['/threads/search', { status: 'asleep' }],
    ['/threads/search', { limit: 0 }],
    ['/threads/search', { limit: 1_001 }],
    ['/threads/search', { sort_by: 'colour' }],
    ['/threads/search', { select: ['nonsense'] }],
    ['/threads/search', { extract: { last: 'secrets.key' } }],
    ['/threads/count', { metadata: [] }],
    ['/threads/prune', {}],
    ['/threads/prune', { thread_ids: ['no-uuid'] }],
  ] as const;

  for (const [path, body] of refused)
    expect(await server.request('POST', path, body)).toMatchObject({
      status: 422,
      body: { detail: expect.any(String) },
    });
  expect(await server.request('GET', '/threads/no-uuid')).toMatchObject({
    status: 422,
    body: { detail: expect.stringContaining('UUID') },
  });
});

test('§9.8 a second thread with an id is a 409, or with do_nothing the first one, unchanged', async () => {
  await using server = await startRestServer();
  const { client, client2 } = server;
  const first = await client.threads.create({ threadId: UNKNOWN, metadata: { a: 1 } });

  const again = await client2.threads.create({
    threadId: UNKNOWN,
    metadata: { a: 2 },
    ifExists: 'do_nothing',
  });
  const refused = await server.request('POST', '/threads', { thread_id: UNKNOWN });

  expect(first.thread_id).toBe(UNKNOWN);
  expect(again).toMatchObject({ thread_id: UNKNOWN, metadata: { a: 1 } });
  expect(refused).toMatchObject({ status: 409, body: { detail: 'Thread already exists' } });
});

test('§9.9 PATCH merges metadata shallowly; return=minimal answers 204 without a body', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create({ metadata: { a: { x: 1 }, b: 1 } });

  const patched = await client.threads.update(thread_id, { metadata: { a: { y: 2 }, c: 3 } });
  const minimal = await server.request(
    'PATCH',
    `/threads/${thread_id}`,
    { metadata: { d: 4 } },
    { prefer: 'return=minimal' },
  );
  await client.threads.patchState(thread_id, { e: 5 });

  expect(patched.metadata).toEqual({ a: { y: 2 }, b: 1, c: 3 });
  expect(minimal).toMatchObject({ status: 204, body: '' });
  expect((await client.threads.get(thread_id)).metadata).toEqual({ a: { y: 2 }, b: 1, c: 3, d: 4, e: 5 });
});

test('§9.10 search: newest first, asc reverses, pages, filters by ids, status, metadata and values', async () => {
  await using server = await startRestServer();
  const { client, client2 } = server;
  const ids = await made(server, 4);
  await client.runs.wait(ids[1]!, 'breakpoints', { input: hello });
  const found = async (query: Parameters<typeof client.threads.search>[0]) =>
    (await client.threads.search(query)).map(({ thread_id }) => thread_id);
  const [a, b, c, d] = ids;

  expect(await found({})).toEqual([b, d, c, a]); // by updated_at
  expect(await found({ sortBy: 'created_at' })).toEqual([d, c, b, a]);
  expect(await found({ sortBy: 'created_at', sortOrder: 'asc' })).toEqual(ids);
  expect(await found({ sortBy: 'created_at', limit: 1, offset: 1 })).toEqual([c]);
  expect(await found({ sortBy: 'state_updated_at', limit: 1 })).toEqual([b]);
  expect(await found({ sortBy: 'thread_id', sortOrder: 'asc' })).toEqual([...ids].sort());
  expect(await found({ ids: [a!, d!], sortBy: 'created_at' })).toEqual([d, a]);
  expect(await found({ metadata: { index: 2 } })).toEqual([c]);
  expect(await found({ values: { visited: ['a', 'b', 'c'] } } as never)).toEqual([b]);
  expect(await found({ values: { visited: ['d'] } } as never)).toEqual([]);
  expect(await found({ status: 'busy' })).toEqual([]);
  expect(
    (await client2.threads.search({ status: 'idle', limit: 2 })).map(({ thread_id }) => thread_id),
  ).toEqual([b, d]);
});

test('§9.11 a search says where its next page begins, and only if there is one', async () => {
  await using server = await startRestServer();
  await made(server, 3);
  const headersOf = async (body: object) => {
    const { headers } = await server.request('POST', '/threads/search', body);
    return [headers.get('x-pagination-next'), headers.get('x-pagination-total')];
  };

  expect(await headersOf({ limit: 2 })).toEqual(['2', '3']);
  expect(await headersOf({ limit: 1, offset: 1 })).toEqual(['2', '3']);
  expect(await headersOf({ limit: 2, offset: 2 })).toEqual([null, '3']);
  expect(await headersOf({ limit: 3 })).toEqual([null, '3']);
});

test('§9.12 select shows only what it names, extract what its paths lead to', async () => {
  await using server = await startRestServer();
  const [id] = await made(server, 1);
  await server.client.runs.wait(id!, 'agent', { input: hello });
  // Not through the checked client: what is left out is required otherwise.
  const search = async (body: object) =>
    (await (
      await fetch(`${server.api}/threads/search`, { method: 'POST', body: JSON.stringify(body) })
    ).json()) as object[];

  const selected = await search({ select: ['thread_id', 'status'] });
  const extracted = await search({
    select: ['metadata'],
    extract: {
      last: 'values.messages[-1].content',
      first: 'values.messages[0].type',
      index: 'metadata.index',
      none: 'values.nothing[3]',
    },
  });

  expect(selected).toEqual([{ thread_id: id, status: 'idle' }]);
  expect(extracted).toMatchObject([
    { metadata: { index: 0 }, extracted: { last: 'end', first: 'human', index: 0, none: null } },
  ]);
});

test('§9.13 count is a bare integer that equals what a search finds', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const ids = await made(server, 3);
  await client.runs.wait(ids[0]!, 'breakpoints', { input: hello });

  expect((await server.request('POST', '/threads/count', {})).body).toBe(3);
  expect(await client.threads.count({ metadata: { index: 1 } })).toBe(1);
  expect(await client.threads.count({ values: { visited: ['a', 'b', 'c'] } } as never)).toBe(1);
  expect(await client.threads.count({ status: 'busy' })).toBe(0);
});

test('§9.14 a deleted thread is gone with its runs and states; a running run is stopped first', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create();
  const held = gate('breakpoints:b');
  const run = await client.runs.create(thread_id, 'breakpoints', { input: hello });
  await held.reached;

  await client.threads.delete(thread_id);

  expect(await server.request('DELETE', `/threads/${thread_id}`)).toMatchObject({ status: 404 });
  expect(await server.request('GET', `/threads/${thread_id}/history`)).toMatchObject({ status: 404 });
  expect(await server.request('GET', `/threads/${thread_id}/runs/${run.run_id}`)).toMatchObject({
    status: 404,
  });
});

test('§9.16 prune keep_latest leaves one state, the same; delete leaves nothing; busy and unknown threads are passed over', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const [kept, deleted, busy] = await made(server, 3);
  for (const id of [kept, deleted]) await client.runs.wait(id!, 'agent', { input: hello });
  const before = await client.threads.getState(kept!);
  const held = gate('breakpoints:b');
  const run = await client.runs.create(busy!, 'breakpoints', { input: hello });
  await held.reached;

  const cut = await client.threads.prune([kept!, busy!, UNKNOWN], { strategy: 'keep_latest' });
  const removed = (await server.request('POST', '/threads/prune', { thread_ids: [deleted, busy] })).body;
  held.open();
  const finished = await client.runs.join(busy!, run.run_id);

  expect(cut).toEqual({ pruned_count: 1 });
  expect(removed).toEqual({ pruned_count: 1 });
  expect(await client.threads.getHistory(kept!)).toHaveLength(1);
  expect(await client.threads.getState(kept!)).toEqual({
    ...before,
    parent_checkpoint: null,
    parent_checkpoint_id: null,
  });
  expect(await client.runs.list(kept!)).toHaveLength(1);
  expect(await server.request('GET', `/threads/${deleted}`)).toMatchObject({ status: 404 });
  expect(finished).toMatchObject({ visited: ['a', 'b', 'c'] });
  expect(await client.runs.wait(kept!, 'agent', { input: hello })).toMatchObject({ messages: { length: 8 } });
});

test('§9.18 a thread shows its ttl only when asked, and PATCH sets it anew', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create({ ttl: 30 });
  const plain = await client.threads.create();

  const shown = await client.threads.get(thread_id, { include: ['ttl'] });
  // the client's types lag behind the protocol
  await client.threads.update(thread_id, { ttl: { strategy: 'keep_latest' as 'delete', ttl: 90 } });
  const changed = await client.threads.get(thread_id, { include: ['ttl'] });

  const inMinutes = (thread: object) =>
    Math.round(
      (Date.parse((thread as { ttl: { expires_at: string } }).ttl.expires_at) - Date.now()) / MINUTE,
    );
  expect(shown).toMatchObject({ ttl: { strategy: 'delete', ttl_minutes: 30 } });
  expect(inMinutes(shown)).toBe(30);
  expect(changed).toMatchObject({ ttl: { strategy: 'keep_latest', ttl_minutes: 90 } });
  expect(inMinutes(changed)).toBe(90);
  expect(await client.threads.get(thread_id)).not.toHaveProperty('ttl');
  expect(await client.threads.get(plain.thread_id, { include: ['ttl'] })).not.toHaveProperty('ttl');
});

test('a thread whose ttl is over is gone', async () => {
  const clock = new AdvancingClock();
  await using server = await startRestServer({ clock });
  const { client } = server;
  const expiring = await client.threads.create({ ttl: 5 });
  const staying = await client.threads.create();

  await clock.advance(6 * MINUTE);
  await until(
    () => server.request('GET', `/threads/${expiring.thread_id}`),
    ({ status }) => status === 404,
  );

  expect((await client.threads.search()).map(({ thread_id }) => thread_id)).toEqual([staying.thread_id]);
});
