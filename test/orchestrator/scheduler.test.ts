import { test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { MemorySignals } from '../../src/messaging/memory-signals.ts';
import { type Context, DEFAULT_OPTIONS } from '../../src/orchestrator/context.ts';
import { Scheduler } from '../../src/orchestrator/execution/scheduler.ts';
import { silentLogger } from '../support/silent-logger.ts';
import { until } from '../support/until.ts';

/** A scheduler over a store in which nothing waits; `look` is asked for the runs whose lease is over. */
function scheduler(look: (times: number, signals: MemorySignals) => void): Scheduler {
  const signals = new MemorySignals();
  let times = 0;
  const leaseExpired = async () => {
    times += 1;
    look(times, signals);
    return [];
  };
  const store = {
    reads: { nextClaimableAt: async () => null },
    transaction: (work: (tx: object) => Promise<unknown>) =>
      work({ runs: { leaseExpired, heldBy: async () => [], nextSuspect: async () => null } }),
  };
  const context = {
    store,
    signals,
    clock: systemClock,
    logger: silentLogger,
    options: { ...DEFAULT_OPTIONS, sweepMs: 60_000 },
  };
  return new Scheduler(context as unknown as Context);
}

test('a run that is released while it is looked for such runs is looked for again, without a sweep', async () => {
  let looks = 0;
  const looking = scheduler((times, signals) => {
    looks = times;
    if (times === 1) signals.send({ kind: 'released' });
  });

  looking.start();

  await until(() => looks === 2, Boolean);
  await looking.stop(0);
});

test('after a look that failed the next one looks for lost runs again', async () => {
  let looks = 0;
  let signalsOf: MemorySignals | null = null;
  const looking = scheduler((times, signals) => {
    looks = times;
    signalsOf = signals;
    if (times === 1) throw new Error('the database is away');
  });

  looking.start();
  await until(() => looks === 1, Boolean);
  await until(() => {
    signalsOf!.send({ kind: 'wake' });
    return looks === 2;
  }, Boolean);
  await looking.stop(0);
});
