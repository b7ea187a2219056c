import { AIMessage } from '@langchain/core/messages';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { StreamingModel, words } from '../streaming-model.ts';

/**
 * Two levels of subgraphs: `outer` runs `middle`, which prepares and runs `inmost`, which prepares and
 * streams. Gates: `nested:speak:<i>` before each word.
 */
const speaker = new StreamingModel('nested:speak', () => ({ text: words('The inmost graph speaks.') }));

const inmost = new StateGraph(MessagesAnnotation)
  .addNode('prepare', () => ({ messages: [new AIMessage('inmost prepared')] }))
  .addNode('speak', async (state, config) => ({ messages: [await speaker.invoke(state.messages, config)] }))
  .addEdge(START, 'prepare')
  .addEdge('prepare', 'speak')
  .compile();

const middle = new StateGraph(MessagesAnnotation)
  .addNode('prepare', () => ({ messages: [new AIMessage('middle prepared')] }))
  .addNode('inmost', inmost)
  .addEdge(START, 'prepare')
  .addEdge('prepare', 'inmost')
  .compile();

export const graph = new StateGraph(MessagesAnnotation)
  .addNode('middle', middle)
  .addEdge(START, 'middle')
  .compile();
