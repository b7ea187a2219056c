import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { RETRY_AFTER_SECONDS } from '../http/limits.ts';
import { describeIssues, describeRefusal, type Refusal, type RefusalCode } from '../orchestrator/outcomes.ts';
import { whyUnavailable } from '../orchestrator/ports/database-unavailable.ts';
import type { ValidationIssue } from '../orchestrator/ports/graph-host.ts';
import type { RestDeps } from './deps.ts';

/**
 * A refusal as the protocol words it: a status and `{ "detail": … }` (protocol.md §0.3). Thrown in handlers,
 * answered by the app.
 */
export class RestError extends Error {
  override readonly name = 'RestError';
  readonly status: ContentfulStatusCode;

  /** @param detail for a human: what was wrong, what is allowed */
  constructor(status: ContentfulStatusCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.status = status;
  }

  /** That go with the answer. */
  get headers(): Readonly<Record<string, string>> {
    return this.status === 503 ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {};
  }
}

/** Not now: clients repeat it after a while. */
export const unavailable = (detail: string, options?: ErrorOptions): RestError =>
  new RestError(503, detail, options);
export const notFound = (detail: string): RestError => new RestError(404, detail);

/** 422 with each place and its reason. */
export const unprocessable = (issues: readonly ValidationIssue[]): RestError =>
  new RestError(422, describeIssues(issues));

const STATUS: Readonly<Record<RefusalCode, ContentfulStatusCode>> = {
  NOT_FOUND: 404,
  INVALID: 422,
  NOTHING_TO_RESUME: 409,
  THREAD_BUSY: 409,
  RUN_ACTIVE: 409,
  ALREADY_EXISTS: 409,
  IDEMPOTENCY_CONFLICT: 409,
};

/** What a use case refused, with the protocol's status; `cause` is the refusal. */
export function refusalOf(refusal: Refusal): RestError {
  const { code, message } = describeRefusal(refusal);
  return new RestError(STATUS[code], message, { cause: refusal });
}

/**
 * What a request that failed is answered with: its refusal, 503 while the database is in trouble or the
 * server closes, 500 otherwise. What was no refusal is logged with `fields`.
 */
export function answerTo(
  error: unknown,
  { logger, closing }: Pick<RestDeps, 'logger' | 'closing'>,
  fields: object,
): RestError {
  if (error instanceof RestError) return error;
  const reason = whyUnavailable(error, closing);
  if (reason === null) {
    logger.error({ ...fields, err: error }, 'Request failed');
    return new RestError(500, 'Internal server error', { cause: error });
  }
  if (closing.aborted) logger.debug({ ...fields, err: error }, 'Request ended: server is shutting down');
  else logger.warn({ ...fields, err: error }, 'Request failed: database unavailable');
  return unavailable(reason, { cause: error });
}
