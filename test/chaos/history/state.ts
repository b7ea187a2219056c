import { type MessageJson, textOf } from '../../../src/domain/message.ts';
import { findDanglingToolCalls } from '../../support/dangling-tool-calls.ts';
import { PRIVATE } from '../graphs/private.ts';
import type { Evidence } from './evidence.ts';
import type { RunRow, SeenState, Violation } from './observed.ts';
import { isSaidBy } from './refusals.ts';

/**
 * I4: every accepted message is in the state once, unless its run was removed or a caller said otherwise;
 * text that a stopped run had streamed is kept; what a subagent says stays with it; a model provider takes
 * what is there; and who follows the conversation has put together what the state holds. Of a thread whose
 * state could not be read at the end nothing is said: that is a problem of its own.
 */
export function checkState(evidence: Evidence): Violation[] {
  const { threadId, runs, final, calls } = evidence;
  const violations: Violation[] = [];
  const report = (message: string) => violations.push({ invariant: 'I4', threadId, message });
  if (final !== null) {
    const messages = final.state?.messages ?? [];
    for (const run of runs) checkMessage(evidence, run, messages, report);
    for (const run of runs) checkStreamedText(evidence, run, messages, report);
    for (const message of lostByDeletion(evidence, messages)) report(message);
    for (const complaint of findDanglingToolCalls(messages)) report(`at the end ${complaint}`);
    for (const { text } of final.conversation.filter(isPrivate))
      report(`a subscriber is shown what a subagent said: ${text}`);
  }
  const rows = new Map(runs.map((run) => [run.id, run]));
  for (const call of calls) {
    if ((call.op !== 'joinRun' && call.op !== 'getState') || !('state' in call.outcome)) continue;
    const shown = (call.outcome.state?.messages ?? []).filter(({ content }) =>
      isPrivate({ text: textOf(content) }),
    );
    if (shown.length > 0)
      report(`${call.client} was shown what a subagent said: ${textOf(shown[0]!.content)}`);
    if (call.op !== 'joinRun') continue;
    // Other ends may leave a call open: the next run's start answers it.
    const run = rows.get(call.runId);
    if ((run?.status !== 'INTERRUPTED' && run?.status !== 'TIMEOUT') || run.headAfter === null) continue;
    for (const complaint of findDanglingToolCalls(call.outcome.state?.messages ?? []))
      report(`after run ${call.runId} ${complaint}`);
  }
  for (const message of differences(evidence)) report(message);
  return violations;
}

function checkMessage(
  { creates, runs }: Evidence,
  run: RunRow,
  messages: readonly MessageJson[],
  report: (message: string) => void,
): void {
  const request = creates.find(({ label }) => label === run.label);
  if (request === undefined || !request.hasMessage) return;
  const times = messages.filter(
    ({ type, content }) => type === 'human' && isSaidBy(content, run.label),
  ).length;
  if (times > 1) report(`the message of run ${run.id} (${run.label}) is in the state ${times} times`);
  if (times === 0 && mustBeKept(creates, run) && !isStillToBeCarried(run, runs))
    report(`the message of run ${run.id} (${run.label}, ${run.status}/${run.endReason}) is not in the state`);
}

/** Messages of deleted runs that were in the state, and are not any more. */
function lostByDeletion({ calls, creates, deleted }: Evidence, messages: readonly MessageJson[]): string[] {
  return calls.flatMap((call) => {
    if (call.op !== 'joinRun' || call.outcome.kind !== 'joined' || !deleted.has(call.runId)) return [];
    const label = creates.find(
      ({ outcome }) => outcome.kind === 'accepted' && outcome.runId === call.runId,
    )?.label;
    const isIn = (among: readonly MessageJson[]) =>
      among.some(({ content }) => label !== undefined && isSaidBy(content, label));
    if (!isIn(call.outcome.state?.messages ?? []) || isIn(messages)) return [];
    return [
      `run ${call.runId} was deleted, and its message (${label}), which had been in the state, with it`,
    ];
  });
}

const isPrivate = ({ text }: { readonly text: string }): boolean => text.startsWith(PRIVATE);

