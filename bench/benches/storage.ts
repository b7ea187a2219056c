import BetterSqlite3 from 'better-sqlite3';
import type { Bench } from '../bench.ts';
import { BenchService } from '../bench-service.ts';
import { atMost, type Figure, single } from '../figure.ts';

const MIB = 1024 * 1024;
const CHECKPOINTS = ['checkpoint', 'checkpoint_write', 'checkpoint_head', 'blob'];
const LOG = ['run_event'];

/**
 * What one long thread takes of the database's file, indexes included: ten times the turns should be ten
 * times the bytes.
 */
export const storage: Bench = async (effort) => {
  await using service = await BenchService.start();
  const few = effort === 'full' ? 100 : 30;
  const threadId = await service.thread();
  const runTo = async (from: number, to: number): Promise<void> => {
    for (let turn = from; turn < to; turn += 1) await service.run(threadId, 'trivial', `What about ${turn}?`);
  };
  await runTo(0, few);
  const before = sizes(service.file);
  await runTo(few, 10 * few);
  const after = sizes(service.file);
  return [
    figure(`checkpoints of ${few} turns`, before.checkpoints / MIB, null),
    figure(`checkpoints of ${10 * few} turns`, after.checkpoints / MIB, null),
    growth('checkpoints, ten times the turns', after.checkpoints / before.checkpoints),
    figure(`events of ${10 * few} turns`, after.log / MIB, null),
    growth('events, ten times the turns', after.log / before.log),
  ];
};

/** Bytes of the pages of tables and their indexes. */
function sizes(file: string): { readonly checkpoints: number; readonly log: number } {
  const database = new BetterSqlite3(file);
  try {
    const sumOf = database.prepare(
      `select sum(stat.pgsize) as bytes from dbstat as stat join sqlite_schema as object on object.name = stat.name
       where object.tbl_name in (select value from json_each(?))`,
    );
    const bytes = (tables: readonly string[]): number =>
      Number(sumOf.all([JSON.stringify(tables)])[0]?.['bytes']);
    return { checkpoints: bytes(CHECKPOINTS), log: bytes(LOG) };
  } finally {
    database.close();
  }
}

const figure = (name: string, value: number, target: Figure['target']): Figure => ({
  name,
  unit: 'MiB',
  value: single(value),
  cpuMs: null,
  bare: null,
  target,
});

const growth = (name: string, ratio: number): Figure => ({
  ...figure(name, ratio, atMost('', ratio, 11, '×')),
  unit: '×',
});
