import { expect, test } from 'vitest';
import { playHistory } from './history.ts';
import type { Plan, Planned } from './plan.ts';
import { alone, says } from './small-plans.ts';

// What random histories have found, each as the smallest plan that shows it, in many orders.

/** Plays the plan in so many orders; what went wrong in any of them, each once. */
async function inOrders(count: number, plan: Omit<Plan, 'order'>): Promise<string[]> {
  const complaints = new Set<string>();
  for (let order = 1; order <= count; order += 1) {
    const { violations } = await playHistory({ ...plan, order });
    for (const { invariant, message } of violations)
      complaints.add(`${invariant} ${message} (order ${order})`);
  }
  return [...complaints];
}

test('what a graph says after its grace period is not told to anybody, for no state will have it', async () => {
  // Told to stop after 20 ms, given up after 320: it speaks from 300 on.
  const stopped: Planned = {
    atMs: 20,
    client: 1,
    process: 0,
    action: { do: 'cancel', thread: 0, pick: 0, action: 'INTERRUPT' },
  };

  const complaints = await inOrders(100, alone([says({ tokens: 40, ignoresAbortMs: 300 }), stopped]));

  expect(complaints).toEqual([]);
});
