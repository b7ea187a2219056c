import { expect, test } from 'vitest';
import { backoffMs } from '../../src/domain/backoff.ts';

const BACKOFF = { firstMs: 50, longestMs: 2_000 };

test('pauses double from the first one up to the longest', () => {
  expect([1, 2, 3, 6, 7, 8].map((failures) => backoffMs(BACKOFF, failures))).toEqual([
    50, 100, 200, 1_600, 2_000, 2_000,
  ]);
});

test('however many tries have failed, a pause is as long as the longest', () => {
  expect(backoffMs(BACKOFF, 5_000)).toBe(2_000);
});

test('a first pause beyond the longest is cut to it', () => {
  expect(backoffMs({ firstMs: 250, longestMs: 100 }, 1)).toBe(100);
});
