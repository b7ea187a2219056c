import { AIMessage } from '@langchain/core/messages';
import { Annotation, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { pass } from '../gates.ts';
import { StreamingModel, words } from '../streaming-model.ts';

/**
 * A subgraph of two steps, the second of which streams, as a node of an outer graph. The inner `note` channel
 * isn't the outer graph's. Gates: `subgraph:prepare` in the first step, `subgraph:speak:<i>` before each word
 * of the second, `subgraph:finish` in the outer graph's last node.
 */
const speaker = new StreamingModel('subgraph:speak', () => ({ text: words('The subgraph speaks now.') }));

const inner = new StateGraph(Annotation.Root({ ...MessagesAnnotation.spec, note: Annotation<string> }))
  .addNode('prepare', async (_state, config) => {
    await pass('subgraph:prepare', config.signal);
    return { messages: [new AIMessage('prepared')], note: 'only inside' };
  })
  .addNode('speak', async (state, config) => ({ messages: [await speaker.invoke(state.messages, config)] }))
  .addEdge(START, 'prepare')
  .addEdge('prepare', 'speak')
  .compile();

export const graph = new StateGraph(MessagesAnnotation)
  .addNode('inner', inner)
  .addNode('finish', async (_state, config) => {
    await pass('subgraph:finish', config.signal);
    return { messages: [new AIMessage('finished')] };
  })
  .addEdge(START, 'inner')
  .addEdge('inner', 'finish')
  .compile();
