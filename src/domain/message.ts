import { isJsonObject, type Json, type JsonObject } from './json.ts';

/**
 * One LangChain message in the flat form of the LangGraph protocol (protocol.md §3.1): constructor data plus
 * `type`. `type` is human, ai, tool, system, function, remove, …; a streamed AI message is `ai` here, never
 * `AIMessageChunk`.
 */
export type MessageJson = {
  readonly type: string;
  readonly id?: string | null;
  readonly name?: string | null;
  readonly content: Json;
  readonly additional_kwargs?: JsonObject;
  readonly response_metadata?: JsonObject;
  readonly tool_calls?: readonly ToolCallJson[];
  readonly usage_metadata?: JsonObject | null;
  readonly tool_call_id?: string;
  readonly status?: string;
  readonly [key: string]: Json | undefined;
};
export type ToolCallJson = {
  readonly id?: string | null;
  readonly name: string;
  readonly args: Json;
  readonly type?: string;
};

/**
 * The tool calls in a message's `tool_calls` as stored: the very list where all of them are whole. Graphs and
 * older versions stored any JSON there, so what has another shape counts as absent: a member that should be a
 * list, an item that should be an object, an id that should be a string.
 */
export function toolCallsOf(stored: unknown): readonly ToolCallJson[] {
  if (!Array.isArray(stored)) return [];
  return stored.every(isToolCall) ? stored : stored.filter(isJsonObject).map(toToolCall);
}

const isToolCall = (call: unknown): call is ToolCallJson =>
  isJsonObject(call) &&
  typeof call['name'] === 'string' &&
  (call['args'] ?? null) !== null &&
  (call['id'] === undefined || call['id'] === null || typeof call['id'] === 'string');

function toToolCall({ id, name, args, ...others }: JsonObject): ToolCallJson {
  const text = idOf(id);
  return {
    ...others,
    ...(text === undefined ? {} : { id: text }),
    name: textOrUndefined(name) ?? '',
    args: args ?? {},
  };
}

/** An id as stored: some graphs number their messages and calls. Any other shape counts as absent. */
export const idOf = (stored: unknown): string | undefined =>
  typeof stored === 'number' ? String(stored) : textOrUndefined(stored);

export const textOrUndefined = (stored: unknown): string | undefined =>
  typeof stored === 'string' ? stored : undefined;

/** The text of a message's content: the string itself, or its text blocks joined. */
export function textOf(content: Json): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((block) => {
      if (typeof block === 'string') return block;
      const text = (block as JsonObject | null)?.['text'];
      return typeof text === 'string' ? text : '';
    })
    .join('');
}

/** Does an input bring messages that say something about tool calls, as far as its JSON shows? */
export function bringsToolTurns(input: Json): boolean {
  const messages = isJsonObject(input) ? input['messages'] : undefined;
  return (Array.isArray(messages) ? messages : [messages]).some((message) => {
    if (!isJsonObject(message)) return false;
    const { type, role, tool_calls: calls, tool_call_id: answered, additional_kwargs: more } = message;
    return (
      [type, role].includes('tool') ||
      calls !== undefined ||
      answered !== undefined ||
      (isJsonObject(more) && 'tool_calls' in more)
    );
  });
}
