import { AIMessage, ToolMessage } from '@langchain/core/messages';
import { interrupt, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';

/** What a person may answer when they are asked whether a mail goes out. */
export type Decision =
  | { readonly approve: true; readonly body?: string }
  | { readonly approve: false; readonly why: string };

/**
 * Writes a mail and asks before it sends it. No model and no mail server: the draft is always the same, and
 * sending is a sentence.
 */
export const agent = new StateGraph(MessagesAnnotation)
  .addNode('draft', ({ messages }) => ({
    messages: [
      new AIMessage({
        content: '',
        tool_calls: [
          {
            id: `mail-${messages.length}`,
            name: 'send_mail',
            args: { to: 'ann@example.com', body: 'The picnic is on Saturday.' },
          },
        ],
      }),
    ],
  }))
  .addNode('send', ({ messages }) => {
    const request = messages.at(-1);
    const call = AIMessage.isInstance(request) ? request.tool_calls?.[0] : undefined;
    if (call?.id === undefined) throw new Error('There is no mail to send');
    // The run ends here, waiting for a human. Resumed, the node starts over and `interrupt` returns the
    // answer.
    const decision: Decision = interrupt({ question: 'Send this mail?', mail: call.args });
    const content = decision.approve
      ? `Sent to ${String(call.args['to'])}: ${decision.body ?? String(call.args['body'])}`
      : `Not sent: ${decision.why}`;
    return { messages: [new ToolMessage({ name: call.name, tool_call_id: call.id, content })] };
  })
  .addEdge(START, 'draft')
  .addEdge('draft', 'send')
  .compile();
