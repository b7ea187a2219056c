import { AIMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import {
  entrypoint,
  getStore,
  type LangGraphRunnableConfig,
  MessagesAnnotation,
  START,
  StateGraph,
  task,
} from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { createAgent } from 'langchain';
import { z } from 'zod';
import { pass } from '../gates.ts';
import { StreamingModel } from '../streaming-model.ts';

/**
 * One node for each way to call user code; the input names the node. Each is held at the gate `tidying:work`,
 * where it heeds its signal, and then, in its `finally`, at the gate `tidying:late`, where it doesn't. After
 * that it makes every call that the long-term store has and puts what came of them under the name of the
 * node; where one rejects it passes the gate `tidying:refused`. `together` puts twice at once without waiting
 * for either.
 */
type Store = NonNullable<LangGraphRunnableConfig['store']>;
type Call = { readonly signal?: AbortSignal | undefined; readonly store?: unknown };

async function tidy(where: string, { signal, store }: Call) {
  try {
    await pass('tidying:work', signal);
  } finally {
    await pass('tidying:late');
    await keep(where, store as Store).catch(refused);
  }
  return { messages: [new AIMessage('tidied')] };
}

async function refused(error: unknown): Promise<never> {
  await pass('tidying:refused');
  throw error;
}

async function keep(where: string, store: Store): Promise<void> {
  const namespace = ['tidied', where];
  await store.put(namespace, 'draft', { where });
  const got = await store.get(namespace, 'draft');
  const found = await store.search(namespace);
  await store.delete(namespace, 'draft');
  await store.put(['tidied'], where, {
    got: got?.value ?? null,
    found: found.length,
    left: (await store.search(namespace)).length,
  });
}

const caller = async () => ({
  messages: [new AIMessage({ content: '', tool_calls: [{ id: 'call', name: 'tidy', args: {} }] })],
});
const tidyTool = (where: string) =>
  tool(
    async (_input, config: Call) => {
      await tidy(where, config);
      return 'tidied';
    },
    { name: 'tidy', description: 'Tidies', schema: z.object({}) },
  );
const tools = new StateGraph(MessagesAnnotation)
  .addNode('caller', caller)
  .addNode('call', new ToolNode([tidyTool('tools')]))
  .addEdge(START, 'caller')
  .addEdge('caller', 'call')
  .compile();
const sub = new StateGraph(MessagesAnnotation)
  .addNode('inner', (_state, config) => tidy('sub', { signal: config.signal, store: getStore(config) }))
  .addEdge(START, 'inner')
  .compile();
const agent = createAgent({
  model: new StreamingModel('tidying', () => ({
    text: [],
    toolCalls: [{ id: 'call', name: 'tidy', args: {} }],
  })),
  tools: [tidyTool('agent')],
});
const step = task('step', (signal: AbortSignal | undefined) =>
  tidy('functional', { signal, store: getStore() }),
);
const flow = entrypoint('flow', (signal: AbortSignal | undefined) => step(signal));

export const graph = new StateGraph(MessagesAnnotation)
  .addNode('node', (_state, config) => tidy('node', config))
  .addNode('tools', tools)
  .addNode('sub', sub)
  .addNode('agent', agent.graph as never)
  .addNode('functional', async (_state, config) => flow.invoke(config.signal, config))
  .addNode('together', async (_state, { store }: LangGraphRunnableConfig) => {
    for (const key of ['first', 'second']) void store?.put(['tidied', 'together'], key, {});
    return {};
  })
  .addConditionalEdges(START, ({ messages }) => messages.at(-1)?.text as 'node', [
    'node',
    'tools',
    'sub',
    'agent',
    'functional',
    'together',
  ])
  .compile();
