import {
  type LangGraphRunnableConfig,
  MessagesAnnotation,
  START,
  StateGraph,
  StreamChannel,
  type StreamTransformer,
} from '@langchain/langgraph';
import { pass } from '../../support/gates.ts';
import { StreamingModel } from '../../support/streaming-model.ts';

const model = new StreamingModel('transformed', () => ({ text: ['one ', 'two ', 'three'] }));

type Data = {
  readonly event?: string;
  readonly delta?: { readonly text?: string };
  readonly messages?: readonly { readonly text: string }[];
};

/**
 * Puts every piece of text on `custom:shout`, what ends on `custom:ends`, and promises the count of pieces as
 * `pieces`. Keeps a channel for itself.
 */
const shouting = (): StreamTransformer<object> => {
  const shout = StreamChannel.remote<object>('shout');
  const ends = StreamChannel.remote<string>('ends');
  const pieces = Promise.withResolvers<number>();
  let count = 0;
  return {
    init: () => ({ shout, ends, pieces: pieces.promise, mine: StreamChannel.local() }),
    process: ({ method, params }) => {
      const { event, delta, messages } = params.data as Data;
      if (method === 'messages' && delta?.text !== undefined) {
        count += 1;
        shout.push({ text: delta.text.toUpperCase() });
      }
      if (method === 'messages' && event?.endsWith('finish')) ends.push(event);
      if (method === 'custom') shout.push(params.data as object);
      if (method === 'values' && messages?.at(-1)?.text === 'break') throw new Error('The transformer broke');
      if (method === 'values' && messages?.at(-1)?.text === 'stay') count = Number.NaN;
      return true;
    },
    // A count that is none is never told: the run has to be stoppable all the same.
    finalize: () => (Number.isNaN(count) ? new Promise(() => {}) : pieces.resolve(count)),
    fail: () => {},
  };
};

/**
 * Says three words and writes a custom event; its transformer makes something of both. Gates:
 * `transformed:<i>`, `transformed` behind the event.
 */
export const graph = new StateGraph(MessagesAnnotation)
  .addNode('speak', async ({ messages }, config: LangGraphRunnableConfig) => {
    if (messages.at(-1)?.text === 'stay') return {};
    const said = await model.invoke(messages, config);
    config.writer?.({ loud: true });
    await pass('transformed', config.signal);
    return { messages: [said] };
  })
  .addEdge(START, 'speak')
  .compile({ transformers: [shouting] });
