import { type DeliveryId, type Owner, parseDeliveryId, parseRunId } from '../../domain/ids.ts';
import type { DeliveryStatus, WebhookDelivery } from '../../domain/webhook.ts';
import type { Context } from '../context.ts';
import type { Found, NotFound } from '../outcomes.ts';
import type { Window } from '../ports/paging.ts';

/** What was told, or is to be told, to webhooks. */
export class WebhookDeliveries {
  readonly #context: Pick<Context, 'outbox' | 'signals'>;

  constructor(context: Pick<Context, 'outbox' | 'signals'>) {
    this.#context = context;
  }

  /** Null where there is none. */
  async find(owner: Owner, id: string): Promise<WebhookDelivery | null> {
    const deliveryId = parseDeliveryId(id);
    return deliveryId === null ? null : this.#context.outbox.find(owner, deliveryId);
  }

  /** Newest first; keys are ids. Nothing for a `runId` that is no UUID. */
  async list({ runId: id, ...query }: DeliveriesQuery): Promise<readonly WebhookDelivery[]> {
    if (id === undefined) return this.#context.outbox.list(query);
    const runId = parseRunId(id);
    return runId === null ? [] : this.#context.outbox.list({ ...query, runId });
  }

  /** Has it sent again, now, whatever became of it. */
  async resend(owner: Owner, id: string): Promise<Found<WebhookDelivery> | NotFound> {
    const deliveryId = parseDeliveryId(id);
    const delivery = deliveryId === null ? null : await this.#context.outbox.resend(owner, deliveryId);
    if (delivery === null) return { kind: 'notFound', what: 'WebhookDelivery', id };
    this.#context.signals.send({ kind: 'webhook' });
    return { kind: 'ok', value: delivery };
  }
}

export type DeliveriesQuery = {
  readonly owner: Owner;
  readonly status?: readonly DeliveryStatus[] | undefined;
  readonly runId?: string | undefined;
  readonly window: Window<DeliveryId>;
};
