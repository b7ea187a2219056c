import { Annotation, StateGraph } from '@langchain/langgraph';
import { z } from 'zod';

const State = Annotation.Root({
  told: Annotation<string>,
  notes: Annotation<string[]>({ reducer: (before, more) => [...before, ...more], default: () => [] }),
  rounds: Annotation<number>({ reducer: (_before, now) => now, default: () => 0 }),
});
const Input = Annotation.Root({ told: Annotation<string> });

type Config = {
  readonly context?: unknown;
  readonly configurable?: Record<string, unknown>;
  readonly tags?: unknown;
  readonly metadata?: unknown;
};

/**
 * Tells in `told` with what it was called: context, configurable (what begins with __ and ids left out), tags
 * and metadata, as JSON.
 */
export const graph = new StateGraph({
  state: State,
  input: Input,
  context: z.object({ model: z.string().default('small') }).loose(),
})
  .addNode('tell', (_state, config: Config) => {
    const own = Object.entries(config.configurable ?? {}).filter(
      ([key]) => !/^__|_id$|^checkpoint/.test(key),
    );
    return {
      told: JSON.stringify({
        context: config.context ?? null,
        configurable: Object.fromEntries(own),
        tags: config.tags ?? [],
      }),
    };
  })
  .addEdge('__start__', 'tell')
  .compile();
