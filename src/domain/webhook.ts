import type { DeliveryId, Owner, RunId, ThreadId } from './ids.ts';
import type { Run } from './run.ts';

export type DeliveryStatus =
  /** To be sent: for the first time, or again. */
  | 'PENDING'
  /** The receiver took it (2xx). */
  | 'DELIVERED'
  /** Given up. */
  | 'FAILED';

/** A webhook notification about one finished run. It outlives the run and its thread. */
export type WebhookDelivery = {
  /** Sent with every attempt, so that receivers can detect duplicates (webhook-id). */
  readonly id: DeliveryId;
  readonly owner: Owner;
  readonly runId: RunId;
  readonly threadId: ThreadId;
  readonly url: string;
  readonly status: DeliveryStatus;
  /** Attempts that were begun; never goes back, so that it is the fencing token of a claim. */
  readonly attempts: number;
  /** When the next attempt is due; null unless PENDING. */
  readonly dueAt: Date | null;
  /** HTTP status of the last answer; null: there was none. */
  readonly lastStatusCode: number | null;
  /** Why the last attempt failed; null: it did not, or there was none. */
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly deliveredAt: Date | null;
  /** The run as it ended. */
  readonly run: Run;
  /** What is sent, once it has been made: every attempt sends the same. */
  readonly body: string | null;
};

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];

/**
 * Pauses after the first, second, … failed attempt: about a day in all. Source: the schedule that Standard
 * Webhooks suggests.
 */
const PAUSES_MS = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  8 * HOUR,
  8 * HOUR,
];

/**
 * How long to wait after so many failed attempts; null: give up. Spread by up to a fifth, so that what failed
 * together doesn't come back together.
 * @param spread from 0 to 1
 */
export function retryPauseMs(attempts: number, spread: number): number | null {
  const pause = PAUSES_MS[attempts - 1];
  return pause === undefined ? null : Math.round(pause * (1 + spread / 5));
}
