import { StateGraph } from '@langchain/langgraph';
import type { ChannelDefinitions } from './channel-schema.ts';

/** The method by which StateGraph's constructor reads its arguments, in whatever form they came. */
type Normalizing = { _normalizeToStateGraphInit?(state: unknown, options: unknown): { readonly context?: unknown } };

const definitions = new WeakMap<object, ChannelDefinitions>();

/**
 * LangGraph keeps a graph's context where it is a zod schema, and drops an Annotation once the constructor is done. What the constructor reads is
 * observed from here on, so this module has to be imported before graphs are. Graphs of another copy of LangGraph, and of a version without the
 * method, have no context that is known.
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
  typeof value === 'object' && value !== null && 'lc_graph_name' in value && value.lc_graph_name === 'AnnotationRoot';

observe(StateGraph.prototype as unknown as Normalizing);

/** The Annotation that the builder's graph has as its context; undefined: none, or it is not known. */
export const contextDefinitions = (builder: object): ChannelDefinitions | undefined => definitions.get(builder);
