import { randomUUID } from 'node:crypto';
import { unwrap } from '../../src/client/public.ts';
import { BareSavers } from '../bare-graph.ts';
import type { Bench } from '../bench.ts';
import { BenchService, human } from '../bench-service.ts';
import { atMost, Series, timeFigure } from '../figure.ts';

/** createRun to the end of the run, on a new thread each time: over HTTP, in process, and the graph alone. */
export const createJoin: Bench = async (effort) => {
  await using service = await BenchService.start();
  await using savers = await BareSavers.open();
  const sqlite = savers.graph('trivial', savers.sqlite);
  const memory = savers.graph('trivial', savers.memory);
  const overHttp = async (threadId: string): Promise<void> => {
    const { id } = unwrap(
      await service.client.createRun({ threadId, assistantId: 'trivial', input: human('What about it?') }),
    );
    unwrap(await service.client.joinRun(threadId, id));
  };

  const measured = {
    http: new Series(),
    inProcess: new Series(),
    sqlite: new Series(),
    memory: new Series(),
  };
  const warmUp = effort === 'full' ? 80 : 30;
  const rounds = effort === 'full' ? 250 : 60;
  for (let round = 0; round < warmUp + rounds; round += 1) {
    const { http, inProcess, sqlite: onSqlite, memory: inMemory } = round < warmUp ? discarded() : measured;
    const [first, second] = [await service.thread(), await service.thread()];
    await http.time(() => overHttp(first));
    await inProcess.time(() => service.run(second, 'trivial'));
    await onSqlite.time(() => sqlite.invoke(randomUUID()));
    await inMemory.time(() => memory.invoke(randomUUID()));
  }
  const bare = { name: 'invoke, SqliteSaver', series: measured.sqlite };
  return [
    timeFigure({ name: 'create→join, GraphQL over HTTP', series: measured.http, bare }, ({ median }) =>
      atMost('median', median, 10, 'ms'),
    ),
    timeFigure({ name: 'create→join, in process', series: measured.inProcess, bare }),
    timeFigure({
      name: 'create→join, in process',
      series: measured.inProcess,
      bare: { name: 'invoke, MemorySaver', series: measured.memory },
    }),
  ];
};

function discarded() {
  return { http: new Series(), inProcess: new Series(), sqlite: new Series(), memory: new Series() };
}
