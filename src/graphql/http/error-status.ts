import { type ExecutionResult, GraphQLError } from 'graphql';
import { RETRY_AFTER_SECONDS } from '../../orchestrator/limits.ts';

type Answer = { readonly status: number; readonly always: boolean; readonly headers?: Readonly<Record<string, string>> };

/**
 * HTTP status by error code, for results without data. `always`: also for clients that accept only application/json, to whom well-formed
 * requests are otherwise answered 200. Source: GraphQL over HTTP, sections "application/json" and "application/graphql-response+json".
 */
const STATUS: Readonly<Record<string, Answer>> = {
  PAYLOAD_TOO_LARGE: { status: 413, always: true },
  SERVICE_UNAVAILABLE: { status: 503, always: true, headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) } },
  INTERNAL_SERVER_ERROR: { status: 500, always: true },
};
const OTHERWISE: Answer = { status: 400, always: false };

/** Codes that the HTTP layer uses for what the contract calls otherwise. */
const CODES: Readonly<Record<string, string>> = {
  BAD_REQUEST: 'BAD_USER_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
};

/** The result with codes and HTTP statuses on the errors of a request that was not executed, or was cut short. Others pass unchanged. */
export function withStatus<R extends ExecutionResult>(result: R): R {
  if (result.errors === undefined) return result;
  if ('data' in result && !result.errors.some(isUnavailable)) return result;
  return { ...result, errors: result.errors.map(statusOf) };
}

const isUnavailable = (error: GraphQLError): boolean => error.extensions['code'] === 'SERVICE_UNAVAILABLE';

function statusOf(error: GraphQLError): GraphQLError {
  const { message, nodes, source, positions, path } = error;
  const { http, originalError: _leak, code: given, ...rest } = error.extensions;
  const code = CODES[String(given)] ?? given ?? 'BAD_USER_INPUT';
  const { status, always, headers } = STATUS[String(code)] ?? OTHERWISE;
  return new GraphQLError(message, {
    nodes,
    source,
    positions,
    path,
    extensions: { ...rest, code, http: http ?? { status, spec: !always, ...(headers === undefined ? {} : { headers }) } },
  });
}
