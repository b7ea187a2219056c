import { Annotation, type LangGraphRunnableConfig, START, StateGraph } from '@langchain/langgraph';

/**
 * Has no value until its node has written one; the node says `{ name, payload }` and other things to its
 * writer.
 */
export const graph = new StateGraph(Annotation.Root({ note: Annotation<string> }))
  .addNode('write', (_state, config: LangGraphRunnableConfig) => {
    for (const said of [
      { name: 'progress', payload: { done: 1 } },
      { name: 'Ann', age: 3 },
      { payload: 1 },
      'plain',
      null,
    ])
      config.writer?.(said);
    return { note: 'written' };
  })
  .addEdge(START, 'write')
  .compile();
