import { EventEmitter } from 'node:events';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { pass } from '../gates.ts';

/** Its node throws where nothing catches it, the way that the input names, and then waits at the gate `uncaught`; `calm` throws nothing. */
const WAYS: Readonly<Record<string, (signal: AbortSignal | undefined) => void>> = {
  timer: () => void setTimeout(() => fail('timer'), 1),
  immediate: () => void setImmediate(() => fail('immediate')),
  rejection: () => void (async () => fail('rejection'))(),
  emitter: () => void setTimeout(() => new EventEmitter().emit('error', new Error('emitter')), 1),
  listener: (signal) => signal?.addEventListener('abort', () => fail('listener')),
};

function fail(way: string): never {
  throw new Error(way);
}

export const graph = new StateGraph(MessagesAnnotation)
  .addNode('throws', async ({ messages }, config) => {
    const way = WAYS[messages.at(-1)?.text ?? ''];
    way?.(config.signal);
    await pass('uncaught', config.signal);
    return {};
  })
  .addEdge(START, 'throws')
  .compile();
