import { randomUUID } from 'node:crypto';
import { unwrap } from '../../src/client/public.ts';
import { BareSavers } from '../bare-graph.ts';
import type { Bench } from '../bench.ts';
import { BenchService, human } from '../bench-service.ts';
import { atMost, type Figure, Series, timeFigure } from '../figure.ts';

const GRAPHS = { burst: '200 tokens', react: 'ReAct, 2 tools, 150 tokens' } as const;

/** A streamed run with one subscriber to its messages, against the same graph streamed by itself. */
export const streaming: Bench = async (effort) => {
  await using service = await BenchService.start();
  await using savers = await BareSavers.open();
  const figures: Figure[] = [];
  for (const [name, title] of Object.entries(GRAPHS) as [keyof typeof GRAPHS, string][]) {
    const sqlite = savers.graph(name, savers.sqlite);
    const measured = { inProcess: new Series(), overNetwork: new Series(), bare: new Series() };
    const warmUp = effort === 'full' ? 20 : 8;
    const rounds = effort === 'full' ? 50 : 15;
    for (let round = 0; round < warmUp + rounds; round += 1) {
      const { inProcess, overNetwork, bare } =
        round < warmUp
          ? { inProcess: new Series(), overNetwork: new Series(), bare: new Series() }
          : measured;
      await bare.time(() => sqlite.stream(randomUUID()));
      await streamInProcess(service, name, inProcess);
      await streamOverNetwork(service, name, overNetwork);
    }
    const bare = { name: 'stream, SqliteSaver', series: measured.bare };
    figures.push(
      timeFigure({ name: `${title}: in process`, series: measured.inProcess, bare }, (_value, ratio) =>
        atMost('', ratio ?? 0, 1.5, '× bare'),
      ),
      timeFigure({
        name: `${title}: HTTP + WebSocket, the client in this process too`,
        series: measured.overNetwork,
        bare,
      }),
    );
  }
  return figures;
};

async function streamInProcess(service: BenchService, graph: string, series: Series): Promise<void> {
  const threadId = await service.thread();
  const events = await service.followMessages(threadId);
  await series.time(async () => {
    await service.createRun(threadId, graph, 'What about it?');
    for await (const { body } of events) if (body.kind === 'RUN_ENDED') return;
  });
}

async function streamOverNetwork({ client }: BenchService, graph: string, series: Series): Promise<void> {
  const threadId = unwrap(await client.createThread()).id;
  const events = client.messages(threadId);
  const ended = (async () => {
    for await (const event of events)
      if (event.__typename === 'RunStatusChanged' && event.run.finishedAt !== null) return;
  })();
  await client.cursor(threadId);
  await series.time(async () => {
    unwrap(await client.createRun({ threadId, assistantId: graph, input: human('What about it?') }));
    await ended;
  });
}
