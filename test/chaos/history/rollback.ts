import { type RestingStatus, restingStatusAfter } from '../../../src/domain/thread.ts';
import type { Evidence } from './evidence.ts';
import type { Violation } from './observed.ts';
import { isSaidBy } from './refusals.ts';

/**
 * I5: a rollback leaves nothing of its run and restores the state and the status from before it; a deletion
 * leaves no record of its run.
 */
export function checkRollbacks(evidence: Evidence): Violation[] {
  const { threadId, removed, deleted, writers, log, runs, lives, final } = evidence;
  const violations: Violation[] = [];
  const report = (message: string) => violations.push({ invariant: 'I5', threadId, message });
  const ids = new Set(runs.map(({ id }) => id));
  // What the tasks of a deleted run had written is part of the state yet.
  for (const runId of writers)
    if (!ids.has(runId) && !deleted.has(runId))
      report(`there are checkpoints or writes of run ${runId}, which is gone`);
  for (const { runId, kind, seq } of log) {
    if (runId !== null && deleted.has(runId))
      report(`run ${runId} was deleted, but the log has ${kind} of it (seq ${seq})`);
    if (runId !== null && removed.has(runId) && kind !== 'RUN_ROLLED_BACK')
      report(`run ${runId} was removed, but the log has ${kind} of it (seq ${seq})`);
  }
  for (const runId of removed) {
    const label = lives.get(runId)?.label;
    if (label != null && final?.state?.messages.some(({ content }) => isSaidBy(content, label)))
      report(`run ${runId} was removed, but its message (${label}) is in the state`);
  }
  for (const message of [...headBreaks(evidence), ...statusBreaks(evidence)]) report(message);
  return violations;
}

/**
 * The head moves only with runs: each begins where the one before it ended, and a rollback takes it back to
 * there. Where a run was deleted, what it left is known again with the next run.
 */
function headBreaks(evidence: Evidence): string[] {
  const { known, runs, head: last, deleted } = evidence;
  const breaks: string[] = [];
  const rows = new Map(runs.map((run) => [run.id, run]));
  let head: string | null | undefined = null;
  let before = 0;
  let rolledBack: string | null = null;
  for (const { kind, runId, seq, checkpointId } of known) {
    if (mayHide(evidence, before, seq)) head = undefined;
    before = seq;
    if (kind === 'RUN_ROLLED_BACK') rolledBack = runId;
    if (kind === 'RUN_ENDED' && runId !== null && deleted.has(runId)) head = undefined;
    if (kind === 'MESSAGES_RESET' && runId === null && head !== undefined && (checkpointId ?? null) !== head)
      breaks.push(
        `the rollback of run ${rolledBack} (seq ${seq}) restored checkpoint ${checkpointId}; before it the head was ${head}`,
      );
    const run = kind === 'RUN_ENDED' && runId !== null ? rows.get(runId) : undefined;
    if (run === undefined || run.startedAtMs === null) continue;
    if (head !== undefined && run.headBefore !== head)
      breaks.push(`run ${run.id} began at checkpoint ${run.headBefore}, but the head was ${head}`);
    head = run.headAfter ?? run.headBefore;
  }
  if (head !== undefined && last !== head)
    breaks.push(`the head is checkpoint ${last}, but the last run left ${head}`);
  return breaks;
}

/**
 * A run that ends leaves its status; one that is rolled back restores the one from before it started, where
 * that is known.
 */
function statusBreaks(evidence: Evidence): string[] {
  const { known, runs, final, deleted } = evidence;
  if (final?.rested == null) return [];
  const rows = new Map(runs.map((run) => [run.id, run]));
  const before = new Map<string, string | null>();
  let status: string | null = 'IDLE';
  let passed = 0;
  for (const { kind, runId, seq } of known) {
    if (seq > final.rested.lastSeq) break;
    if (mayHide(evidence, passed, seq)) status = null;
    passed = seq;
    if (runId === null) continue;
    if (kind === 'RUN_STARTED') before.set(runId, status);
    const run = kind === 'RUN_ENDED' ? rows.get(runId) : undefined;
    if (kind === 'RUN_ENDED' && deleted.has(runId)) status = null;
    // What a run leaves that was stopped before it did anything depends on what was before, which may be
    // unknown.
    if (run !== undefined && (status !== null || run.headAfter !== null || run.status !== 'INTERRUPTED'))
      status = restingStatusAfter(run, (status ?? 'IDLE') as RestingStatus);
    // A run that was removed while it waited has changed nothing; whether this one waited is known only if
    // somebody saw it start.
    if (kind === 'RUN_ROLLED_BACK' && before.has(runId)) status = before.get(runId) ?? null;
    else if (kind === 'RUN_ROLLED_BACK') status = hasReset(known, seq) ? null : status;
  }
  if (mayHide(evidence, passed, final.rested.lastSeq + 1)) status = null;
  if (status === null || status === final.rested.status) return [];
  return [`the thread rested in ${final.rested.status}, its runs left ${status}`];
}

/**
 * Whether a deleted run may have ended between the events with these seqs, of which nothing is known any
 * more.
 */
const mayHide = ({ deleted }: Evidence, before: number, seq: number): boolean =>
  deleted.size > 0 && seq > before + 1;

/** Settle follows the rollback of a run that had started with a reset of the messages. */
const hasReset = (known: Evidence['known'], seq: number): boolean =>
  known.some((event) => event.seq === seq + 1 && event.kind === 'MESSAGES_RESET' && event.runId === null);
