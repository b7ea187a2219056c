import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { temporaryDirectory } from '../bench-service.ts';
import { type Figure, Series, serverTimeFigure, single } from '../figure.ts';
import { startLanggraphServer } from '../langgraph-server.ts';
import { ProtocolClient, waitedRunsPerSecond } from '../protocol-client.ts';
import { repeat } from '../repeat.ts';
import { ServerProcess } from '../server-process.ts';

/** Calls in flight, and runs that either server executes at once. */
const AT_ONCE = 64;

/**
 * The same graphs over the LangGraph protocol by the same client: this server on an SQLite file, and
 * LangChain's development server.
 */
export const langgraphApi: Bench = async (effort, leaveOut) => {
  await using resources = new AsyncDisposableStack();
  const directory = resources.use(await temporaryDirectory());
  const served = resources.use(await ServerProcess.interject({ database: join(directory.path, 'bench.db') }));
  const other = await startLanggraphServer({
    directory: join(directory.path, 'langgraph-api'),
    atOnce: AT_ONCE,
    leaveOut,
  });
  if (other !== null) resources.use(other.server);
  const ours = new ProtocolClient(served.origin);
  const theirs = other === null ? null : new ProtocolClient(other.server.origin);
  const name = other?.name ?? '';

  const repetition =
    effort === 'full' ? { warmUp: 5, rounds: 20, forMs: 12_000 } : { warmUp: 1, rounds: 4, forMs: 3_000 };
  const timed = async (
    title: string,
    measure: (client: ProtocolClient, series: Series) => Promise<void>,
  ): Promise<Figure> => {
    const series = { ours: new Series(), theirs: new Series() };
    await repeat(repetition, async (counts) => {
      const { ours: mine, theirs: its } = counts ? series : { ours: new Series(), theirs: new Series() };
      await measure(ours, mine);
      if (theirs !== null) await measure(theirs, its);
    });
    return serverTimeFigure({
      name: title,
      series: series.ours,
      ...(theirs === null ? {} : { bare: { name, series: series.theirs } }),
    });
  };
  const figures = [
    await timed('create→join, REST', createJoin),
    await timed('interrupt→first event of the new run, REST', interrupt),
  ];

  const load =
    effort === 'full'
      ? { count: 400, atOnce: AT_ONCE, forMs: 6_000 }
      : { count: 80, atOnce: AT_ONCE, forMs: 3_000 };
  const rateOf = async (client: ProtocolClient): Promise<number> => {
    // warms up
    await waitedRunsPerSecond([client], { ...load, count: load.count / 4, forMs: load.forMs / 3 });
    return waitedRunsPerSecond([client], load);
  };
  const rate = await rateOf(ours);
  const itsRate = theirs === null ? null : await rateOf(theirs);
  return [
    ...figures,
    {
      name: `trivial runs, REST, ${AT_ONCE} at once`,
      unit: '1/s',
      value: single(rate),
      cpuMs: null,
      bare: itsRate === null ? null : { name, value: single(itsRate), ratio: rate / itsRate, cpuMs: null },
      target: null,
    },
  ];
};

async function createJoin(client: ProtocolClient, series: Series): Promise<void> {
  const threadId = await client.thread();
  await series.time(() => client.createAndJoin(threadId, 'trivial'));
}

/** While a run streams tokens: from the sending of another one to the first state that it streams. */
async function interrupt(client: ProtocolClient, series: Series): Promise<void> {
  const threadId = await client.thread();
  const streaming = Promise.withResolvers<void>();
  const first = (async () => {
    let tokens = 0;
    for await (const event of client.stream(threadId, 'endless', 'messages-tuple', 'enqueue')) {
      if (event === 'messages') tokens += 1;
      if (tokens === 10) streaming.resolve();
    }
    streaming.reject(new Error('The run ended by itself'));
  })();
  await streaming.promise;
  const second = client.stream(threadId, 'trivial', 'values', 'interrupt');
  await series.time(async () => {
    for (;;) {
      const { value, done } = await second.next();
      if (done === true) throw new Error('The second run streamed no state');
      if (value === 'values') return;
    }
  });
  for await (const _event of second);
  await first;
}
