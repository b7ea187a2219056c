import { type Evidence, endOf } from './evidence.ts';
import type { Violation } from './observed.ts';

/**
 * I8: a worker that lost its claim has written nothing. No event of a run is outside of its life; what one
 * execution of a node wrote is all in one attempt; and nobody forked the line of checkpoints.
 */
export function checkFence({ threadId, known, lives, checkpoints }: Evidence): Violation[] {
  const violations: Violation[] = [];
  const report = (message: string) => violations.push({ invariant: 'I8', threadId, message });
  const attemptOf = new Map<string, string>();
  for (const { seq, kind, runId, execution } of known) {
    const life = runId === null ? undefined : lives.get(runId);
    if (life === undefined || runId === null) continue;
    const over = endOf(life);
    if (over !== null && seq > over && kind !== 'RUN_ENDED' && kind !== 'RUN_ROLLED_BACK')
      report(`run ${runId} was over (seq ${over}), but ${kind} was written under seq ${seq}`);
    if (life.started !== null && seq < life.started && kind !== 'RUN_QUEUED')
      report(`run ${runId} started with seq ${life.started}, but ${kind} was written under seq ${seq}`);
    if (execution === undefined) continue;
    const attempt = `${runId} after ${life.resumed.filter((resumed) => resumed < seq).length} takeovers`;
    const before = attemptOf.get(execution);
    if (before !== undefined && before !== attempt)
      report(
        `execution ${execution} of ${before} wrote an event (seq ${seq}) as ${attempt}: it had lost its claim`,
      );
    attemptOf.set(execution, before ?? attempt);
  }
  for (const [parent, children] of Map.groupBy(checkpoints, ({ parentId }) => parentId))
    if (children.length > 1)
      report(
        `checkpoint ${parent ?? '(none)'} has ${children.length} children: ${children.map(({ id }) => id).join(', ')}`,
      );
  return violations;
}
