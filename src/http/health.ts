import type { ServerResponse } from 'node:http';
import { databaseTroubleBehind } from '../orchestrator/ports/database-unavailable.ts';
import type { Clock, Logger } from '../orchestrator/ports/environment.ts';
import { sendJson } from './respond.ts';

/** Whether the service can take work; `reason` tells an operator what is missing. */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string };
export type ReadinessCheck = () => Promise<Readiness>;

/** 200 while the process answers at all. */
export const sendHealth = (response: ServerResponse): void => sendJson(response, 200, { status: 'alive' });

/** Probes give up after a few seconds; they are to get the reason before that. */
const CHECK_WITHIN_MS = 2_000;

/** What the check says, or why it failed; within `CHECK_WITHIN_MS`. Never rejects. */
export async function checkReadiness(
  check: ReadinessCheck,
  logger: Logger,
  clock: Clock,
): Promise<Readiness> {
  const checked = check().catch((error: unknown): Readiness => {
    logger.warn({ err: error }, 'Readiness check failed');
    return { ready: false, reason: databaseTroubleBehind(error)?.message ?? 'the readiness check failed' };
  });
  const late = Promise.withResolvers<Readiness>();
  using _limit = clock.timer(CHECK_WITHIN_MS, () =>
    late.resolve({ ready: false, reason: 'the database did not respond in time' }),
  );
  return await Promise.race([checked, late.promise]);
}

/** 200 when the service can take work, else 503 with the reason. */
export function respondReadiness(response: ServerResponse, readiness: Readiness): void {
  if (readiness.ready) sendJson(response, 200, { status: 'ready' });
  else sendJson(response, 503, { status: 'unavailable', reason: readiness.reason });
}
