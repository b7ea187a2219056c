import {
  type DatabaseTrouble,
  DatabaseUnavailableError,
} from '../orchestrator/ports/database-unavailable.ts';

/**
 * The database can't be opened or used. The message names it and says why; the cause is the driver's own
 * error.
 */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';

  static cannotOpen(file: string, cause: unknown): DatabaseError {
    return new DatabaseError(`Cannot open the database ${file}: ${saidBy(cause)}`, { cause });
  }
}

function saidBy(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause instanceof DatabaseUnavailableError
    ? `${cause.message} (${saidBy(cause.cause)})`
    : cause.message;
}

/**
 * The driver's error as the store's ports have it: DatabaseUnavailableError where the database is in trouble,
 * anything else unchanged.
 */
export function asStoreError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const trouble = troubleOf(error);
  return trouble === null ? error : new DatabaseUnavailableError(trouble, error);
}

function troubleOf(error: Error): DatabaseTrouble | null {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    CODES.find(([pattern]) => pattern.test(code))?.[1] ??
    (code === '' && LOST_CONNECTION.test(error.message) ? 'UNREACHABLE' : null)
  );
}

/**
 * SQLite's result codes, PostgreSQL's SQLSTATEs and the operating system's codes of connections.
 * Sources: sqlite.org/rescode.html; PostgreSQL's manual, appendix A.
 */
const CODES: readonly (readonly [RegExp, DatabaseTrouble])[] = [
  [/^SQLITE_FULL|^53100$/, 'FULL'],
  [/^SQLITE_(READONLY|PERM)|^25006$/, 'READ_ONLY'],
  [/^SQLITE_(BUSY|LOCKED|PROTOCOL)|^55P03$/, 'LOCKED'],
  [/^SQLITE_(CORRUPT|NOTADB)|^XX00[12]$/, 'DAMAGED'],
  [/^SQLITE_(IOERR|CANTOPEN)|^58(030|P01)$/, 'IO'],
  // 57014 is a statement that took longer than it may, 25P03 a transaction that the server gave up because
  // this process stood still.
  [
    /^(08...|53...|57P0.|57014|25P03)$|^(ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/,
    'UNREACHABLE',
  ],
];

/** What pg says, without a code, of a connection that is gone or does not come about. */
const LOST_CONNECTION =
  /^(Connection terminated|Client (was closed|has encountered a connection error)|timeout exceeded when|Query read timeout)/;
