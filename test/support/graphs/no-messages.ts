import { Annotation, START, StateGraph } from '@langchain/langgraph';
import { pass } from '../gates.ts';

/** A graph without messages: two steps that each add one to `counter`. Gate: `no-messages` in the second. */
const State = Annotation.Root({
  counter: Annotation<number>({ reducer: (sum, more) => sum + more, default: () => 0 }),
});

export const graph = new StateGraph(State)
  .addNode('first', () => ({ counter: 1 }))
  .addNode('second', async (_state, config) => {
    await pass('no-messages', config.signal);
    return { counter: 1 };
  })
  .addEdge(START, 'first')
  .addEdge('first', 'second')
  .compile();
