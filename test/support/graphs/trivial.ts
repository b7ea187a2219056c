import { AIMessage } from '@langchain/core/messages';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';

/** One node that adds one message, nothing asynchronous: what a run costs without a model. */
export const graph = new StateGraph(MessagesAnnotation)
  .addNode('reply', () => ({ messages: [new AIMessage('ok')] }))
  .addEdge(START, 'reply')
  .compile();
