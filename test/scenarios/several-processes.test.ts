import { afterEach, describe, expect, test } from 'vitest';
import { createClient, unwrap } from '../../src/client/public.ts';
import type { Service } from '../../src/service.ts';
import { overSse, overWebSocket } from '../support/followed.ts';
import { gate, resetGates } from '../support/gates.ts';
import { hasPostgres, PostgresSchema } from '../support/postgres.ts';
import { startTestService } from '../support/service.ts';
import { hasNats, hasRedis, NATS_URL, REDIS_URL } from '../support/signal-engines.ts';

afterEach(resetGates);

const human = (content: string) => ({ messages: [{ role: 'user', content }] });
const ENGINES = [
  ['PostgreSQL itself', hasPostgres, null],
  ['Redis', hasPostgres && hasRedis, REDIS_URL],
  ['NATS', hasPostgres && hasNats, NATS_URL],
] as const;

/**
 * One that serves clients and one that executes runs, with nothing in common but the database and the
 * messaging engine.
 */
class Pair implements AsyncDisposable {
  readonly api: Service;
  readonly worker: Service;
  readonly schema: PostgresSchema;

  private constructor(schema: PostgresSchema, api: Service, worker: Service) {
    this.schema = schema;
    this.api = api;
    this.worker = worker;
  }

  static async start(messaging: string | null): Promise<Pair> {
    const schema = PostgresSchema.create();
    const start = (role: 'api' | 'worker') =>
      startTestService({
        database: schema.url,
        config: { role, messaging, workerId: role },
        options: { sweepMs: 60_000 },
      });
    const [api, worker] = await Promise.all([start('api'), start('worker')]);
    return new Pair(schema, api, worker);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.api, this.worker].map((service) => service[Symbol.asyncDispose]()));
    await this.schema[Symbol.asyncDispose]();
  }
}

describe.each(ENGINES.filter(([, isThere]) => isThere))(
  'a process that serves clients and one that executes runs, with signals through %s,',
  (_engine, _isThere, messaging) => {
    test('play the scenario: the second message interrupts the first run in the other process', async () => {
      await using pair = await Pair.start(messaging);
      const client = createClient({ url: pair.api.url });
      const middle = gate('echo:3', { holds: 1 });
      const thread = unwrap(await client.createThread());
      const first = unwrap(
        await client.createRun({
          threadId: thread.id,
          assistantId: 'echo',
          input: human('one two three four five'),
        }),
      );
      await middle.reached;

      const sentAt = performance.now();
      const second = unwrap(
        await client.createRun({
          threadId: thread.id,
          assistantId: 'echo',
          input: human('six seven'),
          multitaskStrategy: 'INTERRUPT',
        }),
      );
      const joined = unwrap(await client.joinRun(thread.id, second.id));
      const tookMs = performance.now() - sentAt;

      expect(joined.run).toMatchObject({ status: 'SUCCESS', endReason: 'COMPLETED' });
      expect(joined.state?.messages.map(({ type, text }) => [type, text])).toEqual([
        ['human', 'one two three four five'],
        ['ai', 'one two three'],
        ['human', 'six seven'],
        ['ai', 'six seven'],
      ]);
      expect(await client.run(first.id)).toMatchObject({
        status: 'INTERRUPTED',
        supersededBy: { id: second.id },
      });
      // The sweeps that would catch lost signals are seconds apart: without signals this could not be.
      expect(tookMs).toBeLessThan(1_500);
    });

    test.each([
      ['WebSocket', overWebSocket],
      ['SSE', overSse],
    ] as const)('stream live over %s what the other process does', async (_transport, follow) => {
      await using pair = await Pair.start(messaging);
      const client = createClient({ url: pair.api.url });
      const middle = gate('echo:3', { holds: 1 });
      const thread = unwrap(await client.createThread());
      await using followed = follow(pair.api.url, 'threadEvents', { threadId: thread.id });
      await expect.poll(() => pair.api.followed).toEqual([thread.id]);

      const run = unwrap(
        await client.createRun({
          threadId: thread.id,
          assistantId: 'echo',
          input: human('one two three four five'),
        }),
      );
      await middle.reached;
      // The run is held in its middle: what is seen now was streamed while it was at work.
      const text = () =>
        followed.events.map((event) => (event.__typename === 'MessageDelta' ? event.text : '')).join('');
      await followed.seen(() => text().trim() === 'one two three');
      middle.open();
      await followed.seen((event) => event.__typename === 'RunEnded');

      expect(text()).toBe('one two three four five');
      const seqs = followed.events.map(({ cursor }) => cursor);
      expect(new Set(seqs).size).toBe(seqs.length);
      expect(await client.run(run.id)).toMatchObject({ status: 'SUCCESS', attempt: 1 });
    });

    test('end who follows a thread that is deleted through the other process', async () => {
      await using pair = await Pair.start(messaging);
      await using other = await startTestService({
        database: pair.schema.url,
        config: { role: 'api', messaging, workerId: 'other' },
      });
      const thread = unwrap(await createClient({ url: pair.api.url }).createThread());
      await using followed = overWebSocket(other.url, 'threadEvents', { threadId: thread.id });
      await expect.poll(() => other.followed).toEqual([thread.id]);

      unwrap(await createClient({ url: pair.api.url }).deleteThread(thread.id));

      expect(await followed.end).toEqual({ how: 'complete' });
    });
  },
);

test.skipIf(!hasPostgres)('a worker serves health and readiness, and says who serves the rest', async () => {
  await using schema = PostgresSchema.create();
  await using worker = await startTestService({ database: schema.url, config: { role: 'worker' } });
  const get = async (path: string) => {
    const response = await fetch(new URL(path, worker.url));
    return [response.status, await response.json()];
  };

  expect(await get('/health')).toEqual([200, { status: 'alive' }]);
  expect(await get('/ready')).toEqual([200, { status: 'ready' }]);
  expect(await get('/graphql')).toEqual([404, { error: expect.stringContaining('role api or all') }]);
  expect((await get('/threads'))[0]).toBe(404);
});
