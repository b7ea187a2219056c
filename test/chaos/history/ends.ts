import type { Evidence } from './evidence.ts';
import type { RunRow, Violation } from './observed.ts';

const isOver = ({ status }: RunRow): boolean => status !== 'PENDING' && status !== 'RUNNING';

/**
 * I3: every accepted run has one end, or was removed because somebody asked for it, and everybody was told
 * the same. No thread is stuck.
 */
export function checkEnds(evidence: Evidence): Violation[] {
  const { threadId, thread, runs, lives, removed, deleted, creates, calls } = evidence;
  const violations: Violation[] = [];
  const report = (message: string) => violations.push({ invariant: 'I3', threadId, message });
  const rows = new Map(runs.map((run) => [run.id, run]));

  for (const { label, outcome } of creates) {
    if (outcome.kind !== 'accepted') continue;
    if (!rows.has(outcome.runId) && !removed.has(outcome.runId) && !deleted.has(outcome.runId))
      report(`run ${outcome.runId} (${label}) was accepted and is nowhere`);
  }
  for (const run of runs) {
    if (!isOver(run)) report(`run ${run.id} is ${run.status} though everything has come to rest`);
    else if (run.finishedAtMs === null || run.endReason === null)
      report(`run ${run.id} is ${run.status} without an end`);
    if (removed.has(run.id)) report(`run ${run.id} was told to be rolled back, but has a row`);
    else if (isOver(run) && lives.get(run.id)?.ends.length === 0)
      report(`run ${run.id} is ${run.status}, but the log has no end of it`);
  }
  for (const { runId, ends } of lives.values()) {
    if (ends.length > 1)
      report(
        `run ${runId} ended ${ends.length} times: ${ends.map(({ seq, kind }) => `${kind} (seq ${seq})`).join(', ')}`,
      );
  }
  for (const runId of removed)
    if (!mayBeRemoved(evidence, runId))
      report(`run ${runId} was removed, though nobody had asked for a rollback`);
  for (const run of runs) {
    const wish = creates.find(({ label }) => label === run.label)?.wish;
    if (wish === 'timer' && run.status === 'SUCCESS')
      report(`run ${run.id} ended SUCCESS, though its graph threw from a timer`);
  }
  for (const call of calls) {
    if (call.op === 'deleteRun') {
      const { kind } = call.outcome;
      if ((kind === 'deleted' || kind === 'notFound') && rows.has(call.runId))
        report(`${call.client} was told ${kind} when it deleted run ${call.runId}, but that has a row`);
    }
    if (call.op !== 'joinRun') continue;
    const run = rows.get(call.runId);
    if (run === undefined && deleted.has(call.runId)) continue;
    const { outcome } = call;
    if (outcome.kind === 'notFound' && run !== undefined)
      report(`${call.client} was told that run ${call.runId} is gone, but it has a row`);
    // Who joins a run that ended can't have been told of another end; a removed run has no end to be told of.
    if (
      outcome.kind === 'joined' &&
      (run === undefined || run.status !== outcome.status || run.endReason !== outcome.endReason)
    )
      report(
        `${call.client} was told that run ${call.runId} ended ${outcome.status}/${outcome.endReason}, its row says ${run?.status}/${run?.endReason}`,
      );
    if (outcome.kind === 'joined' && run !== undefined && outcome.state !== null && run.headAfter !== null)
      if (outcome.state.checkpointId !== run.headAfter)
        report(
          `${call.client} joined run ${run.id} and got checkpoint ${outcome.state.checkpointId}, its own is ${run.headAfter}`,
        );
  }
  if (thread === null) report('the thread is gone');
  else if (thread.status === 'BUSY' || thread.claimableAtMs !== null)
    report(`the thread is stuck: ${thread.status}`);
  return violations;
}

function mayBeRemoved({ creates, calls }: Evidence, runId: string): boolean {
  const own = creates.find(({ outcome }) => outcome.kind === 'accepted' && outcome.runId === runId);
  return (
    calls.some((call) => call.op === 'cancelRun' && call.runId === runId && call.action === 'ROLLBACK') ||
    creates.some(
      (call) => call.strategy === 'ROLLBACK' && call.outcome.kind !== 'refused' && call.label !== own?.label,
    )
  );
}
