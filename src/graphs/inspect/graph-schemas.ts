import { getConfigTypeSchema, getInputTypeSchema, getOutputTypeSchema, getStateTypeSchema } from '@langchain/langgraph/zod/schema';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { GraphSchemas } from '../../orchestrator/ports/graph-inspector.ts';
import type { CompiledGraph } from '../graph-source.ts';
import { type ChannelDefinitions, channelsSchema } from './channel-schema.ts';
import { contextDefinitions } from './context-definitions.ts';

/** What a StateGraph's builder keeps of its definition. It isn't public; where it is missing nothing is known. */
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
  const config = ofRuntimeSchema(getConfigTypeSchema, graph) ?? ofChannels(builder && contextDefinitions(builder));
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

/** Null where the graph has no such schema, and where it can't be put as JSON Schema (a transform, a custom type). */
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
