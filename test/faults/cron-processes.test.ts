import { expect, test } from 'vitest';
import { createClient, unwrap } from '../../src/client/public.ts';
import { human } from '../support/conversing.ts';
import { hasPostgres, PostgresSchema } from '../support/postgres.ts';
import { ServerProcess } from '../support/server-process.ts';
import { until } from '../support/until.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const CRONS = 16;
const PROCESSES = 3;
/** Occurrences that all crons have at once, in turn; in each a process is killed while it starts them. */
const OCCURRENCES = [1_700_000_000_000, 1_700_000_060_000];

test.skipIf(!hasPostgres)(
  'of three processes that are killed in turn exactly one starts each occurrence, and each webhook arrives at least once with one id',
  { timeout: 120_000 },
  async () => {
    await using schema = PostgresSchema.create();
    await using receiver = await WebhookReceiver.start();
    const flags = ['--webhook-allow', '127.0.0.1', '--lease-seconds', '5'];
    const start = () => ServerProcess.start({ database: schema.url, flags });
    const processes = [await start(), ...(await Promise.all(Array.from({ length: PROCESSES - 1 }, start)))];
    await using _processes = {
      [Symbol.asyncDispose]: async () =>
        void (await Promise.all(processes.map((one) => one[Symbol.asyncDispose]()))),
    };
    const client = createClient({ url: processes[0]!.url });
    for (let index = 0; index < CRONS; index += 1)
      unwrap(
        await client.crons.create({
          assistantId: 'trivial',
          schedule: '0 0 1 1 *',
          input: human('tick'),
          onRunCompleted: 'KEEP',
          webhook: receiver.url(),
        }),
      );
    const count = async (query: string, ...values: unknown[]) =>
      Number((await schema.query<{ n: string }>(query, values))[0]?.n);
    const started = () => count('select count(*) as n from run');

    for (const [round, occurrence] of OCCURRENCES.entries()) {
      const before = await started();
      await schema.query('update cron set next_at = $1, due_at = $1, claims = claims + 1', [occurrence]);
      await until(started, (runs) => runs > before + 2, { deadlineMs: 20_000 });
      const victim = processes[round]!;
      await victim.kill();
      // What it had claimed is due again at once, and so is what the others are at: they lose claims to each
      // other, and must notice.
      await until(
        async () => {
          await schema.query('update cron set due_at = 0 where next_at = $1', [occurrence]);
          return count('select count(*) as n from cron where last_at = $1', occurrence);
        },
        (done) => done === CRONS,
        { deadlineMs: 20_000, pauseMs: 250 },
      );
      if (round === 0) processes[round] = await start();
    }

    const total = CRONS * OCCURRENCES.length;
    const perCron = await schema.query<{ cron: string; n: string }>(
      `select metadata::json ->> 'cron_id' as cron, count(*) as n from run group by 1`,
    );
    expect(perCron.map(({ n }) => Number(n))).toEqual(
      Array.from({ length: CRONS }, () => OCCURRENCES.length),
    );
    expect(await count('select count(*) as n from thread')).toBe(total);
    expect(await count('select count(*) as n from cron where last_error is not null')).toBe(0);

    const runs = (await schema.query<{ id: string }>('select id from run')).map(({ id }) => id);
    const told = () => {
      const ids = new Map<string, Set<unknown>>();
      for (const { body, headers } of receiver.received) {
        const { run_id: run } = JSON.parse(body) as { run_id: string };
        ids.set(run, (ids.get(run) ?? new Set()).add(headers['webhook-id']));
      }
      return ids;
    };
    await until(
      async () => {
        // What a killed process was about to send is due again when its claim is over; here, at once.
        await schema.query(`update webhook_delivery set due_at = 0 where status = 'PENDING'`);
        return told().size;
      },
      (arrived) => arrived === total,
      { deadlineMs: 40_000, pauseMs: 2_000 },
    );
    expect([...told().keys()].sort()).toEqual(runs.sort());
    expect([...told().values()].every((ids) => ids.size === 1)).toBe(true);
    expect(await count(`select count(*) as n from run where status = 'SUCCESS'`)).toBe(total);
  },
);

test.skipIf(!hasPostgres)(
  'a cron that becomes due by the real clock starts its run by itself',
  { timeout: 30_000 },
  async () => {
    await using schema = PostgresSchema.create();
    await using server = await ServerProcess.start({ database: schema.url });
    const client = createClient({ url: server.url });
    const cron = unwrap(
      await client.crons.create({
        assistantId: 'trivial',
        schedule: '0 0 1 1 *',
        input: human('tick'),
        onRunCompleted: 'KEEP',
      }),
    );
    const [moved] = await schema.query<{ at: string }>(
      `update cron set next_at = s.at, due_at = s.at from (select (extract(epoch from now()) * 1000)::bigint + 1500 as at) as s returning cron.next_at as at`,
    );
    // Any change of times tells the process to look at when the next one is due; this one changes none of
    // them.
    unwrap(await client.crons.update(cron.id, { metadata: { moved: true } }));

    const ran = await until(
      () => client.crons.get(cron.id),
      (found) => found?.lastRun != null,
      { deadlineMs: 8_000, pauseMs: 20 },
    );

    expect(new Date(ran!.lastRunAt!).getTime()).toBe(Number(moved!.at));
    const run = unwrap(await client.joinRun(ran!.lastRun!.threadId, ran!.lastRun!.id)).run;
    expect(run.status).toBe('SUCCESS');
    const lateMs = new Date(run.createdAt).getTime() - Number(moved!.at);
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThan(2_000);
  },
);
