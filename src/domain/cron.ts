import { Cron as Pattern } from 'croner';
import type { AssistantId, CronId, Owner, RunId, ThreadId } from './ids.ts';
import type { Json, JsonObject } from './json.ts';
import type { MultitaskStrategy, UnknownBreakpoints } from './run.ts';
import type { RunOptions } from './run-options.ts';

/** A crontab line's five fields, and the IANA time zone in which they are meant; null: UTC. */
export type Schedule = { readonly schedule: string; readonly timezone: string | null };

/**
 * When the schedule comes next, later than `after`; null: never again. Where clocks are put forward, a time
 * that is left out comes when the gap ends; where they are put back, a time of day that occurs twice counts
 * once, and hourly or more frequent schedules run through both.
 */
export const nextOccurrence = ({ schedule, timezone }: Schedule, after: Date): Date | null =>
  patternOf(schedule, timezone).nextRun(after);

/**
 * When a cron starts its next run; null: it is paused, or its end comes first. A run at the end itself still
 * starts.
 */
export function nextStart(
  cron: Schedule & { readonly enabled: boolean; readonly endTime: Date | null },
  after: Date,
): Date | null {
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
  if (schedule.length > MAX_SCHEDULE_LENGTH)
    return `must have at most ${MAX_SCHEDULE_LENGTH} characters (got ${schedule.length})`;
  // The parser takes times and names for schedules (@daily), too, which the protocol doesn't have.
  if (schedule.trim().split(/\s+/).length !== 5)
    return 'must have five fields: minute, hour, day of month, month, day of week (such as "0 9 * * MON-FRI")';
  try {
    return nextOccurrence({ schedule, timezone: null }, now) === null ? 'never matches a date' : null;
  } catch (error) {
    return `is not a valid cron schedule: ${error instanceof Error ? error.message.replace(/^Cron\w*: /, '') : String(error)}`;
  }
}

const patternOf = (schedule: string, timezone: string | null): Pattern =>
  new Pattern(schedule.trim(), { timezone: timezone ?? 'UTC', mode: '5-part', paused: true });

/** What becomes of the thread that was made for one run, after it. */
export type OnRunCompleted = 'DELETE' | 'KEEP';
export type Durability = 'sync' | 'async' | 'exit';

/**
 * What its runs are created with, beyond assistant, thread and metadata. Stored as it is: an option that is
 * newer than the row is absent.
 */
export type CronPayload = RunOptions & {
  readonly input: Json;
  readonly config: JsonObject;
  readonly context: Json;
  /** As it was given; what a path means is known when the run is created. Null: none. */
  readonly webhook: string | null;
  /** Absent: REFUSE. */
  readonly unknownBreakpoints?: UnknownBreakpoints;
  /** Null: the default, or what config says. */
  readonly durability: Durability | null;
  /** See Run.request. */
  readonly request: JsonObject | null;
};

/** A run that is started again and again, at the times of a schedule. */
export type Cron = {
  readonly id: CronId;
  readonly owner: Owner;
  readonly assistantId: AssistantId;
  /** The thread on which it runs; null: a new one each time. */
  readonly threadId: ThreadId | null;
  /** Null unless there is a new thread each time. */
  readonly onRunCompleted: OnRunCompleted | null;
  /** Null unless it runs on one thread. */
  readonly strategy: MultitaskStrategy | null;
  readonly schedule: string;
  /** IANA name; null: UTC. */
  readonly timezone: string | null;
  /** No occurrence after it; null: unlimited. */
  readonly endTime: Date | null;
  /** False: it is paused. */
  readonly enabled: boolean;
  readonly payload: CronPayload;
  /** Its own, and its runs' (with `cron_id`). */
  readonly metadata: JsonObject;
  /** The occurrence whose run is started next; null: none, it is paused or at its end. */
  readonly nextAt: Date | null;
  /** When it is to be looked at: nextAt, or the end of a claim on that. Null with it. */
  readonly dueAt: Date | null;
  /**
   * Raised by every claim, and by every change of when it is due; never goes back: the fencing token of a
   * claim.
   */
  readonly claims: number;
  /** The last occurrence that was dealt with; null: there was none. */
  readonly lastAt: Date | null;
  /** The run that it started; null: it started none. */
  readonly lastRunId: RunId | null;
  /** Why it started none; null: it did. */
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** An occurrence that is later than its cron's end by more than this is not made up for. */
const LATE_MS = 60_000;

/** Why an occurrence that is due is not started any more; null: it is. */
export const overdue = ({ endTime }: Pick<Cron, 'endTime'>, now: Date): string | null =>
  endTime !== null && now.getTime() - endTime.getTime() > LATE_MS
    ? "the cron's end time passed before the run could start"
    : null;
