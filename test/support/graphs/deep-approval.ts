import { AIMessage } from '@langchain/core/messages';
import { interrupt, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';

/** Two levels of subgraphs; the inmost one says something, then asks a human. */
const inmost = new StateGraph(MessagesAnnotation)
  .addNode('prepare', () => ({ messages: [new AIMessage('prepared')] }))
  .addNode('ask', () => ({ messages: [new AIMessage(`you said ${interrupt('Well?')}`)] }))
  .addEdge(START, 'prepare')
  .addEdge('prepare', 'ask')
  .compile();

const middle = new StateGraph(MessagesAnnotation)
  .addNode('inmost', inmost)
  .addEdge(START, 'inmost')
  .compile();

export const graph = new StateGraph(MessagesAnnotation)
  .addNode('middle', middle)
  .addEdge(START, 'middle')
  .compile();
