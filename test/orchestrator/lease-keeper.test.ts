import { describe, expect, test } from 'vitest';
import { newRunId, newThreadId } from '../../src/domain/ids.ts';
import type { Run } from '../../src/domain/run.ts';
import { type Context, DEFAULT_OPTIONS } from '../../src/orchestrator/context.ts';
import { LeaseKeeper } from '../../src/orchestrator/execution/lease-keeper.ts';
import { DatabaseUnavailableError } from '../../src/orchestrator/ports/database-unavailable.ts';
import type { Clock, Signal } from '../../src/orchestrator/ports/environment.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

/** Leases of 30 s, of which 24 may be relied on: a beat every 8 s. */
const OPTIONS = { ...DEFAULT_OPTIONS, workerId: 'w', leaseMs: 30_000, leaseMarginMs: 6_000 };
const BEAT_MS = 8_000;
const RELIABLE_MS = 24_000;

type Timer = { readonly atMs: number; readonly fire: () => void };

/**
 * Time stands still but for `advance`, which fires what becomes due, in its order, and lets what that began
 * come to its next wait.
 */
class ManualClock implements Pick<Clock, 'monotonicMs' | 'timer'> {
  #nowMs = 0;
  readonly #timers = new Set<Timer>();

  get armed(): number {
    return this.#timers.size;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  timer(ms: number, fire: () => void): Disposable {
    const timer = { atMs: this.#nowMs + ms, fire };
    this.#timers.add(timer);
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) };
  }

  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = next.atMs;
      next.fire();
      await settled();
    }
    this.#nowMs = endMs;
  }
}

/** Everything that only waits for promises that are resolved has gone on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A keeper whose renewals the test answers. */
function keep() {
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const claim = { runId: newRunId(), threadId: newThreadId(), attempt: 1 };
  const said: string[] = [];
  const renewedUntil: number[] = [];
  const listeners = new Set<(signal: Signal) => void>();
  /** What the next renewals come to; the last one stays. */
  let answer: () => Promise<Partial<Run> | null> = async () => ({ stop: null });
  const tx = {
    now: new Date(1_000_000),
    threads: { lockAny: async () => null },
    runs: {
      renewLease: async (_claim: unknown, until: Date) => {
        renewedUntil.push(until.getTime());
        found = await answer();
        return found !== null;
      },
      find: async () => found,
    },
  };
  let found: Partial<Run> | null = null;
  const context = {
    clock,
    logger,
    options: OPTIONS,
    store: { transaction: (work: (tx: unknown) => Promise<unknown>) => work(tx) },
    signals: {
      send: () => {},
      listen: (listener: (signal: Signal) => void) => {
        listeners.add(listener);
        return { [Symbol.dispose]: () => void listeners.delete(listener) };
      },
    },
  } as unknown as Context;
  const keeper = new LeaseKeeper(
    context,
    claim,
    (why) => said.push(why),
    () => said.push('stop'),
  );
  return {
    clock,
    logger,
    said,
    renewedUntil,
    listeners,
    keeper,
    answerWith: (next: () => Promise<Partial<Run> | null>) => {
      answer = next;
    },
    signal: async (kind: Signal['kind']) => {
      for (const listener of listeners) listener({ kind } as Signal);
      await settled();
    },
  };
}

const unreachable = async (): Promise<never> => {
  throw new DatabaseUnavailableError('UNREACHABLE', null);
};

describe('a lease', () => {
  test('is renewed at each third of the time that it may be relied on, for its whole length', async () => {
    const { clock, renewedUntil, said, keeper } = keep();

    await clock.advance(BEAT_MS - 1);
    expect(renewedUntil).toEqual([]);
    await clock.advance(1);
    expect(renewedUntil).toEqual([1_030_000]);
    await clock.advance(20 * BEAT_MS);

    expect(renewedUntil).toHaveLength(21);
    expect(said).toEqual([]);
    keeper[Symbol.dispose]();
  });

  test('is lost at once when another attempt has it', async () => {
    const { clock, said, answerWith, keeper } = keep();
    answerWith(async () => null);

    await clock.advance(BEAT_MS);

    expect(said).toEqual(['claim-lost']);
    keeper[Symbol.dispose]();
  });

  test('can no longer be relied on when no renewal has come through in its time, whatever the reason, reckoned from its start', async () => {
    const { clock, said, answerWith, logger, keeper } = keep();
    answerWith(unreachable);

    await clock.advance(RELIABLE_MS - 1);
    expect(said).toEqual([]);
    await clock.advance(1);

    expect(said).toEqual(['database-unavailable']);
    expect(
      logger.at('warn').filter((message) => message === 'Renewing a lease failed').length,
    ).toBeGreaterThanOrEqual(2);
    keeper[Symbol.dispose]();
  });

  test('that hangs in its renewal is given up as another one’s: nobody knows whose it is', async () => {
    const { clock, said, answerWith, keeper } = keep();
    answerWith(() => new Promise(() => {}));

    await clock.advance(RELIABLE_MS);

    expect(said).toEqual(['claim-lost']);
    keeper[Symbol.dispose]();
  });

  test('counts from when its last renewal was sent, not from its answer', async () => {
    const { clock, said, answerWith, keeper } = keep();
    const slow = Promise.withResolvers<Partial<Run>>();
    answerWith(() => slow.promise);
    await clock.advance(BEAT_MS);
    await clock.advance(5_000);
    slow.resolve({ stop: null });
    await settled();
    answerWith(() => new Promise(() => {}));

    await clock.advance(RELIABLE_MS - 5_000 - 1);
    expect(said).toEqual([]);
    await clock.advance(1);

    expect(said).toEqual(['claim-lost']);
    keeper[Symbol.dispose]();
  });

  test('forgets a failure that a later renewal has made good', async () => {
    const { clock, said, answerWith, keeper } = keep();
    answerWith(unreachable);
    await clock.advance(BEAT_MS);
    answerWith(async () => ({ stop: null }));
    await clock.advance(BEAT_MS);
    answerWith(() => new Promise(() => {}));

    await clock.advance(RELIABLE_MS);

    expect(said).toEqual(['claim-lost']);
    keeper[Symbol.dispose]();
  });

  test('brings a stop request whose signal was lost', async () => {
    const { clock, said, answerWith, keeper } = keep();
    const stop = { action: 'INTERRUPT', reason: 'CANCELLED', by: null, keepPartialOutput: true } as const;
    answerWith(async () => ({ stop }));

    await clock.advance(BEAT_MS);

    expect(said).toEqual(['stop']);
    keeper[Symbol.dispose]();
  });

  test('is renewed at once when signals may have been lost, and not for other signals', async () => {
    const { renewedUntil, signal, keeper } = keep();

    await signal('wake');
    expect(renewedUntil).toEqual([]);
    await signal('resync');

    expect(renewedUntil).toHaveLength(1);
    keeper[Symbol.dispose]();
  });

  test('that is let go of is not renewed again, listens to nothing and says nothing', async () => {
    const { clock, renewedUntil, said, listeners, answerWith, keeper } = keep();
    const slow = Promise.withResolvers<Partial<Run> | null>();
    answerWith(() => slow.promise);
    await clock.advance(BEAT_MS);

    keeper[Symbol.dispose]();
    slow.resolve(null);
    await settled();
    await clock.advance(10 * RELIABLE_MS);

    expect(renewedUntil).toHaveLength(1);
    expect(said).toEqual([]);
    expect(listeners.size).toBe(0);
    expect(clock.armed).toBe(0);
  });
});
