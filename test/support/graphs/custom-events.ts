import { AIMessage } from '@langchain/core/messages';
import { type LangGraphRunnableConfig, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { pass } from '../gates.ts';

/** Writes two custom events. Gate: `custom-events` between them. */
export const graph = new StateGraph(MessagesAnnotation)
  .addNode('work', async (_state, config: LangGraphRunnableConfig) => {
    config.writer?.({ progress: 1, of: 2 });
    await pass('custom-events', config.signal);
    config.writer?.({ progress: 2, of: 2 });
    return { messages: [new AIMessage('worked')] };
  })
  .addEdge(START, 'work')
  .compile();
