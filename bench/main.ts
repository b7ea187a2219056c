import { fork } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Effort, Measured } from './bench.ts';
import { BENCHES } from './benches.ts';
import { asMarkdown, asText } from './report.ts';

const USAGE = `npm run bench -- [names…] [--quick] [--json] [--write FILE]

Names: ${BENCHES.join(', ')}; without any, all of them (some five minutes on an idle machine, two with --quick).
  --json        print the figures as JSON
  --write FILE  write them as Markdown, too
Exits 1 when a target is missed or a bench fails.`;

/** A bench that takes longer than this has gone wrong. */
const BENCH_DEADLINE_MS = 120_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
    write: { type: 'string' },
    help: { type: 'boolean' },
  },
});
const unknown = positionals.filter((name) => !BENCHES.includes(name));
if (values.help || unknown.length > 0) {
  console.error(unknown.length > 0 ? `No such bench: ${unknown.join(', ')}\n\n${USAGE}` : USAGE);
  process.exit(values.help ? 0 : 2);
}

const effort: Effort = values.quick ? 'quick' : 'full';
const results: Record<string, Measured> = {};
let hasFailed = false;
for (const name of positionals.length > 0 ? positionals : BENCHES) {
  const measured = await inProcess(name).catch(failed);
  results[name] = measured;
  if (!values.json) console.log(`\n${name}\n${asText(measured)}`);
}
if (values.json) console.log(JSON.stringify(results, null, 2));
if (values.write !== undefined) await writeFile(values.write, asMarkdown(results, commandLine(), new Date()));
process.exitCode =
  Object.values(results).every(({ figures }) => figures.every(({ target }) => target?.met !== false)) &&
  !hasFailed
    ? 0
    : 1;

/** The others' figures are worth having all the same. */
function failed({ message }: Error): Measured {
  hasFailed = true;
  console.error(message);
  return { figures: [], leftOut: [`all of it. ${message}`] };
}

/** A process for each, so that none inherits the heap and the compiled code of another. */
function inProcess(name: string): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL('./bench-process.ts', import.meta.url), [name, effort], {
      // the last as in `npm start`
      execArgv: [...process.execArgv, '--expose-gc', '--no-warnings', '--max-semi-space-size=16'],
      timeout: BENCH_DEADLINE_MS,
    });
    child.once('message', (measured) => resolve(measured as Measured));
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`The bench ${name} ended without figures (${signal ?? code})`)),
    );
  });
}

function commandLine(): string {
  const args = process.argv.slice(2);
  return `npm run bench${args.length > 0 ? ` -- ${args.join(' ')}` : ''}`;
}
