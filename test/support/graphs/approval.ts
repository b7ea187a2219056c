import { AIMessage, ToolMessage } from '@langchain/core/messages';
import { Annotation, interrupt, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';

/**
 * A tool that a human approves first: the pause leaves its call unanswered. What the human said goes into
 * `decision`, as it is.
 */
const State = Annotation.Root({ ...MessagesAnnotation.spec, decision: Annotation<unknown> });

export const graph = new StateGraph(State)
  .addNode('agent', ({ messages }) => ({
    messages: [
      new AIMessage({
        content: '',
        tool_calls: [{ id: `send-${messages.length}`, name: 'send_email', args: { to: 'ann@example.com' } }],
      }),
    ],
  }))
  .addNode('tools', ({ messages }) => {
    const request = messages.at(-1);
    const call = AIMessage.isInstance(request) ? request.tool_calls?.[0] : undefined;
    if (call?.id === undefined) throw new Error('There is no tool call to approve');
    const decision: unknown = interrupt({ action: call.name, args: call.args, question: 'Send it?' });
    return {
      decision,
      messages: [
        new ToolMessage({ name: call.name, tool_call_id: call.id, content: JSON.stringify(decision) ?? '' }),
      ],
    };
  })
  .addNode('finish', () => ({ messages: [new AIMessage('done')] }))
  .addEdge(START, 'agent')
  .addEdge('agent', 'tools')
  .addEdge('tools', 'finish')
  .compile();