/** It ended before its message was in the state, and so did every run with a message since. */
function isStillToBeCarried({ carry, finishedAtMs }: RunRow, runs: readonly RunRow[]): boolean {
  const hasTaken = (run: RunRow): boolean =>
    run.status === 'SUCCESS' && (run.startedAtMs ?? 0) > (finishedAtMs ?? 0);
  return carry === 'WAITING' && !runs.some((run) => hasTaken(run) && run.label.startsWith('closing'));
}

function mustBeKept(creates: Evidence['creates'], run: RunRow): boolean {
  // Withdrawn by whoever cancelled it while it waited; else it is in the state, or was carried there.
  if (run.startedAtMs !== null || run.endReason !== 'SUPERSEDED') return run.startedAtMs !== null;
  const by = creates.find(({ outcome }) => outcome.kind === 'accepted' && outcome.runId === run.supersededBy);
  // Who superseded it may be removed, or its answer lost: then any call that may have been it has a say.
  return by === undefined ? creates.every(({ keepPendingInput }) => keepPendingInput) : by.keepPendingInput;
}

/**
 * What a stopped run had streamed in its last attempt, or since it was taken back, begins the message that
 * the state holds. A takeover takes it back, right behind RUN_RESUMED; so does one that only gives the run
 * up, which isn't told: it shows in the number of attempts alone.
 */
function checkStreamedText(
  { log }: Evidence,
  run: RunRow,
  messages: readonly MessageJson[],
  report: (message: string) => void,
): void {
  if (run.status !== 'INTERRUPTED' || run.stop === null || !run.stop.keepPartialOutput) return;
  const told = log.filter(
    ({ runId, kind }) => runId === run.id && (kind === 'RUN_STARTED' || kind === 'RUN_RESUMED'),
  ).length;
  const wasGivenUp = run.attempt > told;
  const streamed = new Map<string, string>();
  let previous: string | null = null;
  for (const { runId, kind, messageId, text } of log) {
    if (runId !== run.id) continue;
    if (kind === 'MESSAGES_RESET' && (wasGivenUp || previous === 'RUN_RESUMED')) streamed.clear();
    if (kind === 'MESSAGE_DELTA' && messageId !== undefined)
      streamed.set(messageId, (streamed.get(messageId) ?? '') + (text ?? ''));
    previous = kind;
  }
  for (const [id, text] of streamed) {
    if (isPrivate({ text })) continue;
    const kept = messages.find((message) => message.id === id);
    if (text.trim() !== '' && (kept === undefined || !textOf(kept.content).startsWith(text)))
      report(
        `run ${run.id} was stopped after it had said ${JSON.stringify(text)}; the state has ${JSON.stringify(kept?.content)}`,
      );
  }
}

function differences({ final, subscriptions }: Evidence): string[] {
  if (final === null || subscriptions.length === 0) return [];
  const inState = (final.state?.messages ?? []).map((message) =>
    lineOf(message.type, textOf(message.content)),
  );
  const put = final.conversation.map(({ type, text }) => lineOf(type, text));
  const at = inState.findIndex((line, index) => line !== put[index]);
  if (at === -1 && put.length === inState.length) return [];
  const where = at === -1 ? inState.length : at;
  return [
    `the conversation that a subscriber has put together has ${put[where] ?? 'no more'} where the state has ${inState[where] ?? 'no more'}`,
  ];
}

const lineOf = (type: string, text: string): string => JSON.stringify(`${type}: ${text}`);

/**
 * A checkpoint that a run has left reads the same for every joiner and for ever. A thread's state does not:
 * it holds what finished tasks of the superstep after its checkpoint have written.
 */
export function checkStates({ threadId, calls, final }: Evidence): Violation[] {
  const first = new Map<string, string>();
  const violations: Violation[] = [];
  const look = (state: SeenState | null, by: string) => {
    if (state === null) return;
    const text = JSON.stringify([state.next, state.messages]);
    const known = first.get(state.checkpointId);
    if (known !== undefined && known !== text)
      violations.push({
        invariant: 'I5',
        threadId,
        message: `${by} read checkpoint ${state.checkpointId} otherwise than it was read before`,
      });
    first.set(state.checkpointId, known ?? text);
  };
  for (const { op, client, outcome } of calls)
    if (op === 'joinRun' && outcome.kind === 'joined') look(outcome.state, client);
  look(final?.state ?? null, 'the last reader');
  return violations;
}
