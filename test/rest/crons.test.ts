import { afterEach, describe, expect, test } from 'vitest';
import { DEFAULT_OWNER, defaultAssistantId } from '../../src/domain/ids.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { resetGates } from '../support/gates.ts';
import { until } from '../support/until.ts';
import { startRestServer } from './support.ts';

afterEach(resetGates);

const UNKNOWN = '0198a000-0000-4000-8000-000000000000';
const NIGHTLY = { schedule: '0 3 * * *', input: { messages: [{ role: 'user', content: 'Report.' }] } };
/** What the client takes for a cron that was created is typed as a run. */
type Created = {
  readonly cron_id: string;
  readonly next_run_date: string | null;
  readonly [member: string]: unknown;
};

describe("the client's crons", () => {
  test.each(['client', 'client2'] as const)(
    'can be created with everything, found, and deleted (%s)',
    async (version) => {
      await using server = await startRestServer({ config: { webhookAllow: ['127.0.0.1'] } });
      const { crons } = server[version] as (typeof server)['client'];
      const thread = await server.client.threads.create();

      const stateless = (await crons.create('agent', {
        ...NIGHTLY,
        metadata: { team: 'a' },
        webhook: 'http://127.0.0.1:9/',
      })) as unknown as Created;
      const onThread = (await crons.createForThread(thread.thread_id, 'agent', {
        ...NIGHTLY,
        multitaskStrategy: 'interrupt',
        interruptBefore: '*',
      })) as unknown as Created;

      expect(stateless).toMatchObject({
        assistant_id: defaultAssistantId('agent'),
        thread_id: null,
        on_run_completed: 'delete',
        schedule: '0 3 * * *',
        timezone: null,
        end_time: null,
        user_id: null,
        enabled: true,
        metadata: { team: 'a' },
        payload: {
          input: NIGHTLY.input,
          metadata: { team: 'a' },
          webhook: 'http://127.0.0.1:9/',
          stream_mode: ['values'],
        },
      });
      expect(stateless.next_run_date).toMatch(/T03:00:00.000Z$/);
      expect(onThread).toMatchObject({
        thread_id: thread.thread_id,
        on_run_completed: null,
        payload: { multitask_strategy: 'interrupt', interrupt_before: ['*'] },
      });
      const all = await crons.search();
      expect(all.map(({ cron_id }) => cron_id)).toEqual([onThread.cron_id, stateless.cron_id]);
      expect((await crons.search({ threadId: thread.thread_id })).map(({ cron_id }) => cron_id)).toEqual([
        onThread.cron_id,
      ]);
      expect(
        (await crons.search({ assistantId: 'agent', limit: 1, offset: 1 })).map(({ cron_id }) => cron_id),
      ).toEqual([stateless.cron_id]);
      await crons.delete(stateless.cron_id);
      expect((await server.request('GET', `/runs/crons/${stateless.cron_id}`)).status).toBe(404);
    },
  );

  test('can be changed in each of their fields; metadata merges, end_time null clears, other nulls mean nothing', async () => {
    await using server = await startRestServer();
    const { crons } = server.client;
    const cron = (await crons.create('agent', {
      ...NIGHTLY,
      metadata: { team: 'a' },
      endTime: '2999-01-01T00:00:00Z',
    })) as unknown as Created;

    const changed = await crons.update(cron.cron_id, {
      schedule: '30 8 * * MON-FRI',
      timezone: 'America/New_York',
      input: { messages: [] },
      metadata: { more: 1 },
      config: { tags: ['x'] },
      context: { model: 'large' },
      interruptAfter: ['tool'],
      onRunCompleted: 'keep',
      streamMode: ['updates', 'events'],
      streamSubgraphs: true,
      durability: 'exit',
      endTime: null,
    });

    expect(changed).toMatchObject({
      schedule: '30 8 * * MON-FRI',
      timezone: 'America/New_York',
      end_time: null,
      on_run_completed: 'keep',
      metadata: { team: 'a', more: 1 },
      payload: {
        input: { messages: [] },
        config: { tags: ['x'] },
        context: { model: 'large' },
        interrupt_after: ['tool'],
        stream_mode: ['updates', 'events'],
        stream_subgraphs: true,
        stream_resumable: false,
        durability: 'exit',
      },
    });
    expect(changed.next_run_date).toMatch(/T1[23]:30:00.000Z$/);
    const paused = await server.request('PATCH', `/runs/crons/${cron.cron_id}`, {
      enabled: false,
      schedule: null,
      timezone: null,
      metadata: null,
    });
    expect(paused.body).toMatchObject({
      enabled: false,
      next_run_date: null,
      schedule: '30 8 * * MON-FRI',
      timezone: 'America/New_York',
    });
    expect(await crons.search({ enabled: true })).toEqual([]);
  });

  test.each([
    ['events', true],
    ['tools', true],
    ['values', false],
  ] as const)('with the stream mode %s record callback events: %s', async (streamMode, recordEvents) => {
    await using server = await startRestServer();

    const { cron_id } = (await server.client.crons.create('agent', {
      ...NIGHTLY,
      streamMode: [streamMode],
    })) as unknown as Created;

    const cron = await server.service.orchestrator.crons.find(DEFAULT_OWNER, cron_id);
    expect(cron?.payload.recordEvents).toBe(recordEvents);
  });

  test('are searched in any order, in pages, by what is asked of them, and counted', async () => {
    await using server = await startRestServer();
    const { crons } = server.client;
    const hours = [5, 3, 4];
    for (const hour of hours)
      await crons.create('agent', { ...NIGHTLY, schedule: `0 ${hour} 1 1 *`, metadata: { hour } });
    const byTime = { sortBy: 'next_run_date', sortOrder: 'asc' } as const;

    const found = await crons.search(byTime);
    expect(found.map(({ metadata }) => metadata?.['hour'])).toEqual([3, 4, 5]);
    const page = await server.request('POST', '/runs/crons/search', { limit: 2 });
    expect([page.headers.get('x-pagination-next'), page.headers.get('x-pagination-total')]).toEqual([
      '2',
      '3',
    ]);
    const last = await server.request('POST', '/runs/crons/search', { limit: 2, offset: 2 });
    expect([last.headers.get('x-pagination-next'), last.headers.get('x-pagination-total')]).toEqual([
      null,
      '3',
    ]);
    expect(await crons.count({ metadata: { hour: 4 } })).toBe(1);
    expect(await crons.count()).toBe(3);
    expect(await crons.search({ metadata: { hour: 4 }, select: ['cron_id', 'schedule'] })).toEqual([
      { cron_id: expect.any(String), schedule: '0 4 1 1 *' },
    ]);
  });
});

