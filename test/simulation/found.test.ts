import { expect, test } from 'vitest';
import { playHistory } from './history.ts';
import type { Plan, Planned } from './plan.ts';
import type { Superstep } from './script.ts';

// What random histories have found, each as the smallest plan that shows it, in many orders.

const alone = (actions: readonly Planned[], plan: Partial<Plan> = {}): Omit<Plan, 'order'> => ({
  threads: 1,
  maxAttempts: 3,
  processes: [{ role: 'all', skewMs: 0, concurrency: 2 }],
  actions,
  troubles: [],
  faults: [],
  signals: { lose: 0, repeat: 0, delay: 0 },
  ...plan,
});

const says = (superstep: Partial<Superstep>, atMs = 0): Planned => ({
  atMs,
  client: 1,
  process: 0,
  action: {
    do: 'create',
    thread: 0,
    label: `say-${atMs}`,
    strategy: 'ENQUEUE',
    script: [{ tokens: 1, paceMs: 1, ends: 'GO_ON', ignoresAbortMs: 0, ...superstep }],
    isKeyed: false,
    afterSeconds: null,
    timeoutSeconds: null,
    keepPartialOutput: true,
    keepPendingInput: true,
  },
});

/** Plays the plan in so many orders; what went wrong in any of them, each once. */
async function inOrders(count: number, plan: Omit<Plan, 'order'>): Promise<string[]> {
  const complaints = new Set<string>();
  for (let order = 1; order <= count; order += 1) {
    const { violations } = await playHistory({ ...plan, order });
    for (const { invariant, message } of violations) complaints.add(`${invariant} ${message} (order ${order})`);
  }
  return [...complaints];
}

test('what a graph says after its grace period is not told to anybody, for no state will have it', async () => {
  // Told to stop after 20 ms, given up after 320: it speaks from 300 on.
  const stopped: Planned = { atMs: 20, client: 1, process: 0, action: { do: 'cancel', thread: 0, pick: 0, action: 'INTERRUPT' } };

  const complaints = await inOrders(100, alone([says({ tokens: 40, ignoresAbortMs: 300 }), stopped]));

  expect(complaints).toEqual([]);
});
