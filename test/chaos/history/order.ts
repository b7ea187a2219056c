import { type Evidence, endOf, isHalfKnown } from './evidence.ts';
import type { CreateRunCall, Violation } from './observed.ts';

/** I1: at most one run of a thread is RUNNING, by the log's order and by the times in the rows. */
export function checkOneRunning(evidence: Evidence): Violation[] {
  const { threadId, lives, runs } = evidence;
  const violations: Violation[] = [];
  const report = (message: string) => violations.push({ invariant: 'I1', threadId, message });
  const started = [...lives.values()]
    .filter((life) => life.started !== null && !isHalfKnown(evidence, life))
    .toSorted((a, b) => a.started! - b.started!);
  for (const [index, life] of started.entries()) {
    for (const earlier of started.slice(0, index)) {
      const over = endOf(earlier);
      if (over === null || over > life.started!)
        report(
          `run ${life.runId} started (seq ${life.started}) while run ${earlier.runId} was RUNNING (until seq ${over ?? '∞'})`,
        );
    }
  }
  const byTime = runs
    .filter((run) => run.startedAtMs !== null)
    .toSorted((a, b) => a.startedAtMs! - b.startedAtMs!);
  for (const [index, run] of byTime.entries()) {
    const before = byTime[index - 1];
    if (before !== undefined && (before.finishedAtMs ?? Number.POSITIVE_INFINITY) > run.startedAtMs!)
      report(
        `run ${run.id} started ${before.finishedAtMs === null ? 'before' : 'by its row before'} run ${before.id} had finished`,
      );
  }
  return violations;
}

/**
 * When a run's making was surely over, and when it can have begun at the earliest: over all calls that may
 * have made it.
 */
type Making = { readonly runId: string; readonly acceptedByMs: number; readonly sentAtMs: number };

/**
 * I2: if createRun(A) returned before createRun(B) was sent and neither is delayed, A starts before B. So
 * when B starts, A has started or is over. An answer that was lost says nothing about when its run was
 * stored, but it can have been sent first.
 */
export function checkStartOrder(evidence: Evidence): Violation[] {
  const { threadId, lives, creates, deleted } = evidence;
  const violations: Violation[] = [];
  const makings = makingsOf(creates);
  for (const b of makings) {
    const startOfB = lives.get(b.runId)?.started ?? null;
    if (startOfB === null) continue;
    for (const a of makings) {
      if (a.runId === b.runId || a.acceptedByMs >= b.sentAtMs) continue;
      const life = lives.get(a.runId);
      if (life === undefined ? deleted.has(a.runId) : isHalfKnown(evidence, life) && life.started === null)
        continue;
      const leftTheQueue = life?.started ?? endOf(life);
      if (leftTheQueue === null || leftTheQueue > startOfB)
        violations.push({
          invariant: 'I2',
          threadId,
          message: `run ${b.runId} started (seq ${startOfB}) before run ${a.runId} (seq ${leftTheQueue ?? 'never'}), which had been accepted before it was asked for`,
        });
    }
  }
  return violations;
}

function makingsOf(creates: readonly CreateRunCall[]): Making[] {
  const requests = Map.groupBy(creates, ({ label }) => label);
  return [...requests.values()].flatMap((calls) => {
    const accepted = calls.filter((call) => call.outcome.kind === 'accepted');
    const [first] = accepted;
    if (first?.outcome.kind !== 'accepted' || calls.some(({ isDelayed }) => isDelayed)) return [];
    return [
      {
        runId: first.outcome.runId,
        acceptedByMs: Math.min(...accepted.map(({ returnedAtMs }) => returnedAtMs)),
        sentAtMs: Math.min(...calls.map(({ invokedAtMs }) => invokedAtMs)),
      },
    ];
  });
}
