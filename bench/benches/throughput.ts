import { randomUUID } from 'node:crypto';
import { DEFAULT_OWNER } from '../../src/domain/ids.ts';
import { BareSavers } from '../bare-graph.ts';
import type { Bench } from '../bench.ts';
import { BenchService } from '../bench-service.ts';
import { type Figure, Series, single } from '../figure.ts';

const CONCURRENCY = 64;
const PER_THREAD = 10;

/**
 * Trivial runs, as many at once as the service executes: each on its own thread, then ten on each of a
 * hundred.
 */
export const throughput: Bench = async (effort) => {
  await using service = await BenchService.start();
  await using savers = await BareSavers.open();
  const sqlite = savers.graph('trivial', savers.sqlite);
  const count = effort === 'full' ? 1_000 : 300;
  const rate = async (runs: number, work: () => Promise<unknown>) => {
    const series = new Series();
    await series.time(work);
    return { perSecond: (runs * 1_000) / (series.ms[0] ?? Number.NaN), cpuMs: series.cpuMs / runs };
  };
  const spread = async (runs: number) => {
    const threads = await service.threads(runs);
    return rate(runs, () => Promise.all(threads.map((threadId) => service.run(threadId, 'trivial'))));
  };
  await spread(count / 2);
  await atOnce(count / 2, () => sqlite.invoke(randomUUID()));

  const distinct = await spread(count);
  const bare = await rate(count, () => atOnce(count, () => sqlite.invoke(randomUUID())));
  const shared = await service.threads(count / PER_THREAD);
  const stacked = await rate(count, () =>
    Promise.all(
      shared.map((threadId) =>
        Promise.all(
          Array.from({ length: PER_THREAD }, (_, turn) => service.run(threadId, 'trivial', `${turn}`)),
        ),
      ),
    ),
  );
  const lost = await lostMessages(service, shared);
  const figure = (name: string, { perSecond, cpuMs }: typeof distinct): Figure => ({
    name,
    unit: '1/s',
    value: single(perSecond),
    cpuMs,
    bare: {
      name: 'invoke, SqliteSaver',
      value: single(bare.perSecond),
      ratio: perSecond / bare.perSecond,
      cpuMs: bare.cpuMs,
    },
    target: { text: '≥ 300/s', met: perSecond >= 300 },
  });
  return [
    figure(`${count} runs on ${count} threads`, distinct),
    figure(`${count} runs on ${shared.length} threads`, stacked),
    {
      name: `messages missing or out of order after ${count} runs on ${shared.length} threads`,
      unit: 'count',
      value: single(lost),
      cpuMs: null,
      bare: null,
      target: { text: 'none', met: lost === 0 },
    },
  ];
};

async function atOnce(count: number, work: () => Promise<void>): Promise<void> {
  let started = 0;
  const worker = async () => {
    while (started < count) {
      started += 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

/** Each thread has every question, in the order of the calls, each followed by its answer. */
async function lostMessages({ orchestrator }: BenchService, threads: readonly string[]): Promise<number> {
  let lost = 0;
  for (const threadId of threads) {
    const thread = await orchestrator.queries.thread(DEFAULT_OWNER, threadId);
    const messages = thread === null ? [] : await orchestrator.queries.messages(thread);
    for (let turn = 0; turn < PER_THREAD; turn += 1) {
      if (messages[2 * turn]?.content !== `${turn}`) lost += 1;
      if (messages[2 * turn + 1]?.type !== 'ai') lost += 1;
    }
    lost += Math.max(0, messages.length - 2 * PER_THREAD);
  }
  return lost;
}
