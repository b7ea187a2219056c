import { type GraphQLErrorJson, InterjectError, isTransient, toInterjectError } from './errors.ts';
import type { TypedDocumentString } from './generated/graphql.ts';
import { monotonicMs, type RetryWait } from './retry.ts';

/**
 * The text of a GraphQL operation with the types of its result and variables, such as the documents of
 * graphql-codegen's string mode.
 */
export type DocumentOf<Result, Variables> = Pick<
  TypedDocumentString<Result, Variables>,
  '__apiType' | 'toString'
>;

/** A random UUID (version 4). Browsers have `crypto.randomUUID` only on https pages and on localhost. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte, index) => {
    if (index === 6) return ((byte & 0x0f) | 0x40).toString(16).padStart(2, '0');
    if (index === 8) return ((byte & 0x3f) | 0x80).toString(16).padStart(2, '0');
    return byte.toString(16).padStart(2, '0');
  }).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export type HttpOptions = {
  readonly url: string;
  readonly fetch: Fetch;
  readonly wait: RetryWait;
  readonly onRetry: (error: InterjectError) => void;
  /** Called for each unreadable item of a list. */
  readonly onUnreadable: (error: InterjectError) => void;
};

export type Patience = {
  /** The maximum number of attempts without a response. More than one only for idempotent requests. */
  readonly tries: number;
  /** The timeout of one attempt, in milliseconds. */
  readonly tryMs: number;
  /** No further attempt after this time (of `monotonicMs`). */
  readonly giveUpAtMs?: number;
  readonly signal?: AbortSignal | undefined;
};

/** Responses of proxies and of a server that is starting or stopping: the request itself is valid. */
const TRANSIENT_STATUS = new Set([429, 502, 503, 504]);

/**
 * Sends one operation over HTTP and returns its data. Rejects with an InterjectError for top-level errors and
 * when the connection failed `tries` times; with the signal's reason when it is aborted.
 */
export async function send<Result, Variables>(
  options: HttpOptions,
  operation: DocumentOf<Result, Variables>,
  variables: Variables,
  patience: Patience,
): Promise<Result> {
  const body = JSON.stringify({ query: operation.toString(), variables });
  for (let failures = 1; ; failures += 1) {
    const outcome = await attempt<Result>(options, body, patience);
    if (!(outcome instanceof InterjectError)) return outcome.data;
    if (failures >= patience.tries || monotonicMs() >= (patience.giveUpAtMs ?? Number.POSITIVE_INFINITY))
      throw outcome;
    options.onRetry(outcome);
    await options.wait(failures, patience.signal);
  }
}

/** One attempt. Returns the error instead of throwing it if another attempt may succeed. */
async function attempt<Result>(
  options: HttpOptions,
  body: string,
  patience: Patience,
): Promise<{ readonly data: Result } | InterjectError> {
  const answer = await post(options, body, patience);
  if (answer instanceof InterjectError) return answer;
  const { status, json } = answer;
  if (json?.errors !== undefined && !isAboutItems(json)) {
    const error = toInterjectError(json.errors);
    if (isTransient(error)) return error;
    throw error;
  }
  if (json?.data === undefined || json.data === null)
    throw new InterjectError('BAD_RESPONSE', `HTTP ${status} response without a GraphQL result`);
  for (const error of json.errors ?? []) options.onUnreadable(toInterjectError([error]));
  // the server answers as its schema says, from which Result was generated
  return { data: json.data as Result };
}

/** True if all errors belong to list items, which are null in otherwise complete data. */
const isAboutItems = ({ data, errors = [] }: GraphQLAnswer): boolean =>
  data != null && errors.every(({ path = [] }) => path.some((key) => typeof key === 'number'));

type GraphQLAnswer = { readonly data?: unknown; readonly errors?: readonly GraphQLErrorJson[] };
type Answer = { readonly status: number; readonly json: GraphQLAnswer | null };

async function post(
  options: HttpOptions,
  body: string,
  { tryMs, signal }: Patience,
): Promise<Answer | InterjectError> {
  const timeout = AbortSignal.timeout(tryMs);
  try {
    const response = await options.fetch(options.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
      },
      body,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    const json = parseAnswer(await response.text());
    if (TRANSIENT_STATUS.has(response.status) && json === null)
      return new InterjectError('CONNECTION_LOST', `${options.url} answered with HTTP ${response.status}`);
    return { status: response.status, json };
  } catch (cause) {
    signal?.throwIfAborted();
    return new InterjectError('CONNECTION_LOST', `No response from ${options.url}`, { cause });
  }
}

/** Null: not a GraphQL response, such as the error page of a proxy. */
function parseAnswer(text: string): GraphQLAnswer | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && ('data' in value || 'errors' in value)
      ? (value as GraphQLAnswer)
      : null;
  } catch {
    return null;
  }
}
