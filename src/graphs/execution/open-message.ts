import type { ChunkExtras } from '../../domain/event.ts';
import type { Json } from '../../domain/json.ts';
import type { MessageJson } from '../../domain/message.ts';
import type { PartialMessage } from '../../domain/message-fold.ts';
import { addContent } from '../../domain/message-fold.ts';
import { splitAtHalf } from '../../domain/text.ts';
import { type MessageLike, messageToJson, textField, toJson } from '../state/to-json.ts';

/** A chunk of a message that a model streams; concat makes one message of two. */
export type MessageChunk = MessageLike & { concat(next: MessageChunk): MessageChunk };

export const isChunk = (message: MessageLike): message is MessageChunk => typeof (message as { concat?: unknown }).concat === 'function';

/**
 * A message that has begun and whose task has not ended. It gathers the content of its chunks as they come, which costs next to
 * nothing, and keeps aside the few chunks that carry something else (usage, tool calls), which are only joined if they are needed.
 */
export class OpenMessage {
  readonly id: string;
  readonly ns: string;
  readonly node: string | null;
  readonly taskId: string;
  /** It belongs to another conversation than the thread's. */
  readonly isAside: boolean;
  readonly #form: 'streams' | 'whole';
  readonly #first: MessageLike;
  readonly #carriers: MessageChunk[] = [];
  #content: Json = '';
  /** The first half of a surrogate pair that the last chunk cut in two. It is said together with the other half, or never. */
  #held: Json | null = null;

  /** @param form `streams`: `first` is its first chunk, to be added too */
  constructor(
    place: { readonly ns: string; readonly node: string | null; readonly taskId: string; readonly isAside: boolean },
    first: MessageLike,
    form: 'streams' | 'whole',
  ) {
    this.id = textField(first.id) ?? '';
    this.ns = place.ns;
    this.node = place.node;
    this.taskId = place.taskId;
    this.isAside = place.isAside;
    this.#form = form;
    this.#first = first;
    if (form === 'whole') this.#content = toJson(first.content);
  }

  /** Takes the content of a chunk, as JSON that ends with a whole character; null when there is none. */
  add(chunk: MessageChunk): Json {
    if (carriesMore(chunk)) this.#carriers.push(chunk);
    const { content } = chunk;
    if (content === '' || (Array.isArray(content) && content.length === 0)) return null;
    const json = typeof content === 'string' ? content : toJson(content);
    const { ready, held } = splitAtHalf(this.#held === null ? json : addContent(this.#held, json));
    this.#held = held;
    if (ready === '') return null;
    this.#content = addContent(this.#content, ready);
    return ready;
  }

  /** The whole message, as far as it was streamed. */
  toMessage(): MessageJson {
    const [carrier, ...others] = this.#carriers;
    if (carrier === undefined) return { ...messageToJson(this.#first), content: this.#content };
    const joined = joinAll(carrier, others);
    const id = textField(this.#first.id);
    return { ...messageToJson(joined), ...(id === undefined ? {} : { id }), content: this.#content };
  }

  /** Null: not a message of the AI's. */
  toPartial(): PartialMessage | null {
    const name = textField(this.#first.name);
    if (this.#first._getType() !== 'ai') return null;
    const streamedBy = this.#form === 'streams' && this.taskId !== '' ? { taskId: this.taskId } : {};
    return {
      ns: this.ns,
      node: this.node,
      ...streamedBy,
      messageId: this.id,
      content: this.#content,
      ...(name === undefined ? {} : { name }),
    };
  }
}

function carriesMore(chunk: MessageChunk): boolean {
  const { usage_metadata, tool_call_chunks, response_metadata, additional_kwargs } = chunk as MessageChunk & {
    usage_metadata?: unknown;
    tool_call_chunks?: readonly unknown[];
  };
  return (
    usage_metadata !== undefined ||
    (tool_call_chunks !== undefined && tool_call_chunks.length > 0) ||
    hasKeys(response_metadata) ||
    hasKeys(additional_kwargs)
  );
}

/** What a chunk carries beside its content, as JSON; null: nothing. */
export function chunkExtras(chunk: MessageChunk): ChunkExtras | null {
  if (!carriesMore(chunk)) return null;
  const { usage_metadata, tool_call_chunks, response_metadata, additional_kwargs } = chunk as MessageChunk & {
    usage_metadata?: unknown;
    tool_call_chunks?: readonly unknown[];
  };
  return {
    ...(tool_call_chunks !== undefined && tool_call_chunks.length > 0 ? { tool_call_chunks: toJson(tool_call_chunks) } : {}),
    ...(usage_metadata === undefined ? {} : { usage_metadata: toJson(usage_metadata) }),
    ...(hasKeys(response_metadata) ? { response_metadata: toJson(response_metadata) } : {}),
    ...(hasKeys(additional_kwargs) ? { additional_kwargs: toJson(additional_kwargs) } : {}),
  };
}

function hasKeys(value: unknown): boolean {
  for (const _key in value as object) return true;
  return false;
}

/** Chunks that don't fit together (a provider's own doing) give what the last of them says. */
function joinAll(first: MessageChunk, others: readonly MessageChunk[]): MessageLike {
  let joined = first;
  for (const chunk of others) {
    try {
      joined = joined.concat(chunk);
    } catch {
      joined = chunk;
    }
  }
  return joined;
}
