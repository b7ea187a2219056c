import type {
  FollowedBody,
  FollowedEvent,
  Following,
  FollowRefused,
} from '../../orchestrator/ports/subscriptions.ts';
import { builder } from '../builder.ts';
import { requestError } from '../error-masking.ts';
import { StreamModeEnum } from '../run/run-enums.ts';
import {
  CheckpointChunkType,
  CustomChunkType,
  DebugChunkType,
  EventsChunkType,
  MessageCompletedType,
  MessageDeltaType,
  MessageStartedType,
  MessagesResetType,
  RunEndedType,
  RunQueuedType,
  RunResumedType,
  RunRolledBackType,
  RunStartedType,
  RunStatusChangedType,
  TaskChunkType,
  UpdatesChunkType,
  ValuesChunkType,
} from './event-types.ts';

/**
 * Only those who ask for their modes get a MESSAGE_CHUNK or an EXTENSION, and StreamMode here doesn't have
 * these.
 */
type ShownKind = Exclude<FollowedBody['kind'], 'MESSAGE_CHUNK' | 'EXTENSION'>;
const TYPE_NAMES: Readonly<Record<ShownKind, string>> = {
  RUN_QUEUED: 'RunQueued',
  RUN_STARTED: 'RunStarted',
  RUN_RESUMED: 'RunResumed',
  RUN_ENDED: 'RunEnded',
  RUN_ROLLED_BACK: 'RunRolledBack',
  VALUES: 'ValuesChunk',
  UPDATES: 'UpdatesChunk',
  CUSTOM: 'CustomChunk',
  TASK: 'TaskChunk',
  CHECKPOINT: 'CheckpointChunk',
  DEBUG: 'DebugChunk',
  EVENTS: 'EventsChunk',
  MESSAGE_STARTED: 'MessageStarted',
  MESSAGE_DELTA: 'MessageDelta',
  MESSAGE_COMPLETED: 'MessageCompleted',
  MESSAGES_RESET: 'MessagesReset',
};
const STATUS_CHANGES: ReadonlySet<ShownKind> = new Set(['RUN_QUEUED', 'RUN_STARTED', 'RUN_ENDED']);

const members = [
  RunQueuedType,
  RunStartedType,
  RunResumedType,
  RunEndedType,
  RunRolledBackType,
  ValuesChunkType,
  UpdatesChunkType,
  CustomChunkType,
  TaskChunkType,
  CheckpointChunkType,
  DebugChunkType,
  EventsChunkType,
  MessageStartedType,
  MessageDeltaType,
  MessageCompletedType,
  MessagesResetType,
];

// Pothos would type the value as the intersection of all members; what arrives is the event with any of their
// bodies.
const kindOf = (event: unknown): ShownKind => (event as FollowedEvent).body.kind as ShownKind;

const RunEventUnion = builder.unionType('RunEvent', {
  description: 'An event of a run.',
  types: members,
  resolveType: (event) => TYPE_NAMES[kindOf(event)],
});

const ThreadEventUnion = builder.unionType('ThreadEvent', {
  description: 'An event of a thread or of one of its runs.',
  types: members,
  resolveType: (event) => TYPE_NAMES[kindOf(event)],
});

const MessageEventUnion = builder.unionType('MessageEvent', {
  description: 'A change to a conversation.',
  types: [
    MessageStartedType,
    MessageDeltaType,
    MessageCompletedType,
    MessagesResetType,
    RunStatusChangedType,
  ],
  resolveType: (event) =>
    STATUS_CHANGES.has(kindOf(event)) ? 'RunStatusChanged' : TYPE_NAMES[kindOf(event)],
});

const AFTER = 'The cursor of the last received event, to continue after it.';
const MODES = 'The kinds of events, in addition to lifecycle events. Null: all except DEBUG.';

/** The events, or a top-level error that says why there are none. */
function eventsOf(outcome: Following | FollowRefused): AsyncIterableIterator<FollowedEvent> {
  if (outcome.kind === 'refused') throw requestError(outcome.code, outcome.message);
  return outcome.events;
}

builder.subscriptionField('runEvents', (t) =>
  t.field({
    type: RunEventUnion,
    description:
      'All events of a run, from its creation or from after. Completes after RunEnded or RunRolledBack.',
    args: {
      runId: t.arg.id({ required: true, description: 'The run to follow.' }),
      after: t.arg({ type: 'Cursor', description: `${AFTER} Null: from the run's creation.` }),
      modes: t.arg({ type: [StreamModeEnum], description: MODES }),
    },
    subscribe: async (_root, { runId, after, modes }, { orchestrator, owner, signal }) =>
      eventsOf(
        await orchestrator.followRun({
          owner,
          runId,
          after: after ?? undefined,
          modes: modes ?? undefined,
          signal,
        }),
      ),
    resolve: (event: unknown) => event as never,
  }),
);

builder.subscriptionField('threadEvents', (t) =>
  t.field({
    type: ThreadEventUnion,
    description:
      'All events of a thread and its runs, from now or from after. Completes when the thread is deleted.',
    args: {
      threadId: t.arg.id({ required: true, description: 'The thread to follow.' }),
      after: t.arg({ type: 'Cursor', description: `${AFTER} Null: from now.` }),
      modes: t.arg({ type: [StreamModeEnum], description: MODES }),
    },
    subscribe: async (_root, { threadId, after, modes }, { orchestrator, owner, signal }) =>
      eventsOf(
        await orchestrator.followThread({
          owner,
          threadId,
          after: after ?? undefined,
          modes: modes ?? undefined,
          signal,
        }),
      ),
    resolve: (event: unknown) => event as never,
  }),
);

builder.subscriptionField('messages', (t) =>
  t.field({
    type: MessageEventUnion,
    description:
      'The conversation, ready to render: from now, from after, or from the start. fromStart begins with a MessagesReset that contains the existing messages.',
    args: {
      threadId: t.arg.id({ required: true, description: 'The thread to follow.' }),
      after: t.arg({
        type: 'Cursor',
        description: `${AFTER} Null: from now, or from the start with fromStart.`,
      }),
      fromStart: t.arg.boolean({
        required: true,
        defaultValue: false,
        description: 'Begins with the whole existing conversation.',
      }),
    },
    subscribe: async (_root, { threadId, after, fromStart }, { orchestrator, owner, signal }) =>
      eventsOf(
        await orchestrator.followMessages({ owner, threadId, after: after ?? undefined, fromStart, signal }),
      ),
    resolve: (event: unknown) => event as never,
  }),
);
