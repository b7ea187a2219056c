import type { BaseStore, Item, Operation } from '@langchain/langgraph-checkpoint';
import fc from 'fast-check';

/** One call of a store, generated. */
export type Call =
  | {
      readonly method: 'put';
      readonly namespace: string[];
      readonly key: string;
      readonly value: Record<string, unknown>;
    }
  | { readonly method: 'get' | 'delete'; readonly namespace: string[]; readonly key: string }
  | { readonly method: 'search'; readonly prefix: string[]; readonly options: Record<string, unknown> }
  | { readonly method: 'listNamespaces'; readonly options: Record<string, unknown> }
  | { readonly method: 'batch'; readonly operations: Operation[] };

// Few names, so that calls meet; some that sort or read oddly; a few that are refused.
const label = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('a', 'b', 'B', 'ä', 'a-b', '10', '9', '*', '"', '_') },
  { weight: 1, arbitrary: fc.constantFrom('', 'a.b', 'a:b', 'langgraph', '\0', '\ud800') },
);
const namespace: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom<string[]>(['a'], ['a', 'b'], ['b']) },
  { weight: 30, arbitrary: fc.array(label, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant<string[]>([]) },
);
const key = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('k2', 'k1', 'k3') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);
const scalar = fc.oneof(
  fc.integer({ min: -2, max: 3 }),
  fc.constantFrom<unknown>('1', '2', 'x', '', true, false, null, 1.5, '2026-01-01', 'nul \0 and half \ud800'),
);
const inner = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 2 }) },
  { weight: 1, arbitrary: fc.dictionary(fc.constantFrom('p', 'q'), scalar, { maxKeys: 2 }) },
);
const field = fc.constantFrom('n', 'm', 'text', '__proto', 'a.b');
const value = fc.dictionary(field, inner, { maxKeys: 3, noNullPrototype: true });
const operator = fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$in', '$nin', '$other');
const operand = fc.oneof(
  { weight: 5, arbitrary: inner },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
);
const condition = fc.oneof(
  { weight: 3, arbitrary: inner },
  { weight: 3, arbitrary: fc.dictionary(operator, operand, { maxKeys: 2, noNullPrototype: true }) },
);
const filter = fc.dictionary(field, condition, { maxKeys: 2, noNullPrototype: true });
const prefix = fc.oneof(
  { weight: 2, arbitrary: fc.constant<string[]>([]) },
  { weight: 3, arbitrary: namespace },
);
const page = { limit: fc.integer({ min: 0, max: 5 }), offset: fc.integer({ min: 0, max: 3 }) };

const searchOptions = fc.record(
  { filter, ...page, query: fc.constantFrom('', 'what') },
  { requiredKeys: [], noNullPrototype: true },
);
const listOptions = fc.record(
  { prefix: namespace, suffix: namespace, maxDepth: fc.integer({ min: 0, max: 3 }), ...page },
  { requiredKeys: [], noNullPrototype: true },
);
const matchCondition = fc.record({
  matchType: fc.constantFrom('prefix' as const, 'suffix' as const),
  path: namespace,
});
const operation = fc.oneof(
  fc.record({ namespace, key }),
  fc.record({
    namespace,
    key,
    value: fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: fc.constant(null) }),
  }),
  fc.record(
    { namespacePrefix: prefix, filter, ...page },
    { requiredKeys: ['namespacePrefix'], noNullPrototype: true },
  ),
  fc.record(
    {
      matchConditions: fc.array(matchCondition, { maxLength: 2 }),
      maxDepth: fc.integer({ min: 1, max: 2 }),
      ...page,
    },
    { requiredKeys: ['matchConditions', 'limit', 'offset'], noNullPrototype: true },
  ),
) as fc.Arbitrary<Operation>;

export const call: fc.Arbitrary<Call> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ method: fc.constant('put' as const), namespace, key, value }) },
  {
    weight: 2,
    arbitrary: fc.record({ method: fc.constantFrom('get' as const, 'delete' as const), namespace, key }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ method: fc.constant('search' as const), prefix, options: searchOptions }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ method: fc.constant('listNamespaces' as const), options: listOptions }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      method: fc.constant('batch' as const),
      operations: fc.array(operation, { maxLength: 5 }),
    }),
  },
);

/** What a store answers, with times as whether they are times; a refusal by its name and words. */
export async function answer(store: BaseStore, asked: Call): Promise<unknown> {
  try {
    return shown(await perform(store, asked));
  } catch (error) {
    const { name, message } = error as Error;
    return { refused: name, message };
  }
}

function perform(store: BaseStore, asked: Call): Promise<unknown> {
  switch (asked.method) {
    case 'put':
      return store.put(asked.namespace, asked.key, structuredClone(asked.value));
    case 'get':
      return store.get(asked.namespace, asked.key);
    case 'delete':
      return store.delete(asked.namespace, asked.key);
    case 'search':
      return store.search(asked.prefix, structuredClone(asked.options));
    case 'listNamespaces':
      return store.listNamespaces(asked.options);
    case 'batch':
      return store.batch(structuredClone(asked.operations));
  }
}

const isItem = (result: unknown): result is Item =>
  typeof result === 'object' && result !== null && 'createdAt' in result;

function shown(result: unknown): unknown {
  if (Array.isArray(result)) return result.map(shown);
  if (!isItem(result)) return result;
  const { createdAt, updatedAt } = result;
  return {
    ...result,
    createdAt: createdAt instanceof Date,
    updatedAt: updatedAt instanceof Date && updatedAt >= createdAt,
  };
}
