import { describe, expect, test } from 'vitest';
import { newRunId, newThreadId, type ThreadId } from '../../src/domain/ids.ts';
import type { Signal, Signals } from '../../src/orchestrator/ports/environment.ts';
import { until } from '../support/until.ts';

/** What one process hears, in order. */
export type Ears = { readonly heard: readonly Signal[]; [Symbol.dispose](): void };

export function listenTo(signals: Signals): Ears {
  const heard: Signal[] = [];
  const listening = signals.listen((signal) => heard.push(signal));
  return { heard, [Symbol.dispose]: () => listening[Symbol.dispose]() };
}

/** Resolves once `signal` has been heard. */
export async function hears({ heard }: Ears, signal: Signal, deadlineMs?: number): Promise<void> {
  const wanted = JSON.stringify(signal);
  await until(
    () => heard,
    (signals) => signals.some((one) => JSON.stringify(one) === wanted),
    deadlineMs === undefined ? {} : { deadlineMs },
  );
}

export const grown = (threadId: ThreadId = newThreadId(), seq = 1): Signal => ({
  kind: 'events',
  threadId,
  seq,
});

/** One of each kind that is sent. */
export const everyKind = (): Signal[] => [
  { kind: 'wake' },
  { kind: 'released' },
  { kind: 'stop', runId: newRunId() },
  grown(),
  { kind: 'events', threadId: newThreadId(), seq: null },
];

/** What any Signals does within its process. `open` gives one that nobody else uses. */
export function signalsContract(engine: string, open: () => Promise<Signals & AsyncDisposable>): void {
  describe(`signals of one process, with ${engine}`, () => {
    test('every listener hears every kind at once, inside send, and once', async () => {
      await using signals = await open();
      using first = listenTo(signals);
      using second = listenTo(signals);
      const sent = everyKind();

      for (const signal of sent) signals.send(signal);

      expect(first.heard).toEqual(sent);
      expect(second.heard).toEqual(sent);
    });

    test('a resync is for the listeners of this process', async () => {
      await using signals = await open();
      using ears = listenTo(signals);

      signals.send({ kind: 'resync' });

      expect(ears.heard).toEqual([{ kind: 'resync' }]);
    });

    test('a listener that was disposed hears nothing more, the others do', async () => {
      await using signals = await open();
      using staying = listenTo(signals);
      const leaving = listenTo(signals);

      leaving[Symbol.dispose]();
      signals.send({ kind: 'wake' });

      expect(leaving.heard).toEqual([]);
      expect(staying.heard).toEqual([{ kind: 'wake' }]);
    });

    test('without listeners a signal is nobody’s', async () => {
      await using signals = await open();

      expect(() => signals.send({ kind: 'wake' })).not.toThrow();
    });

    test('what is sent after the end does not throw', async () => {
      const signals = await open();
      await signals[Symbol.asyncDispose]();

      expect(() => signals.send({ kind: 'wake' })).not.toThrow();
    });
  });
}
