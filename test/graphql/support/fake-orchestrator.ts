import type { Orchestrator } from '../../../src/orchestrator/orchestrator.ts';
import type { FollowedEvent, Following } from '../../../src/orchestrator/ports/subscriptions.ts';

type Overrides = Partial<Omit<Orchestrator, 'queries'>> & {
  readonly queries?: Partial<Orchestrator['queries']>;
};

/** An orchestrator that does what the test says; whatever the test doesn't say fails, by name. */
export function fakeOrchestrator({ queries = {}, ...commands }: Overrides = {}): Orchestrator {
  return orFail(
    { ...commands, queries: orFail({ graphIds: ['agent'], ...queries }, 'queries.') },
    '',
  ) as Orchestrator;
}

function orFail(members: object, prefix: string): object {
  return new Proxy(members, {
    get(target, name) {
      if (name in target) return Reflect.get(target, name);
      if (name === 'then' || typeof name === 'symbol') return undefined;
      return () => Promise.reject(new Error(`The test did not expect ${prefix}${name}.`));
    },
  });
}

/** A subscription's events, pushed by the test; tells when its subscriber has left. */
export class FakeEvents implements AsyncIterableIterator<FollowedEvent> {
  readonly #waiting: FollowedEvent[] = [];
  readonly #left = Promise.withResolvers<void>();
  #wake: (() => void) | null = null;
  #failure: Error | null = null;
  #ended = false;

  /** Resolves when `return` has been called. */
  get left(): Promise<void> {
    return this.#left.promise;
  }

  readonly following: Following = { kind: 'following', events: this };

  push(...events: FollowedEvent[]): void {
    this.#waiting.push(...events);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<FollowedEvent, undefined>> {
    for (;;) {
      const event = this.#waiting.shift();
      if (event !== undefined) return { done: false, value: event };
      if (this.#failure !== null) throw this.#failure;
      if (this.#ended) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async return(): Promise<IteratorResult<FollowedEvent, undefined>> {
    this.#left.resolve();
    this.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
