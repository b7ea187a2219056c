import { expect, test } from 'vitest';
import type { ThreadId } from '../../src/domain/ids.ts';
import type { Context } from '../../src/orchestrator/context.ts';
import { recoverRuns } from '../../src/orchestrator/execution/recover-runs.ts';
import type { Tx } from '../../src/orchestrator/ports/store.ts';
import { aRun, aThread } from '../contract/store-data.ts';

test('a sweep that takes several runs over locks their threads in the order of their ids, as joint commits do', async () => {
  // By the ends of their leases they come in the opposite order. Found by the simulation: two processes
  // waited for each other.
  const runs = ['c', 'b', 'a'].map((letter) =>
    aRun({ ...aThread(), id: `${letter.repeat(8)}-0000-7000-8000-000000000000` as ThreadId }),
  );
  const locked: string[] = [];
  const tx = {
    runs: { leaseExpired: async () => runs, heldBy: async () => [], nextSuspect: async () => null },
    threads: {
      lockAny: async (id: ThreadId) => {
        locked.push(id);
        return null;
      },
    },
  } as unknown as Tx;
  const store = { transaction: (work: (tx: Tx) => Promise<unknown>) => work(tx) };

  await recoverRuns({ store } as unknown as Context, 10);

  expect(locked).toEqual(runs.map(({ threadId }) => threadId).reverse());
});
