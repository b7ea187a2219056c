import { describe, expect, test } from 'vitest';
import { nextOccurrence, nextStart, scheduleProblem, timezoneProblem } from '../../src/domain/cron.ts';

const NOW = new Date('2026-01-01T00:00:00Z');

/** The next `count` occurrences after `after`, in UTC without seconds. */
function occurrences(schedule: string, timezone: string | null, after: string, count: number): string[] {
  const found: string[] = [];
  for (let at = new Date(after); found.length < count; ) {
    const next = nextOccurrence({ schedule, timezone }, at);
    if (next === null) break;
    found.push(next.toISOString().replace(':00.000Z', 'Z'));
    at = next;
  }
  return found;
}

describe('the next occurrence', () => {
  test.each([
    [
      'every day at nine, in UTC unless a zone is named',
      '0 9 * * *',
      null,
      '2026-01-01T09:00:00Z',
      ['2026-01-02T09:00Z', '2026-01-03T09:00Z'],
    ],
    [
      'every day at nine in New York',
      '0 9 * * *',
      'America/New_York',
      '2026-01-01T00:00:00Z',
      ['2026-01-01T14:00Z'],
    ],
    [
      'every day at nine in Kolkata, half an hour off',
      '0 9 * * *',
      'Asia/Kolkata',
      '2026-01-01T00:00:00Z',
      ['2026-01-01T03:30Z'],
    ],
    [
      'on weekdays, over a weekend',
      '0 9 * * MON-FRI',
      null,
      '2026-01-02T10:00:00Z',
      ['2026-01-05T09:00Z', '2026-01-06T09:00Z'],
    ],
    [
      'on the 13th and on Fridays',
      '0 9 13 * FRI',
      null,
      '2026-01-09T10:00:00Z',
      ['2026-01-13T09:00Z', '2026-01-16T09:00Z'],
    ],
    ['on leap days', '0 0 29 2 *', null, '2026-01-01T00:00:00Z', ['2028-02-29T00:00Z', '2032-02-29T00:00Z']],
    [
      'every quarter of an hour, later than the time asked from',
      '*/15 * * * *',
      null,
      '2026-01-01T00:15:00Z',
      ['2026-01-01T00:30Z'],
    ],
  ])('is %s', (_name, schedule, timezone, after, expected) => {
    expect(occurrences(schedule, timezone, after, expected.length)).toEqual(expected);
  });
});

describe('where clocks are put forward (Berlin, 29 March 2026, 2:00 becomes 3:00)', () => {
  test('a time that is left out comes when the gap ends, once, and at its time again the day after', () => {
    expect(occurrences('30 2 * * *', 'Europe/Berlin', '2026-03-27T12:00:00Z', 3)).toEqual([
      '2026-03-28T01:30Z',
      '2026-03-29T01:00Z',
      '2026-03-30T00:30Z',
    ]);
  });

  test('what comes every hour comes every hour', () => {
    expect(occurrences('0 * * * *', 'Europe/Berlin', '2026-03-28T23:30:00Z', 4)).toEqual([
      '2026-03-29T00:00Z',
      '2026-03-29T01:00Z',
      '2026-03-29T02:00Z',
      '2026-03-29T03:00Z',
    ]);
  });
});

describe('where clocks are put back (Berlin, 25 October 2026, 3:00 becomes 2:00)', () => {
  test('a time of day that comes twice counts once, the first time', () => {
    expect(occurrences('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-26T01:30Z',
    ]);
  });

  test('what comes every half hour goes on through both hours', () => {
    expect(occurrences('*/30 * * * *', 'Europe/Berlin', '2026-10-24T23:45:00Z', 6)).toEqual([
      '2026-10-25T00:00Z',
      '2026-10-25T00:30Z',
      '2026-10-25T01:00Z',
      '2026-10-25T01:30Z',
      '2026-10-25T02:00Z',
      '2026-10-25T02:30Z',
    ]);
  });
});

describe('the next start', () => {
  const hourly = { schedule: '0 * * * *', timezone: null, enabled: true, endTime: null };

  test('is none while it is paused', () => {
    expect(nextStart({ ...hourly, enabled: false }, NOW)).toBeNull();
  });

  test('is none when the schedule never comes again', () => {
    expect(nextStart({ ...hourly, schedule: '0 0 31 2 *' }, NOW)).toBeNull();
    expect(nextStart({ ...hourly, schedule: '0 0 31 2 *', endTime: NOW }, NOW)).toBeNull();
  });

  test('ignores space around and between the fields of the schedule', () => {
    expect(nextStart({ ...hourly, schedule: '  0  *   * * * ' }, NOW)).toEqual(
      new Date('2026-01-01T01:00:00Z'),
    );
    expect(scheduleProblem('  0  *   * * * ', NOW)).toBeNull();
  });

  test('may be at the end time, and is none after it', () => {
    const endTime = new Date('2026-01-01T01:00:00Z');

    expect(nextStart({ ...hourly, endTime }, NOW)).toEqual(endTime);
    expect(nextStart({ ...hourly, endTime }, endTime)).toBeNull();
  });

  test('after any number of missed ones is the next from now', () => {
    expect(nextStart(hourly, new Date('2026-02-03T04:05:06Z'))).toEqual(new Date('2026-02-03T05:00:00Z'));
  });
});

describe('what is no schedule', () => {
  test.each([
    ['', 'must have five fields'],
    ['* * * *', 'must have five fields'],
    ['* * * * * *', 'must have five fields'],
    ['@daily', 'must have five fields'],
    ['2026-01-05T00:00:00Z', 'must have five fields'],
    ['61 * * * *', 'Invalid value for minute: 61'],
    ['a b c d e', 'is not a valid cron schedule'],
    ['0 0 31 2 *', 'never matches a date'],
  ])('%j is told: %s', (schedule, problem) => {
    expect(scheduleProblem(schedule, NOW)).toContain(problem);
  });

  test.each(['* * * * *', ' 0 9 * * mon-fri ', '*/5 0-6,12 1 JAN *'])('%j is one', (schedule) => {
    expect(scheduleProblem(schedule, NOW)).toBeNull();
  });

  test.each(['Mars/Olympus', '', '+01:00', 'Berlin'])('%j is no time zone', (timezone) => {
    expect(timezoneProblem(timezone)).toBe('must be an IANA time zone, such as Europe/Berlin');
  });

  test.each(['Europe/Berlin', 'UTC', 'America/Argentina/Ushuaia'])('%s is a time zone', (timezone) => {
    expect(timezoneProblem(timezone)).toBeNull();
  });
});
