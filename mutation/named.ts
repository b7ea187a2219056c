import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MUTANTS, type Mutant } from './mutants.ts';

/** The mutant dies when one of its tests fails on it, in a copy of the work tree. */
function dies({ file, from, to, tests }: Mutant, copy: string): boolean {
  const source = readFileSync(file, 'utf8');
  if (source.split(from).length !== 2) throw new Error(`${file} must have exactly once: ${from}`);
  writeFileSync(
    path.join(copy, file),
    source.replace(from, () => to),
  );
  try {
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--bail=1', '--reporter=dot', ...tests];
    return spawnSync(process.execPath, vitest, { cwd: copy, stdio: 'ignore', timeout: 300_000 }).status !== 0;
  } finally {
    writeFileSync(path.join(copy, file), source);
  }
}

const wanted = process.argv[2] ?? '';
const copy = mkdtempSync(path.join(tmpdir(), 'interject-mutants-'));
try {
  for (const part of [
    'src',
    'test',
    'examples',
    'package.json',
    'schema.graphql',
    'tsconfig.json',
    'vitest.config.ts',
  ])
    cpSync(part, path.join(copy, part), { recursive: true });
  symlinkSync(path.resolve('node_modules'), path.join(copy, 'node_modules'));
  let survivors = 0;
  for (const mutant of MUTANTS.filter(({ name }) => name.includes(wanted))) {
    const isDead = dies(mutant, copy);
    if (!isDead) survivors += 1;
    console.log(`${isDead ? 'killed  ' : 'SURVIVED'} ${mutant.name}`);
  }
  console.log(
    survivors === 0
      ? 'All mutants were killed.'
      : `${survivors} survived: write the test that fails without the guard.`,
  );
  process.exitCode = survivors === 0 ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true });
}
