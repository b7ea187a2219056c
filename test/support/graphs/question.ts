import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { Annotation, END, interrupt, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { pass } from '../gates.ts';

/**
 * An agent whose input is `{ question }`, without messages. Asked for `lookup`, `broken` or `approval` it
 * calls the tool of that name: the first is held at the gate `question:tool`, the second throws, the third
 * waits for a human. Anything else it answers at once, after the gate `question:answer`.
 */
const State = Annotation.Root({ ...MessagesAnnotation.spec, question: Annotation<string> });
const TOOLS: ReadonlySet<string> = new Set(['lookup', 'broken', 'approval']);

const isToolCall = ({ messages }: typeof State.State): boolean =>
  ((messages.at(-1) as Partial<AIMessage>).tool_calls?.length ?? 0) > 0;

export const graph = new StateGraph({
  stateSchema: State,
  input: Annotation.Root({ question: Annotation<string> }),
})
  .addNode('hear', ({ question }) => ({ messages: [new HumanMessage(question)] }))
  .addNode('agent', async ({ messages, question }, config) => {
    const tool_calls = [{ id: `call-${messages.length}`, name: question, args: {} }];
    if (TOOLS.has(question) && messages.at(-1)?.type === 'human')
      return { messages: [new AIMessage({ content: '', tool_calls })] };
    await pass('question:answer', config.signal);
    return { messages: [new AIMessage(`about ${question}`)] };
  })
  .addNode('tools', async ({ messages, question }, config) => {
    if (question === 'broken') throw new Error('The tool is broken');
    const content = question === 'approval' ? String(interrupt('May I?')) : 'found';
    await pass('question:tool', config.signal);
    const [call] = (messages.at(-1) as AIMessage).tool_calls ?? [];
    return { messages: [new ToolMessage({ tool_call_id: call?.id ?? '', content })] };
  })
  .addEdge(START, 'hear')
  .addEdge('hear', 'agent')
  .addConditionalEdges('agent', (state) => (isToolCall(state) ? 'tools' : END), ['tools', END])
  .addEdge('tools', 'agent')
  .compile();
