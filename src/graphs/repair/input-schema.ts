import type { CompiledGraph } from '../graph-source.ts';
import { MESSAGES } from './message-list.ts';

/** The parts of a compiled StateGraph that say what its START node lets through; LangGraph has no public way to ask. */
type Built = {
  readonly builder?: { readonly _schemaDefinitions?: ReadonlyMap<unknown, object>; readonly _inputDefinition?: unknown };
};

/**
 * Whether the `messages` of an input reach the state. A StateGraph may have an input schema of its own, and START drops every key that
 * isn't in it; a bare Pregel graph takes what its input channels name.
 */
export function acceptsMessages(graph: CompiledGraph): boolean {
  const { builder } = graph as Built;
  const definition = builder?._schemaDefinitions?.get(builder._inputDefinition);
  if (definition !== undefined) return Object.hasOwn(definition, MESSAGES);
  const { inputChannels } = graph;
  return Array.isArray(inputChannels) ? inputChannels.includes(MESSAGES) : true;
}
