import { AIMessage } from '@langchain/core/messages';
import { RunnableLambda } from '@langchain/core/runnables';
import { tool } from '@langchain/core/tools';
import { entrypoint, MessagesAnnotation, Send, START, StateGraph, task } from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { z } from 'zod';
import { pass } from '../gates.ts';

/**
 * One node for each way to call user code; the input names the node. All of it ignores its AbortSignal while
 * the gate `deaf` holds it. `heeds` doesn't. `sibling` throws once the gate `sibling` lets it, beside a node
 * that is deaf. `retried` throws after the gate and would be tried again.
 */
const deaf = async () => {
  await pass('deaf');
  return { messages: [new AIMessage('late')] };
};

const deafTool = tool(
  async () => {
    await pass('deaf');
    return 'late';
  },
  { name: 'fetch', description: 'Ignores its signal', schema: z.object({}) },
);

const caller = async () => ({
  messages: [new AIMessage({ content: '', tool_calls: [{ id: 'call', name: 'fetch', args: {} }] })],
});
const inner = () => new StateGraph(MessagesAnnotation).addNode('deaf', deaf).addEdge(START, 'deaf').compile();
const agent = new StateGraph(MessagesAnnotation)
  .addNode('caller', caller)
  .addNode('tools', new ToolNode([deafTool]))
  .addEdge(START, 'caller')
  .addEdge('caller', 'tools')
  .compile();
const delegate = tool(async () => String((await agent.invoke({ messages: [] })).messages.length), {
  name: 'delegate',
  description: 'Invokes an agent',
  schema: z.object({}),
});

const step = task('step', async () => {
  await pass('deaf');
  return 'late';
});
const flow = entrypoint('flow', async () => ({ messages: [new AIMessage(await step())] }));

const NODES = [
  'node',
  'lambda',
  'tools',
  'sub',
  'delegating',
  'functional',
  'heeds',
  'sent',
  'sibling',
  'retried',
] as const;

export const graph = new StateGraph(MessagesAnnotation)
  .addNode('node', deaf)
  .addNode('lambda', RunnableLambda.from(deaf))
  .addNode('tools', agent)
  .addNode('sub', inner())
  .addNode('delegating', async () => ({ messages: [new AIMessage(await delegate.invoke({}))] }))
  .addNode('functional', async (_state, config) => flow.invoke({}, config) as never)
  .addNode('heeds', async (_state, config) => {
    await pass('deaf', config.signal);
    return {};
  })
  .addNode('sent', deaf)
  .addNode('sibling', async () => {
    await pass('sibling');
    throw new Error('the sibling threw');
  })
  .addNode(
    'retried',
    async () => {
      await pass('deaf');
      throw new Error('again');
    },
    { retryPolicy: { maxAttempts: 3, initialInterval: 1, jitter: false, logWarning: false } },
  )
  .addConditionalEdges(
    START,
    ({ messages }) => {
      const asked = messages.at(-1)?.text ?? 'node';
      if (asked === 'send') return [new Send('sent', { messages }), new Send('sent', { messages })];
      if (asked === 'failing') return ['node', 'sibling'];
      return (NODES as readonly string[]).includes(asked) ? asked : 'node';
    },
    [...NODES],
  )
  .compile();
