import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { pass } from '../gates.ts';
import { ODD_ERRORS } from '../odd-errors.ts';

/**
 * Its node throws where nothing catches it, the way that the input names, and then waits at the gate
 * `uncaught`; `calm` throws nothing. `timer:frozen` throws that one of ODD_ERRORS in a timer, `reject:frozen`
 * lets go of a promise that it rejects, and `throw:frozen` throws it in the node.
 */
const WAYS: Readonly<Record<string, (signal: AbortSignal | undefined) => void>> = {
  timer: () => void setTimeout(() => fail('timer'), 1),
  immediate: () => void setImmediate(() => fail('immediate')),
  rejection: () => void (async () => fail('rejection'))(),
  emitter: () => void setTimeout(() => new EventEmitter().emit('error', new Error('emitter')), 1),
  subscriber: () => subscribe(REQUEST, throwOnce),
  listener: (signal) => signal?.addEventListener('abort', () => fail('listener')),
};

const REQUEST = 'http.server.request.start';

function throwOnce(): never {
  unsubscribe(REQUEST, throwOnce);
  fail('subscriber');
}

function fail(way: string): never {
  throw new Error(way);
}

function throwOdd(where: string | undefined, make: () => unknown): void {
  if (where === 'throw') throw make();
  if (where === 'reject') void Promise.reject(make());
  else
    setTimeout(() => {
      throw make();
    }, 1);
}

export const graph = new StateGraph(MessagesAnnotation)
  .addNode('throws', async ({ messages }, config) => {
    const text = messages.at(-1)?.text ?? '';
    WAYS[text]?.(config.signal);
    const [where, odd] = text.split(':');
    const make = ODD_ERRORS[odd ?? ''];
    if (make !== undefined) throwOdd(where, make);
    await pass('uncaught', config.signal);
    return {};
  })
  .addEdge(START, 'throws')
  .compile();
