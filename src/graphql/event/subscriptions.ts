import type { FollowedEvent, Following, FollowRefused } from '../../orchestrator/orchestrator.ts';
import { builder } from '../builder.ts';
import { requestError } from '../request-error.ts';
import { StreamModeEnum } from '../run/run-enums.ts';
import { MessageEventUnion, RunEventUnion, ThreadEventUnion } from './event-unions.ts';

const AFTER = 'The cursor of the last event that you saw: go on behind it.';
const MODES = "Which kinds of events, besides the runs' lifecycle; null: all but DEBUG.";

/** The events, or a top-level error that says why there are none. */
function eventsOf(outcome: Following | FollowRefused): AsyncIterableIterator<FollowedEvent> {
  if (outcome.kind === 'refused') throw requestError(outcome.code, outcome.message);
  return outcome.events;
}

builder.subscriptionField('runEvents', (t) =>
  t.field({
    type: RunEventUnion,
    description: 'Every event of one run, from its creation or from after. Completes after RunEnded or RunRolledBack.',
    args: {
      runId: t.arg.id({ required: true, description: 'The run to follow.' }),
      after: t.arg({ type: 'Cursor', description: `${AFTER} Null: from the run's creation.` }),
      modes: t.arg({ type: [StreamModeEnum], description: MODES }),
    },
    subscribe: async (_root, { runId, after, modes }, { orchestrator, owner, signal }) =>
      eventsOf(await orchestrator.followRun({ owner, runId, after: after ?? undefined, modes: modes ?? undefined, signal })),
    resolve: (event: unknown) => event as never,
  }),
);

builder.subscriptionField('threadEvents', (t) =>
  t.field({
    type: ThreadEventUnion,
    description: 'Every event of every run of a thread, from now or from after. Completes when the thread is deleted.',
    args: {
      threadId: t.arg.id({ required: true, description: 'The thread to follow.' }),
      after: t.arg({ type: 'Cursor', description: `${AFTER} Null: from now.` }),
      modes: t.arg({ type: [StreamModeEnum], description: MODES }),
    },
    subscribe: async (_root, { threadId, after, modes }, { orchestrator, owner, signal }) =>
      eventsOf(await orchestrator.followThread({ owner, threadId, after: after ?? undefined, modes: modes ?? undefined, signal })),
    resolve: (event: unknown) => event as never,
  }),
);

builder.subscriptionField('messages', (t) =>
  t.field({
    type: MessageEventUnion,
    description:
      'The conversation, ready to render. From now, from after, or (fromStart) whole: a MessagesReset with what there is, then what comes.',
    args: {
      threadId: t.arg.id({ required: true, description: 'The thread to follow.' }),
      after: t.arg({ type: 'Cursor', description: `${AFTER} Null: from now, or whole with fromStart.` }),
      fromStart: t.arg.boolean({ required: true, defaultValue: false, description: 'Begin with the whole conversation as it is.' }),
    },
    subscribe: async (_root, { threadId, after, fromStart }, { orchestrator, owner, signal }) =>
      eventsOf(await orchestrator.followMessages({ owner, threadId, after: after ?? undefined, fromStart, signal })),
    resolve: (event: unknown) => event as never,
  }),
);
