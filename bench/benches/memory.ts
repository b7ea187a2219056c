import type { Bench } from '../bench.ts';
import { BenchService } from '../bench-service.ts';
import { atMost, type Figure, single } from '../figure.ts';
import { collected } from '../heap.ts';

/** Runs that fill what is filled once: caches, code, pools. */
const SETTLING_RUNS = 2_000;

/** What the process takes when idle, and whether ended runs leave anything behind. */
export const memory: Bench = async (effort) => {
  await using service = await BenchService.start();
  const idle = await collected();
  const many = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += 100) {
      const threads = await service.threads(100);
      await Promise.all(threads.map((threadId) => service.run(threadId, 'trivial')));
    }
  };
  const runs = effort === 'full' ? 2_000 : 500;
  await many(effort === 'full' ? SETTLING_RUNS : 500);
  const before = await collected();
  await many(runs);
  const after = await collected();
  const figure = (name: string, value: number, target: Figure['target']): Figure => ({
    name,
    unit: 'MiB',
    value: single(value),
    cpuMs: null,
    bare: null,
    target,
  });
  return [
    figure('resident, idle', idle.rss, atMost('', idle.rss, 200, 'MiB')),
    figure(`resident after ${runs} runs`, before.rss, null),
    figure(`resident after ${2 * runs} runs`, after.rss, null),
    figure(`heap and buffers after ${runs} runs`, before.heap, null),
    figure(
      `growth of heap and buffers with ${runs} more`,
      after.heap - before.heap,
      atMost('', after.heap - before.heap, 5, 'MiB'),
    ),
  ];
};
