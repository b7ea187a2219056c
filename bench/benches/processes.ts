import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { temporaryDirectory } from '../bench-service.ts';
import { type Figure, single } from '../figure.ts';
import { ProtocolClient, waitedRunsPerSecond } from '../protocol-client.ts';
import { ServerProcess } from '../server-process.ts';
import { BenchSchema, hasPostgres } from '../services.ts';

/** Calls in flight, over all servers: as many as one server executes runs. */
const AT_ONCE = 64;

/**
 * Throughput of trivial runs through servers in processes of their own: one on an SQLite file, one and two on
 * PostgreSQL.
 */
export const processes: Bench = async (effort, leaveOut) => {
  const load =
    effort === 'full'
      ? { count: 600, atOnce: AT_ONCE, forMs: 6_000 }
      : { count: 80, atOnce: AT_ONCE, forMs: 3_000 };
  const rate = async (servers: readonly ServerProcess[]): Promise<number> => {
    const clients = servers.map(({ origin }) => new ProtocolClient(origin));
    await waitedRunsPerSecond(clients, { ...load, count: load.count / 4, forMs: load.forMs / 3 }); // warms up
    return waitedRunsPerSecond(clients, load);
  };
  const sqlite = await onSqlite(rate);
  const figures = [figure('trivial runs over REST, one process, SQLite', sqlite, null)];
  if (!(await hasPostgres(leaveOut, 'throughput of processes on PostgreSQL'))) return figures;
  for (const number of [1, 2]) {
    await using schema = new BenchSchema();
    await using servers = new AsyncDisposableStack();
    const started: ServerProcess[] = [];
    for (let index = 0; index < number; index += 1)
      started.push(servers.use(await ServerProcess.interject({ database: schema.url })));
    figures.push(
      figure(
        `trivial runs over REST, ${number === 1 ? 'one process' : 'two processes'}, PostgreSQL`,
        await rate(started),
        sqlite,
      ),
    );
  }
  return figures;
};

async function onSqlite(rate: (servers: readonly ServerProcess[]) => Promise<number>): Promise<number> {
  await using directory = await temporaryDirectory();
  await using server = await ServerProcess.interject({ database: join(directory.path, 'bench.db') });
  return await rate([server]); // before the server is disposed of
}

const figure = (name: string, perSecond: number, sqlite: number | null): Figure => ({
  name,
  unit: '1/s',
  value: single(perSecond),
  cpuMs: null,
  bare:
    sqlite === null
      ? null
      : { name: 'one process, SQLite', value: single(sqlite), ratio: perSecond / sqlite, cpuMs: null },
  target: null,
});
