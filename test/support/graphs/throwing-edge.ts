import { END, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { z } from 'zod';
import { StreamingModel } from '../streaming-model.ts';

/**
 * The model streams JSON that a conditional edge parses, so the edge throws on a part of it.
 * Gates: `throwing-edge:0` to `throwing-edge:2` before each chunk.
 */
const model = new StreamingModel('throwing-edge', () => ({ text: ['{"next"', ': "en', 'd"}'] }));
const Decision = z.object({ next: z.enum(['end', 'again']) });

export const graph = new StateGraph(MessagesAnnotation)
  .addNode('decide', async (state, config) => ({ messages: [await model.invoke(state.messages, config)] }))
  .addEdge(START, 'decide')
  .addConditionalEdges(
    'decide',
    ({ messages }) =>
      Decision.parse(JSON.parse(messages.at(-1)?.text ?? '')).next === 'end' ? END : 'decide',
    ['decide', END],
  )
  .compile();
