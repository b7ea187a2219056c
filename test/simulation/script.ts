import type { EventBody, PendingInterrupt } from '../../src/domain/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/domain/json.ts';
import { type MessageJson, textOf } from '../../src/domain/message.ts';
import type { PartialMessage } from '../../src/domain/message-fold.ts';
import type { SavedTuple, SaverConfig } from './memory-saver.ts';

/**
 * One superstep of a scripted graph: it says a message in tokens, each after `paceMs`, and then ends as
 * `ends` says.
 */
export type Superstep = {
  readonly tokens: number;
  readonly paceMs: number;
  /** KILL: its process dies of it. */
  readonly ends: 'GO_ON' | 'PAUSE' | 'FAIL' | 'KILL';
  /** It goes on, for this long, when it is told to stop. */
  readonly ignoresAbortMs: number;
};
export type Script = readonly Superstep[];

/** The state of a scripted graph. */
export type ScriptState = {
  readonly messages: readonly MessageJson[];
  readonly script: Script;
  /** The superstep that comes next. */
  readonly step: number;
  /** The interrupt that waits to be resumed. */
  readonly paused: string | null;
};

export const EMPTY: ScriptState = { messages: [], script: [], step: 0, paused: null };

/** Where a state is, and with what its thread goes on from there. */
export type Place = {
  readonly config: SaverConfig;
  readonly state: ScriptState;
  readonly tuple: SavedTuple | null;
};

export const idIn = ({ configurable }: SaverConfig): string | null =>
  (configurable?.['checkpoint_id'] ?? null) as string | null;

export const messagesOf = (input: Json): MessageJson[] =>
  isJsonObject(input) && Array.isArray(input['messages']) ? (input['messages'] as MessageJson[]) : [];

/** New input: its messages, and the script of its run from the beginning. */
export const withInput = (
  state: ScriptState,
  added: readonly MessageJson[],
  config: JsonObject,
): ScriptState => ({
  messages: [...state.messages, ...added],
  script: (config['script'] ?? []) as unknown as Script,
  step: 0,
  paused: null,
});

export const interruptsOf = ({ paused }: ScriptState): readonly PendingInterrupt[] =>
  paused === null ? [] : [{ id: paused, value: 'go on?' }];

/** What the task of the current superstep has written, if it had finished. */
export const finishedIn = ({ tuple, state }: Place): MessageJson[] =>
  (tuple?.pendingWrites ?? [])
    .filter(([task, channel]) => task === `step ${state.step}` && channel === 'messages')
    .map(([, , value]) => value as MessageJson)
    .filter((message) => !state.messages.some(({ id }) => id === message.id));

export const completed = (message: MessageJson): EventBody => ({
  kind: 'MESSAGE_COMPLETED',
  ns: '',
  node: 'say',
  message,
});

export const begunAndCompleted = (message: MessageJson): EventBody[] => [
  { kind: 'MESSAGE_STARTED', ns: '', node: 'say', message: { ...message, content: '' } },
  completed(message),
];

export const toPartial = ({ messageId, content }: PartialMessage): MessageJson => ({
  type: 'ai',
  id: messageId,
  content: textOf(content),
  response_metadata: { partial: true },
});
