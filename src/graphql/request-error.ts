import { GraphQLError } from 'graphql';

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
export const requestError = (code: RequestErrorCode, message: string): GraphQLError => new GraphQLError(message, { extensions: { code } });
