import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { RETRY_AFTER_SECONDS } from '../orchestrator/limits.ts';
import type { Active, Busy, Invalid, NotFound } from '../orchestrator/outcomes.ts';
import type { ValidationIssue } from '../orchestrator/ports/graph-host.ts';
import { whyUnavailable } from '../orchestrator/ports/store-trouble.ts';
import type { CreateRunOutcome } from '../orchestrator/requests.ts';
import type { RestDeps } from './deps.ts';

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

export type Refusal = Busy | NotFound | Invalid | Active | Extract<CreateRunOutcome, { kind: 'idempotencyConflict' }>;

/** What a use case refused, as the protocol's status and words (clients and their tests match some of the phrases); `cause` is the refusal. */
export function refusalOf(refusal: Refusal): RestError {
  const { status, message } = worded(refusal);
  return new RestError(status, message, { cause: refusal });
}

function worded(refusal: Refusal): RestError {
  switch (refusal.kind) {
    case 'busy':
      return conflict(
        `Thread is busy: run ${refusal.blockingRun.id} has not ended. Wait for it, or choose another multitask_strategy (enqueue, interrupt, rollback).`,
      );
    case 'active':
      return conflict(`Run ${refusal.run.id} has not ended: cancel it first.`);
    case 'notFound':
      return notFoundOf(refusal);
    case 'invalid':
      return isAboutResume(refusal) ? conflict(unprocessable(refusal.issues).message) : unprocessable(refusal.issues);
    case 'idempotencyConflict':
      return conflict(`The idempotency key ${refusal.idempotencyKey} was used for another request.`);
  }
}

function notFoundOf({ what, id }: NotFound): RestError {
  switch (what) {
    case 'Thread':
      return notFound(`Thread with ID ${id} not found`);
    case 'Run':
      return notFound('Run not found');
    case 'Assistant':
      return notFound(`No assistant found for "${id}". Make sure the assistant ID is for a valid assistant or a valid graph ID.`);
    case 'AssistantVersion':
      return notFound(`Assistant version ${id} not found`);
    case 'Graph':
      return notFound(`Graph "${id}" not found: langgraph.json names no such graph.`);
    case 'Checkpoint':
      return notFound(`Checkpoint ${id} not found`);
    case 'Cron':
      return notFound(`Cron with ID ${id} not found`);
    case 'WebhookDelivery':
      return notFound(`Webhook delivery ${id} not found`);
  }
}

/** A resume that the thread's state has nothing for is a conflict with that state, not a malformed request. */
export const isAboutResume = ({ issues }: Invalid): boolean =>
  issues.length > 0 && issues.every(({ path }) => path[0] === 'command' && path[1] === 'resume');

/**
 * What a request that failed is answered with: its refusal, 503 while the database is in trouble or the server closes, 500 otherwise. What was no
 * refusal is logged with `fields`.
 */
export function answerTo(error: unknown, { logger, closing }: Pick<RestDeps, 'logger' | 'closing'>, fields: object): RestError {
  if (error instanceof RestError) return error;
  const reason = whyUnavailable(error, closing);
  if (reason === null) {
    logger.error({ ...fields, err: error }, 'A request failed');
    return new RestError(500, 'Internal server error', { cause: error });
  }
  if (closing.aborted) logger.debug({ ...fields, err: error }, 'A request ended because the server closes');
  else logger.warn({ ...fields, err: error }, 'A request failed because the database is in trouble');
  return unavailable(reason, { cause: error });
}
