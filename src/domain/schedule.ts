import { Cron as Pattern } from 'croner';

/** A crontab line's five fields, and the IANA time zone in which they are meant; null: UTC. */
export type Schedule = { readonly schedule: string; readonly timezone: string | null };

/**
 * When the schedule comes next, later than `after`; null: never again. Where clocks are put forward, a time that is left out comes when the gap
 * ends; where they are put back, a time of day that comes twice counts once, and what comes every hour or oftener goes on through both.
 */
export const nextOccurrence = ({ schedule, timezone }: Schedule, after: Date): Date | null => patternOf(schedule, timezone).nextRun(after);

/** When a cron starts its next run; null: it is paused, or its end comes first. A run at the end itself still starts. */
export function nextStart(cron: Schedule & { readonly enabled: boolean; readonly endTime: Date | null }, after: Date): Date | null {
  if (!cron.enabled) return null;
  const next = nextOccurrence(cron, after);
  return next === null || (cron.endTime !== null && next > cron.endTime) ? null : next;
}

/** What is wrong with a time zone; null: nothing. */
export function timezoneProblem(timezone: string): string | null {
  const problem = 'must be an IANA time zone, such as Europe/Berlin';
  // Offsets are known to Intl too; they are no names, and know no daylight saving.
  if (!/^[A-Za-z]/.test(timezone)) return problem;
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return null;
  } catch {
    return problem;
  }
}

const MAX_SCHEDULE_LENGTH = 1_000;

/** What is wrong with a schedule; null: nothing. */
export function scheduleProblem(schedule: string, now: Date): string | null {
  if (schedule.length > MAX_SCHEDULE_LENGTH) return `must have at most ${MAX_SCHEDULE_LENGTH} characters (got ${schedule.length})`;
  // The parser takes times and names for schedules (@daily), too, which the protocol doesn't have.
  if (schedule.trim().split(/\s+/).length !== 5)
    return 'must have five fields: minute, hour, day of month, month, day of week (such as "0 9 * * MON-FRI")';
  try {
    return nextOccurrence({ schedule, timezone: null }, now) === null ? 'never comes: no date is like that' : null;
  } catch (error) {
    return `is no cron schedule: ${error instanceof Error ? error.message.replace(/^Cron\w*: /, '') : String(error)}`;
  }
}

const patternOf = (schedule: string, timezone: string | null): Pattern =>
  new Pattern(schedule.trim(), { timezone: timezone ?? 'UTC', mode: '5-part', paused: true });
