import type { FollowedBody, FollowedEvent } from '../../orchestrator/orchestrator.ts';
import { builder } from '../builder.ts';

/** An event whose body is of one kind. */
export type EventOf<K extends FollowedBody['kind']> = FollowedEvent & { readonly body: Extract<FollowedBody, { readonly kind: K }> };

export const EventInterface = builder.interfaceRef<FollowedEvent>('Event').implement({
  description: 'One entry of the log of a thread.',
  fields: (t) => ({
    cursor: t.expose('cursor', { type: 'Cursor', description: 'Where it is in the log: give it as after to go on behind it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was recorded.' }),
    runId: t.exposeID('runId', { nullable: true, description: 'The run that it belongs to; null for events of the thread itself.' }),
  }),
});
