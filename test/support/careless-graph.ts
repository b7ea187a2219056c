import { AIMessage } from '@langchain/core/messages';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';

/** What holds a connection or a poller does this to the process: it would never end by itself. */
setInterval(() => {}, 60_000);

/** Its node leaves a promise behind that nobody awaits and that is rejected. */
export const graph = new StateGraph(MessagesAnnotation)
  .addNode('reply', () => {
    void Promise.reject(new Error('left behind'));
    return { messages: [new AIMessage('ok')] };
  })
  .addEdge(START, 'reply')
  .compile();
