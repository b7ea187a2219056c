import { v4 } from 'uuid';
import type { Clock, Logger, Signal, Signals } from '../orchestrator/ports/environment.ts';
import { Connection } from './engine-connection.ts';
import { MemorySignals } from './memory-signals.ts';
import { CLOSE_TIMEOUT_MS, type Engine } from './signal-engine.ts';
import { messagesFor, type ReadMessage, type SentSignal } from './wire.ts';

/** Beyond this many different signals "look at everything" is cheaper to send, and to act on. */
const MAX_WAITING = 2_000;

export type Waiting = { readonly signals: readonly SentSignal[]; readonly lost: boolean };

/**
 * Signals on their way to other processes, at most once each: a thread's newest seq stands for the older
 * ones. Bounded: when it overflows, it keeps only that something was lost.
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

export type SharedSignalsOptions = {
  readonly engine: Engine;
  readonly logger: Logger;
  readonly clock: Clock;
};

/**
 * Signals between processes. Listeners of this process hear its own at once, inside `send`; the other
 * processes get them in one message per turn of the event loop and engine round trip, whichever is longer.
 * What is sent while the engine is away waits, bounded; where something was lost, the others are notified and
 * rescan the database.
 */
export class SharedSignals implements Signals, AsyncDisposable {
  readonly #local = new MemorySignals();
  readonly #outbox = new Outbox();
  readonly #engine: Engine;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #id = v4();
  #connection: Connection | null = null;
  #isFlushDue = false;
  #flushing: Promise<void> | null = null;

  private constructor({ engine, logger, clock }: SharedSignalsOptions) {
    this.#engine = engine;
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Rejects with the engine's error when it can't be reached now; later losses are survived. */
  static async open(options: SharedSignalsOptions): Promise<SharedSignals> {
    const signals = new SharedSignals(options);
    const { engine, logger, clock } = options;
    signals.#connection = await Connection.open({
      engine,
      from: signals.#id,
      logger,
      clock,
      onMessage: (message) => signals.#heard(message),
      onBack: () => {
        signals.#deliver({ kind: 'resync' });
        signals.#flushSoon();
      },
      onAlive: () => signals.#flushSoon(),
    });
    return signals;
  }

  send(signal: Signal): void {
    this.#deliver(signal);
    if (signal.kind === 'resync' || this.#connection === null) return;
    this.#outbox.add(signal);
    this.#flushSoon();
  }

  listen(listener: (signal: Signal) => void): Disposable {
    return this.#local.listen(listener);
  }

  /**
   * Sends what waits, for a second at most (a release at the end of a process is worth it), and disconnects.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const connection = this.#connection;
    if (connection === null) return;
    await Promise.race([this.#flush(), this.#clock.sleep(CLOSE_TIMEOUT_MS)]);
    this.#connection = null;
    await connection[Symbol.asyncDispose]();
  }

  #heard({ signals, lost }: ReadMessage): void {
    if (this.#connection === null) return;
    for (const signal of signals) this.#deliver(signal);
    if (lost) this.#deliver({ kind: 'resync' });
  }

  /** A listener's exception must reach neither the sender nor the engine's driver. */
  #deliver(signal: Signal): void {
    try {
      this.#local.send(signal);
    } catch (error) {
      this.#logger.error({ err: error, signal }, 'Signal listener failed');
    }
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    void this.#clock.nextTurn().then(() => {
      this.#isFlushDue = false;
      return this.#flush();
    });
  }

  /** One at a time: what is sent while a message is under way goes with the next one. Never rejects. */
  #flush(): Promise<void> {
    this.#flushing ??= this.#sendWaiting().finally(() => {
      this.#flushing = null;
    });
    return this.#flushing;
  }

  async #sendWaiting(): Promise<void> {
    while (this.#connection?.isUp && !this.#outbox.isEmpty) {
      const messages = messagesFor(this.#id, this.#outbox.takeAll(), this.#engine.maxMessageBytes);
      try {
        await this.#connection.publish(messages);
      } catch (error) {
        this.#outbox.loseAll();
        const reason = error instanceof Error ? error.message : String(error);
        this.#logger.debug({ engine: this.#engine.name, reason }, 'Signals lost');
        return; // tried again with the next signal, the next echo, or when the connection is back
      }
    }
  }
}
