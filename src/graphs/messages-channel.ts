import { isJsonObject, type JsonObject } from '../domain/json.ts';
import { idOf, type MessageJson, textOrUndefined, toolCallsOf } from '../domain/message.ts';
import { isMessage, messageToJson, toJsonObject } from './to-json.ts';

/** A message of the state: LangChain's, or a plain object that says type or role, and content. */
export type StateMessage = object & { readonly id?: string | null };

const TYPES_OF_ROLES: ReadonlyMap<string, string> = new Map([
  ['user', 'human'],
  ['assistant', 'ai'],
  ['developer', 'system'],
]);

/**
 * The conversation in a graph's values: its `messages` channel, or the whole state where that is a list of messages; [] where there is
 * none. The very array of the state where all of it is messages.
 */
export function messagesIn(values: unknown): readonly StateMessage[] {
  const channel = Array.isArray(values) ? values : (values as { messages?: unknown } | null | undefined)?.messages;
  if (!Array.isArray(channel)) return isStateMessage(channel) ? [channel] : [];
  return channel.every(isStateMessage) ? channel : channel.filter(isStateMessage);
}

/** A message of the state in the protocol's flat form. */
export function stateMessageToJson(message: StateMessage): MessageJson {
  if (isMessage(message)) return messageToJson(message);
  const { role, type, tool_calls, tool_call_id, ...fields } = toJsonObject(message);
  const spoken = textOrUndefined(role) ?? '';
  return {
    ...fields,
    type: textOrUndefined(type) ?? TYPES_OF_ROLES.get(spoken) ?? spoken,
    content: fields['content'] ?? '',
    ...(tool_calls === undefined ? {} : { tool_calls: toolCallsOf(tool_calls) }),
    ...(tool_call_id === undefined ? {} : { tool_call_id: idOf(tool_call_id) ?? '' }),
  };
}

/** Every message in what a task wrote: alone, in a list, or in the lists of a channel that was written more than once. */
export function* messagesWritten(writes: unknown): Generator<StateMessage> {
  if (isMessage(writes)) yield writes as StateMessage;
  else if (Array.isArray(writes)) for (const item of writes) yield* messagesWritten(item);
  else if (isPlainObject(writes))
    for (const item of Object.values(writes)) if (isMessage(item) || isContainer(item)) yield* messagesWritten(item);
}

/** The same message, unchanged: mostly the same object, for reducers hand on what they hold. */
export function isUnchanged(before: StateMessage | undefined, after: StateMessage | undefined): boolean {
  if (before === after) return true;
  if (before === undefined || after === undefined || before.id !== after.id) return false;
  return JSON.stringify(stateMessageToJson(before)) === JSON.stringify(stateMessageToJson(after));
}

function isStateMessage(value: unknown): value is StateMessage {
  if (isMessage(value)) return true;
  if (!isJsonObject(value) || !('content' in value)) return false;
  const { type, role }: JsonObject = value;
  return typeof type === 'string' || typeof role === 'string';
}

const isContainer = (value: unknown): boolean => Array.isArray(value) || (isPlainObject(value) && '$writes' in value);

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value));
