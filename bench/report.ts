import { cpus, loadavg } from 'node:os';
import type { Measured } from './bench.ts';
import type { Figure, Summary } from './figure.ts';

export type Results = Readonly<Record<string, Measured>>;

const HEADER = ['what', 'unit', 'median', 'p95', 'CPU ms', 'bare', 'median', 'p95', 'ratio', 'target', ''];

/** A row per figure. */
function rowOf({ name, unit, value, cpuMs, bare, target }: Figure): string[] {
  const met = target === null ? '' : target.met ? 'met' : '**missed**';
  const beside =
    bare === null ? ['', '', '', ''] : [bare.name, ...numbersOf(bare.value), `${bare.ratio.toFixed(2)}×`];
  return [
    name,
    unit,
    ...numbersOf(value),
    cpuMs === null ? '' : number(cpuMs),
    ...beside,
    target?.text ?? '',
    met,
  ];
}

const numbersOf = ({ median, p95 }: Summary): [string, string] => [
  number(median),
  p95 === null ? '' : number(p95),
];
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
    const table = [
      line(HEADER),
      line(HEADER.map(() => '---')),
      ...figures.map((figure) => line(rowOf(figure))),
    ];
    return [`## ${name}`, ...(figures.length > 0 ? [table.join('\n')] : []), ...leftOut.map(told)].join(
      '\n\n',
    );
  });
  return `${introduction(command, at)}\n\n${tables.join('\n\n')}\n`;
}

const introduction = (command: string, at: Date): string => `# Benchmarks

Written by \`${command}\` on ${at.toISOString().slice(0, 10)}, on a machine with ${cpus().length} cores, under Node ${process.versions.node}.

Each benchmark runs in its own process. Up to *memory* that process contains the whole service: a file database in a temporary directory
(\`synchronous=NORMAL\`), its HTTP server on a free port, and, for HTTP, the typed client as the caller, so the client's cost is
included. *Bare* is the same compiled graph with LangGraph's own saver and no service, measured in the same process and alternating
where both have many samples. From *processes* on, the servers are separate processes, started as a user starts them, with the benchmark as their client;
PostgreSQL is on the same machine, with a new schema each time and its configured durability, so client, servers and database share its
cores: a second process only uses what the first leaves idle. There *bare* is defined in its column. Times are wall time; *CPU ms* is the CPU time of the
whole process per sample, which a busy machine affects less. The load average at the end was ${(loadavg()[0] ?? 0).toFixed(1)}, including
the benchmark's own load of at least one; other work slowed all wall times.

The overhead of the service is nearly independent of the length of a run: about sixty SQL statements in seven transactions for one superstep
(admission, claim, reading the head, the input with the first checkpoint, the superstep, the last events, settle), compared with five writes of
LangGraph's saver. Trivial runs, which wait for nothing, therefore show it at its worst; no figure includes a model's latency.
Reading a thread's state returns all its messages, so it grows with their number; the data read from the database does not grow.

*takeover* is the time from SIGKILL to the first text of the next attempt at a subscriber. In another process it is the rest of the lease
(2 s here, 30 s by default) plus the time until the next check, at most a sixth of it. After a restart on the same SQLite file there is no
wait: the time beyond *restart→serving* is that of the run. *langgraph-api* serves the same graph files with LangChain's development
server (\`langgraphjs dev\`, which keeps everything in memory and copies it to files periodically) and sends both servers the same requests, with
the same concurrency.`;
