import { setImmediate as nextTurn } from 'node:timers/promises';

const MIB = 1024 * 1024;

/** MiB, when everything that can be collected is. */
export async function collected(): Promise<{ readonly rss: number; readonly heap: number }> {
  if (globalThis.gc === undefined) throw new Error('Run node with --expose-gc');
  for (let round = 0; round < 3; round += 1) {
    await nextTurn();
    globalThis.gc();
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss: rss / MIB, heap: (heapUsed + external) / MIB };
}
