import { expect, test } from 'vitest';
import { isUnfinished } from '../../src/domain/run.ts';

test.each([
  ['PENDING', true],
  ['RUNNING', true],
  ['SUCCESS', false],
  ['ERROR', false],
  ['TIMEOUT', false],
  ['INTERRUPTED', false],
] as const)('a run that is %s is unfinished: %s', (status, unfinished) => {
  expect(isUnfinished({ status })).toBe(unfinished);
});
