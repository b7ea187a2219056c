import type { LoggedEvent } from '../domain/event.ts';

/** A follower with at least this many events waiting lags: its adjacent deltas are joined. */
const LAGGING = 32;

/**
 * Takes the next event from the front of `waiting` (which it shortens); null when it is empty. Where many wait, adjacent deltas of one
 * message become one that carries the last one's seq, so that a fast model doesn't cost a slow subscriber an execution per token.
 */
export function joinDeltas(waiting: LoggedEvent[]): LoggedEvent | null {
  const lagging = waiting.length >= LAGGING;
  const first = waiting.shift();
  if (first === undefined) return null;
  if (!lagging || first.body.kind !== 'MESSAGE_DELTA') return first;
  let last = first;
  const texts: string[] = [];
  const body = first.body;
  if (typeof body.content !== 'string') return first;
  texts.push(body.content);
  for (let next = waiting[0]; next !== undefined && isSameDelta(next, first); next = waiting[0]) {
    if (next.body.kind !== 'MESSAGE_DELTA' || typeof next.body.content !== 'string') break;
    texts.push(next.body.content);
    last = next;
    waiting.shift();
  }
  const text = texts.join('');
  return { ...last, body: { ...body, text, content: text } };
}

const isSameDelta = (event: LoggedEvent, first: LoggedEvent): boolean =>
  event.body.kind === 'MESSAGE_DELTA' &&
  first.body.kind === 'MESSAGE_DELTA' &&
  event.runId === first.runId &&
  event.body.messageId === first.body.messageId &&
  event.body.ns === first.body.ns;
