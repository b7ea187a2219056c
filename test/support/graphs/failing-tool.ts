import { ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { createAgent, createMiddleware } from 'langchain';
import { z } from 'zod';
import { StreamingModel, words } from '../streaming-model.ts';

/**
 * An agent whose tool throws; its middleware makes that an answer, so the agent goes on, as agents are
 * usually built.
 */
const model = new StreamingModel('failing-tool', (messages) =>
  messages.at(-1)?.type === 'tool'
    ? { text: words('It did not work.') }
    : { toolCalls: [{ id: 'call-0', name: 'broken', args: {} }] },
);

const broken = tool(
  () => {
    throw new Error('The tool broke');
  },
  { name: 'broken', description: 'Throws', schema: z.object({}) },
);

const forgiving = createMiddleware({
  name: 'forgiving',
  wrapToolCall: async (request, handler) => {
    try {
      return await handler(request);
    } catch (error) {
      return new ToolMessage({ content: String(error), tool_call_id: request.toolCall.id ?? '' });
    }
  },
});

export const graph = createAgent({ model, tools: [broken], middleware: [forgiving] });
