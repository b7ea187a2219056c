import type { SentSignal } from './wire.ts';

/** Beyond this many different signals "look at everything" is cheaper to send, and to act on. */
const MAX_WAITING = 2_000;

export type Waiting = { readonly signals: readonly SentSignal[]; readonly lost: boolean };

/**
 * Signals on their way to other processes, at most once each: a thread's newest seq stands for the older ones. Bounded: when it overflows,
 * it keeps only that something was lost.
 */
export class Outbox {
  readonly #signals = new Map<string, SentSignal>();
  #lost = false;

  add(signal: SentSignal): void {
    const key = keyOf(signal);
    const known = this.#signals.get(key);
    this.#signals.delete(key); // so that the newest comes last, as it was sent
    // A thread's growth from before its deletion says nothing of one that is created anew under the same id.
    if (signal.kind === 'events' && signal.seq === null) this.#signals.delete(keyOf({ ...signal, seq: 0 }));
    this.#signals.set(key, newer(known, signal));
    if (this.#signals.size > MAX_WAITING) this.loseAll();
  }

  /** What waits is dropped; the next message says that something was lost. */
  loseAll(): void {
    this.#signals.clear();
    this.#lost = true;
  }

  get isEmpty(): boolean {
    return this.#signals.size === 0 && !this.#lost;
  }

  takeAll(): Waiting {
    const taken = { signals: [...this.#signals.values()], lost: this.#lost };
    this.#signals.clear();
    this.#lost = false;
    return taken;
  }
}

function keyOf(signal: SentSignal): string {
  switch (signal.kind) {
    case 'stop':
      return `stop ${signal.runId}`;
    case 'events':
      return `${signal.seq === null ? 'deleted' : 'grown'} ${signal.threadId}`;
    default:
      return signal.kind;
  }
}

function newer(known: SentSignal | undefined, signal: SentSignal): SentSignal {
  if (known?.kind !== 'events' || signal.kind !== 'events') return signal;
  return known.seq !== null && signal.seq !== null && known.seq > signal.seq ? known : signal;
}
