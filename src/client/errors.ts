/**
 * Why a request or a stream failed. Codes of the server: BAD_USER_INPUT, NOT_FOUND, BAD_CURSOR, CURSOR_EXPIRED, PAYLOAD_TOO_LARGE,
 * LIMIT_EXCEEDED, INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE, …. Codes of this client: CONNECTION_LOST (no answer, after all retries), CONNECTION_REFUSED (the
 * server closed the WebSocket with a code that forbids another try), BAD_RESPONSE (the answer is not GraphQL over HTTP).
 * Of a RefusedError it is the error type's name.
 */
export class InterjectError extends Error {
  override readonly name: string = 'InterjectError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What the members of a result union have in common. Error types, and only they, have names that end in `Error`. */
type Member = { readonly __typename: string };
type Refusal = { readonly __typename: `${string}Error`; readonly message: string };

/** Thrown by `unwrap`: the server understood the request and refused it. */
export class RefusedError extends InterjectError {
  override readonly name = 'RefusedError';
  /** The error of the result union, with all its fields; tell them apart by `__typename`. */
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.__typename, refusal.message);
    this.refusal = refusal;
  }
}

/** The members of a result union that are no errors. */
export type Success<Result extends Member> = Exclude<Result, { readonly __typename: `${string}Error` }>;

/** Returns the success of a result union, typed as that alone; throws a RefusedError for anything else. */
export function unwrap<Result extends Member>(result: Result): Success<Result> {
  if (isRefusal(result)) throw new RefusedError(result);
  return result as Success<Result>; // what is no refusal is a success, which TypeScript can't conclude for a type parameter
}

const isRefusal = (result: Member): result is Refusal => result.__typename.endsWith('Error');

/** A top-level error of an answer. */
export type GraphQLErrorJson = {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: unknown } | undefined;
};

/** Whether the same request may succeed when it is sent again: nothing was wrong with it. */
export const isTransient = ({ code }: InterjectError): boolean => code === 'CONNECTION_LOST' || code === 'SERVICE_UNAVAILABLE';

/** The first of an answer's top-level errors. */
export function toInterjectError(errors: readonly GraphQLErrorJson[]): InterjectError {
  const [first] = errors;
  const code = first?.extensions?.code;
  return new InterjectError(
    typeof code === 'string' ? code : 'GRAPHQL_ERROR',
    first?.message ?? 'The server returned an empty list of errors',
  );
}
