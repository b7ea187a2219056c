import { Annotation, type StateGraph as Builder, StateGraph } from '@langchain/langgraph';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { graphSchemas } from '../../src/graphs/inspect/graph-schemas.ts';

const State = Annotation.Root({ told: Annotation<string> });
const Context = Annotation.Root({
  model: Annotation<string>,
  retries: Annotation<number>({ reducer: (_before, now) => now, default: () => 3 }),
});
const EXPECTED = { type: 'object', properties: { model: {}, retries: { type: 'number' } } };

const schemasOf = (builder: unknown) => {
  const graph = builder as Builder<never, never, never, '__start__' | 'tell'>;
  return graphSchemas(
    graph
      .addNode('tell', () => ({}) as never)
      .addEdge('__start__', 'tell')
      .compile() as never,
  );
};

test.each([
  ['new StateGraph(State, Context)', () => new StateGraph(State, Context)],
  ['new StateGraph(State, { context })', () => new StateGraph(State, { context: Context } as never)],
  ['new StateGraph({ state, context })', () => new StateGraph({ state: State, context: Context } as never)],
  ['new StateGraph({ stateSchema }, Context)', () => new StateGraph({ stateSchema: State }, Context)],
])('config and context of an Annotation are described by their keys: %s', (_form, make) => {
  const { config, context } = schemasOf(make());

  expect({ config, context }).toEqual({ config: EXPECTED, context: EXPECTED });
});

test('a zod context keeps its own schema, and a graph without a context has none', () => {
  expect(schemasOf(new StateGraph(State, z.object({ model: z.string() }))).context).toMatchObject({
    properties: { model: { type: 'string' } },
  });
  expect(schemasOf(new StateGraph(State)).context).toBeNull();
});

test('compiling again, and a graph with a checkpointer, keep the context', () => {
  const builder = new StateGraph(State, Context).addNode('tell', () => ({})).addEdge('__start__', 'tell');

  expect(graphSchemas(builder.compile() as never).context).toEqual(EXPECTED);
  expect(graphSchemas(builder.compile({ checkpointer: false }) as never).context).toEqual(EXPECTED);
});