test('§9.69 next_run_date honours the time zone; a due cron creates a run with metadata.cron_id; a paused one none; its thread is deleted', async () => {
  const clock = new AdvancingClock();
  // leases count by the clock that is put forward
  await using server = await startRestServer({ clock, config: { leaseMs: 48 * 60 * 60 * 1_000 } });
  const { crons, runs, threads } = server.client;
  const kept = (await crons.create('agent', {
    ...NIGHTLY,
    timezone: 'Asia/Kolkata',
    onRunCompleted: 'keep',
  })) as unknown as Created;
  const deleted = (await crons.create('agent', {
    ...NIGHTLY,
    timezone: 'Asia/Kolkata',
  })) as unknown as Created;
  const paused = (await crons.create('agent', {
    ...NIGHTLY,
    enabled: false,
    onRunCompleted: 'keep',
  })) as unknown as Created;
  expect(kept.next_run_date).toMatch(/T21:30:00.000Z$/);
  expect(paused.next_run_date).toBeNull();

  await clock.advance(24 * 60 * 60 * 1_000);
  const found = await until(
    () => threads.search({ metadata: { cron_id: kept.cron_id } }),
    (list) => list.length === 1,
  );

  const [run] = await runs.list(found[0]!.thread_id);
  expect(run).toMatchObject({
    assistant_id: defaultAssistantId('agent'),
    metadata: { cron_id: kept.cron_id },
  });
  await runs.join(run!.thread_id, run!.run_id);
  expect((await threads.getState(run!.thread_id)).values).toMatchObject({
    messages: expect.arrayContaining([expect.objectContaining({ content: 'Report.' })]),
  });
  await until(
    async () =>
      ((await server.request('GET', `/runs/crons/${deleted.cron_id}`)).body as Created).next_run_date !==
      deleted.next_run_date,
    (hasRun) => hasRun,
  );
  await until(
    () => threads.search({ metadata: { cron_id: deleted.cron_id } }),
    (list) => list.length === 0,
  );
  expect(await threads.search({ metadata: { cron_id: paused.cron_id } })).toEqual([]);
});

test.each([
  ['POST', '/runs/crons', { assistant_id: 'agent', schedule: '* * * * * *' }, 422, 'schedule'],
  ['POST', '/runs/crons', { assistant_id: 'agent', schedule: '@daily' }, 422, 'schedule'],
  ['POST', '/runs/crons', { assistant_id: 'agent' }, 422, 'schedule'],
  ['POST', '/runs/crons', { schedule: '0 3 * * *' }, 422, 'assistant_id'],
  [
    'POST',
    '/runs/crons',
    { assistant_id: 'agent', schedule: '0 3 * * *', timezone: 'Mars/Olympus' },
    422,
    'timezone',
  ],
  [
    'POST',
    '/runs/crons',
    { assistant_id: 'agent', schedule: '0 3 * * *', end_time: 'tomorrow' },
    422,
    'end_time',
  ],
  [
    'POST',
    '/runs/crons',
    { assistant_id: 'agent', schedule: '0 3 * * *', webhook: 'http://10.0.0.1/' },
    422,
    'webhook',
  ],
  [
    'POST',
    '/runs/crons',
    { assistant_id: 'nobody', schedule: '0 3 * * *' },
    404,
    'No assistant found for "nobody"',
  ],
  ['POST', `/threads/${UNKNOWN}/runs/crons`, { assistant_id: 'agent', schedule: '0 3 * * *' }, 404, 'Thread'],
  [
    'POST',
    '/threads/nonsense/runs/crons',
    { assistant_id: 'agent', schedule: '0 3 * * *' },
    422,
    'thread_id',
  ],
  ['POST', '/runs/crons/search', { sort_by: 'mood' }, 422, 'sort_by'],
  ['POST', '/runs/crons/search', { limit: 0 }, 422, 'limit'],
  ['GET', `/runs/crons/${UNKNOWN}`, undefined, 404, `Cron with ID ${UNKNOWN} not found`],
  ['GET', '/runs/crons/nonsense', undefined, 422, 'cron_id'],
  ['PATCH', `/runs/crons/${UNKNOWN}`, { enabled: false }, 404, 'Cron'],
  ['DELETE', `/runs/crons/${UNKNOWN}`, undefined, 404, 'Cron'],
] as const)('%s %s with %j is %i', async (method, path, body, status, detail) => {
  await using server = await startRestServer();

  const answer = await server.request(method, path, body);

  expect(answer).toMatchObject({ status, body: { detail: expect.stringContaining(detail) } });
  expect((await server.request('POST', '/runs/crons/count', {})).body).toBe(0);
});
