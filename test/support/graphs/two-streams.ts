import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { StreamingModel, words } from '../streaming-model.ts';

/**
 * Two nodes that stream at once, in one superstep. Gates: `two-streams:left:<i>` and `two-streams:right:<i>`
 * before each word.
 */
const left = new StreamingModel('two-streams:left', () => ({ text: words('Left has three words more.') }));
const right = new StreamingModel('two-streams:right', () => ({ text: words('Right has three words more.') }));

export const graph = new StateGraph(MessagesAnnotation)
  .addNode('left', async (state, config) => ({ messages: [await left.invoke(state.messages, config)] }))
  .addNode('right', async (state, config) => ({ messages: [await right.invoke(state.messages, config)] }))
  .addEdge(START, 'left')
  .addEdge(START, 'right')
  .compile();
