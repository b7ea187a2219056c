import { afterEach, describe, expect, test } from 'vitest';
import type { Service } from '../../src/service.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { human, TestThread } from '../support/conversing.ts';
import { gate, resetGates } from '../support/gates.ts';
import { startTestService } from '../support/service.ts';
import { until } from '../support/until.ts';

afterEach(resetGates);

const STUCK_MS = 300_000;

/** Its monotonic time is put forward too. */
class JumpingClock extends AdvancingClock {
  override monotonicMs(): number {
    return this.now().getTime();
  }
}

/** One slot; leases outlive every jump of the clock. */
const start = (clock: AdvancingClock, stuckMs: number | null = STUCK_MS): Promise<Service> =>
  startTestService({ clock, config: { concurrency: 1, stuckMs, leaseMs: 86_400_000 } });

async function ready(service: Service): Promise<readonly [number, unknown]> {
  const response = await fetch(new URL('/ready', service.url));
  return [response.status, await response.json()];
}

const READY = [200, { status: 'ready' }] as const;
const STUCK = [
  503,
  {
    status: 'unavailable',
    reason: expect.stringMatching(
      /^stuck: all 1 run slots are taken and runs are waiting, but no run has started, ended or written anything for 3\d\d s$/,
    ),
  },
] as const;

const NODES = ['first', 'second', 'third'] as const;

/** A run that holds the only slot in its first node, and one that waits for it. */
async function fill(service: Service) {
  const gates = NODES.map((node) => gate(`side-effects:${node}`, { holds: 1 }));
  const [holding, waiting] = [await TestThread.create(service), await TestThread.create(service)];
  const held = await holding.start('side-effects', { input: human('hi') });
  await gates[0]?.reached;
  const queued = await waiting.start('side-effects', { input: human('hi') });
  return { gates, held, holding, queued, waiting };
}

describe('/ready', () => {
  test('fails while all slots are taken, runs wait and nothing has moved for the set time; and is back when one moves', async () => {
    const clock = new JumpingClock();
    await using service = await start(clock);
    const { gates, held, holding, queued, waiting } = await fill(service);

    await clock.advance(STUCK_MS - 10_000);
    expect(await ready(service)).toEqual(READY);
    await clock.advance(20_000);
    expect(await ready(service)).toEqual(STUCK);
    gates[0]?.open();
    await gates[1]?.reached;
    await until(
      () => ready(service),
      ([status]) => status === 200,
    );
    await clock.advance(STUCK_MS);
    expect((await ready(service))[0]).toBe(503);
    for (const held of gates) held.open();
    await holding.join(held);
    await waiting.join(queued);
    expect(await ready(service)).toEqual(READY);
  });

  test('holds while a run that takes longer than the set time goes on writing', async () => {
    const clock = new JumpingClock();
    await using service = await start(clock);
    const { gates } = await fill(service);

    for (const [index, held] of gates.entries()) {
      await held.reached;
      await clock.advance(STUCK_MS * 0.8);
      expect([index, await ready(service)]).toEqual([index, READY]);
      held.open();
    }
  });

  test('holds while no run waits', async () => {
    const clock = new JumpingClock();
    await using service = await start(clock);
    const { waiting, queued } = await fill(service);
    await waiting.client.cancelRun(waiting.id, queued.id);

    await clock.advance(2 * STUCK_MS);

    expect(await ready(service)).toEqual(READY);
  });

  test('holds while the only run that waits is not due yet', async () => {
    const clock = new JumpingClock();
    await using service = await start(clock);
    const { waiting, queued } = await fill(service);
    await waiting.client.cancelRun(waiting.id, queued.id);
    await waiting.start('side-effects', { input: human('hi'), afterSeconds: 86_400 });

    await clock.advance(2 * STUCK_MS);

    expect(await ready(service)).toEqual(READY);
  });

  test('holds whatever happens where the time is null', async () => {
    const clock = new JumpingClock();
    await using service = await start(clock, null);
    await fill(service);

    await clock.advance(100 * STUCK_MS);

    expect(await ready(service)).toEqual(READY);
  });
});
