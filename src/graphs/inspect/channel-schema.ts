import type { JsonObject } from '../../domain/json.ts';

/** A graph's channels by their keys: a channel, or what makes one (an Annotation without a reducer). */
export type ChannelDefinitions = Readonly<Record<string, unknown>>;

const MESSAGE_REDUCERS = new Set(['messagesStateReducer', 'addMessages', 'messagesDeltaReducer']);

/** Messages as LangGraph's clients look for them. */
const MESSAGES: JsonObject = {
  type: 'array',
  items: { type: 'object', properties: { type: { type: 'string' }, content: {} }, required: ['content'] },
  langgraph_type: 'messages',
};

/**
 * The JSON Schema of an Annotation. Its TypeScript types are gone at run time: what is left are the keys, and for a channel with a default
 * the kind of that value; a key without one takes any value.
 */
export function channelsSchema(definitions: ChannelDefinitions): JsonObject {
  return { type: 'object', properties: Object.fromEntries(Object.entries(definitions).map(([key, channel]) => [key, kindOf(channel)])) };
}

type Reducing = { readonly operator?: { readonly name?: unknown }; readonly initialValueFactory?: unknown };

function kindOf(channel: unknown): JsonObject {
  if (typeof channel !== 'object' || channel === null) return {};
  const { operator, initialValueFactory } = channel as Reducing;
  if (typeof operator?.name === 'string' && MESSAGE_REDUCERS.has(operator.name)) return MESSAGES;
  return typeof initialValueFactory === 'function' ? kindOfValue(initialValueOf(initialValueFactory as () => unknown)) : {};
}

/** User code: one that throws says nothing of the kind. */
function initialValueOf(make: () => unknown): unknown {
  try {
    return make();
  } catch {
    return undefined;
  }
}

function kindOfValue(value: unknown): JsonObject {
  if (Array.isArray(value)) return { type: 'array' };
  switch (typeof value) {
    case 'string':
      return { type: 'string' };
    case 'number':
      return { type: 'number' };
    case 'boolean':
      return { type: 'boolean' };
    case 'object':
      return value === null || value instanceof Map || value instanceof Set ? {} : { type: 'object' };
    default:
      return {};
  }
}
