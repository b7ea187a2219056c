import type { ExecutionResult } from 'graphql';

/**
 * The result of a query or mutation as a stream of one. graphql-ws calls `return` on streams whose client completes them or leaves, and only
 * on streams: that is how a joinRun whose caller has lost interest stops waiting.
 */
export class OneResult implements AsyncGenerator<ExecutionResult, undefined, undefined> {
  readonly #result: Promise<ExecutionResult>;
  readonly #caller: AbortController;
  #taken = false;

  /** @param caller aborted when nobody waits for the result any more */
  constructor(result: Promise<ExecutionResult>, caller: AbortController) {
    this.#result = result;
    this.#caller = caller;
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    if (this.#taken) return { done: true, value: undefined };
    this.#taken = true;
    return { done: false, value: await this.#result };
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#taken = true;
    this.#caller.abort();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<never> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
