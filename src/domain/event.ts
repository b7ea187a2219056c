import type { RunId, ThreadId } from './ids.ts';
import type { Json, JsonObject } from './json.ts';
import type { MessageJson } from './message.ts';
import type { RunEndReason, RunFailure, RunStatus } from './run.ts';

/** Where in the graph something happened: [] is the root graph, each further segment is `node:taskId`. */
export type Namespace = readonly string[];

/** LangGraph writes a namespace as segments joined by `|`; '' is the root. */
export const parseNamespace = (ns: string): Namespace => (ns === '' ? [] : ns.split('|'));
export const formatNamespace = (ns: Namespace): string => ns.join('|');

/** An interrupt that waits for a human. `id` is what an addressed resume names. */
export type PendingInterrupt = { readonly id: string; readonly value: Json };

/**
 * What one row of the event log says, by kind. Whole states are never in a row: VALUES, CHECKPOINT and
 * MESSAGES_RESET name a checkpoint of the thread and are expanded when they are read; a task's input
 * likewise.
 */
export type EventBody =
  | { readonly kind: 'RUN_QUEUED' }
  | { readonly kind: 'RUN_STARTED'; readonly attempt: number }
  | { readonly kind: 'RUN_RESUMED'; readonly attempt: number }
  | {
      readonly kind: 'RUN_ENDED';
      readonly status: RunStatus;
      readonly endReason: RunEndReason;
      readonly error: RunFailure | null;
      readonly interrupts: readonly PendingInterrupt[];
      /** As Run.abandoned; absent where nothing was. */
      readonly abandoned?: readonly string[];
    }
  /** `abandoned`: as RUN_ENDED's. */
  | { readonly kind: 'RUN_ROLLED_BACK'; readonly abandoned?: readonly string[] }
  | { readonly kind: 'VALUES'; readonly ns: string; readonly checkpointId: string }
  | { readonly kind: 'CHECKPOINT'; readonly ns: string; readonly checkpointId: string }
  | { readonly kind: 'UPDATES'; readonly ns: string; readonly node: string; readonly update: Json }
  | { readonly kind: 'CUSTOM'; readonly ns: string; readonly node: string | null; readonly data: Json }
  /**
   * What a transformer of the graph put on its channel `name`, at the namespace of the event that it came
   * from.
   */
  | { readonly kind: 'EXTENSION'; readonly ns: string; readonly name: string; readonly data: Json }
  /**
   * `checkpointId`: the checkpoint of `ns` that the task was prepared from; null where it isn't known. The
   * input is expanded from it on read.
   */
  | {
      readonly kind: 'TASK';
      readonly ns: string;
      readonly checkpointId: string | null;
      readonly task: JsonObject;
      /** The superstep that it belongs to; absent where it isn't known. */
      readonly step?: number;
    }
  | { readonly kind: 'EVENTS'; readonly data: Json }
  | {
      readonly kind: 'MESSAGE_STARTED';
      readonly ns: string;
      readonly node: string | null;
      readonly aside?: Aside;
      readonly message: MessageJson;
      /**
       * What LangGraph says beside a message of its stream (node, step, tags, …); absent for messages that
       * were found in the state.
       */
      readonly metadata?: JsonObject;
      /**
       * The content of an AI message that its node handed over whole, for what is kept of it if the run is
       * stopped before it is complete.
       */
      readonly whole?: Json;
    }
  | {
      readonly kind: 'MESSAGE_DELTA';
      readonly ns: string;
      readonly node: string | null;
      readonly aside?: Aside;
      readonly messageId: string;
      readonly text: string;
      /** A string while the message's content is one. Behind blocks a text is a block. */
      readonly content: Json;
      readonly extras?: ChunkExtras;
    }
  /** A chunk without content, for the sake of what it carries beside. */
  | {
      readonly kind: 'MESSAGE_CHUNK';
      readonly ns: string;
      readonly node: string | null;
      readonly aside?: Aside;
      readonly messageId: string;
      readonly extras: ChunkExtras;
    }
  | {
      readonly kind: 'MESSAGE_COMPLETED';
      readonly ns: string;
      readonly node: string | null;
      readonly aside?: Aside;
      readonly message: MessageJson;
    }
  /** The conversation is now what the root checkpoint holds; null: it is empty. */
  | { readonly kind: 'MESSAGES_RESET'; readonly checkpointId: string | null };

export type EventKind = EventBody['kind'];

/**
 * The message belongs to a conversation of its own (a subagent's, middleware's), not to the thread's. Absent:
 * it is the thread's.
 */
type Aside = true;

/** Whether it changes the thread's conversation, where its kind does at all. */
export const isAside = (body: EventBody): boolean => 'aside' in body && body.aside === true;

/**
 * What a chunk of a streamed message carries beside its content: tool_call_chunks (or tool_calls, whole),
 * usage_metadata, response_metadata and additional_kwargs. The last two of the first chunk are in
 * MESSAGE_STARTED.
 */
export type ChunkExtras = JsonObject;

/**
 * An event before it has a place in the log. `runId` is null for events of the thread itself (a state update
 * through the API).
 */
export type EventDraft = { readonly runId: RunId | null; readonly body: EventBody };

/** One row of the log: one event, one cursor. */
export type LoggedEvent = {
  readonly threadId: ThreadId;
  readonly seq: number;
  readonly runId: RunId | null;
  readonly createdAt: Date;
  readonly body: EventBody;
};

/**
 * The root checkpoint up to which these events publish the run's conversation: the last one that they name.
 * Null: the conversation was published as empty. Undefined: they name none, so readers have what there was
 * before them.
 */
export function lastPublishedCheckpoint(bodies: readonly EventBody[]): string | null | undefined {
  const last = bodies.findLast(
    (body) => body.kind === 'MESSAGES_RESET' || (body.kind === 'CHECKPOINT' && body.ns === ''),
  );
  return last?.kind === 'MESSAGES_RESET' || last?.kind === 'CHECKPOINT' ? last.checkpointId : undefined;
}
