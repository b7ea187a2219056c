import { checkEnds } from './ends.ts';
import { evidenceOf } from './evidence.ts';
import { checkFence } from './fence.ts';
import type { Observed, Violation } from './observed.ts';
import { checkOneRunning, checkStartOrder } from './order.ts';
import { checkIdempotency, checkRefusals } from './refusals.ts';
import { checkRollbacks } from './rollback.ts';
import { checkState, checkStates } from './state.ts';
import { checkSubscribers } from './subscribers.ts';

const CHECKS = [
  checkOneRunning,
  checkStartOrder,
  checkEnds,
  checkState,
  checkStates,
  checkRollbacks,
  checkRefusals,
  checkSubscribers,
  checkFence,
];

/**
 * Everything in what was observed that contradicts an invariant of the service; [] when all of it can be
 * explained. Pure. Of calls whose answer was lost nothing is assumed but that they may have been carried out.
 */
export function findViolations(observed: Observed): Violation[] {
  return [
    ...evidenceOf(observed).flatMap((evidence) => CHECKS.flatMap((check) => check(evidence))),
    ...checkIdempotency(observed),
  ];
}
