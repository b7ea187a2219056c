/** The host has no address that webhooks may be sent to. */
export class NoAllowedAddressError extends Error {
  override readonly name = 'NoAllowedAddressError';
}

const UNRESOLVED = 'the host has no address that webhooks may be sent to';

/** By error code. Sources: Node's, OpenSSL's and undici's lists of them. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^(ENOTFOUND|EAI_\w+|ENODATA|ESERVFAIL)$/, UNRESOLVED],
  [/^ECONNREFUSED$/, 'the connection was refused'],
  [/^(ECONNRESET|EPIPE|ECONNABORTED|UND_ERR_SOCKET)$/, 'the connection was lost'],
  [/^(ETIMEDOUT|UND_ERR_\w*TIMEOUT)$/, 'there was no answer in time'],
  [/^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EACCES)$/, 'the host could not be reached'],
  [
    /^(ERR_TLS_\w+|ERR_SSL_\w+|CERT_\w+|UNABLE_TO_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|EPROTO|HOSTNAME_MISMATCH)$/,
    'the TLS connection failed',
  ],
  [/^(HPE_\w+|UND_ERR_\w+)$/, 'the answer was not valid HTTP'],
];

/**
 * Why a request failed, in a fixed vocabulary: what a resolver or a library says may name internal hosts and addresses, and callers read this.
 */
export function failureReason(error: unknown): string {
  const cause = innermost(error);
  if (cause instanceof NoAllowedAddressError) return UNRESOLVED;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return REASONS.find(([pattern]) => pattern.test(code))?.[1] ?? 'the request failed';
}

/** For the operator's log: undici says "fetch failed" and the like around it. */
export function failureDetail(error: unknown): string {
  const cause = innermost(error);
  return cause instanceof Error ? cause.message : String(cause);
}

function innermost(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0]);
  return error instanceof Error && error.cause instanceof Error ? innermost(error.cause) : error;
}
