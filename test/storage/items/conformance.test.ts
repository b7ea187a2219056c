import { type GetOperation, InMemoryStore } from '@langchain/langgraph-checkpoint';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answer, call } from './calls.ts';
import { ItemsFixture } from './fixture.ts';

let fixture: ItemsFixture;
beforeAll(async () => {
  fixture = await ItemsFixture.open();
});
afterAll(() => fixture[Symbol.asyncDispose]());

/**
 * LangGraph's own. It answers a get with the item itself, so that a put of the same batch, done later, would
 * still change the answer: here with a copy.
 */
function inMemoryStore(): InMemoryStore {
  const memory = new InMemoryStore();
  const get = memory['getOperation'].bind(memory);
  const copy = (operation: GetOperation) => {
    const item = get(operation);
    return item === null ? null : { ...item };
  };
  return Object.assign(memory, { getOperation: copy });
}

test('a graph’s store answers any series of calls as LangGraph’s InMemoryStore does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 25 }), async (calls) => {
      const [memory, ours] = [inMemoryStore(), fixture.graphStore()];
      for (const asked of calls) expect(await answer(ours, asked)).toEqual(await answer(memory, asked));
    }),
    { numRuns: 150 },
  );
});
