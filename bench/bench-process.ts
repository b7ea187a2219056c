import type { Effort, Measured } from './bench.ts';
import { loadBench } from './benches.ts';

process.once('SIGTERM', () => process.exit(1)); // so that the servers that it started end with it

/**
 * Runs one bench in this process, named by the first argument with the second's effort, and sends what it
 * came to to the parent, or prints it.
 */
const [name = '', effort = 'full'] = process.argv.slice(2);
const bench = await loadBench(name);
const leftOut: string[] = [];
const figures = await bench(effort as Effort, (told) => {
  process.stderr.write(`\n*** LEFT OUT OF ${name}: ${told}\n\n`);
  leftOut.push(told);
});
const measured: Measured = { figures, leftOut };
if (process.send === undefined) console.log(JSON.stringify(measured, null, 2));
// what still waits for something, such as a pooled connection, is no matter now
else process.send(measured, () => process.exit(0));
