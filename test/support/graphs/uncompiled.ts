import { AIMessage } from '@langchain/core/messages';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';

/** A graph that nobody has compiled yet. */
export const graph = new StateGraph(MessagesAnnotation)
  .addNode('reply', () => ({ messages: [new AIMessage('compiled')] }))
  .addEdge(START, 'reply');
