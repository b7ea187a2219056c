import { cpus, loadavg } from 'node:os';
import type { Measured } from './bench.ts';
import type { Figure, Summary } from './figure.ts';

export type Results = Readonly<Record<string, Measured>>;

const HEADER = ['what', 'unit', 'median', 'p95', 'CPU ms', 'bare', 'median', 'p95', 'ratio', 'target', ''];

/** A row per figure. */
function rowOf({ name, unit, value, cpuMs, bare, target }: Figure): string[] {
  const met = target === null ? '' : target.met ? 'met' : '**missed**';
  const beside = bare === null ? ['', '', '', ''] : [bare.name, ...numbersOf(bare.value), `${bare.ratio.toFixed(2)}×`];
  return [name, unit, ...numbersOf(value), cpuMs === null ? '' : number(cpuMs), ...beside, target?.text ?? '', met];
}

const numbersOf = ({ median, p95 }: Summary): [string, string] => [number(median), p95 === null ? '' : number(p95)];
const number = (value: number): string =>
  value.toFixed(Number.isInteger(value) ? 0 : Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);

const told = (leftOut: string): string => `Left out: ${leftOut}`;

export function asText({ figures, leftOut }: Measured): string {
  const rows = [HEADER, ...figures.map(rowOf)];
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const table = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...(figures.length > 0 ? table : []), ...leftOut.map(told)].join('\n');
}

export function asMarkdown(results: Results, command: string, at: Date): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const tables = Object.entries(results).map(([name, { figures, leftOut }]) => {
    const table = [line(HEADER), line(HEADER.map(() => '---')), ...figures.map((figure) => line(rowOf(figure)))];
    return [`## ${name}`, ...(figures.length > 0 ? [table.join('\n')] : []), ...leftOut.map(told)].join('\n\n');
  });
  return `${introduction(command, at)}\n\n${tables.join('\n\n')}\n`;
}

const introduction = (command: string, at: Date): string => `# Benchmarks

Written by \`${command}\` on ${at.toISOString().slice(0, 10)}, on a machine with ${cpus().length} cores, under Node ${process.versions.node}.

Each bench runs in a process of its own. Up to *memory* the whole service is in it: a file database in a temporary directory
(\`synchronous=NORMAL\`), its HTTP server on a free port, the typed client as the caller where it says HTTP. So what the client takes is in the
figures too. *Bare* is the same compiled graph with LangGraph's own saver and no service, measured in the same process and, where both are many
measurements, in turn. From *processes* on the servers are processes that are started as a user starts them, and the bench is their client;
PostgreSQL is on the same machine, each time in a schema of its own, with commits as durable as it is configured for, so client, servers and database share its
cores: a second process adds there only what the first leaves idle. *Bare* is what its column names. Times are wall time; *CPU ms* is what the
whole process took per measurement, which a busy machine blurs less. The load average at the end was ${(loadavg()[0] ?? 0).toFixed(1)}, the
bench's own load of one and more included; the rest was other work that slowed every wall time.

What the service adds to a run is nearly the same however long the run is: some sixty SQL statements in seven transactions for one superstep
(admission, claim, reading the head, the input with the first checkpoint, the superstep, the last events, settle), against the five writes of
LangGraph's saver. A run that waits for nothing, as the trivial ones do, therefore shows it at its worst; a model's latency is in no figure.
Reading a thread's state gives out every message of it, so it grows with their number; what does not grow is what is read from the database.

*takeover* is from the SIGKILL to the first text of the next attempt that a subscriber gets. In another process it is what remains of the lease,
which is 2 s there and 30 s by default, and the time until somebody looks, up to a sixth of it. After a restart on the same SQLite file nothing
is waited for: what it takes beyond *restart→serving* is the run's. *langgraph-api* puts the same graph files behind LangChain's development
server (\`langgraphjs dev\`, which keeps everything in memory and copies it to files now and then) and sends both servers the same requests, with
as many runs at once allowed to either.`;
