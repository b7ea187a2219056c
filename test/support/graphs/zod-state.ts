import { START, StateGraph } from '@langchain/langgraph';
import { z } from 'zod';

/** A state with a runtime schema, which refuses wrong input. */
const State = z.object({ topic: z.string().min(1), count: z.number().int().nonnegative().default(0) });

export const graph = new StateGraph(State)
  .addNode('increment', ({ count }) => ({ count: count + 1 }))
  .addEdge(START, 'increment')
  .compile();
