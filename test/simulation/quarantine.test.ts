import { expect, test } from 'vitest';
import { playHistory } from './history.ts';
import type { ProcessPlan } from './plan.ts';
import { alone, says } from './small-plans.ts';

const ORDERS = 60;
const process: ProcessPlan = { role: 'all', skewMs: 0, concurrency: 4 };

test.each([
  ['one process', [process]],
  ['two processes', [process, process]],
])(
  'of runs at work in %s, only the one that kills its process is given up, in any order',
  async (_what, processes) => {
    const innocent = { tokens: 5, paceMs: 300 };
    const killer = says({ tokens: 2, paceMs: 50, ends: 'KILL' }, 20, 2);
    const actions = [says(innocent, 0, 0), says(innocent, 0, 1), killer];
    const ends = new Set<string>();
    const complaints = new Set<string>();

    for (let order = 1; order <= ORDERS; order += 1) {
      const { violations, observed } = await playHistory({
        ...alone(actions, { threads: 3, maxAttempts: 2, processes }),
        order,
      });
      for (const { invariant, message } of violations)
        complaints.add(`${invariant} ${message} (order ${order})`);
      for (const { label, endReason } of observed.rows.runs)
        if (!label.startsWith('closing')) ends.add(`${label} ${endReason}`);
    }

    expect([...complaints]).toEqual([]);
    expect([...ends].toSorted()).toEqual([
      'say-0-on-0 COMPLETED',
      'say-0-on-1 COMPLETED',
      'say-20-on-2 WORKER_LOST',
    ]);
  },
);
