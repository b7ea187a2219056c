import { AsyncLocalStorage } from 'node:async_hooks';
import type { Operation } from '@langchain/langgraph-checkpoint';
import { RunIsOverError } from '../../orchestrator/ports/underway.ts';
import { currentScope } from './graph-scope.ts';
import { GraphStore } from './graph-store.ts';

/** LangGraph's AsyncBatchedStore, as far as it is changed here. Its types call some of these private. */
type BatchedStore = {
  readonly lg_name: 'AsyncBatchedStore';
  readonly store: unknown;
  /** Called when its loop starts, and again at each of its steps until `isRunning`. */
  start(): void;
  enqueueOperation(operation: Operation): Promise<unknown>;
};

const adapted = new WeakSet<object>();
const queues = new WeakMap<BatchedStore, StoreQueue>();

export const isBatchedStore = (store: unknown): store is BatchedStore =>
  typeof store === 'object' && store !== null && 'lg_name' in store && store.lg_name === 'AsyncBatchedStore';

/**
 * Every Pregel loop wraps the store that it is given in an AsyncBatchedStore, without a way round it. That
 * has a queue which it looks into every millisecond, and stops looking when the loop ends. An abort ends the
 * loop at once, so calls that a node makes later (in its `finally`) would never settle.
 *
 * From now on the wrappers of this class that hold a GraphStore have a StoreQueue instead, and don't poll.
 * Other stores keep LangGraph's queue.
 */
export function adaptBatchedStores(prototype: object): void {
  if (adapted.has(prototype)) return;
  adapted.add(prototype);
  const wrappers = prototype as BatchedStore;
  const { start, enqueueOperation } = wrappers;
  wrappers.start = function () {
    if (queueOf(this) === null) start.call(this);
  };
  wrappers.enqueueOperation = function (operation) {
    return queueOf(this)?.add(operation) ?? enqueueOperation.call(this, operation);
  };
}

/** Null: it holds another store than ours. */
function queueOf(wrapper: BatchedStore): StoreQueue | null {
  const { store } = wrapper;
  if (!(store instanceof GraphStore)) return null;
  const known = queues.get(wrapper);
  if (known !== undefined) return known;
  const queue = new StoreQueue(store);
  queues.set(wrapper, queue);
  return queue;
}

type Entry = {
  readonly operation: Operation;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * The store's calls of one Pregel loop, in the order in which they are made. As in LangGraph's queue, calls
 * of one turn of the event loop make one batch, which is stored as a whole or not at all, and a batch waits
 * for the one before it.
 */
class StoreQueue {
  readonly #store: GraphStore;
  /**
   * Embeddings are asked for outside of the node: what they call is none of its steps, and streams nothing
   * into its run.
   */
  readonly #inLoop = AsyncLocalStorage.snapshot();
  #waiting: Entry[] = [];
  #isAtWork = false;

  constructor(store: GraphStore) {
    this.#store = store;
  }

  /** Rejects with RunIsOverError, doing nothing, for code of a run that has ended without it. */
  add(operation: Operation): Promise<unknown> {
    if (currentScope()?.execution?.underway.isClosed === true) return Promise.reject(new RunIsOverError());
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.push({ operation, resolve, reject });
    if (!this.#isAtWork) {
      this.#isAtWork = true;
      this.#inLoop(() => setImmediate(() => void this.#work()));
    }
    return promise;
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        const results = await this.#store.batch(batch.map(({ operation }) => operation));
        for (const [index, { resolve }] of batch.entries()) resolve(results[index]);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isAtWork = false;
  }
}
