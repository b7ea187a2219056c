import { afterEach, expect, test } from 'vitest';
import type { Service } from '../../src/service.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { human, TestThread } from '../support/conversing.ts';
import { gate, resetGates } from '../support/gates.ts';
import { hasPostgres, PostgresSchema } from '../support/postgres.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { startTestService } from '../support/service.ts';

afterEach(resetGates);

const YEAR_MS = 365 * 24 * 60 * 60 * 1_000;

/** Two processes on one database; the second one's date is years off, what the database does not know. */
async function twoProcesses(years: number) {
  const schema = PostgresSchema.create();
  const wrong = new AdvancingClock();
  await wrong.advance(years * YEAR_MS);
  const logger = new RecordingLogger();
  const common = { database: schema.url, logger, options: { sweepMs: 20 } };
  const right = await startTestService({ ...common, config: { workerId: 'right' } });
  const off = await startTestService({ ...common, clock: wrong, config: { workerId: 'off' } });
  return {
    right,
    off,
    logger,
    async [Symbol.asyncDispose]() {
      await off.stop('The test is over', 0);
      await right.stop('The test is over', 0);
      await schema[Symbol.asyncDispose]();
    },
  };
}

/**
 * Threads' runs through this process, so many that each process has looked for work, and for lost runs, again
 * and again meanwhile.
 */
async function keepBusy(service: Service): Promise<void> {
  for (let done = 0; done < 5; done++) {
    const thread = await TestThread.create(service);
    const { run } = await thread.run('trivial', { input: human('hello') });
    expect(run).toMatchObject({ status: 'SUCCESS', attempt: 1 });
  }
}

if (hasPostgres)
  test.each([3, -3])(
    "a process whose date is %d years off takes no run over early and keeps its own: the database's clock counts",
    async (years) => {
      await using scene = await twoProcesses(years);
      const { right, off, logger } = scene;
      const held = gate('echo:1');
      const threads = await Promise.all(
        [right, off, right, off].map((service) => TestThread.create(service)),
      );
      const runs = await Promise.all(
        threads.map((thread) => thread.start('echo', { input: human('one two') })),
      );
      await held.reachedBy(4);

      await keepBusy(right);
      await keepBusy(off);
      const delayed = await threads[0]!.client.createRun({
        threadId: (await TestThread.create(off)).id,
        assistantId: 'trivial',
        input: human('later'),
        afterSeconds: 3_600,
      });
      held.open();
      const ended = await Promise.all(threads.map((thread, index) => thread.join(runs[index]!)));

      expect(ended.map(({ run }) => [run.status, run.attempt])).toEqual(
        Array.from({ length: 4 }, () => ['SUCCESS', 1]),
      );
      expect(logger.at('warn')).not.toContain('Run taken over');
      expect(delayed).toMatchObject({ status: 'PENDING' });
    },
  );
