import { AIMessage } from '@langchain/core/messages';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { pass } from '../gates.ts';

/** A node that ignores its AbortSignal while the gate `slow-abort` holds it. */
export const graph = new StateGraph(MessagesAnnotation)
  .addNode('deaf', async () => {
    await pass('slow-abort');
    return { messages: [new AIMessage('late')] };
  })
  .addEdge(START, 'deaf')
  .compile();
