import { AIMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { pass } from '../gates.ts';

/**
 * An asynchronous function of the config that returns a graph which says the config's flavour; throws for
 * `none`. Gate: `factory` before a run has its graph.
 */
export const graph = async (config: RunnableConfig) => {
  const flavour = String(config.configurable?.['flavour'] ?? 'vanilla');
  if (config.configurable?.['run_id'] !== undefined) await pass('factory');
  if (flavour === 'none') throw new RangeError('There is no such flavour');
  return new StateGraph(MessagesAnnotation)
    .addNode('taste', () => ({ messages: [new AIMessage(flavour)] }))
    .addEdge(START, 'taste')
    .compile();
};
