import type { DeliveryId, Owner, RunId } from '../../domain/ids.ts';
import type { Run } from '../../domain/run.ts';
import type { DeliveryStatus, WebhookDelivery } from '../../domain/webhook.ts';
import type { Window } from './paging.ts';

/**
 * The outbox, in the transaction that ends a run: the notification and the end are stored together, or
 * neither is.
 */
export interface WebhookTx {
  /** Enqueues the notification of the run's webhook. `run` as it ended, with a webhook. */
  enqueue(run: Run & { readonly webhook: string }): Promise<void>;
}

/** What became of one attempt. */
export type AttemptEnd =
  | { readonly kind: 'delivered'; readonly statusCode: number }
  /** `pauseMs` until the next one; null: there is none. */
  | {
      readonly kind: 'failed';
      readonly statusCode: number | null;
      readonly error: string;
      readonly pauseMs: number | null;
    }
  /** It was broken off, by a shutdown: due again at once. */
  | { readonly kind: 'broken-off' };

export type DeliveryQuery = {
  readonly owner: Owner;
  readonly status?: readonly DeliveryStatus[] | undefined;
  readonly runId?: RunId | undefined;
  /** Newest first; keys are ids. */
  readonly window: Window<DeliveryId>;
};

/**
 * The outbox outside of that transaction. Of many processes each delivery is one's at a time: what a dead one
 * had is due again after its claim.
 */
export interface WebhookOutbox {
  /** Begins an attempt of due deliveries, the longest due first; each is the caller's for `claimMs`. */
  claimDue(limit: number, claimMs: number): Promise<WebhookDelivery[]>;
  /** Keeps what this attempt and all later ones send. False: the claim is no longer current. */
  keepBody(claimed: WebhookDelivery, body: string): Promise<boolean>;
  /** Ends a claimed attempt. False: the claim is no longer current, another process is at it. */
  end(claimed: WebhookDelivery, end: AttemptEnd): Promise<boolean>;
  /** When the next attempt is due, in ms from now, not below 0; null: none is pending. */
  dueInMs(): Promise<number | null>;
  find(owner: Owner, id: DeliveryId): Promise<WebhookDelivery | null>;
  list(query: DeliveryQuery): Promise<WebhookDelivery[]>;
  /**
   * Makes a delivery PENDING and due now, whatever became of it; null: there is none. Its attempts go on
   * counting.
   */
  resend(owner: Owner, id: DeliveryId): Promise<WebhookDelivery | null>;
  /**
   * Removes deliveries that are not PENDING and were made longer than `ageMs` ago; at most `limit`. Resolves
   * with how many.
   */
  removeOld(ageMs: number, limit: number): Promise<number>;
}

/** What may be a webhook. */
export interface WebhookPolicy {
  /**
   * The absolute URL that `url` means, or what is wrong with it. Looks at the text only: names are resolved
   * when it is sent.
   */
  resolve(url: string): { readonly url: string } | { readonly problem: string };
}

export type WebhookRequest = { readonly id: DeliveryId; readonly url: string; readonly body: string };
export type WebhookAnswer =
  | { readonly kind: 'answered'; readonly statusCode: number }
  /** Nothing came of it: no connection, no answer in time, an address that is not allowed. */
  | { readonly kind: 'failed'; readonly error: string; readonly detail?: string };

export interface WebhookSender extends WebhookPolicy {
  /** Posts it, within bounds of time and size. Rejects with the signal's reason when that aborts. */
  send(request: WebhookRequest, signal: AbortSignal): Promise<WebhookAnswer>;
}
