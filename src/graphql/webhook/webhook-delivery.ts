import { type DeliveryId, parseDeliveryId } from '../../domain/ids.ts';
import type { WebhookDelivery } from '../../domain/webhook.ts';
import { builder } from '../builder.ts';
import { type CursorCodec, pageOf } from '../connection.ts';
import { NotFoundError } from '../error-types.ts';
import { RunRef } from '../run/run-enums.ts';
import { unwrapOrThrow } from '../unwrap.ts';

const DeliveryStatusEnum = builder.enumType('WebhookDeliveryStatus', {
  description: 'The status of a webhook delivery.',
  values: {
    PENDING: { description: 'Due to be sent: for the first time, or again after a failed attempt.' },
    DELIVERED: { description: 'The receiver answered with a 2xx status.' },
    FAILED: { description: 'Abandoned after the last attempt, or because the receiver answered 410.' },
  },
});

const WebhookDeliveryRef = builder.objectRef<WebhookDelivery>('WebhookDelivery').implement({
  description:
    'A webhook notification about a finished run. Kept for seven days after its creation, even if the run is deleted.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its UUID, sent as webhook-id with every attempt.' }),
    runId: t.exposeID('runId', { description: 'The finished run.' }),
    threadId: t.exposeID('threadId', { description: "The run's thread." }),
    run: t.field({
      type: RunRef,
      nullable: true,
      description: 'The run in its current state. Null: removed since.',
      resolve: ({ owner, runId }, _args, { orchestrator }) => orchestrator.queries.run(owner, runId),
    }),
    url: t.field({ type: 'URL', description: 'The target URL.', resolve: ({ url }) => new URL(url) }),
    status: t.expose('status', { type: DeliveryStatusEnum, description: 'Its status.' }),
    attempts: t.exposeInt('attempts', { description: 'The number of attempts started.' }),
    nextAttemptAt: t.expose('dueAt', {
      type: 'DateTime',
      nullable: true,
      description: 'The earliest time of the next attempt. Null unless PENDING.',
    }),
    lastStatusCode: t.exposeInt('lastStatusCode', {
      nullable: true,
      description: 'The HTTP status of the last response. Null: none.',
    }),
    lastError: t.exposeString('lastError', {
      nullable: true,
      description: 'Why the last attempt failed. Null: no failed attempt.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the run ended.' }),
    deliveredAt: t.expose('deliveredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was delivered. Null: not delivered yet.',
    }),
  }),
});

const cursors: CursorCodec<DeliveryId> = {
  encode: (id) => ['deliveries', id],
  decode: (value) =>
    Array.isArray(value) && value[0] === 'deliveries' && typeof value[1] === 'string'
      ? parseDeliveryId(value[1])
      : null,
};

builder.queryField('webhookDelivery', (t) =>
  t.field({
    type: WebhookDeliveryRef,
    nullable: true,
    description: 'One webhook delivery. Null: not found.',
    args: { id: t.arg.id({ required: true, description: "The delivery's id." }) },
    resolve: (_root, { id }, { orchestrator, owner }) => orchestrator.deliveries.find(owner, id),
  }),
);

builder.queryField('webhookDeliveries', (t) =>
  t.connection(
    {
      type: WebhookDeliveryRef,
      description: 'Your webhook deliveries, newest first.',
      args: {
        status: t.arg({
          type: [DeliveryStatusEnum],
          description: 'Only deliveries with one of these statuses.',
        }),
        runId: t.arg.id({ description: 'Only deliveries of this run.' }),
      },
      resolve: (_root, args, { orchestrator, owner }) =>
        pageOf<WebhookDelivery, DeliveryId>(args, {
          cursors,
          keyOf: (delivery) => delivery.id,
          load: (window) =>
            orchestrator.deliveries.list({
              owner,
              status: args.status ?? undefined,
              runId: args.runId ?? undefined,
              window,
            }),
        }),
    },
    { name: 'WebhookDeliveryConnection', description: 'A page of webhook deliveries.' },
    { name: 'WebhookDeliveryEdge', description: 'A webhook delivery in a page, with its cursor.' },
  ),
);

builder.mutationField('resendWebhook', (t) =>
  t.field({
    type: WebhookDeliveryRef,
    description:
      'Redelivers immediately with the same id and body, whatever its status. Returns without waiting for the response.',
    errors: {
      types: [NotFoundError],
      union: { name: 'ResendWebhookResult', description: 'The delivery, PENDING again, or NotFoundError.' },
    },
    args: { id: t.arg.id({ required: true, description: 'The delivery to resend.' }) },
    resolve: async (_root, { id }, { orchestrator, owner }) =>
      unwrapOrThrow(await orchestrator.deliveries.resend(owner, id)).value,
  }),
);
