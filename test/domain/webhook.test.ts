import { expect, test } from 'vitest';
import { retryPauseMs } from '../../src/domain/webhook.ts';

test('a failed delivery is tried again after growing pauses, ten times, for about a day', () => {
  const pauses = Array.from({ length: 10 }, (_, index) => retryPauseMs(index + 1, 0));

  expect(pauses.map((pause) => (pause ?? 0) / 1_000)).toEqual([
    5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800,
  ]);
  expect(retryPauseMs(11, 0)).toBeNull();
});

test('the pauses are spread by up to a fifth', () => {
  expect(retryPauseMs(1, 1)).toBe(6_000);
  expect(retryPauseMs(1, 0.5)).toBe(5_500);
  expect(retryPauseMs(1, 0.0001)).toBe(5_000);
});
