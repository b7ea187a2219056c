import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { TokenModel, type TokenModelOptions } from './token-model.ts';

const answering = (options: TokenModelOptions) => {
  const model = new TokenModel(options);
  return new StateGraph(MessagesAnnotation)
    .addNode('answer', async ({ messages }, config) => ({ messages: [await model.invoke(messages, config)] }))
    .addEdge(START, 'answer')
    .compile();
};

/** 200 tokens as fast as they can be had. */
export const burst = answering({ tokens: 200, paceMs: 0 });
/** 100 tokens, 20 a second. */
export const paced = answering({ tokens: 100, paceMs: 50 });
/** A token every two milliseconds until it is aborted. */
export const endless = answering({ tokens: Number.POSITIVE_INFINITY, paceMs: 2 });
/** The same, 50 a second: for runs that outlive a process. */
export const ticking = answering({ tokens: Number.POSITIVE_INFINITY, paceMs: 20 });
