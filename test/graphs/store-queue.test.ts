import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { AsyncBatchedStore, InMemoryStore } from '@langchain/langgraph-checkpoint';
import { beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_OWNER, newRunId, newThreadId } from '../../src/domain/ids.ts';
import { type GraphScope, inScope } from '../../src/graphs/execution/graph-scope.ts';
import { GraphStore } from '../../src/graphs/execution/graph-store.ts';
import { adaptBatchedStores } from '../../src/graphs/execution/store-queue.ts';
import type { LongTermStore, MemoryOperation } from '../../src/orchestrator/ports/item-store.ts';
import { RunIsOverError, Underway } from '../../src/orchestrator/ports/underway.ts';

adaptBatchedStores(AsyncBatchedStore.prototype);

/** What was asked for, batch by batch: keys of puts and gets. */
let batches: string[][];
let fault: Error | null;
let store: AsyncBatchedStore;
const recorder: LongTermStore = {
  async batch(_owner, _view, operations: readonly MemoryOperation[]) {
    batches.push(
      operations.map((operation) => `${operation.kind} ${'key' in operation ? operation.key : ''}`),
    );
    if (fault !== null) throw fault;
    return operations.map(() => null);
  },
};
beforeEach(() => {
  [batches, fault] = [[], null];
  store = new AsyncBatchedStore(new GraphStore(recorder, DEFAULT_OWNER));
});

describe("LangGraph's wrapper of our store", () => {
  test('does not poll', () => {
    store.start();

    expect(store.isRunning).toBe(false);
  });

  test('answers after its loop has stopped it', async () => {
    store.start();
    await store.stop();

    await store.put(['a'], 'k', {});

    expect(batches).toEqual([['put k']]);
  });

  test('makes one batch of calls of one turn, and the next one in order', async () => {
    const first = [store.put(['a'], '1', {}), store.get(['a'], '1'), store.delete(['a'], '2')];
    await Promise.all([...first, first[0]!.then(() => store.get(['a'], '3'))]);

    expect(batches).toEqual([['put 1', 'get 1', 'delete 2'], ['get 3']]);
  });

  test('rejects what the store rejects, and goes on', async () => {
    fault = new Error('no');
    const refused = await Promise.allSettled([store.put(['a'], '1', {}), store.get(['a'], '2')]);
    fault = null;

    expect(refused).toMatchObject([{ reason: { message: 'no' } }, { reason: { message: 'no' } }]);
    expect(await store.get(['a'], '3')).toBeNull();
  });

  test('refuses code that its run has ended without', async () => {
    const underway = new Underway();
    const execution = { underway, tools: { nameOf: () => undefined }, fail: () => false };
    const scope: GraphScope = {
      graphId: 'a',
      run: { threadId: newThreadId(), runId: newRunId() },
      execution,
    };
    await inScope(scope, () => store.put(['a'], '1', {}));
    underway.close();

    await expect(inScope(scope, () => store.put(['a'], '2', {}))).rejects.toThrow(RunIsOverError);
    expect(batches).toEqual([['put 1']]);
  });

  test("is found in another copy of LangGraph's library", async () => {
    const file = createRequire(import.meta.url)
      .resolve('@langchain/langgraph-checkpoint')
      .replace(/index\.c?js$/, 'store/batch.js');
    const copy = (await import(`${pathToFileURL(file)}?copy`)) as {
      AsyncBatchedStore: typeof AsyncBatchedStore;
    };
    const foreign = new copy.AsyncBatchedStore(new GraphStore(recorder, DEFAULT_OWNER));
    expect(foreign).not.toBeInstanceOf(AsyncBatchedStore);

    adaptBatchedStores(Object.getPrototypeOf(foreign) as object);
    await foreign.put(['a'], 'k', {});

    expect(batches).toEqual([['put k']]);
  });
});

test('other stores keep the queue that LangGraph gives them', async () => {
  const other = new AsyncBatchedStore(new InMemoryStore());
  other.start();
  expect(other.isRunning).toBe(true);
  await other.put(['a'], 'k', { kept: true });
  expect((await other.get(['a'], 'k'))?.value).toEqual({ kept: true });
  await other.stop();
});
