import { type RestingStatus, restingStatusAfter } from '../../../src/domain/thread.ts';
import type { Evidence } from './evidence.ts';
import type { Violation } from './observed.ts';
import { isSaidBy } from './refusals.ts';

/** I5: a rollback leaves nothing of its run and restores the state and the status from before it. */
export function checkRollbacks(evidence: Evidence): Violation[] {
  const { threadId, removed, writers, log, runs, lives, final } = evidence;
  const violations: Violation[] = [];
  const report = (message: string) => violations.push({ invariant: 'I5', threadId, message });
  const ids = new Set(runs.map(({ id }) => id));
  for (const runId of writers) if (!ids.has(runId)) report(`there are checkpoints or writes of run ${runId}, which is gone`);
  for (const { runId, kind, seq } of log)
    if (runId !== null && removed.has(runId) && kind !== 'RUN_ROLLED_BACK')
      report(`run ${runId} was removed, but the log has ${kind} of it (seq ${seq})`);
  for (const runId of removed) {
    const label = lives.get(runId)?.label;
    if (label != null && final?.state?.messages.some(({ content }) => isSaidBy(content, label)))
      report(`run ${runId} was removed, but its message (${label}) is in the state`);
  }
  for (const message of [...headBreaks(evidence), ...statusBreaks(evidence)]) report(message);
  return violations;
}

/** The head moves only with runs: each begins where the one before it ended, and a rollback takes it back to there. */
function headBreaks({ log, runs, head: last }: Evidence): string[] {
  const breaks: string[] = [];
  const rows = new Map(runs.map((run) => [run.id, run]));
  let head: string | null = null;
  let rolledBack: string | null = null;
  for (const { kind, runId, seq, checkpointId } of log) {
    if (kind === 'RUN_ROLLED_BACK') rolledBack = runId;
    if (kind === 'MESSAGES_RESET' && runId === null && (checkpointId ?? null) !== head)
      breaks.push(`the rollback of run ${rolledBack} (seq ${seq}) restored checkpoint ${checkpointId}; before it the head was ${head}`);
    const run = kind === 'RUN_ENDED' && runId !== null ? rows.get(runId) : undefined;
    if (run === undefined || run.startedAtMs === null) continue;
    if (run.headBefore !== head) breaks.push(`run ${run.id} began at checkpoint ${run.headBefore}, but the head was ${head}`);
    head = run.headAfter ?? head;
  }
  if (last !== head) breaks.push(`the head is checkpoint ${last}, but the last run left ${head}`);
  return breaks;
}

/** A run that ends leaves its status; one that is rolled back restores the one from before it started, where that is known. */
function statusBreaks({ known, runs, final }: Evidence): string[] {
  if (final?.rested == null) return [];
  const rows = new Map(runs.map((run) => [run.id, run]));
  const before = new Map<string, string | null>();
  let status: string | null = 'IDLE';
  for (const { kind, runId, seq } of known) {
    if (seq > final.rested.lastSeq) break;
    if (runId === null) continue;
    if (kind === 'RUN_STARTED') before.set(runId, status);
    const run = kind === 'RUN_ENDED' ? rows.get(runId) : undefined;
    // What a run leaves that was stopped before it did anything depends on what was before, which may be unknown.
    if (run !== undefined && (status !== null || run.headAfter !== null || run.status !== 'INTERRUPTED'))
      status = restingStatusAfter(run, (status ?? 'IDLE') as RestingStatus);
    // A run that was removed while it waited has changed nothing; whether this one waited is known only if somebody saw it start.
    if (kind === 'RUN_ROLLED_BACK' && before.has(runId)) status = before.get(runId) ?? null;
    else if (kind === 'RUN_ROLLED_BACK') status = hasReset(known, seq) ? null : status;
  }
  if (status === null || status === final.rested.status) return [];
  return [`the thread rested in ${final.rested.status}, its runs left ${status}`];
}

/** Settle follows the rollback of a run that had started with a reset of the messages. */
const hasReset = (known: Evidence['known'], seq: number): boolean =>
  known.some((event) => event.seq === seq + 1 && event.kind === 'MESSAGES_RESET' && event.runId === null);
