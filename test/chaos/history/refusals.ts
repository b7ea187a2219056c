import { type Evidence, endOf, isHalfKnown } from './evidence.ts';
import type { CreateRunCall, Observed, Violation } from './observed.ts';

/** I6: a refused command has changed nothing, and REJECT is accepted only where nothing is unfinished. */
export function checkRefusals(evidence: Evidence): Violation[] {
  const { threadId, creates, runs, lives, final } = evidence;
  const violations: Violation[] = [];
  const report = (message: string) => violations.push({ invariant: 'I6', threadId, message });
  for (const [label, calls] of Map.groupBy(creates, (call) => call.label)) {
    if (!calls.every(({ outcome }) => outcome.kind === 'refused')) continue;
    const why = calls[0]?.outcome.kind === 'refused' ? calls[0].outcome.why : '';
    for (const run of runs)
      if (run.label === label) report(`${label} was refused (${why}), but made run ${run.id}`);
    for (const life of lives.values())
      if (life.label === label && !runs.some(({ id }) => id === life.runId))
        report(`${label} was refused (${why}), but subscribers were told of its run ${life.runId}`);
    if (final?.state?.messages.some(({ content }) => isSaidBy(content, label)))
      report(`${label} was refused (${why}), but its message is in the state`);
  }
  for (const call of creates) checkRejected(evidence, call, report);
  return violations;
}

/** Is this the content of the human message that the request with this label brings? */
export const isSaidBy = (content: unknown, label: string): boolean =>
  typeof content === 'string' && content.split(' ')[0] === label;

function checkRejected(evidence: Evidence, call: CreateRunCall, report: (message: string) => void): void {
  const { lives, calls } = evidence;
  const { outcome, strategy, label } = call;
  if (outcome.kind === 'refused' && outcome.blockingRunId !== null) {
    const over = calls.find(
      (join) =>
        (join.op === 'joinRun' || (join.op === 'deleteRun' && join.outcome.kind !== 'active')) &&
        join.runId === outcome.blockingRunId &&
        join.outcome.kind !== 'lost' &&
        join.returnedAtMs < call.invokedAtMs,
    );
    if (over !== undefined)
      report(
        `${label} was refused for run ${outcome.blockingRunId}, of whose end ${over.client} had been told before`,
      );
  }
  if (strategy !== 'REJECT' || outcome.kind !== 'accepted') return;
  const own = lives.get(outcome.runId);
  if (own?.queued == null) return;
  for (const other of lives.values()) {
    if (other === own || isHalfKnown(evidence, other) || other.queued === null || other.queued > own.queued)
      continue;
    const over = endOf(other);
    if (over === null || over > own.queued)
      report(`${label} (REJECT) was accepted while run ${other.runId} was unfinished`);
  }
}

/** I10: one idempotency key makes one run. So does one request whose retries the client does by itself. */
export function checkIdempotency({ calls, rows, subscriptions }: Observed): Violation[] {
  const violations: Violation[] = [];
  const creates = calls.filter((call) => call.op === 'createRun');
  const check = (name: string, of: readonly CreateRunCall[], made: Iterable<string>) => {
    const ids = new Set(made);
    for (const { outcome } of of) if (outcome.kind === 'accepted') ids.add(outcome.runId);
    if (ids.size > 1)
      violations.push({
        invariant: 'I10',
        threadId: of[0]?.threadId ?? '',
        message: `${name} made ${ids.size} runs: ${[...ids].join(', ')}`,
      });
  };
  const queued = subscriptions.flatMap(({ events }) => events.filter(({ kind }) => kind === 'RUN_QUEUED'));
  const runsByLabel = new Map<string, Set<string>>();
  const note = (label: string, runId: string) =>
    runsByLabel.set(label, (runsByLabel.get(label) ?? new Set()).add(runId));
  for (const { label, runId } of queued) if (label !== undefined && runId !== null) note(label, runId);
  for (const { label, id } of rows.runs) note(label, id);

  for (const [label, of] of Map.groupBy(creates, (call) => call.label))
    check(`request ${label}`, of, runsByLabel.get(label) ?? []);
  for (const [key, of] of Map.groupBy(creates, (call) => call.key)) {
    if (key === null) continue;
    const labels = new Set(of.map(({ label }) => label));
    const stored = rows.keys.filter((row) => row.key === key).map(({ runId }) => runId);
    check(`key ${key}`, of, [
      ...stored,
      ...[...labels].flatMap((label) => [...(runsByLabel.get(label) ?? [])]),
    ]);
  }
  const asked = new Set(creates.map(({ label }) => label));
  for (const { id, label, threadId } of rows.runs)
    if (!asked.has(label))
      violations.push({
        invariant: 'I10',
        threadId,
        message: `run ${id} (${label}) was asked for by nobody`,
      });
  return violations;
}
