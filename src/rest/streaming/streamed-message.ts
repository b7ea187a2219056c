import type { ChunkExtras } from '../../domain/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { MessageJson } from '../../domain/message.ts';
import { addContent } from '../../domain/message-fold.ts';

/**
 * The object that a text is the beginning of, as far as it goes: open strings, lists and objects are closed, a member without its value is
 * left out. Null where it is no object, or not yet.
 */
export function partialObject(text: string): JsonObject | null {
  for (const end of endsOf(text)) {
    try {
      const parsed: unknown = JSON.parse(end);
      return isJsonObject(parsed as never) ? (parsed as JsonObject) : null;
    } catch {
      // The next one leaves more out.
    }
  }
  return null;
}

/** The text completed, then the text without its last member, completed. */
function* endsOf(text: string): Generator<string> {
  const { closers, inString, lastComma } = scan(text);
  yield `${text}${inString ? '"' : ''}${closers}`;
  if (lastComma !== null) yield `${text.slice(0, lastComma.at)}${lastComma.closers}`;
  else if (text.trimStart().startsWith('{')) yield '{}';
}

type Scanned = {
  readonly closers: string;
  readonly inString: boolean;
  readonly lastComma: { readonly at: number; readonly closers: string } | null;
};

function scan(text: string): Scanned {
  const open: string[] = [];
  let inString = false;
  let lastComma: Scanned['lastComma'] = null;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') open.push('}');
    else if (character === '[') open.push(']');
    else if (character === '}' || character === ']') open.pop();
    else if (character === ',') lastComma = { at, closers: open.toReversed().join('') };
  }
  return { closers: open.toReversed().join(''), inString, lastComma };
}

/** One chunk of a streamed message, to be joined by id with the others (protocol.md §3.5). */
export const chunkOf = (head: MessageJson, content: Json, extras: ChunkExtras | undefined): MessageJson => ({
  ...head,
  type: head.type === 'ai' ? 'AIMessageChunk' : head.type,
  content,
  ...(head.type === 'ai' ? { tool_calls: [], invalid_tool_calls: [], tool_call_chunks: [] } : {}),
  ...extras,
});

type ToolCall = { id: Json; name: string; args: string };

/** A message as far as it was streamed. */
export class StreamedMessage {
  readonly #head: MessageJson;
  readonly #calls = new Map<Json, ToolCall>();
  #content: Json;
  #usage: Json = null;
  #responseMetadata: JsonObject;
  #additional: JsonObject;

  constructor(head: MessageJson) {
    this.#head = head;
    this.#content = head.content;
    this.#responseMetadata = head.response_metadata ?? {};
    this.#additional = head.additional_kwargs ?? {};
  }

  add(content: Json, extras: ChunkExtras = {}): void {
    this.#content = addContent(this.#content, content);
    const { tool_call_chunks: calls, usage_metadata: usage, response_metadata, additional_kwargs } = extras;
    if (Array.isArray(calls)) for (const call of calls) if (isJsonObject(call)) this.#addCall(call);
    if (usage !== undefined) this.#usage = sum(this.#usage, usage);
    if (isJsonObject(response_metadata)) this.#responseMetadata = { ...this.#responseMetadata, ...response_metadata };
    if (isJsonObject(additional_kwargs)) this.#additional = joined(this.#additional, additional_kwargs);
  }

  /** The whole message so far; a tool call's arguments as far as they can be read. */
  toJson(): MessageJson {
    const message: MessageJson = {
      ...this.#head,
      content: this.#content,
      additional_kwargs: this.#additional,
      response_metadata: this.#responseMetadata,
    };
    if (message.type !== 'ai') return message;
    const calls = [...this.#calls.values()].map(({ id, name, args }) => ({ id, name, args: partialObject(args) ?? {}, type: 'tool_call' }));
    return {
      ...message,
      tool_calls: calls as NonNullable<MessageJson['tool_calls']>,
      invalid_tool_calls: [],
      ...(isJsonObject(this.#usage) ? { usage_metadata: this.#usage } : {}),
    };
  }

  #addCall({ index, id, name, args }: JsonObject): void {
    const key = index ?? id ?? this.#calls.size;
    const call = this.#calls.get(key) ?? { id: null, name: '', args: '' };
    this.#calls.set(key, call);
    if (id !== undefined && id !== null) call.id = id;
    if (typeof name === 'string') call.name += name;
    if (typeof args === 'string') call.args += args;
  }
}

/** Counts add up, member by member; of anything else the newer counts. */
function sum(left: Json, right: Json): Json {
  if (typeof left === 'number' && typeof right === 'number') return left + right;
  if (!isJsonObject(left) || !isJsonObject(right)) return right;
  return { ...left, ...Object.fromEntries(Object.entries(right).map(([key, value]) => [key, sum(left[key] ?? null, value)])) };
}

/** Texts in pieces go on; of anything else the newer counts. */
function joined(left: JsonObject, right: JsonObject): JsonObject {
  const pieces = Object.entries(right).map(([key, value]) => {
    const before = left[key];
    return [key, typeof before === 'string' && typeof value === 'string' ? before + value : value] as const;
  });
  return { ...left, ...Object.fromEntries(pieces) };
}
