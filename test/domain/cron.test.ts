import { expect, test } from 'vitest';
import { overdue } from '../../src/domain/cron.ts';

const END = new Date('2026-01-01T00:00:00Z');
const after = (ms: number): Date => new Date(END.getTime() + ms);

test('an occurrence is started up to a minute after the end of its cron', () => {
  expect(overdue({ endTime: END }, END)).toBeNull();
  expect(overdue({ endTime: END }, after(60_000))).toBeNull();
  expect(overdue({ endTime: END }, after(60_001))).toBe(
    "the cron's end time passed before the run could start",
  );
});

test('an occurrence of a cron without an end is never overdue', () => {
  expect(overdue({ endTime: null }, after(1e12))).toBeNull();
});
