import { AIMessage } from '@langchain/core/messages';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';

/** One node that adds one message, nothing asynchronous: what a run costs without a model. */
export const graph = new StateGraph(MessagesAnnotation)
  .addNode('reply', () => ({
    messages: [new AIMessage('Hello there: an answer of ordinary length to what was asked.')],
  }))
  .addEdge(START, 'reply')
  .compile();
