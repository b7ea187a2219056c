import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Bench } from '../bench.ts';
import { BenchService } from '../bench-service.ts';
import type { FanOutRequest } from '../fan-out-clients.ts';
import { atMost, type Figure, single } from '../figure.ts';
import { collected } from '../heap.ts';

/**
 * What subscribers to whom nothing happens cost, each with a WebSocket of its own from a second process: on
 * one thread, then on as many.
 */
export const subscribers: Bench = async (effort) => {
  await using service = await BenchService.start();
  const count = effort === 'full' ? 1_000 : 200;
  const threadIds = await service.threads(count);
  await perSubscriber(service.url, threadIds.slice(0, 50), 50); // fills what is filled once
  const shared = await perSubscriber(service.url, threadIds.slice(0, 1), count);
  const apart = await perSubscriber(service.url, threadIds, count);
  return [
    figure(`heap and buffers per idle subscriber, ${count} on one thread`, shared),
    figure(`heap and buffers per idle subscriber, ${count} on as many threads`, apart),
  ];
};

/** KiB of heap and buffers. */
async function perSubscriber(url: string, threadIds: readonly string[], count: number): Promise<number> {
  const before = await collected();
  const clients = fork(new URL('../fan-out-clients.ts', import.meta.url), { execArgv: [] });
  const exited = once(clients, 'exit');
  try {
    const request: FanOutRequest = { url: url.replace('http', 'ws'), threadIds, subscribers: count };
    clients.send(request);
    await once(clients, 'message'); // all are subscribed
    const { heap } = await collected();
    return ((heap - before.heap) * 1_024) / count;
  } finally {
    clients.kill();
    await exited;
  }
}

const figure = (name: string, kib: number): Figure => ({
  name,
  unit: 'KiB',
  value: single(kib),
  cpuMs: null,
  bare: null,
  target: atMost('', kib, 200, 'KiB'),
});
