import { AIMessage } from '@langchain/core/messages';
import { type LangGraphRunnableConfig, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';

/**
 * Remembers what its user says about themselves, and says what it remembers. No model: "I …" is a fact,
 * anything else a question. The memories are in the store, which all threads share; whose they are is in the
 * run's config.
 */
export const agent = new StateGraph(MessagesAnnotation)
  .addNode('answer', async ({ messages }, { store, configurable }: LangGraphRunnableConfig) => {
    if (store === undefined) throw new Error('There is no store');
    const memories = ['memories', String(configurable?.['user'] ?? 'somebody')];
    const said = messages.at(-1)?.text ?? '';
    if (/^I\b/.test(said)) {
      await store.put(memories, said.toLowerCase(), { fact: said });
      return { messages: [new AIMessage("I'll remember that.")] };
    }
    const known = await store.search(memories, { query: said, limit: 2 });
    const facts = known.map(({ value }) => `"${String(value['fact'])}"`);
    return {
      messages: [
        new AIMessage(facts.length === 0 ? "I don't know you yet." : `You told me: ${facts.join(', ')}.`),
      ],
    };
  })
  .addEdge(START, 'answer')
  .compile();
