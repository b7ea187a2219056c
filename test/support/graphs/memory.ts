import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import {
  getStore,
  type LangGraphRunnableConfig,
  MessagesAnnotation,
  START,
  StateGraph,
} from '@langchain/langgraph';

/**
 * Remembers across threads: "remember <text>" puts the text into the store under the user of
 * `configurable.user`, anything else is answered with all that is remembered. Puts go through config.store,
 * reads through getStore(); a subgraph counts what there is.
 */
const counting = new StateGraph(MessagesAnnotation)
  .addNode('count', async (_state, config: LangGraphRunnableConfig) => {
    const items = (await config.store?.search(['memories', userOf(config)])) ?? [];
    return { messages: [new AIMessage(`${items.length} remembered`)] };
  })
  .addEdge(START, 'count')
  .compile();

export const graph = new StateGraph(MessagesAnnotation)
  .addNode('answer', async ({ messages }, config: LangGraphRunnableConfig) => {
    const namespace = ['memories', userOf(config)];
    const [verb, ...words] = textOf(messages.at(-1)).split(' ');
    if (verb === 'remember') {
      await config.store?.put(namespace, `memory-${words.join('-')}`, { text: words.join(' ') });
      return { messages: [new AIMessage('noted')] };
    }
    const found = (await getStore(config)?.search(namespace, { query: words.join(' ') })) ?? [];
    return {
      messages: [new AIMessage(found.map(({ value }) => String(value['text'])).join(', ') || 'nothing')],
    };
  })
  .addNode('counting', counting)
  .addEdge(START, 'answer')
  .addEdge('answer', 'counting')
  .compile();

const userOf = ({ configurable }: LangGraphRunnableConfig): string =>
  String(configurable?.['user'] ?? 'nobody');
const textOf = (message: BaseMessage | undefined): string => message?.text ?? '';
