import { AIMessage } from '@langchain/core/messages';
import { interrupt, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { pass } from '../gates.ts';

/**
 * A node that asks two questions, one after the other; told `sub` it is a subgraph's. Between answers and end
 * it passes the gate `asks-twice`; an answer `throw` makes it throw.
 */
const ask = async (_state: unknown, config: { readonly signal?: AbortSignal }) => {
  const answers = [interrupt('first?'), interrupt('second?')];
  await pass('asks-twice', config.signal);
  if (answers.includes('throw')) throw new Error('So be it');
  return { messages: [new AIMessage(answers.join(', '))] };
};
const sub = new StateGraph(MessagesAnnotation).addNode('inner', ask).addEdge(START, 'inner').compile();

export const graph = new StateGraph(MessagesAnnotation)
  .addNode('ask', ask)
  .addNode('sub', sub)
  .addConditionalEdges(START, ({ messages }) => (messages.at(-1)?.text === 'sub' ? 'sub' : 'ask'), [
    'ask',
    'sub',
  ])
  .compile();
