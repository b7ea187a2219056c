import { StoreUnavailableError } from '../orchestrator/ports/store-trouble.ts';

/** The database can't be opened or used. The message names it and says why; the cause is the driver's own error. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';

  static cannotOpen(file: string, cause: unknown): DatabaseError {
    return new DatabaseError(`Cannot open the database ${file}: ${saidBy(cause)}`, { cause });
  }
}

function saidBy(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause instanceof StoreUnavailableError ? `${cause.message} (${saidBy(cause.cause)})` : cause.message;
}
