import { AIMessage } from '@langchain/core/messages';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';

/**
 * A conditional edge of the start throws unless the config is `patient`: the input is in a checkpoint then,
 * and not in the state.
 */
export const graph = new StateGraph(MessagesAnnotation)
  .addNode('answer', ({ messages }) => ({ messages: [new AIMessage(`heard ${messages.at(-1)?.text}`)] }))
  .addConditionalEdges(
    START,
    (_state, { configurable }) => {
      if (configurable?.['patient'] !== true) throw new Error('There is no way from here');
      return 'answer';
    },
    ['answer'],
  )
  .compile();
