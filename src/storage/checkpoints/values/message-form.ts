import {
  AIMessage,
  AIMessageChunk,
  type BaseMessage,
  ChatMessage,
  ChatMessageChunk,
  FunctionMessage,
  FunctionMessageChunk,
  HumanMessage,
  HumanMessageChunk,
  RemoveMessage,
  SystemMessage,
  SystemMessageChunk,
  ToolMessage,
  ToolMessageChunk,
} from '@langchain/core/messages';

type MessageClass = new (fields: never) => BaseMessage;

/** LangChain's messages by type: the whole message, then its chunk. */
const CLASSES: ReadonlyMap<string, readonly [whole: string, chunk: string]> = new Map([
  ['human', ['HumanMessage', 'HumanMessageChunk']],
  ['ai', ['AIMessage', 'AIMessageChunk']],
  ['system', ['SystemMessage', 'SystemMessageChunk']],
  ['tool', ['ToolMessage', 'ToolMessageChunk']],
  ['function', ['FunctionMessage', 'FunctionMessageChunk']],
  ['generic', ['ChatMessage', 'ChatMessageChunk']],
  ['remove', ['RemoveMessage', 'RemoveMessage']],
]);

/** Every class that a stored value can become an instance of by name. */
const CONSTRUCTORS: ReadonlyMap<string, MessageClass> = new Map<string, MessageClass>([
  ['HumanMessage', HumanMessage],
  ['HumanMessageChunk', HumanMessageChunk],
  ['AIMessage', AIMessage],
  ['AIMessageChunk', AIMessageChunk],
  ['SystemMessage', SystemMessage],
  ['SystemMessageChunk', SystemMessageChunk],
  ['ToolMessage', ToolMessage],
  ['ToolMessageChunk', ToolMessageChunk],
  ['FunctionMessage', FunctionMessage],
  ['FunctionMessageChunk', FunctionMessageChunk],
  ['ChatMessage', ChatMessage],
  ['ChatMessageChunk', ChatMessageChunk],
  ['RemoveMessage', RemoveMessage],
]);

const NAMESPACE = ['langchain_core', 'messages'] as const;

/** What messages are made of: the fields that their constructors take. */
const FIELDS = [
  'content',
  'additional_kwargs',
  'response_metadata',
  'id',
  'name',
  'tool_calls',
  'invalid_tool_calls',
  'tool_call_chunks',
  'usage_metadata',
  'tool_call_id',
  'status',
  'artifact',
  'metadata',
  'role',
] as const;

type Message = Readonly<Partial<Record<(typeof FIELDS)[number], unknown>>> & { _getType(): unknown };

/**
 * A message of whichever copy of LangChain, so no instanceof. JSON has no functions, so none of it looks like
 * one.
 */
export const isMessage = (value: object): value is Message =>
  typeof (value as Partial<Message>)._getType === 'function';

/** The id and the fields that a message is stored with; null: of no class that can be read back. */
export function messageForm(
  message: Message,
): { readonly id: readonly string[]; readonly fields: readonly string[] } | null {
  const names = CLASSES.get(String(message._getType()));
  if (names === undefined) return null;
  const isChunk = typeof (message as { readonly concat?: unknown }).concat === 'function';
  return {
    id: [...NAMESPACE, names[isChunk ? 1 : 0]],
    fields: FIELDS.filter((field) => message[field] !== undefined),
  };
}

/** The class that a stored id names; undefined: none that is ever read. */
export function messageClass(id: unknown): MessageClass | undefined {
  if (!Array.isArray(id) || id.length !== 3 || id[0] !== NAMESPACE[0] || id[1] !== NAMESPACE[1])
    return undefined;
  return CONSTRUCTORS.get(id[2]);
}

const OBJECTS = ['additional_kwargs', 'response_metadata'] as const;
const LISTS = ['tool_calls', 'invalid_tool_calls', 'tool_call_chunks'] as const;
const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The fields of a stored message without what LangChain's constructors can't read: objects that are none,
 * lists that are none or hold anything else.
 */
export function constructible(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { content } = fields;
  const left: Record<string, unknown> = { ...fields };
  for (const field of OBJECTS) if (!isObject(left[field])) delete left[field];
  for (const field of LISTS)
    if (field in left) left[field] = Array.isArray(left[field]) ? left[field].filter(isObject) : [];
  if (Array.isArray(content))
    left['content'] = content.filter((block) => typeof block === 'string' || isObject(block));
  return left;
}
