import { createAgent } from 'langchain';
import { StreamingModel, words } from '../streaming-model.ts';

/**
 * What `createAgent` of `langchain` returns: no graph itself, it has one. Gates: `create-agent:<i>` before
 * each word.
 */
export const graph = createAgent({
  model: new StreamingModel('create-agent', () => ({ text: words('An agent answers.') })),
  tools: [],
});
