import type { InterjectClient } from '../../src/client/public.ts';
import type { Bench } from '../bench.ts';
import { atMost, Series, serverTimeFigure } from '../figure.ts';
import { interruptServed } from '../interrupt-served.ts';
import { repeat } from '../repeat.ts';
import { ServerProcess } from '../server-process.ts';
import { BenchSchema, hasPostgres, hasRedis, REDIS_URL } from '../services.ts';

type Way = { readonly title: string; readonly flags: readonly string[]; readonly series: Series };

/**
 * INTERRUPT to the new run's RunStarted where the client, the process that it talks to and the process that
 * executes are three, on PostgreSQL: the interruption goes there, and the events come back, by signals.
 * Beside it one process that does both.
 */
export const signals: Bench = async (effort, leaveOut) => {
  if (!(await hasPostgres(leaveOut, 'interruption across processes'))) return [];
  const ways: Way[] = [{ title: 'signals through PostgreSQL', flags: [], series: new Series() }];
  if (await hasRedis(leaveOut, 'interruption across processes with signals through Redis'))
    ways.push({ title: 'signals through Redis', flags: ['--messaging', REDIS_URL], series: new Series() });

  await using resources = new AsyncDisposableStack();
  const together = resources.use(
    await ServerProcess.interject({ database: resources.use(new BenchSchema()).url }),
  );
  const bare = new Series();
  const measured: { readonly client: InterjectClient; readonly series: Series }[] = [
    { client: together.client(), series: bare },
  ];
  for (const { flags, series } of ways) {
    const database = resources.use(new BenchSchema()).url;
    const api = resources.use(await ServerProcess.interject({ database, role: 'api', flags }));
    resources.use(await ServerProcess.interject({ database, role: 'worker', flags }));
    measured.push({ client: api.client(), series });
  }
  const repetition =
    effort === 'full' ? { warmUp: 15, rounds: 60, forMs: 20_000 } : { warmUp: 3, rounds: 8, forMs: 5_000 };
  await repeat(repetition, async (counts) => {
    for (const { client, series } of measured) await interruptServed(client, counts ? series : new Series());
  });
  return ways.map(({ title, series }) =>
    serverTimeFigure(
      {
        name: `INTERRUPT→RunStarted, API and worker apart, ${title}`,
        series,
        bare: { name: 'both in one process, PostgreSQL', series: bare },
      },
      ({ p95 }) => atMost('p95', p95 ?? 0, 50, 'ms'),
    ),
  );
};
