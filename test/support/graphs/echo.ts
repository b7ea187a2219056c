import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { StreamingModel, words } from '../streaming-model.ts';

/**
 * Streams the last human message back, word by word. Gates: `echo:<i>` before word i, `echo:end` after the
 * last.
 */
const model = new StreamingModel('echo', (messages) => ({
  text: words(messages.findLast((message) => message.type === 'human')?.text ?? ''),
}));

export const graph = new StateGraph(MessagesAnnotation)
  .addNode('echo', async (state, config) => ({ messages: [await model.invoke(state.messages, config)] }))
  .addEdge(START, 'echo')
  .compile();
