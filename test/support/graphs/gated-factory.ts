import { AIMessage } from '@langchain/core/messages';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { pass } from '../gates.ts';

/** A function that takes its time to make the graph. Gate: `gated-factory`, before the graph is there. */
export const graph = async () => {
  await pass('gated-factory');
  return new StateGraph(MessagesAnnotation)
    .addNode('reply', () => ({ messages: [new AIMessage('made')] }))
    .addEdge(START, 'reply')
    .compile();
};
