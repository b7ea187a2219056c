import { type DeliveryId, parseDeliveryId } from '../../domain/ids.ts';
import type { WebhookDelivery } from '../../domain/webhook.ts';
import { builder } from '../builder.ts';
import { type CursorCodec, pageOf } from '../connection.ts';
import { NotFoundError } from '../error-types.ts';
import { RunRef } from '../run/run-enums.ts';
import { unwrapOrThrow } from '../unwrap.ts';

const DeliveryStatusEnum = builder.enumType('WebhookDeliveryStatus', {
  description: 'What became of a webhook delivery.',
  values: {
    PENDING: { description: 'To be sent: for the first time, or again after a failed attempt.' },
    DELIVERED: { description: 'The receiver took it: it answered with a 2xx status.' },
    FAILED: { description: 'Given up after the last attempt, or because the receiver answered 410.' },
  },
});

const WebhookDeliveryRef = builder.objectRef<WebhookDelivery>('WebhookDelivery').implement({
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

const cursors: CursorCodec<DeliveryId> = {
  encode: (id) => ['deliveries', id],
  decode: (value) => (Array.isArray(value) && value[0] === 'deliveries' && typeof value[1] === 'string' ? parseDeliveryId(value[1]) : null),
};

builder.queryField('webhookDelivery', (t) =>
  t.field({
    type: WebhookDeliveryRef,
    nullable: true,
    description: "One webhook delivery. Null where there is none (or it isn't yours).",
    args: { id: t.arg.id({ required: true, description: "The delivery's id." }) },
    resolve: (_root, { id }, { orchestrator, owner }) => orchestrator.deliveries.find(owner, id),
  }),
);

builder.queryField('webhookDeliveries', (t) =>
  t.connection(
    {
      type: WebhookDeliveryRef,
      description: 'What your webhooks were told, or are to be told; newest first.',
      args: {
        status: t.arg({ type: [DeliveryStatusEnum], description: 'Only deliveries with one of these statuses.' }),
        runId: t.arg.id({ description: 'Only those of this run.' }),
      },
      resolve: (_root, args, { orchestrator, owner }) =>
        pageOf<WebhookDelivery, DeliveryId>(args, {
          cursors,
          keyOf: (delivery) => delivery.id,
          load: (window) =>
            orchestrator.deliveries.list({ owner, status: args.status ?? undefined, runId: args.runId ?? undefined, window }),
        }),
    },
    { name: 'WebhookDeliveryConnection', description: 'A page of webhook deliveries.' },
    { name: 'WebhookDeliveryEdge', description: 'A webhook delivery in a page.' },
  ),
);

builder.mutationField('resendWebhook', (t) =>
  t.field({
    type: WebhookDeliveryRef,
    description: 'Sends a webhook delivery again, now, with the same id and body, whatever became of it. Returns at once.',
    errors: { types: [NotFoundError], union: { name: 'ResendWebhookResult', description: 'The delivery, PENDING again.' } },
    args: { id: t.arg.id({ required: true, description: 'The delivery to send again.' }) },
    resolve: async (_root, { id }, { orchestrator, owner }) => unwrapOrThrow(await orchestrator.deliveries.resend(owner, id)).value,
  }),
);
