import { collapseToolCalls, mergeContent, mergeLists, mergeObjects, mergeUsage } from './chunk-merge.ts';
import { type ChunkExtras, type EventBody, isAside } from './event.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import type { MessageJson } from './message.ts';

// How events make messages. Everything that shows, stores or passes on streamed messages is a view of this
// file: the conversation of a reader who comes late, the partial messages of a stopped run, the streams of
// both REST protocols, the typed client.

type Started = Extract<EventBody, { readonly kind: 'MESSAGE_STARTED' }>;
type Delta = Extract<EventBody, { readonly kind: 'MESSAGE_DELTA' }>;
type Piece = Delta | Extract<EventBody, { readonly kind: 'MESSAGE_CHUNK' }>;

/** A message that has begun and isn't complete. */
export type MessageSoFar = {
  readonly started: Started;
  /** A string, or blocks. */
  readonly content: Json;
  /** What its chunks carried beside their content, joined. */
  readonly extras: ChunkExtras;
  /** How many pieces have come since it began. */
  readonly pieces: number;
};

export const begin = (started: Started): MessageSoFar => ({
  started,
  content: started.message.content,
  extras: {},
  pieces: 0,
});

/** The message with one piece more: an event of it, or what a chunk says. */
export const grow = (
  { started, content, extras, pieces }: MessageSoFar,
  piece: Pick<Partial<Delta>, 'content' | 'extras'>,
): MessageSoFar => ({
  started,
  content: mergeContent(content, piece.content ?? null),
  extras: pieces === 0 ? (piece.extras ?? {}) : mergeExtras(extras, piece.extras ?? {}),
  pieces: pieces + 1,
});

/**
 * The whole message as far as it has come, as LangChain makes it of the same chunks; of a tool call's
 * arguments what can be read of them.
 */
export function wholeSoFar({ started: { message }, content, extras }: MessageSoFar): MessageJson {
  const { tool_call_chunks: chunks, usage_metadata: usage } = extras;
  const whole: MessageJson = {
    ...message,
    content,
    additional_kwargs: mergeObjects(message.additional_kwargs ?? {}, objectOf(extras['additional_kwargs'])),
    response_metadata: mergeObjects(message.response_metadata ?? {}, objectOf(extras['response_metadata'])),
    ...(usage === undefined
      ? {}
      : { usage_metadata: mergeUsage(message.usage_metadata ?? undefined, usage) }),
  };
  if (message.type !== 'ai') return whole;
  if (chunks !== undefined) return { ...whole, ...collapseToolCalls(listOf(chunks)) };
  const calls = mergeLists((message.tool_calls ?? []) as readonly Json[], listOf(extras['tool_calls']));
  return {
    ...whole,
    tool_calls: calls as NonNullable<MessageJson['tool_calls']>,
    invalid_tool_calls: message['invalid_tool_calls'] ?? [],
  };
}

/** What two chunks carried beside their content, as one. */
export function mergeExtras(left: ChunkExtras, right: ChunkExtras): ChunkExtras {
  const merged: Record<string, Json> = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const before = merged[key];
    if (key === 'usage_metadata') merged[key] = mergeUsage(before, value);
    else if (Array.isArray(value)) merged[key] = mergeLists(listOf(before), value);
    else merged[key] = mergeObjects(objectOf(before), objectOf(value));
  }
  return merged;
}

const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});
const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

/**
 * The messages that have begun and aren't complete, by id, in the order in which they began. A message
 * without an id never grows.
 */
export class OpenMessages {
  readonly #open = new Map<string, MessageSoFar>();

  get(id: string | null | undefined): MessageSoFar | undefined {
    return id == null ? undefined : this.#open.get(id);
  }

  values(): Iterable<MessageSoFar> {
    return this.#open.values();
  }

  start(started: Started): void {
    if (started.message.id != null) this.#open.set(started.message.id, begin(started));
  }

  /**
   * The message with the piece; undefined: its beginning is unknown here, and it comes whole when it is
   * complete.
   */
  add(piece: Piece): MessageSoFar | undefined {
    const open = this.#open.get(piece.messageId);
    if (open === undefined) return undefined;
    const grown = grow(open, piece);
    this.#open.set(piece.messageId, grown);
    return grown;
  }

