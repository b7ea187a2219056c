import { type Owner, parseDeliveryId, parseRunId } from '../../domain/ids.ts';
import type { WebhookDelivery } from '../../domain/webhook.ts';
import type { Context } from '../context.ts';
import type { Deliveries, DeliveriesQuery } from '../orchestrator.ts';
import type { Found, NotFound } from '../outcomes.ts';
import type { WebhookOutbox } from '../ports/webhooks.ts';

/** Listing deliveries and sending them again. */
export class WebhookDeliveryCommands implements Deliveries {
  readonly #context: Pick<Context, 'outbox' | 'signals'>;

  constructor(context: Pick<Context, 'outbox' | 'signals'>) {
    this.#context = context;
  }

  async find(owner: Owner, id: string): Promise<WebhookDelivery | null> {
    const deliveryId = parseDeliveryId(id);
    return deliveryId === null ? null : this.#outbox.find(owner, deliveryId);
  }

  async list({ runId: id, ...query }: DeliveriesQuery): Promise<readonly WebhookDelivery[]> {
    if (id === undefined) return this.#outbox.list(query);
    const runId = parseRunId(id);
    return runId === null ? [] : this.#outbox.list({ ...query, runId });
  }

  async resend(owner: Owner, id: string): Promise<Found<WebhookDelivery> | NotFound> {
    const deliveryId = parseDeliveryId(id);
    const delivery = deliveryId === null ? null : await this.#outbox.resend(owner, deliveryId);
    if (delivery === null) return { kind: 'notFound', what: 'WebhookDelivery', id };
    this.#context.signals.send({ kind: 'webhook' });
    return { kind: 'ok', value: delivery };
  }

  get #outbox(): WebhookOutbox {
    const { outbox } = this.#context;
    if (outbox === undefined) throw new Error('The webhook outbox is not available');
    return outbox;
  }
}
