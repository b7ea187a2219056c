import { whyUnavailable } from '../orchestrator/unavailable.ts';
import type { RestDeps } from './deps.ts';
import { RestError, unavailable } from './rest-error.ts';

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
