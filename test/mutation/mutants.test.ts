import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MUTANTS } from '../../mutation/mutants.ts';

const inRepository = (path: string): URL => new URL(`../../${path}`, import.meta.url);

test.each(MUTANTS)(
  'the code has once what the mutant "$name" takes out, and the tests that must fail are there',
  ({ file, from, tests }) => {
    expect(readFileSync(inRepository(file), 'utf8').split(from)).toHaveLength(2);
    expect(tests.filter((path) => !existsSync(inRepository(path)))).toEqual([]);
  },
);
