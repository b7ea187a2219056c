import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BareGraph, BareSavers } from '../bare-graph.ts';
import type { Bench } from '../bench.ts';
import { BenchService, human } from '../bench-service.ts';
import { atMost, Series, timeFigure } from '../figure.ts';
import { interruptServed } from '../interrupt-served.ts';

/**
 * From the sending of a createRun with INTERRUPT, while a run streams, to the new run's RunStarted at a
 * subscriber over WebSocket.
 */
export const interrupt: Bench = async (effort) => {
  await using service = await BenchService.start();
  await using savers = await BareSavers.open();
  const endless = savers.graph('endless', savers.sqlite);
  const toStart = new Series();
  const bare = new Series();
  const warmUp = effort === 'full' ? 15 : 6;
  const rounds = effort === 'full' ? 80 : 20;
  for (let round = 0; round < warmUp + rounds; round += 1) {
    const [served, alone] = round < warmUp ? [new Series(), new Series()] : [toStart, bare];
    await interruptServed(service.client, served);
    await interruptBare(endless, alone);
  }
  return [
    timeFigure(
      {
        name: 'INTERRUPT→RunStarted of the new run',
        series: toStart,
        bare: { name: 'abort, stream anew, SqliteSaver', series: bare },
      },
      ({ p95 }) => atMost('p95', p95 ?? 0, 20, 'ms'),
    ),
  ];
};

/**
 * What a program without a server does: abort, wait for the stream's end, stream the next message. To its
 * first chunk.
 */
async function interruptBare({ graph }: BareGraph, series: Series): Promise<void> {
  const configurable = { thread_id: randomUUID() };
  const abort = new AbortController();
  const first = (async () => {
    const options = { configurable, streamMode: 'messages' as const, signal: abort.signal };
    for await (const _chunk of await graph.stream(human('First'), options));
  })().catch(() => undefined);
  await sleep(30);
  await series.time(async () => {
    abort.abort();
    await first;
    const again = new AbortController();
    const options = { configurable, streamMode: 'messages' as const, signal: again.signal };
    for await (const _chunk of await graph.stream(human('Second'), options)) break;
    again.abort();
  });
}
