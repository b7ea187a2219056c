import { randomUUID } from 'node:crypto';
import { InMemoryStore } from '@langchain/langgraph-checkpoint';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Owner } from '../../../src/domain/ids.ts';
import type { FoundItem } from '../../../src/domain/store-item.ts';
import type { SemanticIndex } from '../../../src/orchestrator/ports/item-store.ts';
import { answer, type Call } from './calls.ts';
import { ItemsFixture } from './fixture.ts';

let fixture: ItemsFixture;
beforeAll(async () => {
  fixture = await ItemsFixture.open();
});
afterAll(() => fixture[Symbol.asyncDispose]());

/**
 * How often each of the letters a, b and c is in the text; whole numbers, so that 32-bit floats hold them as
 * they are.
 */
const embed = (text: string): number[] => ['a', 'b', 'c'].map((letter) => text.split(letter).length - 1);
const embedder = {
  embedQuery: async (text: string) => embed(text),
  embedDocuments: async (texts: readonly string[]) => texts.map(embed),
};
const indexOf = (fields: readonly string[]): SemanticIndex => ({ embedder, dims: 3, fields });

// InMemoryStore keeps vectors of values that were replaced, so here every value of a key has the same texts'
// places.
const words = fc.constantFrom('a', 'ab', 'aab', 'bc', 'cca', 'x');
const value = fc.record({
  text: words,
  more: fc.record({ note: words }),
  list: fc.array(words, { minLength: 2, maxLength: 2 }),
  n: fc.nat(2),
});
const namespace = fc.constantFrom<string[]>(['m'], ['m', 'x'], ['o']);
const call: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      method: fc.constant('put' as const),
      namespace,
      key: fc.constantFrom('k1', 'k2', 'k3', 'k4'),
      value,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      method: fc.constant('search' as const),
      prefix: fc.constantFrom<string[]>([], ['m'], ['o']),
      options: fc.record(
        { query: words, limit: fc.nat(5), offset: fc.nat(3), filter: fc.record({ n: fc.nat(2) }) },
        { requiredKeys: ['query'], noNullPrototype: true },
      ),
    }),
  },
);

test.each([[['$']], [['text']], [['text', 'more.note', 'list[*]', '{text,n}', 'list[-1]', 'absent']]])(
  'semantic search over %j finds, orders and scores as LangGraph’s InMemoryStore does',
  async (fields) => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 15 }), async (calls) => {
        const memory = new InMemoryStore({ index: { dims: 3, embeddings: embedder as never, fields } });
        const ours = fixture.graphStore(indexOf(fields));
        for (const asked of calls) expect(await answer(ours, asked)).toEqual(await answer(memory, asked));
      }),
      { numRuns: 25 },
    );
  },
);

const owner = () => randomUUID() as Owner;
const search = (query: string) =>
  ({ kind: 'search', prefix: [], filter: null, limit: 10, offset: 0, query }) as const;
const put = (key: string, text: string, index?: readonly string[] | false) =>
  ({ kind: 'put', namespace: ['m'], key, value: { text }, index }) as const;
const scored = (found: unknown) => (found as readonly FoundItem[]).map(({ key, score }) => [key, score]);

test('an item is found by what it is now, and not at all by what was put without an index', async () => {
  const [store, somebody] = [fixture.store({ index: indexOf(['text']) }), owner()];
  await store.batch(somebody, 'API', [put('old', 'a'), put('none', 'a', false), put('other', 'b')]);
  await store.batch(somebody, 'API', [put('old', 'c')]);

  const [found] = await store.batch(somebody, 'API', [search('c')]);

  expect(scored(found)).toEqual([
    ['old', 1],
    ['other', 0],
    ['none', null],
  ]);
});

test('where the model cannot be reached, or makes vectors of another length, nothing is stored', async () => {
  const somebody = owner();
  const broken = { ...embedder, embedDocuments: async () => Promise.reject(new Error('no model')) };
  const store = (index: SemanticIndex) => fixture.store({ index });

  await expect(
    store({ ...indexOf(['text']), embedder: broken }).batch(somebody, 'API', [put('k', 'a')]),
  ).rejects.toThrow('no model');
  await expect(
    store({ ...indexOf(['text']), dims: 4 }).batch(somebody, 'API', [put('k', 'a')]),
  ).rejects.toThrow('not 4 finite numbers');

  expect(scored((await fixture.store().batch(somebody, 'API', [search('')]))[0])).toEqual([]);
});
