import { type AIMessage, ToolMessage } from '@langchain/core/messages';
import { END, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { pass } from '../../support/gates.ts';
import { StreamingModel } from '../../support/streaming-model.ts';

/**
 * The agent of protocol.md §9: agent, tool, agent; its model says "begin" letter by letter and calls a tool,
 * then says "end". One human message makes four. Gates: `rest-agent:begin:<i>`, `rest-agent:end:<i>` in the
 * models, `rest-agent:tool` in the tool.
 */
const begin = new StreamingModel('rest-agent:begin', () => ({
  text: [...'begin'],
  toolCalls: [{ id: 'call-1', name: 'look', args: {} }],
}));
const end = new StreamingModel('rest-agent:end', () => ({ text: [...'end'] }));

export const graph = new StateGraph(MessagesAnnotation)
  .addNode('agent', async ({ messages }, config) => {
    const model = messages.at(-1)?.getType() === 'tool' ? end : begin;
    return { messages: [await model.invoke(messages, config)] };
  })
  .addNode('tool', async ({ messages }, config: { readonly signal?: AbortSignal }) => {
    await pass('rest-agent:tool', config.signal);
    const asked = messages.at(-1) as AIMessage;
    return {
      messages: (asked.tool_calls ?? []).map(
        (call) => new ToolMessage({ content: 'tool_call', tool_call_id: call.id ?? '' }),
      ),
    };
  })
  .addEdge(START, 'agent')
  .addConditionalEdges(
    'agent',
    ({ messages }) => ((messages.at(-1) as AIMessage).tool_calls?.length ? 'tool' : END),
    ['tool', END],
  )
  .addEdge('tool', 'agent')
  .compile();
