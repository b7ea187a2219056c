import { AIMessage } from '@langchain/core/messages';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { z } from 'zod';

/** What an assistant of this graph may be configured with. */
const Context = z.object({
  tone: z.enum(['plain', 'warm', 'formal']).default('plain'),
  signature: z.string().optional(),
});

const GREETINGS = { plain: 'Hello.', warm: 'How lovely that you write!', formal: 'Good day.' };

/**
 * Greets in the tone that its context says. No model: what differs between assistants is all there is to see.
 */
export const agent = new StateGraph(MessagesAnnotation, Context)
  .addNode('greet', (_state, { context }) => {
    const { tone, signature } = Context.parse(context ?? {});
    return {
      messages: [
        new AIMessage([GREETINGS[tone], ...(signature === undefined ? [] : [`(${signature})`])].join(' ')),
      ],
    };
  })
  .addEdge(START, 'greet')
  .compile();
