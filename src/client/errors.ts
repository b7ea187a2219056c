/**
 * Why a request or a stream failed. Codes of the server: BAD_USER_INPUT, NOT_FOUND, BAD_CURSOR,
 * CURSOR_EXPIRED, PAYLOAD_TOO_LARGE, LIMIT_EXCEEDED, INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE, …. Codes of
 * this client: CONNECTION_LOST (no response after all retries), CONNECTION_REFUSED (the server closed the
 * WebSocket with a code that forbids retries), BAD_RESPONSE (the response is not GraphQL over HTTP). For a
 * RefusedError: the name of the error type.
 */
export class InterjectError extends Error {
  override readonly name: string = 'InterjectError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The common fields of the members of a result union. Only names of error types end in `Error`. */
type Member = { readonly __typename: string };
type Refusal = { readonly __typename: `${string}Error`; readonly message: string };

/** Thrown by `unwrap`: the server rejected the request. */
export class RefusedError extends InterjectError {
  override readonly name = 'RefusedError';
  /** The error of the result union, with all its fields; `__typename` distinguishes the types. */
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.__typename, refusal.message);
    this.refusal = refusal;
  }
}

/** The members of a result union other than errors. */
export type Success<Result extends Member> = Exclude<Result, { readonly __typename: `${string}Error` }>;

/** Returns the success of a result union; throws a RefusedError for an error. */
export function unwrap<Result extends Member>(result: Result): Success<Result> {
  if (isRefusal(result)) throw new RefusedError(result);
  // what is no refusal is a success, which TypeScript can't conclude for a type parameter
  return result as Success<Result>;
}

const isRefusal = (result: Member): result is Refusal => result.__typename.endsWith('Error');

/** A top-level error of a response. */
export type GraphQLErrorJson = {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: unknown } | undefined;
};

/** True if the same request may succeed when it is retried. */
export const isTransient = ({ code }: InterjectError): boolean =>
  code === 'CONNECTION_LOST' || code === 'SERVICE_UNAVAILABLE';

/** The first top-level error of a response. */
export function toInterjectError(errors: readonly GraphQLErrorJson[]): InterjectError {
  const [first] = errors;
  const code = first?.extensions?.code;
  return new InterjectError(
    typeof code === 'string' ? code : 'GRAPHQL_ERROR',
    first?.message ?? 'The server returned an empty list of errors',
  );
}