  /** The content received before the message completed. */
  complete(id: string | null | undefined): MessageSoFar | undefined {
    const open = this.get(id);
    if (id != null) this.#open.delete(id);
    return open;
  }

  clear(): void {
    this.#open.clear();
  }
}

/**
 * Where in a conversation a message of this id is, or belongs: at the end. A message without an id stands for
 * itself.
 */
export function placeOf(
  messages: readonly { readonly id?: string | null }[],
  id: string | null | undefined,
): number {
  const index = id == null ? -1 : messages.findLastIndex((message) => message.id === id);
  return index === -1 ? messages.length : index;
}

/**
 * What the events of a thread's conversation add up to. A started message stands at the end with its content
 * so far, a complete one takes the place of the message of its id, a reset takes the place of everything.
 * Asides change nothing.
 */
export class MessageFold {
  #messages: MessageJson[];
  readonly #open = new OpenMessages();

  constructor(start: readonly MessageJson[] = []) {
    this.#messages = [...start];
  }

  get messages(): readonly MessageJson[] {
    return this.#messages;
  }

  get open(): Iterable<MessageSoFar> {
    return this.#open.values();
  }

  /**
   * Takes any event but MESSAGES_RESET, which only `reset` can: an event names a checkpoint instead of
   * messages.
   */
  add(event: EventBody): void {
    if (isAside(event)) return;
    switch (event.kind) {
      case 'MESSAGE_STARTED':
        this.#open.start(event);
        this.#put(event.message);
        break;
      case 'MESSAGE_DELTA':
      case 'MESSAGE_CHUNK': {
        const soFar = this.#open.add(event);
        if (soFar !== undefined) this.#put({ ...soFar.started.message, content: soFar.content });
        break;
      }
      case 'MESSAGE_COMPLETED':
        this.#open.complete(event.message.id);
        this.#put(event.message);
        break;
      default: // no message
    }
  }

  /** The conversation is these messages now, and none of them grows. */
  reset(messages: readonly MessageJson[]): void {
    this.#messages = [...messages];
    this.#open.clear();
  }

  #put(message: MessageJson): void {
    this.#messages[placeOf(this.#messages, message.id)] = message;
  }
}

/**
 * An AI message whose streaming was cut off, as far as it got. Can be rebuilt from the log: MESSAGE_STARTED
 * and its deltas.
 */
export type PartialMessage = {
  readonly ns: string;
  readonly node: string | null;
  /**
   * The task whose model call streamed it; absent where that isn't known, or the node handed the message over
   * itself.
   */
  readonly taskId?: string;
  readonly messageId: string;
  /**
   * As accumulated from the deltas' content: a string, or blocks. Hidden reasoning and half-built tool calls
   * are dropped by reconciliation, not here.
   */
  readonly content: Json;
  readonly name?: string | null;
};

/** The message as one that was cut off; null: it is none of the AI's. */
export function partialOf({ started, content }: MessageSoFar): PartialMessage | null {
  const { ns, node, message, metadata, whole } = started;
  if (message.type !== 'ai' || message.id == null) return null;
  const taskId = whole === undefined ? taskOf(metadata) : null;
  const { id, name } = message;
  return {
    ns,
    node,
    ...(taskId === null ? {} : { taskId }),
    messageId: id,
    content: mergeContent(whole ?? null, content),
    ...(name == null ? {} : { name }),
  };
}

/**
 * The AI messages of the thread's conversation that a log leaves open: begun, not completed, in the order of
 * their first tokens. A reset takes back what was open before it; a takeover alone doesn't, for one that only
 * settles an INTERRUPT keeps what had been streamed.
 *
 * @param events of one run, in order
 */
export function partialsFromLog(events: Iterable<EventBody>): PartialMessage[] {
  const fold = new MessageFold();
  for (const event of events)
    if (event.kind === 'MESSAGES_RESET') fold.reset([]);
    else fold.add(event);
  return [...fold.open].flatMap((soFar) => partialOf(soFar) ?? []);
}

function taskOf(metadata: JsonObject | undefined): string | null {
  const ns = metadata?.['langgraph_checkpoint_ns'];
  return typeof ns === 'string' && ns.includes(':') ? ns.slice(ns.lastIndexOf(':') + 1) : null;
}
