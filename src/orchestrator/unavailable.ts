import { type StoreUnavailableError, storeTroubleBehind } from './ports/store-trouble.ts';

/** Why a process that stops does nothing more that it is asked, for an error. */
export const SERVER_CLOSING = 'The server is closing. Try again.';

/** Why nothing can be done while the database is in trouble, for an error. */
export const databaseUnavailable = ({ message }: StoreUnavailableError): string => `${message} Try again later.`;

/** Why a request failed that may succeed later or elsewhere, for its caller; null: it failed for another reason. */
export function whyUnavailable(error: unknown, closing: AbortSignal): string | null {
  if (closing.aborted) return SERVER_CLOSING;
  const trouble = storeTroubleBehind(error);
  return trouble === null ? null : databaseUnavailable(trouble);
}
