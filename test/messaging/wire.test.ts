import { expect, test } from 'vitest';
import { newRunId, newThreadId } from '../../src/domain/ids.ts';
import { Outbox } from '../../src/messaging/shared-signals.ts';
import { messagesFor, readMessage, type SentSignal } from '../../src/messaging/wire.ts';

const from = '0198c0de-0000-4000-8000-000000000000';
const grown = (seq: number | null, threadId = newThreadId()): SentSignal => ({
  kind: 'events',
  threadId,
  seq,
});
const sizeOf = (message: object) => Buffer.byteLength(JSON.stringify(message));

test('messages are cut so that none is longer than allowed, and together say everything once', () => {
  const signals = Array.from({ length: 500 }, (_, n) =>
    n % 2 === 0 ? grown(n) : { kind: 'stop' as const, runId: newRunId() },
  );

  const messages = messagesFor(from, { signals, lost: true }, 7_900);

  expect(Math.max(...messages.map(sizeOf))).toBeLessThanOrEqual(7_900);
  expect(messages.length).toBeLessThan(8);
  expect(messages.flatMap((message) => message.signals ?? [])).toEqual(signals);
  expect(messages.filter(({ lost }) => lost)).toHaveLength(1);
});

test('a message is read as it was sent', () => {
  const signals: SentSignal[] = [
    { kind: 'wake' },
    { kind: 'released' },
    { kind: 'stop', runId: newRunId() },
    grown(7),
    grown(null),
  ];

  const [message] = messagesFor(from, { signals, lost: false }, 7_900);

  expect(readMessage(JSON.parse(JSON.stringify(message)))).toEqual({ from, signals, unreadable: 0 });
});

test('that something was lost is said even without signals', () => {
  expect(messagesFor(from, { signals: [], lost: true }, 7_900)).toEqual([{ from, lost: true, signals: [] }]);
});

test('signals that this version does not know do not take the others with them', () => {
  const data = {
    from,
    signals: [
      { kind: 'later' },
      { kind: 'wake' },
      { kind: 'resync' },
      { kind: 'events', threadId: 'x', seq: 1 },
    ],
  };

  expect(readMessage(data)).toEqual({ from, signals: [{ kind: 'wake' }], unreadable: 3 });
});

test('what is no message is null', () => {
  for (const data of [null, 1, 'text', [], {}, { from: 'me' }, { from, signals: 'wake' }])
    expect(readMessage(data)).toBeNull();
});

test('the outbox keeps a thread’s newest seq, and each other signal once, in the order of their last sending', () => {
  const outbox = new Outbox();
  const thread = newThreadId();
  const other = newThreadId();
  const stop: SentSignal = { kind: 'stop', runId: newRunId() };

  for (const signal of [
    grown(2, thread),
    { kind: 'wake' as const },
    stop,
    grown(1, other),
    stop,
    { kind: 'wake' as const },
    grown(1, thread),
  ])
    outbox.add(signal);

  expect(outbox.takeAll()).toEqual({
    signals: [grown(1, other), stop, { kind: 'wake' }, grown(2, thread)],
    lost: false,
  });
  expect(outbox.isEmpty).toBe(true);
});

test('a thread that was deleted and created anew under its id is told as both, without its former seq', () => {
  const outbox = new Outbox();
  const thread = newThreadId();

  for (const seq of [500, null, 1]) outbox.add(grown(seq, thread));

  expect(outbox.takeAll().signals).toEqual([grown(null, thread), grown(1, thread)]);
});

test('an outbox that overflows keeps only that something was lost', () => {
  const outbox = new Outbox();

  for (let n = 0; n <= 2_000; n++) outbox.add(grown(n));

  expect(outbox.takeAll()).toEqual({ signals: [], lost: true });
});
