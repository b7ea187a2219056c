import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { RETRY_AFTER_SECONDS } from '../orchestrator/limits.ts';
import type { ValidationIssue } from '../orchestrator/ports/graph-host.ts';

/** A refusal as the protocol words it: a status and `{ "detail": … }` (protocol.md §0.3). Thrown in handlers, answered by the app. */
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
export const unavailable = (detail: string, options?: ErrorOptions): RestError => new RestError(503, detail, options);
export const notFound = (detail: string): RestError => new RestError(404, detail);
export const conflict = (detail: string): RestError => new RestError(409, detail);
/** Part of the protocol, not served here. Not 501: clients repeat what answers 5xx (protocol.md §0.3). */
export const notOffered = (detail: string): RestError => new RestError(404, detail);

/** 422 with each place and its reason. */
export const unprocessable = (issues: readonly ValidationIssue[]): RestError =>
  new RestError(422, issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`)).join('; '));
