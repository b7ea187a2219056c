import { mergeContent } from '../../domain/chunk-merge.ts';
import type { ChunkExtras, EventBody } from '../../domain/event.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { type MessageJson, textOf } from '../../domain/message.ts';
import {
  begin,
  grow,
  type MessageSoFar,
  type PartialMessage,
  partialOf,
  wholeSoFar,
} from '../../domain/message-fold.ts';
import { splitAtHalf } from '../../domain/text.ts';
import { type MessageLike, messageHead, messageToJson, textField, toJson } from '../state/to-json.ts';

/** Whether it is a chunk of a message, in form: concat makes one message of two. */
export const isChunk = (message: MessageLike): boolean =>
  typeof (message as { concat?: unknown }).concat === 'function';

type Place = {
  readonly ns: string;
  readonly node: string | null;
  /** It belongs to another conversation than the thread's. */
  readonly aside?: true;
};

/**
 * A message that has begun and whose task has not ended: makes the events of its chunks, and folds them as
 * every reader does.
 */
export class OpenMessage {
  readonly id: string;
  readonly place: Place;
  readonly taskId: string;
  readonly started: MessageSoFar['started'];
  readonly #first: MessageLike;
  #soFar: MessageSoFar;
  /**
   * The first half of a surrogate pair that the last chunk cut in two. It is published together with the
   * other half, or never.
   */
  #held: Json = null;

  /** @param form `streams`: `first` is its first chunk, to be added too */
  constructor(
    place: Place & { readonly taskId: string },
    first: MessageLike,
    metadata: JsonObject,
    form: 'streams' | 'whole',
  ) {
    const { taskId, ...where } = place;
    this.id = textField(first.id) ?? '';
    this.place = where;
    this.taskId = taskId;
    this.#first = first;
    const head = messageHead(first);
    if (form === 'streams') {
      // What follows an empty list are blocks, a text too.
      const isList = Array.isArray(first.content) && first.content.length === 0;
      this.started = {
        kind: 'MESSAGE_STARTED',
        ...where,
        message: isList ? { ...head, content: [] } : head,
        metadata,
      };
      this.#soFar = begin(this.started);
    } else {
      const message = messageToJson(first);
      const kept = message.type === 'ai' && !where.aside ? { whole: message.content } : {};
      this.started = { kind: 'MESSAGE_STARTED', ...where, message: head, metadata, ...kept };
      this.#soFar = begin({ kind: 'MESSAGE_STARTED', ...where, message });
    }
  }

  /** Takes a chunk and returns its event; none when it has nothing to say. */
  add(chunk: MessageLike): EventBody[] {
    const content = this.#take(chunk.content);
    const extras = chunkExtras(chunk, chunk === this.#first);
    if (content === null && extras === null) return [];
    const more = extras === null ? {} : { extras };
    this.#soFar = grow(this.#soFar, { content, ...more });
    const event = { ...this.place, messageId: this.id };
    if (content !== null)
      return [{ kind: 'MESSAGE_DELTA', ...event, text: textOf(content), content, ...more }];
    return extras === null ? [] : [{ kind: 'MESSAGE_CHUNK', ...event, extras }];
  }

  /** The whole message, as far as it was streamed. */
  toMessage(): MessageJson {
    return wholeSoFar(this.#soFar);
  }

  /** Null: not a message of the AI's. */
  toPartial(): PartialMessage | null {
    return partialOf(this.#soFar);
  }

  /** A chunk's content as JSON that ends with a whole character; null when it adds nothing. */
  #take(content: unknown): Json {
    const soFar = this.#soFar.content;
    if (content === '' || (Array.isArray(content) && content.length === 0 && soFar !== '')) return null;
    const json = typeof content === 'string' ? content : toJson(content);
    const more = mergeContent(this.#held, json);
    // A text behind blocks is a block of its own: two texts that follow each other are always pieces of one
    // text, and followers may join them.
    const isBlock = typeof more === 'string' && Array.isArray(soFar);
    const { ready, held } = splitAtHalf(
      isBlock ? (mergeContent(soFar, more) as readonly Json[]).slice(-1) : more,
    );
    this.#held = held;
    return ready === '' ? null : ready;
  }
}

/**
 * What a chunk carries beside its content, as JSON; null: nothing.
 *
 * @param isFirst its metadata is in the head of the message, with which it begins
 */
export function chunkExtras(chunk: MessageLike, isFirst: boolean): ChunkExtras | null {
  const fields = chunk as MessageLike & Readonly<Record<string, unknown>>;
  const extras: Record<string, Json> = {};
  if (hasItems(fields['tool_call_chunks'])) extras['tool_call_chunks'] = toJson(fields['tool_call_chunks']);
  else if (hasItems(fields['tool_calls'])) extras['tool_calls'] = toJson(fields['tool_calls']);
  if (fields['usage_metadata'] !== undefined) extras['usage_metadata'] = toJson(fields['usage_metadata']);
  if (!isFirst && hasKeys(chunk.response_metadata))
    extras['response_metadata'] = toJson(chunk.response_metadata);
  if (!isFirst && hasKeys(chunk.additional_kwargs))
    extras['additional_kwargs'] = toJson(chunk.additional_kwargs);
  return hasKeys(extras) ? extras : null;
}

const hasItems = (value: unknown): boolean => Array.isArray(value) && value.length > 0;

function hasKeys(value: unknown): boolean {
  for (const _key in value as object) return true;
  return false;
}
