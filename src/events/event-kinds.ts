import type { EventKind } from '../domain/event.ts';
import type { StreamMode } from '../orchestrator/ports/subscriptions.ts';

/** Which rows of the log each mode shows. */
const KINDS = {
  VALUES: ['VALUES'],
  UPDATES: ['UPDATES'],
  MESSAGES: ['MESSAGE_STARTED', 'MESSAGE_DELTA', 'MESSAGE_COMPLETED', 'MESSAGES_RESET'],
  CUSTOM: ['CUSTOM'],
  EXTENSIONS: ['EXTENSION'],
  TASKS: ['TASK'],
  CHECKPOINTS: ['CHECKPOINT'],
  DEBUG: ['TASK', 'CHECKPOINT'],
  EVENTS: ['EVENTS'],
  MESSAGE_CHUNKS: ['MESSAGE_CHUNK'],
} as const satisfies Readonly<Record<StreamMode, readonly EventKind[]>>;

/** The events of a run's course, which every subscriber to runs gets. */
const LIFECYCLE = [
  'RUN_QUEUED',
  'RUN_STARTED',
  'RUN_RESUMED',
  'RUN_ENDED',
  'RUN_ROLLED_BACK',
] as const satisfies readonly EventKind[];

type Shown = (typeof LIFECYCLE)[number] | (typeof KINDS)[StreamMode][number];
/** An error here names a kind of event that no subscriber would get. */
const EVERY_KIND_IS_SHOWN: [Exclude<EventKind, Shown>] extends [never] ? true : Exclude<EventKind, Shown> =
  true;
void EVERY_KIND_IS_SHOWN;

/**
 * All but DEBUG, which only retells TASKS and CHECKPOINTS, MESSAGE_CHUNKS and EXTENSIONS, which event
 * streaming alone asks for.
 */
export const DEFAULT_MODES: readonly StreamMode[] = [
  'VALUES',
  'UPDATES',
  'MESSAGES',
  'CUSTOM',
  'TASKS',
  'CHECKPOINTS',
  'EVENTS',
];

/** The kinds of rows that a subscriber of these modes needs: theirs and the runs' lifecycle. */
export const kindsOf = (modes: readonly StreamMode[]): ReadonlySet<EventKind> =>
  new Set<EventKind>([...LIFECYCLE, ...modes.flatMap((mode): readonly EventKind[] => KINDS[mode])]);

/** The kinds of rows that `messages` shows: the conversation and what changes a run's status. */
export const CONVERSATION_KINDS: ReadonlySet<EventKind> = new Set([
  ...KINDS.MESSAGES,
  'RUN_QUEUED',
  'RUN_STARTED',
  'RUN_ENDED',
]);
