import { AIMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { END, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { z } from 'zod';
import { pass } from '../gates.ts';
import { StreamingModel } from '../streaming-model.ts';

/**
 * A model that streams blocks: reasoning, text in pieces that cut characters in two, a call of the tool
 * `look`. Then a text in blocks without an index. Gates: `blocks:call:<i>` before each chunk (eight),
 * `blocks:look` in the tool, `blocks:answer:<i>` before each chunk of the answer (four).
 */
const text = (value: string, index: number) => [{ type: 'text', text: value, index }];
const thought = (thinking: string) => [{ type: 'thinking', thinking, index: 0 }];
const caller = new StreamingModel('blocks:call', (messages) => ({
  content: [
    [],
    thought('Rain'),
    thought(' or sun?'),
    text('Let me \ud83d', 1),
    text('\udd0d look', 1),
    text('.', 2),
  ],
  toolCalls: [{ id: `look-${messages.length}`, name: 'look', args: { at: '\u{1f324}' } }],
}));
const answerer = new StreamingModel('blocks:answer', () => ({
  content: [
    'It',
    [{ type: 'text', text: ' is' }],
    [
      { type: 'text', text: ' ' },
      { type: 'text', text: 'sunny' },
    ],
    ' \u{1f31e}.',
  ],
}));

const look = tool(
  async (_args, config) => {
    await pass('blocks:look', config?.signal);
    return 'sun';
  },
  { name: 'look', description: 'Looks out of the window', schema: z.object({ at: z.string() }) },
);

export const graph = new StateGraph(MessagesAnnotation)
  .addNode('agent', async ({ messages }, config) => ({
    messages: [await (messages.at(-1)?.type === 'tool' ? answerer : caller).invoke(messages, config)],
  }))
  .addNode('tools', new ToolNode([look]))
  .addEdge(START, 'agent')
  .addConditionalEdges(
    'agent',
    ({ messages }) => {
      const last = messages.at(-1);
      return AIMessage.isInstance(last) && (last.tool_calls ?? []).length > 0 ? 'tools' : END;
    },
    ['tools', END],
  )
  .addEdge('tools', 'agent')
  .compile();
