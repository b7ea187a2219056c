import { StateGraph } from '@langchain/langgraph';
import {
  getConfigTypeSchema,
  getInputTypeSchema,
  getOutputTypeSchema,
  getStateTypeSchema,
} from '@langchain/langgraph/zod/schema';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { GraphSchemas } from '../../orchestrator/ports/graph-inspector.ts';
import type { CompiledGraph } from '../loading/graph-source.ts';

/** A graph's channels by their keys: a channel, or what makes one (an Annotation without a reducer). */
type ChannelDefinitions = Readonly<Record<string, unknown>>;

const MESSAGE_REDUCERS = new Set(['messagesStateReducer', 'addMessages', 'messagesDeltaReducer']);

/** Messages as LangGraph's clients look for them. */
const MESSAGES: JsonObject = {
  type: 'array',
  items: { type: 'object', properties: { type: { type: 'string' }, content: {} }, required: ['content'] },
  langgraph_type: 'messages',
};

/**
 * The JSON Schema of an Annotation. Its TypeScript types are gone at run time: what is left are the keys, and
 * for a channel with a default the kind of that value; a key without one takes any value.
 */
function channelsSchema(definitions: ChannelDefinitions): JsonObject {
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(definitions).map(([key, channel]) => [key, kindOf(channel)]),
    ),
  };
}

type Reducing = { readonly operator?: { readonly name?: unknown }; readonly initialValueFactory?: unknown };

function kindOf(channel: unknown): JsonObject {
  if (typeof channel !== 'object' || channel === null) return {};
  const { operator, initialValueFactory } = channel as Reducing;
  if (typeof operator?.name === 'string' && MESSAGE_REDUCERS.has(operator.name)) return MESSAGES;
  return typeof initialValueFactory === 'function'
    ? kindOfValue(initialValueOf(initialValueFactory as () => unknown))
    : {};
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

/** The method by which StateGraph's constructor reads its arguments, in whatever form they came. */
type Normalizing = {
  _normalizeToStateGraphInit?(state: unknown, options: unknown): { readonly context?: unknown };
};

const definitions = new WeakMap<object, ChannelDefinitions>();

/**
 * LangGraph keeps a graph's context where it is a zod schema, and drops an Annotation once the constructor is
 * done. What the constructor reads is observed from here on, so this module has to be imported before graphs
 * are. Graphs of another copy of LangGraph, and of a version without the method, have no context that is
 * known.
 */
function observe(prototype: Normalizing): void {
  const normalize = prototype._normalizeToStateGraphInit;
  if (normalize === undefined) return;
  prototype._normalizeToStateGraphInit = function (this: object, state, options) {
    const init = normalize.call(this, state, options);
    if (isAnnotation(init.context)) definitions.set(this, init.context.spec);
    return init;
  };
}

/** By LangGraph's own mark; the class is not exported. */
const isAnnotation = (value: unknown): value is { readonly spec: ChannelDefinitions } =>
  typeof value === 'object' &&
  value !== null &&
  'lc_graph_name' in value &&
  value.lc_graph_name === 'AnnotationRoot';

observe(StateGraph.prototype as unknown as Normalizing);

/** The Annotation that the builder's graph has as its context; undefined: none, or it is not known. */
const contextDefinitions = (builder: object): ChannelDefinitions | undefined => definitions.get(builder);

/**
 * What a StateGraph's builder keeps of its definition. It isn't public; where it is missing nothing is known.
 */
type Builder = {
  readonly _schemaDefinition?: ChannelDefinitions;
  readonly _inputDefinition?: ChannelDefinitions;
  readonly _outputDefinition?: ChannelDefinitions;
  /** Where this graph's copy of LangGraph keeps what zod schemas were marked with. */
  readonly _metaRegistry?: Parameters<typeof getStateTypeSchema>[1];
};

/** The JSON Schemas of a graph: of its zod or state schema, else of its Annotation. */
export function graphSchemas(graph: CompiledGraph): GraphSchemas {
  const { builder } = graph as { readonly builder?: Builder };
  const { _schemaDefinition: state, _inputDefinition: input, _outputDefinition: output } = builder ?? {};
  const config =
    ofRuntimeSchema(getConfigTypeSchema, graph) ?? ofChannels(builder && contextDefinitions(builder));
  return {
    input: ofRuntimeSchema(getInputTypeSchema, graph) ?? ofChannels(input),
    output: ofRuntimeSchema(getOutputTypeSchema, graph) ?? ofChannels(output),
    state: ofRuntimeSchema(getStateTypeSchema, graph) ?? ofChannels(state),
    config,
    // Configurable and context are one and the same (protocol.md §1.1).
    context: config,
  };
}

type Derive = typeof getStateTypeSchema;

/**
 * Null where the graph has no such schema, and where it can't be put as JSON Schema (a transform, a custom
 * type).
 */
function ofRuntimeSchema(derive: Derive, graph: CompiledGraph): JsonObject | null {
  try {
    const schema: unknown = derive(graph, (graph as { readonly builder?: Builder }).builder?._metaRegistry);
    // As it is sent: without what JSON doesn't have.
    return isJsonObject(schema) ? (JSON.parse(JSON.stringify(schema)) as JsonObject) : null;
  } catch {
    return null;
  }
}

const ofChannels = (definitions: ChannelDefinitions | undefined): JsonObject | null =>
  definitions === undefined ? null : channelsSchema(definitions);
