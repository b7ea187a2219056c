import { AIMessage } from '@langchain/core/messages';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { pass } from '../gates.ts';

export class CustomError extends Error {
  override readonly name = 'CustomError';
}

/** Completes one step, then throws. Gate: `failing` before it throws. */
export const graph = new StateGraph(MessagesAnnotation)
  .addNode('prepare', () => ({ messages: [new AIMessage('prepared')] }))
  .addNode('fail', async (_state, config) => {
    await pass('failing', config.signal);
    throw new CustomError('Boo!');
  })
  .addEdge(START, 'prepare')
  .addEdge('prepare', 'fail')
  .compile();
