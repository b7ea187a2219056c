/**
 * Runs every example of examples/, each against a server of its own, and stops at the first that fails.
 * Usage: npm run examples
 *
 * The demo agent is faster than people need it, so that all of them take about a minute.
 * INTERJECT_DEMO_PACE=1 DELAY=2: as people see it.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

/**
 * With this pace a run takes a second and a half; after DELAY seconds its tool has answered, as after two at
 * the normal pace.
 */
const FAST = { INTERJECT_DEMO_PACE: '0.3', DELAY: '0.6' };
/** One that hangs is to say so. */
const LIMIT_MS = 120_000;

for (const file of globSync('examples/*.ts').sort()) {
  console.log(`\n=== ${file}`);
  const begin = performance.now();
  const { status, signal, error } = spawnSync(process.execPath, [file], {
    stdio: 'inherit',
    timeout: LIMIT_MS,
    env: { ...FAST, ...process.env },
  });
  if (status !== 0) {
    console.error(`${file} failed: ${error?.message ?? signal ?? `exit status ${status}`}`);
    process.exit(1);
  }
  console.log(`\n${file} took ${((performance.now() - begin) / 1_000).toFixed(1)} s`);
}
