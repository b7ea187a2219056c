import { AIMessage } from '@langchain/core/messages';
import { Annotation, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { pass } from '../gates.ts';

/**
 * Three plain nodes in a row, each of which says and notes its name. Gates: `breakpoints:a`, `breakpoints:b`,
 * `breakpoints:c` in the nodes.
 */
const State = Annotation.Root({
  ...MessagesAnnotation.spec,
  visited: Annotation<string[]>({ reducer: (before, more) => [...before, ...more], default: () => [] }),
});
const visit =
  (name: string) => async (_state: typeof State.State, config: { readonly signal?: AbortSignal }) => {
    await pass(`breakpoints:${name}`, config.signal);
    return { visited: [name], messages: [new AIMessage(name)] };
  };

export const graph = new StateGraph(State)
  .addNode('a', visit('a'))
  .addNode('b', visit('b'))
  .addNode('c', visit('c'))
  .addEdge(START, 'a')
  .addEdge('a', 'b')
  .addEdge('b', 'c')
  .compile();
