import type { Json } from '../domain/json.ts';
import type { Run } from '../domain/run.ts';
import { retryPauseMs, type WebhookDelivery } from '../domain/webhook.ts';
import type { Clock } from './ports/clock.ts';
import type { Logger } from './ports/logger.ts';
import type { Signals } from './ports/signals.ts';
import type { AttemptEnd, WebhookAnswer, WebhookOutbox, WebhookSender } from './ports/webhooks.ts';

export type DeliveryDeps = {
  readonly outbox: WebhookOutbox;
  readonly sender: WebhookSender;
  readonly signals: Signals;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The values that the run left; null where there are none, or the thread is gone. */
  readonly valuesOf: (run: Run) => Promise<Json>;
  readonly payloadOf: (run: Run, values: Json, sentAt: Date) => object;
  /** Spreads retries; from 0 to 1. */
  readonly random: () => number;
};

/** Attempts at once in one process: a receiver that hangs must not hold up the others'. */
const CONCURRENCY = 16;
/** Longer than any attempt: one whose process died is due again after it. */
const CLAIM_MS = 60_000;
/** A signal may get lost: how often it is looked for what is due all the same. */
const SWEEP_MS = 5_000;
/** With its state, a payload may be as long as the conversation; one that is longer goes without. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** What is not PENDING any more can be listed and sent again for this long. */
const KEEP_MS = 7 * 24 * 60 * 60 * 1_000;
const REMOVED_AT_ONCE = 200;
const REMOVE_EVERY_MS = 60 * 60 * 1_000;

/**
 * Tells webhooks of the ends of runs: at least once, with the same id and body however often, from whichever process. It looks for what is due when a
 * signal says so, when the next attempt is due, and now and then.
 */
export class WebhookDeliveries implements AsyncDisposable {
  readonly #deps: DeliveryDeps;
  readonly #stop = new AbortController();
  readonly #attempts = new Set<Promise<void>>();
  #looking: Promise<void> | null = null;
  #again = false;
  #timer: Disposable | null = null;
  #removeAtMs = 0;
  readonly #listening: Disposable;

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
    this.#listening = deps.signals.listen(({ kind }) => {
      if (kind === 'webhook' || kind === 'resync') this.#look();
    });
    this.#look();
  }

  /** Breaks off what is under way: it is due again at once, for another process. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#listening[Symbol.dispose]();
    await this.#looking;
    this.#timer?.[Symbol.dispose]();
    await Promise.all(this.#attempts);
  }

  #look(): void {
    if (this.#looking !== null) {
      this.#again = true;
      return;
    }
    this.#looking = this.#claimAll()
      .catch((error: unknown) => this.#deps.logger.error({ err: error }, 'Could not look for webhooks; the next sweep tries again'))
      .finally(() => {
        this.#looking = null;
        if (this.#again && !this.#stop.signal.aborted) this.#look();
        else this.#arm(SWEEP_MS, { onlyIfUnarmed: true });
      });
  }

  async #claimAll(): Promise<void> {
    const { outbox } = this.#deps;
    this.#disarm();
    do {
      this.#again = false;
      const free = CONCURRENCY - this.#attempts.size;
      if (free <= 0 || this.#stop.signal.aborted) return; // whichever ends first looks again
      const dueInMs = await outbox.dueInMs();
      if (dueInMs === null || dueInMs > 0) {
        await this.#removeOld();
        if (!this.#again) this.#arm(Math.min(dueInMs ?? SWEEP_MS, SWEEP_MS));
        continue;
      }
      const claimed = await outbox.claimDue(free, CLAIM_MS);
      for (const delivery of claimed) this.#begin(delivery);
      // None: another process has them. Looking again at once would find the same.
      if (claimed.length > 0) this.#again = true;
    } while (this.#again);
  }

  async #removeOld(): Promise<void> {
    const { outbox, clock } = this.#deps;
    if (clock.monotonicMs() < this.#removeAtMs) return;
    const removed = await outbox.removeOld(KEEP_MS, REMOVED_AT_ONCE);
    if (removed < REMOVED_AT_ONCE) this.#removeAtMs = clock.monotonicMs() + REMOVE_EVERY_MS;
  }

  #begin(delivery: WebhookDelivery): void {
    const attempt = this.#attempt(delivery)
      .catch((error: unknown) =>
        this.#deps.logger.error(
          { err: error, delivery: delivery.id, runId: delivery.runId },
          'A webhook could not be sent; it is due again when its claim is over',
        ),
      )
      .finally(() => {
        this.#attempts.delete(attempt);
        if (!this.#stop.signal.aborted) this.#look();
      });
    this.#attempts.add(attempt);
  }

  async #attempt(delivery: WebhookDelivery): Promise<void> {
    const { outbox, sender, logger } = this.#deps;
    const body = delivery.body ?? (await this.#makeBody(delivery));
    if (body === null) return;
    const answer = await sender.send({ id: delivery.id, url: delivery.url, body }, this.#stop.signal).catch((error: unknown) => {
      if (this.#stop.signal.aborted) return null;
      throw error;
    });
    const end: AttemptEnd = answer === null ? { kind: 'broken-off' } : endOf(answer, delivery.attempts, this.#deps.random());
    await outbox.end(delivery, end);
    const { id, runId, attempts } = delivery;
    if (end.kind === 'failed') logger.warn({ delivery: id, runId, attempts, ...end }, 'A webhook was not taken');
    else logger.debug({ delivery: id, runId, attempts, ...end }, 'A webhook was sent');
  }

  /** Null: the claim is no longer current. */
  async #makeBody(delivery: WebhookDelivery): Promise<string | null> {
    const { outbox, valuesOf, payloadOf, clock } = this.#deps;
    const at = clock.now();
    const whole = JSON.stringify(payloadOf(delivery.run, await valuesOf(delivery.run), at));
    const body = Buffer.byteLength(whole) <= MAX_BODY_BYTES ? whole : JSON.stringify(payloadOf(delivery.run, null, at));
    return (await outbox.keepBody(delivery, body)) ? body : null;
  }

  #arm(ms: number, { onlyIfUnarmed = false } = {}): void {
    if (this.#stop.signal.aborted || (onlyIfUnarmed && this.#timer !== null)) return;
    this.#disarm();
    this.#timer = this.#deps.clock.timer(ms, () => {
      this.#timer = null;
      this.#look();
    });
  }

  #disarm(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
  }
}

/** 2xx is taken; 410 means that nobody is there any more (Standard Webhooks); all else is tried again. */
export function endOf(answer: WebhookAnswer, attempts: number, spread: number): AttemptEnd {
  const pauseMs = retryPauseMs(attempts, spread);
  if (answer.kind === 'failed') return { kind: 'failed', statusCode: null, error: answer.error, pauseMs };
  const { statusCode } = answer;
  if (statusCode >= 200 && statusCode < 300) return { kind: 'delivered', statusCode };
  const error = `the receiver answered with status ${statusCode}`;
  return { kind: 'failed', statusCode, error, pauseMs: statusCode === 410 ? null : pauseMs };
}
