import { backoffMs } from '../domain/backoff.ts';
import type { Clock, Logger } from '../orchestrator/ports/environment.ts';
import type { Engine, Link } from './signal-engine.ts';
import { type Message, type ReadMessage, readMessage } from './wire.ts';

export type ConnectionDeps = {
  readonly engine: Engine;
  /** Stands in this process's own messages. */
  readonly from: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** A message of another process. */
  readonly onMessage: (message: ReadMessage) => void;
  /** Connected again after a loss: what was sent in the meantime was not heard. */
  readonly onBack: () => void;
  /** An echo came: what could not be sent may be tried again. */
  readonly onAlive: () => void;
};

/**
 * How often an echo of one's own is asked for, and how long it may take: a connection can die without a word.
 */
const PROBE = { everyMs: 10_000, timeoutMs: 5_000 };
const BACKOFF = { firstMs: 50, longestMs: 5_000 };

/** One link as long as it lives. */
type Life = {
  readonly link: Link;
  /** Rejects when the link is lost. */
  readonly down: Promise<never>;
};

/**
 * Keeps a link to the engine for as long as the process wants one. It is
 *
 * - UP: there is a link on which an echo of our own has come back, so the subscription is in effect;
 * - AWAY: the link was lost, or an echo didn't come in time. Connecting is retried forever with growing
 *   pauses; the return to UP is reported to `onBack`, the loss itself is logged once;
 * - CLOSED, for good.
 */
export class Connection implements AsyncDisposable {
  readonly #deps: ConnectionDeps;
  readonly #closing = new AbortController();
  #life: Life | null = null;
  #nextProbe: Disposable | null = null;
  #probes = 0;
  /** Who waits for the echo of which probe. */
  readonly #echoes = new Map<number, () => void>();
  #saidGarbage = false;

  private constructor(deps: ConnectionDeps) {
    this.#deps = deps;
  }

  /** Rejects with the engine's error when it can't be reached now. */
  static async open(deps: ConnectionDeps): Promise<Connection> {
    const connection = new Connection(deps);
    await connection.#connect();
    return connection;
  }

  get isUp(): boolean {
    return this.#life !== null;
  }

  /**
   * Rejects when the messages may not have reached the engine; at the latest when the link's loss is noticed.
   */
  async publish(messages: readonly Message[]): Promise<void> {
    const life = this.#life;
    if (life === null) throw new Error('not connected');
    await Promise.race([life.link.publish(messages), life.down]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#nextProbe?.[Symbol.dispose]();
    const life = this.#life;
    this.#life = null;
    await life?.link.close();
  }

  async #connect(): Promise<void> {
    const down = Promise.withResolvers<never>();
    down.promise.catch(() => {}); // it may reject before anything awaits it
    const link = await this.#deps.engine.connect({
      onMessage: (data) => this.#receive(data),
      onGarbage: (reason) => this.#garbage(reason),
      onDown: (reason) => down.reject(reason),
    });
    const life: Life = { link, down: down.promise };
    try {
      await this.#probe(life);
      this.#closing.signal.throwIfAborted();
    } catch (error) {
      await link.close();
      throw error;
    }
    this.#life = life;
    this.#saidGarbage = false;
    life.down.catch((reason: Error) => this.#lost(life, reason));
    this.#armProbe(life);
  }

  /** Sends a message that only we take note of; resolves when it has come back. */
  async #probe({ link, down }: Life): Promise<void> {
    const probe = ++this.#probes;
    const echo = Promise.withResolvers<void>();
    const late = Promise.withResolvers<never>();
    this.#echoes.set(probe, echo.resolve);
    using _timer = this.#deps.clock.timer(PROBE.timeoutMs, () => {
      // Where the event loop was blocked for that long, the echo may be there and not be read yet: let it be
      // read first.
      void this.#deps.clock
        .nextTurn()
        .then(() => late.reject(new Error(`no probe echo within ${PROBE.timeoutMs / 1_000} seconds`)));
    });
    try {
      await Promise.race([
        Promise.all([link.publish([{ from: this.#deps.from, probe }]), echo.promise]),
        down,
        late.promise,
      ]);
    } finally {
      this.#echoes.delete(probe);
    }
  }

  #armProbe(life: Life): void {
    this.#nextProbe = this.#deps.clock.timer(PROBE.everyMs, () => {
      this.#probe(life).then(
        () => {
          if (this.#life !== life) return;
          this.#armProbe(life);
          this.#deps.onAlive();
        },
        (reason: Error) => this.#lost(life, reason),
      );
    });
  }

  /** Reported by the link, by a probe, or by both: the first report counts. */
  #lost(life: Life, reason: Error): void {
    if (this.#life !== life) return;
    this.#life = null;
    this.#nextProbe?.[Symbol.dispose]();
    const { engine, logger, clock } = this.#deps;
    logger.warn(
      { engine: engine.name, reason: reason.message },
      'Messaging connection lost; continuing with delays',
    );
    void life.link.close();
    void this.#comeBack(clock.monotonicMs());
  }

  /** Never rejects. */
  async #comeBack(lostAtMs: number): Promise<void> {
    const { engine, logger, clock } = this.#deps;
    for (let failures = 1; !this.#closing.signal.aborted; failures += 1) {
      try {
        // Not all processes at the same instant.
        await clock.sleep(backoffMs(BACKOFF, failures) * (0.5 + Math.random() / 2), this.#closing.signal);
        await this.#connect();
      } catch (error) {
        logger.debug({ engine: engine.name, reason: messageOf(error) }, 'Messaging engine still unavailable');
        continue;
      }
      logger.info(
        { engine: engine.name, awayMs: Math.round(clock.monotonicMs() - lostAtMs) },
        'Messaging connection restored',
      );
      this.#deps.onBack();
      return;
    }
  }

  #receive(data: unknown): void {
    const message = readMessage(data);
    if (message === null) {
      this.#garbage('a message from another application');
      return;
    }
    if (message.from === this.#deps.from) {
      if (message.probe !== undefined) this.#echoes.get(message.probe)?.();
      return; // our own listeners have had our signals already
    }
    if (message.unreadable > 0) this.#garbage('signals unknown to this version');
    this.#deps.onMessage(message);
  }

  /** Warns once per connection, so that a flooded channel does not flood the log. */
  #garbage(reason: string): void {
    const { engine, logger } = this.#deps;
    const level = this.#saidGarbage ? 'debug' : 'warn';
    this.#saidGarbage = true;
    logger[level]({ engine: engine.name, reason }, 'Ignored a message on the signals channel');
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
