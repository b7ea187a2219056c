import type { FollowedBody, FollowedEvent } from '../../orchestrator/orchestrator.ts';
import { builder } from '../builder.ts';
import {
  CheckpointChunkType,
  CustomChunkType,
  DebugChunkType,
  EventsChunkType,
  TaskChunkType,
  UpdatesChunkType,
  ValuesChunkType,
} from './chunk-events.ts';
import {
  RunEndedType,
  RunQueuedType,
  RunResumedType,
  RunRolledBackType,
  RunStartedType,
  RunStatusChangedType,
} from './lifecycle-events.ts';
import { MessageCompletedType, MessageDeltaType, MessageStartedType, MessagesResetType } from './message-events.ts';

/** Only those who ask for their modes get a MESSAGE_CHUNK or an EXTENSION, and StreamMode here doesn't have these. */
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

// Pothos would type the value as the intersection of all members; what arrives is the event with any of their bodies.
const kindOf = (event: unknown): ShownKind => (event as FollowedEvent).body.kind as ShownKind;

export const RunEventUnion = builder.unionType('RunEvent', {
  description: 'An event of a run.',
  types: members,
  resolveType: (event) => TYPE_NAMES[kindOf(event)],
});

export const ThreadEventUnion = builder.unionType('ThreadEvent', {
  description: 'An event of a thread or of one of its runs.',
  types: members,
  resolveType: (event) => TYPE_NAMES[kindOf(event)],
});

export const MessageEventUnion = builder.unionType('MessageEvent', {
  description: 'A change of a conversation.',
  types: [MessageStartedType, MessageDeltaType, MessageCompletedType, MessagesResetType, RunStatusChangedType],
  resolveType: (event) => (STATUS_CHANGES.has(kindOf(event)) ? 'RunStatusChanged' : TYPE_NAMES[kindOf(event)]),
});
