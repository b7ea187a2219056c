import type { Json } from '../../domain/json.ts';
import type { Run } from '../../domain/run.ts';
import { retryPauseMs, type WebhookDelivery } from '../../domain/webhook.ts';
import type { Clock, Logger, Signals } from '../ports/environment.ts';
import type { AttemptEnd, WebhookAnswer, WebhookOutbox, WebhookSender } from '../ports/webhooks.ts';
import { CLAIM_MS, DueQueue } from './due-queue.ts';

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

/** With its state, a payload may be as long as the conversation; one that is longer goes without. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** What is not PENDING any more can be listed and sent again for this long. */
const KEEP_MS = 7 * 24 * 60 * 60 * 1_000;
const REMOVED_AT_ONCE = 200;
const REMOVE_EVERY_MS = 60 * 60 * 1_000;

/**
 * Notifies webhooks of finished runs: at least once, always with the same id and body, from any process.
 * Disposed, it breaks off what is under way: that is due again at once, for another process.
 */
export function deliverWebhooks(deps: DeliveryDeps): AsyncDisposable {
  const { outbox, clock, logger, signals } = deps;
  let removeAtMs = 0;
  return new DueQueue({
    clock,
    logger,
    signals,
    signal: 'webhook',
    claimDue: (limit) => outbox.claimDue(limit, CLAIM_MS),
    dueInMs: () => outbox.dueInMs(),
    work: (delivery, stop) => attempt(deps, delivery, stop),
    tidy: async () => {
      if (clock.monotonicMs() < removeAtMs) return;
      const removed = await outbox.removeOld(KEEP_MS, REMOVED_AT_ONCE);
      if (removed < REMOVED_AT_ONCE) removeAtMs = clock.monotonicMs() + REMOVE_EVERY_MS;
    },
    log: {
      looking: 'Looking for due webhooks failed; the next sweep retries',
      piece: 'Sending a webhook failed; it is due again when its claim expires',
      of: ({ id, runId }) => ({ delivery: id, runId }),
    },
  });
}

async function attempt(deps: DeliveryDeps, delivery: WebhookDelivery, stop: AbortSignal): Promise<void> {
  const { outbox, sender, logger } = deps;
  const body = delivery.body ?? (await makeBody(deps, delivery));
  if (body === null) return;
  const answer = await sender
    .send({ id: delivery.id, url: delivery.url, body }, stop)
    .catch((error: unknown) => {
      if (stop.aborted) return null;
      throw error;
    });
  const end: AttemptEnd =
    answer === null ? { kind: 'broken-off' } : endOf(answer, delivery.attempts, deps.random());
  await outbox.end(delivery, end);
  const { id, runId, attempts } = delivery;
  if (end.kind === 'failed')
    logger.warn({ delivery: id, runId, attempts, ...end, ...detailOf(answer) }, 'Webhook delivery failed');
  else logger.debug({ delivery: id, runId, attempts, ...end }, 'Webhook delivered');
}

/** For the log alone: it may name hosts and addresses that callers are not to learn. */
const detailOf = (answer: WebhookAnswer | null): { readonly detail?: string } =>
  answer?.kind === 'failed' && answer.detail !== undefined ? { detail: answer.detail } : {};

/** Null: the claim is no longer current. */
async function makeBody(
  { outbox, valuesOf, payloadOf, clock }: DeliveryDeps,
  delivery: WebhookDelivery,
): Promise<string | null> {
  const at = clock.now();
  const whole = JSON.stringify(payloadOf(delivery.run, await valuesOf(delivery.run), at));
  const body =
    Buffer.byteLength(whole) <= MAX_BODY_BYTES ? whole : JSON.stringify(payloadOf(delivery.run, null, at));
  return (await outbox.keepBody(delivery, body)) ? body : null;
}

/** 2xx succeeds; 410 means that the endpoint is gone (Standard Webhooks); everything else is retried. */
function endOf(answer: WebhookAnswer, attempts: number, spread: number): AttemptEnd {
  const pauseMs = retryPauseMs(attempts, spread);
  if (answer.kind === 'failed') return { kind: 'failed', statusCode: null, error: answer.error, pauseMs };
  const { statusCode } = answer;
  if (statusCode >= 200 && statusCode < 300) return { kind: 'delivered', statusCode };
  const error = `the receiver responded with status ${statusCode}`;
  return { kind: 'failed', statusCode, error, pauseMs: statusCode === 410 ? null : pauseMs };
}
