import type { ExecutionResult, GraphQLError } from 'graphql';
import type { FollowedEvent } from '../../orchestrator/ports/subscriptions.ts';
import type { EventExecution } from '../shared-executions.ts';

type Handlers = {
  readonly execute: EventExecution;
  readonly onResult: (result: ExecutionResult) => ExecutionResult;
  readonly onFailure: (error: unknown) => GraphQLError;
};

/**
 * The results of one subscription: each event of the source, executed.
 *
 * OPEN until the source is done, fails, or `return` is called; then ENDED. `return` calls the source's at
 * once, also while a `next` is waiting for an event, so that a subscriber who leaves is seen leaving without
 * another event.
 */
export class ResponseStream implements AsyncGenerator<ExecutionResult, undefined, undefined> {
  readonly #source: AsyncIterator<FollowedEvent>;
  readonly #handlers: Handlers;
  #ended = false;

  constructor(source: AsyncIterable<FollowedEvent>, handlers: Handlers) {
    this.#source = source[Symbol.asyncIterator]();
    this.#handlers = handlers;
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    if (this.#ended) return { done: true, value: undefined };
    try {
      const event = await this.#source.next();
      if (event.done || this.#ended) return this.return();
      const result = this.#handlers.execute(event.value);
      return {
        done: false,
        value: this.#handlers.onResult(result instanceof Promise ? await result : result),
      };
    } catch (error) {
      await this.return();
      throw this.#handlers.onFailure(error);
    }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    if (!this.#ended) {
      this.#ended = true;
      await this.#source.return?.();
    }
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
