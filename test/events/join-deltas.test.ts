import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EventBody, LoggedEvent } from '../../src/domain/event.ts';
import type { RunId, ThreadId } from '../../src/domain/ids.ts';
import { joinDeltas } from '../../src/events/follower.ts';

const event = (seq: number, body: EventBody): LoggedEvent => ({
  threadId: 't' as ThreadId,
  seq,
  runId: 'r' as RunId,
  createdAt: new Date(0),
  body,
});
const delta = (seq: number, messageId: string, text: string): LoggedEvent =>
  event(seq, { kind: 'MESSAGE_DELTA', ns: '', node: 'n', messageId, text, content: text });

function drain(events: readonly LoggedEvent[]): LoggedEvent[] {
  const waiting = [...events];
  const taken: LoggedEvent[] = [];
  for (let next = joinDeltas(waiting); next !== null; next = joinDeltas(waiting)) taken.push(next);
  return taken;
}
const texts = (events: readonly LoggedEvent[]) =>
  events.reduce<Record<string, string>>((sum, { body }) => {
    if (body.kind === 'MESSAGE_DELTA') sum[body.messageId] = (sum[body.messageId] ?? '') + body.text;
    return sum;
  }, {});

test('a follower that keeps up gets every delta by itself', () => {
  const events = Array.from({ length: 10 }, (_, i) => delta(i + 1, 'm', `${i}`));
  expect(drain(events)).toEqual(events);
});

test('a follower that lags gets adjacent deltas joined, with the cursor of the last', () => {
  const events = Array.from({ length: 100 }, (_, i) => delta(i + 1, 'm', 'x'));
  expect(drain(events)[0]).toMatchObject({
    seq: 100,
    body: { text: 'x'.repeat(100), content: 'x'.repeat(100) },
  });
});

test('joining changes no text, loses no other event and keeps the order', () => {
  const kinds = fc.constantFrom('a', 'b', 'other');
  fc.assert(
    fc.property(fc.array(kinds, { maxLength: 120 }), (script) => {
      const events = script.map((kind, i) =>
        kind === 'other' ? event(i + 1, { kind: 'RUN_QUEUED' }) : delta(i + 1, kind, `${i},`),
      );
      const taken = drain(events);
      expect(texts(taken)).toEqual(texts(events));
      expect(taken.filter(({ body }) => body.kind === 'RUN_QUEUED')).toEqual(
        events.filter(({ body }) => body.kind === 'RUN_QUEUED'),
      );
      const seqs = taken.map(({ seq }) => seq);
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    }),
  );
});
