import { AIMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';

type Runtime = {
  readonly accessContext: string;
  readonly executionRuntime: { readonly context: unknown } | null;
};

/** What the factory below was called with, in order. */
export const built: { readonly user: unknown; readonly runtime: Runtime }[] = [];

/**
 * A factory that refuses to build anything without `configurable.user`; the graph answers with that user's
 * name.
 */
export const graph = (config: RunnableConfig, runtime: Runtime) => {
  const user = config.configurable?.['user'];
  built.push({ user: user ?? null, runtime });
  if (user === undefined) throw new Error('a user is required');
  return new StateGraph(MessagesAnnotation)
    .addNode('reply', () => ({ messages: [new AIMessage(`for ${user}`)] }))
    .addEdge(START, 'reply')
    .compile();
};
