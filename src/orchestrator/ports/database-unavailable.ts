import { errorsBehind, isA } from '../../domain/thrown.ts';

/** What keeps the database from doing what it is asked. */
export type DatabaseTrouble =
  | 'FULL'
  | 'READ_ONLY'
  | 'LOCKED'
  | 'DAMAGED'
  | 'IO'
  | 'FILE_CHANGED'
  | 'UNREACHABLE';

/** In words for callers and operators; nothing in them is secret. */
const SAID: Readonly<Record<DatabaseTrouble, string>> = {
  FULL: "The database's disk is full.",
  READ_ONLY: 'The database is read-only.',
  LOCKED: 'The database is locked by another program.',
  DAMAGED: 'The database is damaged.',
  IO: "The database's disk has read or write errors.",
  FILE_CHANGED: 'The database file was removed, emptied or replaced while the server was using it.',
  UNREACHABLE: 'The database does not respond.',
};

/**
 * The database can't do its work at this time, whatever it is asked; the same request may succeed later. Of a
 * transaction that rejects with it nothing is stored, but for one case: when the connection is lost during
 * the commit (`UNREACHABLE`), that is unknown. Writes that may be repeated therefore carry a key or a fence.
 */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
  readonly trouble: DatabaseTrouble;

  /** @param cause the driver's own error */
  constructor(trouble: DatabaseTrouble, cause: unknown) {
    super(SAID[trouble], { cause });
    this.trouble = trouble;
  }
}

/**
 * The database's trouble that is behind an error, however often graph code or a library has wrapped it; null:
 * it is about something else.
 */
export function databaseTroubleBehind(error: unknown): DatabaseUnavailableError | null {
  return errorsBehind(error).find((one) => isA(one, DatabaseUnavailableError)) ?? null;
}

/**
 * Whether an error of reading one object says nothing of others: a list returns its other items then. Of the
 * database's troubles only a damaged page is of that kind: it concerns the rows on it.
 */
export function concernsOneObject(error: unknown): boolean {
  const trouble = databaseTroubleBehind(error)?.trouble;
  return trouble === undefined || trouble === 'DAMAGED';
}

/** Why a process that stops does nothing more that it is asked, for an error. */
export const SERVER_CLOSING = 'The server is shutting down. Try again.';

/** Why nothing can be done while the database is in trouble, for an error. */
export const databaseUnavailable = ({ message }: DatabaseUnavailableError): string =>
  `${message} Try again later.`;

/**
 * Why a request failed that may succeed later or elsewhere, for its caller; null: it failed for another
 * reason.
 */
export function whyUnavailable(error: unknown, closing: AbortSignal): string | null {
  if (closing.aborted) return SERVER_CLOSING;
  const trouble = databaseTroubleBehind(error);
  return trouble === null ? null : databaseUnavailable(trouble);
}
