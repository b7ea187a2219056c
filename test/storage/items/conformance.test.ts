import { InMemoryStore } from '@langchain/langgraph-checkpoint';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answer, call } from './calls.ts';
import { ItemsFixture } from './fixture.ts';

let fixture: ItemsFixture;
beforeAll(async () => {
  fixture = await ItemsFixture.open();
});
afterAll(() => fixture[Symbol.asyncDispose]());

test('a graph’s store answers any series of calls as LangGraph’s InMemoryStore does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 25 }), async (calls) => {
      const [memory, ours] = [new InMemoryStore(), fixture.graphStore()];
      for (const asked of calls) expect(await answer(ours, asked)).toEqual(await answer(memory, asked));
    }),
    { numRuns: 150 },
  );
});
