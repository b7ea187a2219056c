import { type DeliveryId, parseDeliveryId } from '../../domain/ids.ts';
import type { WebhookDelivery } from '../../domain/webhook.ts';
import { builder } from '../builder.ts';
import { type CursorCodec, pageOf } from '../connection.ts';
import { accepted } from '../error/accepted.ts';
import { NotFoundError } from '../error/request-errors.ts';
import { DeliveryStatusEnum, WebhookDeliveryRef } from './webhook-delivery-type.ts';

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
    resolve: async (_root, { id }, { orchestrator, owner }) => accepted(await orchestrator.deliveries.resend(owner, id)).value,
  }),
);
