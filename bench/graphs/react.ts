import { tool } from '@langchain/core/tools';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt';
import { z } from 'zod';
import { TokenModel } from './token-model.ts';

const lookUp = tool(({ word }) => `What is known of ${word}.`, {
  name: 'look_up',
  description: 'Looks a word up.',
  schema: z.object({ word: z.string() }),
});
const model = new TokenModel({ tokens: 50, paceMs: 0, toolRounds: 2 });

/** A ReAct loop: 50 tokens and a tool call, twice, then 50 tokens of answer. */
export const graph = new StateGraph(MessagesAnnotation)
  .addNode('agent', async ({ messages }, config) => ({ messages: [await model.invoke(messages, config)] }))
  .addNode('tools', new ToolNode([lookUp]))
  .addEdge(START, 'agent')
  .addConditionalEdges('agent', toolsCondition)
  .addEdge('tools', 'agent')
  .compile();
