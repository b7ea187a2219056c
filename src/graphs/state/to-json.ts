import type { Json, JsonObject } from '../../domain/json.ts';
import { MAX_VALUE_DEPTH, setOwn } from '../../domain/json.ts';
import { idOf, type MessageJson, toolCallsOf } from '../../domain/message.ts';
import { describeThrown } from '../../domain/thrown.ts';

/**
 * What this folder needs to know of a LangChain message; the user's project may bring its own copy of
 * LangChain, so no instanceof.
 */
export type MessageLike = {
  _getType(): string;
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly content: unknown;
  readonly additional_kwargs?: unknown;
  readonly response_metadata?: unknown;
};

/** Whatever the state may hold is shown whole, with room for what events and answers wrap around it. */
const MAX_DEPTH = MAX_VALUE_DEPTH + 50;

/** A LangChain message, of whichever copy of LangChain. */
export const isMessage = (value: unknown): value is MessageLike =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as { _getType?: unknown })._getType === 'function' &&
  'content' in value;

/**
 * Any value as plain JSON; never throws. Messages take the protocol's flat form; Dates ISO text, bigints
 * decimal text, bytes base64 text, Errors { name, message }, Maps with text keys objects (else pairs), Sets
 * arrays. A function, symbol or undefined is left out of objects and null in arrays; a circular reference
 * becomes '[Circular]', what is deeper than any state may be '[Too deep]', what throws when it is read
 * '[Unreadable: …]'.
 */
export const toJson = (value: unknown): Json => convert(value, []) ?? null;

/** As toJson, for what has to be an object; anything else gives {}. */
export function toJsonObject(value: unknown): JsonObject {
  const json = toJson(value);
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as JsonObject) : {};
}

type Cached = {
  readonly id: unknown;
  readonly name: unknown;
  readonly content: unknown;
  readonly meta: unknown;
  readonly json: MessageJson;
};
const messages = new WeakMap<MessageLike, Cached>();

/**
 * The message in flat form. Kept per message object, and made again when its id, name, content or
 * response_metadata was replaced.
 */
export function messageToJson(message: MessageLike): MessageJson {
  const known = messages.get(message);
  if (
    known !== undefined &&
    known.id === message.id &&
    known.name === message.name &&
    known.content === message.content &&
    known.meta === message.response_metadata
  ) {
    return known.json;
  }
  const json = flatten(message, toJson(message.content));
  messages.set(message, {
    id: message.id,
    name: message.name,
    content: message.content,
    meta: message.response_metadata,
    json,
  });
  return json;
}

/** The message without its content: what is known of it before its first token. */
export const messageHead = (message: MessageLike): MessageJson => {
  const { tool_calls, invalid_tool_calls, usage_metadata, ...head } = flatten(message, '');
  return head;
};

/**
 * A message's id or name as events have it; undefined: it has none. A node's value that is not text can't be
 * stored; until the write fails, events have it as text.
 */
export function textField(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  const json = toJson(value);
  return json === null ? undefined : typeof json === 'string' ? json : JSON.stringify(json);
}

function flatten(message: MessageLike, content: Json): MessageJson {
  const fields = message as MessageLike & Record<string, unknown>;
  const type = String(message._getType());
  return {
    type,
    ...(message.id === undefined ? {} : { id: textField(message.id) ?? null }),
    ...(message.name === undefined ? {} : { name: textField(message.name) ?? null }),
    content,
    additional_kwargs: toJsonObject(message.additional_kwargs),
    response_metadata: toJsonObject(message.response_metadata),
    ...(type === 'ai' ? aiFields(fields) : {}),
    ...(type === 'tool' ? toolFields(fields) : {}),
    ...(typeof fields['role'] === 'string' ? { role: fields['role'] } : {}),
  };
}

const aiFields = (message: Record<string, unknown>): Partial<MessageJson> => ({
  tool_calls: toolCallsOf(toJson(message['tool_calls'])),
  invalid_tool_calls: Array.isArray(message['invalid_tool_calls'])
    ? toJson(message['invalid_tool_calls'])
    : [],
  ...(message['usage_metadata'] == null ? {} : { usage_metadata: toJsonObject(message['usage_metadata']) }),
});

const toolFields = (message: Record<string, unknown>): Partial<MessageJson> => ({
  tool_call_id: idOf(message['tool_call_id']) ?? '',
  ...(typeof message['status'] === 'string' ? { status: message['status'] } : {}),
  ...(message['artifact'] === undefined ? {} : { artifact: toJson(message['artifact']) }),
});

/** undefined: leave it out. `above`: the objects on the way down, for circular references. */
function convert(value: unknown, above: object[]): Json | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'bigint':
      return value.toString();
    case 'object':
      return value === null ? null : convertObject(value, above);
    default:
      return undefined;
  }
}

function convertObject(value: object, above: object[]): Json | undefined {
  if (above.includes(value)) return '[Circular]';
  if (above.length >= MAX_DEPTH) return '[Too deep]';
  above.push(value);
  const depth = above.length;
  try {
    if (Array.isArray(value)) return value.map((item) => convert(item, above) ?? null);
    if (isMessage(value)) return messageToJson(value) as Json;
    const json = special(value, above);
    return json === undefined ? entries(Object.entries(value), above) : json;
  } catch (error) {
    // A getter or a toJSON of user code threw: its data is omitted and the run continues.
    return `[Unreadable: ${describeThrown(error).message}]`;
  } finally {
    above.length = depth - 1;
  }
}

/** Objects that are not what their own properties say; undefined: it is an ordinary one. */
function special(value: object, inside: object[]): Json | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Error) {
    const { name, message } = describeThrown(value);
    return { name, message };
  }
  if (value instanceof Map) {
    const pairs = [...value.entries()];
    if (pairs.every(([key]) => typeof key === 'string')) return entries(pairs, inside);
    return pairs.map((pair) => convert(pair, inside) ?? null);
  }
  if (value instanceof Set) return [...value].map((item) => convert(item, inside) ?? null);
  if (value instanceof RegExp) return String(value);
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('base64');
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return Array.from(value as unknown as ArrayLike<unknown>, (n) => convert(n, inside) ?? null);
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') {
    const json: unknown = toJSON.call(value);
    if (json !== value) return convert(json, inside) ?? null;
  }
  return undefined;
}

function entries(pairs: readonly (readonly [string, unknown])[], inside: object[]): Json {
  const result: Record<string, Json> = {};
  for (const [key, item] of pairs) {
    const json = convert(item, inside);
    if (json !== undefined) setOwn(result, key, json);
  }
  return result;
}
