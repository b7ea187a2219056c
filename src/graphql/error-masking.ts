import { GraphQLError } from 'graphql';
import { DamagedRowError } from '../domain/damage.ts';
import { isA } from '../domain/thrown.ts';
import {
  databaseTroubleBehind,
  databaseUnavailable,
  SERVER_CLOSING,
} from '../orchestrator/ports/database-unavailable.ts';
import type { Logger } from '../orchestrator/ports/environment.ts';
import { CursorExpiredError } from '../orchestrator/ports/subscriptions.ts';

/** Codes of top-level errors that a caller causes. */
export type RequestErrorCode =
  | 'BAD_USER_INPUT'
  | 'BAD_CURSOR'
  | 'CURSOR_EXPIRED'
  | 'NOT_FOUND'
  | 'FORBIDDEN'
  | 'PAYLOAD_TOO_LARGE'
  | 'LIMIT_EXCEEDED'
  | 'SERVICE_UNAVAILABLE';

/** An error for the `errors` of a response. Its message is meant for the caller and is never masked. */
export const requestError = (code: RequestErrorCode, message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code } });

type Caller = { readonly requestId: string; readonly signal: AbortSignal };

/**
 * Whether the error was made for the caller: by GraphQL itself or by us, and not around something that was
 * thrown elsewhere.
 */
const isPublic = (error: unknown): error is GraphQLError =>
  error instanceof GraphQLError && (error.originalError === undefined || isPublic(error.originalError));

/**
 * Makes the errors that leave the server. What was made for the caller stays. While the database is in
 * trouble the caller gets SERVICE_UNAVAILABLE with its code; everything else is INTERNAL_SERVER_ERROR. Both
 * have the request id, under which the log has the cause, once.
 */
export class ErrorMasking {
  readonly #logger: Logger;
  readonly #closing: AbortSignal;

  /** @param closing aborts when the server closes: what fails from then on fails for that reason */
  constructor(logger: Logger, closing: AbortSignal) {
    this.#logger = logger;
    this.#closing = closing;
  }

  mask(error: unknown, { requestId, signal }: Caller): GraphQLError {
    if (isPublic(error)) return error;
    const located = error instanceof GraphQLError ? error : undefined;
    const cause = located?.originalError ?? error;
    // A subscription over WebSocket that is only beginning has no signal of its own that aborts.
    if (signal.aborted || this.#closing.aborted) {
      this.#logger.debug(
        { requestId, err: cause },
        'Operation ended: client disconnected or server is shutting down',
      );
      return this.#closing.aborted
        ? requestError('SERVICE_UNAVAILABLE', SERVER_CLOSING)
        : requestError('BAD_USER_INPUT', 'The client disconnected.');
    }
    if (isA(cause, CursorExpiredError)) return requestError('CURSOR_EXPIRED', cause.message);
    if (isA(cause, DamagedRowError)) {
      this.#logger.error({ requestId, err: cause, path: located?.path }, 'Stored object is damaged');
      return new GraphQLError(cause.message, {
        nodes: located?.nodes,
        path: located?.path,
        extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
      });
    }
    const trouble = databaseTroubleBehind(cause);
    if (trouble !== null) {
      this.#logger.warn(
        { requestId, err: cause, path: located?.path },
        'Request failed: database unavailable',
      );
      return new GraphQLError(databaseUnavailable(trouble), {
        nodes: located?.nodes,
        path: located?.path,
        extensions: { code: 'SERVICE_UNAVAILABLE', requestId },
      });
    }
    this.#logger.error({ requestId, err: cause, path: located?.path }, 'Request failed');
    return new GraphQLError('Internal server error', {
      nodes: located?.nodes,
      path: located?.path,
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
    });
  }
}
