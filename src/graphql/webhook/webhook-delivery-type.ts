import type { WebhookDelivery } from '../../domain/webhook.ts';
import { builder } from '../builder.ts';
import { RunRef } from '../run/run-ref.ts';

export const DeliveryStatusEnum = builder.enumType('WebhookDeliveryStatus', {
  description: 'What became of a webhook delivery.',
  values: {
    PENDING: { description: 'To be sent: for the first time, or again after a failed attempt.' },
    DELIVERED: { description: 'The receiver took it: it answered with a 2xx status.' },
    FAILED: { description: 'Given up after the last attempt, or because the receiver answered 410.' },
  },
});

export const WebhookDeliveryRef = builder.objectRef<WebhookDelivery>('WebhookDelivery').implement({
  description: "What is told of a run's end to its webhook. It outlives the run, and is kept for seven days after it was made.",
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its UUID; every attempt sends it as webhook-id.' }),
    runId: t.exposeID('runId', { description: 'The run whose end it tells.' }),
    threadId: t.exposeID('threadId', { description: "That run's thread." }),
    run: t.field({
      type: RunRef,
      nullable: true,
      description: 'That run as it is now; null if it was removed since.',
      resolve: ({ owner, runId }, _args, { orchestrator }) => orchestrator.queries.run(owner, runId),
    }),
    url: t.field({ type: 'URL', description: 'Where it goes.', resolve: ({ url }) => new URL(url) }),
    status: t.expose('status', { type: DeliveryStatusEnum, description: 'What became of it.' }),
    attempts: t.exposeInt('attempts', { description: 'Attempts that were begun.' }),
    nextAttemptAt: t.expose('dueAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it is sent next, at the earliest; null unless PENDING.',
    }),
    lastStatusCode: t.exposeInt('lastStatusCode', {
      nullable: true,
      description: 'The HTTP status of the last answer; null where there was none.',
    }),
    lastError: t.exposeString('lastError', { nullable: true, description: 'Why the last attempt failed; null where none did.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the run ended.' }),
    deliveredAt: t.expose('deliveredAt', { type: 'DateTime', nullable: true, description: 'When the receiver took it; null until then.' }),
  }),
});
