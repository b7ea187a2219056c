import { AIMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { END, MessagesAnnotation, Send, START, StateGraph } from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { z } from 'zod';
import { pass } from '../gates.ts';
import { StreamingModel, words } from '../streaming-model.ts';

/**
 * A ReAct loop whose model calls the tools `first` and `second` at once, then answers. Each tool call is a
 * task of its own. Gates: `two-tools:call:<i>` before each chunk of the tool calls (four of them),
 * `two-tools:first` and `two-tools:second` in the tools, `two-tools:answer:<i>` before each word of the
 * answer.
 */
const caller = new StreamingModel('two-tools:call', (messages) => ({
  toolCalls: ['first', 'second'].map((name) => ({
    id: `${name}-${messages.length}`,
    name,
    args: { about: 'it' },
  })),
}));
const answerer = new StreamingModel('two-tools:answer', () => ({ text: words('Both tools have answered.') }));

const gatedTool = (name: string) =>
  tool(
    async (_args, config) => {
      await pass(`two-tools:${name}`, config?.signal);
      return `${name} says yes`;
    },
    { name, description: `The ${name} tool`, schema: z.object({ about: z.string() }) },
  );

export const graph = new StateGraph(MessagesAnnotation)
  .addNode('agent', async ({ messages }, config) => {
    const model = messages.at(-1)?.type === 'tool' ? answerer : caller;
    return { messages: [await model.invoke(messages, config)] };
  })
  // LangGraph's own, as in every agent: it turns what a tool throws into that tool's answer.
  .addNode('tools', new ToolNode([gatedTool('first'), gatedTool('second')]))
  .addEdge(START, 'agent')
  .addConditionalEdges(
    'agent',
    ({ messages }) => {
      const last = messages.at(-1);
      const calls = AIMessage.isInstance(last) ? (last.tool_calls ?? []) : [];
      return calls.length === 0
        ? END
        : calls.map((call) => new Send('tools', { messages, lg_tool_call: call }));
    },
    ['tools', END],
  )
  .addEdge('tools', 'agent')
  .compile();
