import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Bench } from '../bench.ts';
import { BenchService } from '../bench-service.ts';
import type { FanOutReport, FanOutRequest } from '../fan-out-clients.ts';
import { atMost, type Figure, Series, single, summarise } from '../figure.ts';

const MIB = 1024 * 1024;

/**
 * Subscribers to one thread's messages, each with a WebSocket of its own, in a second process, while a run
 * streams 100 tokens: from a subscriber in this process having an event, which is right after its commit, to
 * the last of the others having it.
 */
export const fanOut: Bench = async (effort) => {
  await using service = await BenchService.start();
  const subscribers = effort === 'full' ? 1_000 : 200;
  const threadId = await service.thread();
  const own = await service.followMessages(threadId);
  const before = process.memoryUsage.rss();
  const clients = fork(new URL('../fan-out-clients.ts', import.meta.url), { execArgv: [] });
  try {
    const request: FanOutRequest = {
      url: service.url.replace('http', 'ws'),
      threadIds: [threadId],
      subscribers,
    };
    clients.send(request);
    await once(clients, 'message'); // all are subscribed
    const reporting = once(clients, 'message') as Promise<[FanOutReport]>;
    let peak = process.memoryUsage.rss();
    const committedMs = new Map<string, number>();
    const cpu = new Series();
    await cpu.time(async () => {
      await service.createRun(threadId, 'paced', 'What about it?');
      for await (const { cursor, body } of own) {
        committedMs.set(cursor, performance.timeOrigin + performance.now());
        peak = Math.max(peak, process.memoryUsage.rss());
        if (body.kind === 'RUN_ENDED') break;
      }
    });
    const [report] = await reporting;
    const delays = Object.entries(report.lastReceivedMs).flatMap(([cursor, ms]) => {
      const committed = committedMs.get(cursor);
      return committed === undefined ? [] : [ms - committed];
    });
    const figure = (
      name: string,
      unit: Figure['unit'],
      value: Figure['value'],
      target: Figure['target'],
    ): Figure => ({
      name,
      unit,
      value,
      cpuMs: null,
      bare: null,
      target,
    });
    return [
      {
        ...figure(`commit→last of ${subscribers} subscribers, 20 tokens/s`, 'ms', summarise(delays), null),
        cpuMs: cpu.cpuMs / committedMs.size,
      },
      figure(`events that all ${subscribers} got`, 'count', single(delays.length), {
        text: `all ${committedMs.size}`,
        met: delays.length === committedMs.size,
      }),
      figure('subscribers that missed or repeated text', 'count', single(report.wrong), {
        text: 'none',
        met: report.wrong === 0,
      }),
      figure(
        `memory for ${subscribers} subscribers, at most`,
        'MiB',
        single((peak - before) / MIB),
        atMost('', (peak - before) / MIB, 200, 'MiB'),
      ),
    ];
  } finally {
    clients.kill();
  }
};
