import { AIMessage, ToolMessage } from '@langchain/core/messages';
import { END, interrupt, MessagesAnnotation, Send, START, StateGraph } from '@langchain/langgraph';

/**
 * A pause beside which something has finished: `tools` calls a tool that asks a human and one that answers at
 * once; `aside` asks in one node while another one says something. Anything else is answered with `done`.
 */
type State = typeof MessagesAnnotation.State;

const lastText = ({ messages }: State): string | undefined => messages.at(-1)?.text;
const callOf = ({ messages }: State, name: string) => {
  const last = messages.findLast((message) => AIMessage.isInstance(message));
  const call = last?.tool_calls?.find((one) => one.name === name);
  return { name, tool_call_id: call?.id ?? '' };
};

export const graph = new StateGraph(MessagesAnnotation)
  .addNode('agent', (state) => {
    const calls = ['ask', 'look'].map((name) => ({ id: `${name}-${state.messages.length}`, name, args: {} }));
    return {
      messages: [
        lastText(state) === 'tools'
          ? new AIMessage({ content: '', tool_calls: calls })
          : new AIMessage('done'),
      ],
    };
  })
  .addNode('ask', (state) => ({
    messages: [new ToolMessage({ ...callOf(state, 'ask'), content: String(interrupt('May I?')) })],
  }))
  .addNode('look', (state) => ({
    messages: [new ToolMessage({ ...callOf(state, 'look'), content: 'seen' })],
  }))
  .addNode('wonder', () => ({ messages: [new AIMessage(String(interrupt('Well?')))] }))
  .addNode('remark', () => ({ messages: [new AIMessage('by the way')] }))
  .addConditionalEdges(START, (state) => (lastText(state) === 'aside' ? ['wonder', 'remark'] : ['agent']), [
    'agent',
    'wonder',
    'remark',
  ])
  .addConditionalEdges(
    'agent',
    (state) => (lastText(state) === 'done' ? END : ['ask', 'look'].map((name) => new Send(name, state))),
    ['ask', 'look', END],
  )
  .compile();
