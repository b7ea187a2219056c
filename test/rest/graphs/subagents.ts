import { tool } from '@langchain/core/tools';
import { createAgent } from 'langchain';
import { z } from 'zod';
import { StreamingModel, words } from '../../support/streaming-model.ts';

/**
 * An agent whose model hands work to two subagents at once, by a tool `task` as deepagents has it; LangGraph
 * sends each call to a task of its own. Each subagent answers with what it was to do. Gates:
 * `subagents:lead:<i>` and `subagents:worker:<i>` in the models.
 */
const worker = createAgent({
  model: new StreamingModel('subagents:worker', (messages) => ({
    text: words(`Done: ${messages.at(-1)?.text}`),
  })),
  tools: [],
});

const task = tool(
  async ({ description }, config) => {
    const { messages } = await worker.invoke({ messages: [{ role: 'user', content: description }] }, config);
    return messages.at(-1)?.text ?? '';
  },
  {
    name: 'task',
    description: 'Hands work to a subagent',
    schema: z.object({ description: z.string(), subagent_type: z.string() }),
  },
);

export const graph = createAgent({
  model: new StreamingModel('subagents:lead', (messages) =>
    messages.at(-1)?.type === 'tool'
      ? { text: words('Both are done.') }
      : {
          toolCalls: ['count stars', 'read tides'].map((description, index) => ({
            id: `call-${index}`,
            name: 'task',
            args: { description, subagent_type: 'worker' },
          })),
        },
  ),
  tools: [task],
});
