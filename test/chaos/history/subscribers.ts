import type { Evidence } from './evidence.ts';
import type { EventFacts, EventRow, SeenEvent, Subscription, Violation } from './observed.ts';

/**
 * I7: a subscriber sees each event once, in order, without gaps other than rolled-back runs; nothing it sees
 * was not committed. A subscriber that lags may get adjacent deltas of one message as one, with the last
 * one's cursor.
 */
export function checkSubscribers(evidence: Evidence): Violation[] {
  return [
    ...evidence.subscriptions.flatMap((subscription) => checkSubscription(evidence, subscription)),
    ...checkSame(evidence),
  ];
}

function checkSubscription(evidence: Evidence, subscription: Subscription): Violation[] {
  const { threadId, log, thread, removed, deleted } = evidence;
  const violations: Violation[] = [];
  const report = (message: string) =>
    violations.push({ invariant: 'I7', threadId, message: `${nameOf(subscription)} ${message}` });
  const wanted = log.filter((row) => isFor(subscription, row));
  const bySeq = new Map(log.map((row) => [row.seq, row]));
  let next = wanted.findIndex(({ seq }) => seq > subscription.afterSeq);
  if (next === -1) next = wanted.length;
  let previous = subscription.afterSeq;

  for (const event of subscription.events) {
    if (event.seq <= previous) {
      report(`got ${tell(event)} after seq ${previous}`);
      continue;
    }
    previous = event.seq;
    const passed: EventRow[] = [];
    for (let row = wanted[next]; row !== undefined && row.seq < event.seq; row = wanted[next]) {
      passed.push(row);
      next += 1;
    }
    if (!isFor(subscription, event)) report(`got ${tell(event)}, which it did not ask for`);
    const missed = passed.filter((row) => !isJoinedWith(row, event));
    if (missed.length > 0) report(`missed ${missed.map(tell).join(', ')} before ${tell(event)}`);
    const row = bySeq.get(event.seq);
    if (row === undefined) {
      if (event.runId === null || !(removed.has(event.runId) || deleted.has(event.runId)))
        report(`got ${tell(event)}, which is not in the log`);
      continue;
    }
    next += 1;
    if (row.kind !== event.kind || row.runId !== event.runId)
      report(`got ${tell(event)}, but the log has ${tell(row)}`);
    const text = [...passed.filter((one) => isJoinedWith(one, event)), row]
      .map((one) => one.text ?? '')
      .join('');
    if (event.kind === 'MESSAGE_DELTA' && event.text !== text)
      report(
        `got ${tell(event)} with the text ${JSON.stringify(event.text)} instead of ${JSON.stringify(text)}`,
      );
    if (event.kind === 'MESSAGE_COMPLETED' && event.text !== row.text)
      report(`got ${tell(event)} with another text than the log's`);
  }
  const isDeleted = subscription.runId !== null && deleted.has(subscription.runId);
  checkEnd(
    subscription,
    wanted.slice(next),
    { seen: previous, last: (thread?.nextSeq ?? 1) - 1, isDeleted },
    report,
  );
  return violations;
}

function checkEnd(
  { end, runId, events }: Subscription,
  unread: readonly EventRow[],
  { seen, last, isDeleted }: { readonly seen: number; readonly last: number; readonly isDeleted: boolean },
  report: (m: string) => void,
): void {
  if (typeof end === 'object') report(`failed: ${end.failed}`);
  if (end === 'stayed' && unread.length > 0)
    report(
      `stayed, but never got ${unread.slice(0, 5).map(tell).join(', ')} (${unread.length} in all, the log ends with ${last})`,
    );
  if (end === 'stayed' && seen > last) report(`got seq ${seen}, the log ends with ${last}`);
  const final = events.at(-1)?.kind;
  if (end === 'completed' && runId === null) report('was completed, though its thread is there');
  if (
    end === 'completed' &&
    runId !== null &&
    !isDeleted &&
    events.length > 0 &&
    final !== 'RUN_ENDED' &&
    final !== 'RUN_ROLLED_BACK'
  )
    report(`was completed after ${final}`);
}

/**
 * Two subscribers that got something under one seq got the same; of removed events the log can't tell any
 * more.
 */
function checkSame({ threadId, subscriptions, log }: Evidence): Violation[] {
  const violations: Violation[] = [];
  const inLog = new Set(log.map(({ seq }) => seq));
  const first = new Map<number, { readonly event: SeenEvent; readonly by: Subscription }>();
  for (const by of subscriptions) {
    for (const event of by.events) {
      const known = first.get(event.seq);
      if (known === undefined) first.set(event.seq, { event, by });
      else if (
        !inLog.has(event.seq) &&
        (known.event.kind !== event.kind || known.event.runId !== event.runId)
      )
        violations.push({
          invariant: 'I7',
          threadId,
          message: `${nameOf(by)} got ${tell(event)}, ${nameOf(known.by)} got ${tell(known.event)}`,
        });
    }
  }
  return violations;
}

const isFor = ({ runId, kinds }: Subscription, event: EventFacts): boolean =>
  kinds.has(event.kind) && (runId === null || event.runId === runId);

const isJoinedWith = (row: EventFacts, event: EventFacts): boolean =>
  row.kind === 'MESSAGE_DELTA' &&
  event.kind === 'MESSAGE_DELTA' &&
  row.runId === event.runId &&
  row.messageId === event.messageId;

const tell = ({ seq, kind, runId }: EventFacts): string => `${kind} of ${runId ?? 'the thread'} (seq ${seq})`;
const nameOf = ({ client, runId, afterSeq }: Subscription): string =>
  `${client} (following ${runId === null ? 'the thread' : `run ${runId}`} after seq ${afterSeq})`;
